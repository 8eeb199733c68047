"""Where results are read from: a file or a folder of the project."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dart_perf.errors import InvalidInput
from dart_perf.model.measurement import printable
from dart_perf.workflows.project import Project
from dart_perf.workflows.result_files import Chosen, Entry, Kind, Limits, check_size, choose


@dataclass(frozen=True, slots=True)
class Place:
    """Files to read, and how reports call them."""

    label: str
    """What the whole is called, e.g. dev/bench or gh-pages:dev/bench."""
    folder: Path
    """What the names of `chosen` are relative to."""
    within: Path
    """Nothing is read outside it."""
    chosen: Chosen
    alone: bool = False
    """Whether it is one file that was named itself: its error is the caller's."""

    def path(self, entry: Entry) -> Path:
        """Return the file. Raises InvalidInput where it has become a link that leads out meanwhile."""
        path = self.folder / entry.name
        if not path.resolve().is_relative_to(self.within):
            raise InvalidInput(f"{path} leads out of the project. Copy the file into the project first.")
        return path

    def said(self, name: str) -> str:
        """Return a file's name as it is printed."""
        plain = printable(name.encode("utf-8", "backslashreplace").decode())
        if self.alone:
            return self.label
        return plain if self.label == "." else f"{self.label.rstrip('/')}/{plain}"


def place_on_disk(project: Project, path: str, limits: Limits) -> Place:
    """Return the file or folder `path` of the project.

    Raises:
        InvalidInput: it leads out of the project, does not exist, or holds more than the limits allow.
    """
    found, label = project.path(path), printable(path)
    if found.is_dir():
        chosen = choose(_entries(found, project), limits, label)
        return Place(label, found, project.root, chosen)
    if not found.is_file():
        raise InvalidInput(f"{path!r} is neither a file nor a folder. Give a file of results, or a folder of them.")
    entry = Entry(found.name, "file", found.stat().st_size)
    check_size(entry, limits, label)
    alone = Chosen((entry,), (), (), ())
    return Place(label, found.parent, project.root, alone, alone=True)


def _entries(top: Path, project: Project) -> Iterator[Entry]:
    """Yield what stands below `top`; no link is followed and nothing hidden is looked into.

    Raises:
        InvalidInput: `top` itself cannot be read.
    """
    pending = [""]
    while pending:
        below = pending.pop()
        try:
            with os.scandir(top / below) as folder:
                for item in folder:
                    name = f"{below}/{item.name}" if below else item.name
                    kind = _kind(item, project)
                    if kind == "folder" and not item.name.startswith("."):
                        pending.append(name)
                    yield Entry(name, kind, item.stat(follow_symlinks=False).st_size if kind == "file" else 0)
        except OSError as error:
            if not below:
                raise InvalidInput(f"{top} cannot be read: {error.strerror}. Mend its permissions.") from error
            yield Entry(below, "unreadable", 0)


def _kind(item: "os.DirEntry[str]", project: Project) -> Kind:
    if item.is_symlink():
        try:
            inside = Path(item.path).resolve().is_relative_to(project.root)
        except (OSError, RuntimeError):  # a loop leads nowhere
            return "link"
        return "link" if inside else "link out"
    if item.is_dir(follow_symlinks=False):
        return "store" if Path(item.path) == project.home else "folder"
    return "file" if item.is_file(follow_symlinks=False) else "special"
