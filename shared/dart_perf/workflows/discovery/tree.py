"""The files of a project, in one order on every machine; nothing is followed out of it."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from dart_perf.model.measurement import printable

MOST_FILES = 50_000
"""Files that are looked at: a large project has some tens of thousands of its own."""
LARGEST_TEXT = 1 << 20
"""Bytes of a source or settings file that are read; what people write is shorter."""
FOREIGN = frozenset({"CMakeFiles", "__pycache__", "_deps", "node_modules", "site-packages", "third_party", "vendor"})
"""Folders with what other projects wrote or tools generated; hidden folders and virtual environments are too."""

FOLDERS = frozenset({"bench", "benches", "benchmark", "benchmarks", "perf"})
"""What folders of benchmarks are called."""


@dataclass(frozen=True, slots=True)
class Tree:
    """A project's folder and the files in it."""

    root: Path
    files: tuple[PurePosixPath, ...]
    """Relative to the folder, sorted."""
    warnings: tuple[str, ...] = ()

    def text(self, file: PurePosixPath) -> str:
        """Return what a file holds, at most LARGEST_TEXT bytes of it; empty where it cannot be read."""
        try:
            with (self.root / file).open("rb") as stream:
                return stream.read(LARGEST_TEXT).decode("utf-8", "replace")
        except OSError:
            return ""

    def has(self, file: str) -> bool:
        """Say whether there is a file of that relative path."""
        return (self.root / file).is_file()

    def below(self, folder: str) -> bool:
        """Say whether a file lies below that folder."""
        return any(folder in map(str, file.parents) for file in self.files)


def look(root: Path) -> Tree:
    """Return the files below `root`; what was not looked at is said."""
    found: list[PurePosixPath] = []
    skipped: list[str] = []
    unsayable, outside = 0, 0
    for folder, folders, names in os.walk(root):
        here = PurePosixPath(Path(folder).relative_to(root).as_posix())
        skipped += [str(here / name) for name in folders if name in FOREIGN - {"CMakeFiles", "__pycache__"}]
        folders[:] = sorted(name for name in folders if not _is_foreign(Path(folder), name))
        for name in sorted(names):
            path = Path(folder) / name
            if not name.isprintable():
                unsayable += 1
            elif path.is_symlink() and not path.resolve().is_relative_to(root.resolve()):
                outside += 1
            elif _is_regular(path):
                found.append(here / name)
        if len(found) > MOST_FILES:
            break
    warnings = [f"not looked into: {', '.join(printable(name) for name in sorted(skipped)[:10])}"] if skipped else []
    if len(found) > MOST_FILES:
        warnings.append(f"only the first {MOST_FILES} files were looked at: name other benchmarks yourself")
    if unsayable:
        warnings.append(f"files whose names cannot be written down were not looked at: {unsayable}")
    if outside:
        warnings.append(f"links that lead out of the project were not followed: {outside}")
    return Tree(root, tuple(sorted(found[:MOST_FILES])), tuple(warnings))


def _is_foreign(folder: Path, name: str) -> bool:
    path = folder / name
    return name.startswith(".") or name in FOREIGN or not name.isprintable() or (path / "pyvenv.cfg").exists()


def _is_regular(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:  # a link that leads nowhere
        return False
