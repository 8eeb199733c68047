"""Where everything lies below the store's folder, and which names may become part of a path."""

import os
import re
from pathlib import Path

from dart_perf.errors import InvalidInput
from dart_perf.store.fault import unreadable

STORE_FORMAT = "dart-perf-store"

GITIGNORE = b"""# Made by dart-perf. What is not listed here belongs into version control.
/live/
/cache/
/worktrees/
/attempts/
/receipts/
/jobs/
/tmp/
/locks/
# derived from runs/*.jsonl and rebuilt when missing
/history/
/runs/*.index.json
"""

GITATTRIBUTES = b"""# Made by dart-perf. Every byte is covered by a checksum: no newline conversion, no textual merge.
* -text
*.jsonl merge=binary
"""

_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}")
_DEVICES = {"con", "prn", "aux", "nul", *(f"com{i}" for i in range(10)), *(f"lpt{i}" for i in range(10))}

PARTS = ("attempts", "baselines", "counts", "jobs", "programs", "receipts", "runs")
"""Folders of what is stored and cannot be derived."""

Signature = tuple[int, int, int]
"""Modification time, size and inode: what changes when a file does."""


def part(name: str, what: str) -> str:
    """Return `name` if it may become one part of a path on every system.

    Raises:
        InvalidInput: it could leave the folder, or Windows could not hold it.
    """
    if not _PART.fullmatch(name) or name.endswith(".") or name.partition(".")[0].lower() in _DEVICES:
        raise InvalidInput(
            f"{what} {name!r} cannot become a file name. Allowed are 1 to 64 of A-Z a-z 0-9 _ . + -, the first a "
            "letter or digit, the last no dot, and no device name of Windows (con, nul, com1 ...). Rename it."
        )
    return name


def refuse_other_case(folder: Path, name: str, what: str) -> None:
    """Keep `folder` readable where `Robot` and `robot` are one file.

    Raises:
        InvalidInput: an entry differs from `name` in case alone.
    """
    twin = next((n for n in folders(folder) if n != name and n.casefold() == name.casefold()), None)
    if twin is not None:
        raise InvalidInput(
            f"{what} {name!r} differs only in case from {twin!r}, which is stored already; some systems cannot hold "
            "both. Use the stored spelling or another name."
        )


def is_used(root: Path) -> bool:
    """Say whether anything is stored below `root`."""
    return any(folders(root / part) for part in PARTS)


def signature(path: Path | str) -> Signature | None:
    """Return the signature of a file, or None where there is none. Raises Unreadable, e.g. another user's store."""
    try:
        stat = os.stat(path)  # noqa: PTH116 -- called hundreds of times a listing; Path.stat costs twice as much
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise unreadable(path, error) from error
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def folder_signature(folder: str) -> Signature | None:
    """Return the signature of a folder, or None where there is none: what a desktop leaves beside it is no folder."""
    return signature(folder) if os.path.isdir(folder) else None  # noqa: PTH112 -- as above


def folders(folder: Path | str) -> list[str]:
    """Return the names in `folder`, sorted; none where it does not exist. Raises Unreadable."""
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208 -- names suffice; Path objects cost ten times as much
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise unreadable(folder, error) from error
