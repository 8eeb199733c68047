"""Results that a commit holds, e.g. those of a `gh-pages` branch: laid out in a temporary folder, file by file."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from dart_perf.errors import InvalidInput
from dart_perf.measure.tracked import Tracked, copy, listed
from dart_perf.model.measurement import printable
from dart_perf.workflows.project import Project
from dart_perf.workflows.result_files import (
    BENCHMARKS,
    CRITERION,
    MACHINE,
    Chosen,
    Entry,
    Kind,
    Limits,
    Reason,
    check_size,
    choose,
)
from dart_perf.workflows.result_places import Place

KINDS: dict[str, Kind] = {"100644": "file", "100755": "file", "100664": "file", "120000": "link", "160000": "submodule"}
"""By git's mode; a link in a commit is a file that holds a path, so it leads nowhere."""


@contextmanager
def place_of_commit(project: Project, path: str, ref: str, limits: Limits) -> Iterator[Place]:
    """Give the file or folder `path`, from the top of the tree of the commit that `ref` means, until the block ends.

    Raises:
        InvalidInput: git knows no such commit or path, or it holds more than the limits allow.
    """
    top = _normal(path)
    label = printable(f"{ref}:{top or '.'}")
    found = {file.path: file for file in _listed(project, ref, top, limits)}
    alone = top in found
    base = PurePosixPath(top).parent.parent if alone else PurePosixPath(top)
    sources = {_below(name, base): file for name, file in found.items()}
    entries = [Entry(name, KINDS.get(file.mode, "special"), file.size) for name, file in sources.items()]
    chosen = _single(entries, _below(top, base), limits, label) if alone else choose(entries, limits, label)
    with tempfile.TemporaryDirectory(prefix="dart-perf-import-") as name:
        folder = Path(name).resolve()
        failed = _lay_out(project, folder, {e.name: sources[e.name] for e in (*chosen.files, *chosen.companions)})
        files = tuple(entry for entry in chosen.files if entry.name not in failed)
        refused = (*chosen.refused, *(Reason(name, why) for name, why in failed.items()))
        yield Place(label, folder, folder, Chosen(files, (), chosen.skipped, refused), alone=alone)


def _normal(path: str) -> str:
    """Return the path without what means nothing; empty for the whole tree. Raises InvalidInput."""
    plain = PurePosixPath(path)
    if "\0" in path or plain.is_absolute() or ".." in plain.parts:
        raise InvalidInput(
            f"{path!r} leads out of the ref. Give a path from the top of its files, e.g. dev/bench or '.'."
        )
    return "" if str(plain) == "." else str(plain)


def _listed(project: Project, ref: str, top: str, limits: Limits) -> list[Tracked]:
    """Return the files at and below `top`, and what tools write beside it where it is one file."""
    files: list[Tracked] = []
    for file in listed(project.root, ref, [top] if top else []):
        if len(files) >= limits.entries:
            raise InvalidInput(f"{ref}:{top} holds more than {limits.entries} files. Give the folder with the results.")
        files.append(file)
    if not files:
        raise InvalidInput(
            f"{top or '.'!r} holds no file in {ref}. Give a path from the top of that ref's files, or '.'."
        )
    if files[0].path == top:
        files += [file for file in listed(project.root, ref, _around(PurePosixPath(top))) if file.path != top]
    return files


def _around(path: PurePosixPath) -> list[str]:
    beside = [str(path.with_name(name)) for name in sorted({*CRITERION, MACHINE})]
    return [*beside, str(path.parent.parent / BENCHMARKS)]


def _below(name: str, base: PurePosixPath) -> str:
    return name if str(base) == "." else name.removeprefix(f"{base}/")


def _single(entries: list[Entry], name: str, limits: Limits, label: str) -> Chosen:
    """Return the one file that was named, and what stands beside it. Raises InvalidInput."""
    main = next(entry for entry in entries if entry.name == name)
    if main.kind != "file":
        raise InvalidInput(f"{label} is a {main.kind}. Give the path of a file or a folder.")
    check_size(main, limits, label)
    beside = (e for e in entries if e is not main and e.kind == "file" and e.size <= limits.bytes_a_file)
    return Chosen((main,), tuple(beside), (), ())


def _lay_out(project: Project, folder: Path, files: dict[str, Tracked]) -> dict[str, str]:
    """Copy files into `folder` and return those that could not be, with the reasons. Raises InvalidInput."""
    places: list[tuple[Tracked, Path]] = []
    failed: dict[str, str] = {}
    for name, file in files.items():
        try:
            places.append((file, _made(folder, name)))
        except (OSError, ValueError) as error:  # of a tree that no git would make, or a name that is too long here
            failed[name] = f"its name cannot be a file's here: {error}. Rename it."
    try:
        copy(project.root, places)
    except OSError as error:
        raise InvalidInput(
            f"{folder} cannot be written: {error.strerror}. Set TMPDIR to a folder with space."
        ) from error
    return failed


def _made(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.is_relative_to(folder) or {"", ".", ".."} & set(name.split("/")):
        raise ValueError("it leads elsewhere")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(exist_ok=False)
    return path
