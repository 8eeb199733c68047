"""Which lines differ between two sides, as git tells it."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from dart_perf.errors import InvalidInput
from dart_perf.measure.repository import tell
from dart_perf.measure.snapshot import Snapshot, besides, inside
from dart_perf.measure.worktree import prefix

Status = Literal["added", "modified", "deleted"]
STATUSES: dict[str, Status] = {"A": "added", "D": "deleted"}
"""By git's letter; every other (modified, renamed, other kind of file) is modified."""
_HUNK = re.compile(rb"^@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@")


@dataclass(frozen=True, slots=True)
class Change:
    """A file that differs."""

    path: str
    """From the project's folder; one outside of it begins with `..`. Of a deleted file its path in base."""
    status: Status
    lines: tuple[int, ...] = ()
    """Numbers, from 1, of head's lines that are new or differ; none of a binary or deleted file."""
    cuts: tuple[int, ...] = ()
    """Numbers of head's lines behind which lines of base are missing without others in their place; 0 is the top."""
    binary: bool = False
    before: str = ""
    """Its path in base, where it was renamed."""


def changed_files(folder: Path, base: Snapshot, head: Snapshot, *, home: Path) -> tuple[Change, ...]:
    """Return what head changed against base, by path; what lies in the store below `home` does not count.

    Raises:
        InvalidInput: git cannot compare them.
    """
    store = inside(folder, home)
    shown = ("--raw", "-z", "--patch", "--unified=0", "--full-index", "--abbrev=64")
    plain = ("--no-ext-diff", "--no-textconv", "--no-color", "--submodule=short", "--inter-hunk-context=0")
    printed = tell(folder, "diff-tree", "-r", "-M", *shown, *plain, base.commit, head.commit, "--", *besides(store))
    raw, _, patch = printed.partition(b"\0\0") if b"\0\0" in printed else (printed, b"", b"")
    entries, sections = _entries(raw), _sections(patch)
    below = prefix(folder)
    found = []
    for letter, before, path in entries:
        count = 2 if letter == "T" else 1  # a file that became a link is told as a deletion and an addition
        mine = [sections.pop(0) for _ in range(min(count, len(sections)))]
        if len(mine) != count:
            raise InvalidInput(f"git tells the changes of {path!r} in a way that is not known. Please report it.")
        found.append(_change(letter, _relative(before, below), _relative(path, below), mine[-1]))
    return tuple(sorted(found, key=lambda change: change.path))


def _entries(raw: bytes) -> list[tuple[str, str, str]]:
    """Return letter, old and new path of each entry: modes, objects and letter, then one path or, renamed, two."""
    parts = [os.fsdecode(part) for part in raw.split(b"\0")]
    found = []
    while parts and parts[0]:
        letter = parts.pop(0).rpartition(" ")[2][0]
        before = parts.pop(0)
        found.append((letter, before, parts.pop(0) if letter in "RC" else before))
    return found


def _sections(patch: bytes) -> list[list[bytes]]:
    """Return the lines of each file's part; lines of content begin with another character than its head."""
    found: list[list[bytes]] = []
    for line in patch.split(b"\n"):
        if line.startswith(b"diff --git "):
            found.append([])
        elif found:
            found[-1].append(line)
    return found


def _change(letter: str, before: str, path: str, section: list[bytes]) -> Change:
    lines: list[int] = []
    cuts: list[int] = []
    for line in section:
        if hunk := _HUNK.match(line):
            start, count = int(hunk[1]), int(hunk[2] or 1)
            lines += range(start, start + count)
            cuts += [] if count else [start]
    status = STATUSES.get(letter, "modified")
    binary = any(line.startswith(b"Binary files ") for line in section)
    gone = status == "deleted"
    return Change(
        path,
        status,
        () if gone else tuple(lines),
        () if gone else tuple(cuts),
        binary,
        before if before != path else "",
    )


def _relative(path: str, below: str) -> str:
    """Return a path from the project's folder, given from the top of the repository."""
    return os.path.relpath(path, below).replace(os.sep, "/") if below else path
