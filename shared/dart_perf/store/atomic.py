"""Writing a file so that a reader, a crash or a full disk sees the old content or the new, never a part.

Temp file, fsync, rename, fsync of the folder. Every caller holds the lock that belongs to `scratch`, so that one fixed
name is enough and what a killed writer left there is overwritten by the next one.
"""

import os
import stat
from contextlib import suppress
from pathlib import Path

from dart_perf.store.fault import Unwritable, writing

OPEN = getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
"""No newline translation on Windows; a link that came with a clone is not followed; not inherited."""


def write_all(descriptor: int, data: bytes) -> None:
    """Write every byte of `data`: one `os.write` may take only a part."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable, where the system can (Windows cannot open folders)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_names(root: Path, folder: Path) -> None:
    """Make the names in `folder` and of every folder from `root` down to it durable."""
    for above in (folder, *folder.parents):
        sync_folder(above)
        if above == root:
            return


def make_folder(root: Path, folder: Path, *, durable: bool = True) -> None:
    """Create `folder` and what is missing above it, and prove that it lies below `root` without links.

    Raises:
        Unwritable: the file system refuses, or a part of the way is a link.
    """
    way = folder.parts[len(root.parts) :]
    with writing(folder):
        here = str(root)
        if not way:
            _make_root(root)
        for part in way:
            above, here = here, f"{here}{os.sep}{part}"
            try:
                mode = os.lstat(here).st_mode
            except FileNotFoundError:
                _make_root(root)
                Path(here).mkdir(exist_ok=True)
                if durable:
                    sync_folder(Path(above))
            else:
                if stat.S_ISLNK(mode):
                    raise Unwritable(f"{here} is a link; the store writes only below {root}. Put a folder there.")


def _make_root(root: Path) -> None:
    if not root.is_dir():
        root.mkdir(parents=True, exist_ok=True)
        sync_folder(root.parent)


def delete(path: Path) -> None:
    """Remove a file, where there is one. Raises Unwritable."""
    with writing(path):
        path.unlink(missing_ok=True)


def write(root: Path, path: Path, data: bytes, *, scratch: Path, durable: bool = True) -> None:
    """Put `data` at `path` in one step; `scratch` is the temp file of the lock that the caller holds.

    With `durable` it survives a power cut when the call returns; without, only the end of this process.

    Raises:
        Unwritable: the file system refuses; the old content is intact and no temp file is left.
    """
    make_folder(root, path.parent, durable=durable)
    make_folder(root, scratch.parent, durable=False)
    with writing(path):
        new = durable and not path.exists()
        try:
            scratch.unlink(missing_ok=True)
            descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL | OPEN, 0o644)
            try:
                write_all(descriptor, data)
                if durable:
                    os.fsync(descriptor)
            finally:
                os.close(descriptor)
            scratch.replace(path)
        except BaseException:
            with suppress(OSError):
                scratch.unlink(missing_ok=True)
            raise
        if new:  # whoever made the folders may have died before their names were durable
            sync_names(root, path.parent)
        elif durable:
            sync_folder(path.parent)
