"""What lies in a folder, so that it can be brought back to what it was without reading any content."""

import os
import stat
from contextlib import suppress
from pathlib import Path

from dart_perf.measure.worktree import delete

Inventory = dict[str, list[int]]
"""Mode, size (bytes) and time of change (ns) of every file and link by its path; of a folder the mode alone."""


def inventory(folder: Path) -> Inventory:
    """Return what lies below `folder`. Raises OSError."""
    found: Inventory = {}
    waiting = [""]
    while waiting:
        above = waiting.pop()
        with os.scandir(folder / above) as entries:
            for entry in entries:
                path = f"{above}/{entry.name}" if above else entry.name
                about = entry.stat(follow_symlinks=False)
                found[path] = [about.st_mode, about.st_size, about.st_mtime_ns]
                if stat.S_ISDIR(about.st_mode):
                    found[path][1:] = []
                    waiting.append(path)
    return found


def restore(folder: Path, before: Inventory) -> bool:
    """Take away what was not there before; return whether everything else still is, unchanged."""
    try:
        now = inventory(folder)
        if any(now.get(path) != about for path, about in before.items()):
            return False
        for path in sorted(now.keys() - before.keys()):
            if stat.S_ISDIR(now[path][0]):
                delete(folder / path)
            else:
                with suppress(FileNotFoundError):  # went with its folder
                    (folder / path).unlink()
    except OSError:
        return False
    return True
