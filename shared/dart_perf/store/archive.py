"""Backups: all that is stored at one moment in a `.tar.gz`, and back into an empty folder.

The first member is a sealed list of all others with their sizes and SHA-256, so that nothing can be missing, added or
changed. Equal stores have equal archives: names are sorted, times and owners are left out.
"""

import gzip
import hashlib
import os
import re
import shutil
import tarfile
import uuid
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from dart_perf.errors import Corrupted, InvalidInput
from dart_perf.model.operation import Backup, Progress, Restore
from dart_perf.store import atomic, seal
from dart_perf.store.fault import Damaged, read_bytes, unreadable, writing
from dart_perf.store.validation import validate

BACKUP_FORMAT = "dart-perf-backup"
SINCE = 2
"""The schema that brought backups."""
LIST = "dart-perf-backup.json"
NOT_KEPT = {"tmp", "locks", "live", "cache", "worktrees", "history"}
"""Folders of what belongs to a machine, or can be derived."""
_NOT_KEPT = re.compile(r"runs/[0-9]{6}\.index\.json|jobs/.*\.token")
_NAME = re.compile(r"\.?[A-Za-z0-9_][A-Za-z0-9_.+-]*(/[A-Za-z0-9_][A-Za-z0-9_.+-]*){0,4}")
"""A path below the store: no absolute one, no `..`, nothing hidden but at the top."""
_BLOCK = 512
_LARGEST_LIST = 256 * 2**20
"""Bytes of the list of a million files."""


@contextmanager
def workplace(file: Path, root: Path) -> Iterator[Path]:
    """Make a folder beside `file` to work in, and remove it at the end.

    Raises:
        InvalidInput: the file exists already, lies in the store, or in no folder.
    """
    if file.exists() or file.is_symlink():
        raise InvalidInput(f"{file} exists already. Name a new file, e.g. with the date in its name.")
    if not file.parent.is_dir() or file.resolve().is_relative_to(root.resolve()):
        raise InvalidInput(f"{file} is in no folder outside of the store. Name a file in a folder that exists.")
    place = file.parent / f".dart-perf-{uuid.uuid4().hex}"
    with writing(place):
        place.mkdir()
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def copy(root: Path, to: Path) -> None:
    """Copy what is stored, without what can be derived; the caller holds both locks.

    Raises:
        InvalidInput: there is a link, which the store never makes.
    """
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if name.partition("/")[0] in NOT_KEPT or _NOT_KEPT.fullmatch(name):
            continue
        if path.is_symlink():
            raise InvalidInput(f"{path} is a link, which the store never makes. Put the file itself there.")
        if path.is_file():
            data = read_bytes(path)
            with writing(to / name):
                (to / name).parent.mkdir(parents=True, exist_ok=True)
                (to / name).write_bytes(data.rstrip(b"\0") if name.endswith(".jsonl") else data)


def pack(place: Path, file: Path, progress: Progress) -> Backup:
    """Prove the copy in `place`, write it to `file` and read that back.

    Raises:
        Corrupted: the store is damaged; no file was written.
    """
    store, packed = place / "store", place / "packed.tar.gz"
    _prove(store, progress, "Nothing was backed up. Copy the folder of the store as it is, then mend it.")
    names = sorted(path.relative_to(store).as_posix() for path in store.rglob("*") if path.is_file())
    content = {name: _measure(store / name) for name in names}
    with writing(file):
        with packed.open("xb") as raw, gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as zipped:
            _add(zipped, LIST, seal.seal(BACKUP_FORMAT, {"files": content}, SINCE))
            for done, name in enumerate(names):
                progress(done, len(names), "packing")
                _add(zipped, name, (store / name).read_bytes())
            zipped.write(bytes(2 * _BLOCK))
        for done, _ in enumerate(_members(packed)):
            progress(done, len(names), "reading it back")
        _sync(packed)
        packed.replace(file)
        atomic.sync_folder(file.parent)
    size = sum(int(of["bytes"]) for of in content.values())
    return Backup(
        summary=f"wrote {file}: {len(names)} files, {size / 1e6:.3g} MB, proven",
        file=str(file), files=len(names), bytes=size,
        next_step="keep it on another disk; dart-perf-baseline --restore FILE brings it back into an empty store",
    )  # fmt: skip


def restore(file: Path, root: Path, progress: Progress) -> Restore:
    """Unpack a backup into `root`, which must be empty or missing; it becomes visible whole and proven, or not at all.

    Raises:
        InvalidInput: there is something in the folder already, or the file is none that `pack` wrote.
        Corrupted: it does not hold what was written.
        NewerSchema: a newer dart-perf wrote it.
    """
    if root.is_symlink() or (root.exists() and (not root.is_dir() or any(root.iterdir()))):
        raise InvalidInput(f"{root} is not empty. Move it away first, or set DART_PERF_HOME to a new folder.")
    place, count = root.parent / f".dart-perf-{uuid.uuid4().hex}", 0
    try:
        with writing(place):
            place.mkdir(parents=True)
            for name, data in _members(file):
                progress(count, None, "unpacking")
                (place / name).parent.mkdir(parents=True, exist_ok=True)
                with (place / name).open("xb") as unpacked:
                    unpacked.write(data)
                _sync(place / name)
                count += 1
        _prove(place, progress, "Nothing was restored. Take another backup.")
        with writing(root):
            for folder in (place, *(path for path in place.rglob("*") if path.is_dir())):
                atomic.sync_folder(folder)
            place.rename(root)  # an empty folder is replaced
            atomic.sync_folder(root.parent)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return Restore(summary=f"restored {count} files from {file} to {root}, proven", folder=str(root), files=count)


def _prove(store: Path, progress: Progress, remedy: str) -> None:
    found = validate(store, progress)
    if not found.sound:
        raise Corrupted(f"{found.summary}: {found.findings[0].problem} {remedy}")


def _measure(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _add(archive: gzip.GzipFile, name: str, data: bytes) -> None:
    header = tarfile.TarInfo(name)
    header.size, header.mode = len(data), 0o644
    archive.write(header.tobuf(tarfile.USTAR_FORMAT))
    archive.write(data + bytes(-len(data) % _BLOCK))


def _members(file: Path) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of each file of a backup, proven by the list at its beginning.

    Raises:
        InvalidInput: it is no backup: it holds a link, a device, a name that leads out, or what the list does not name.
        Corrupted: a content is not what was written, or something is missing.
        Unreadable: the file system refuses.
    """
    try:
        with gzip.open(file, "rb") as archive:
            yield from _proven(file, archive)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise Corrupted(f"{file} is cut off or damaged: {error}. Take another backup.") from error
    except FileNotFoundError as error:
        raise InvalidInput(f"{file} does not exist. Give the file that --backup wrote.") from error
    except OSError as error:
        raise unreadable(file, error) from error


def _proven(file: Path, archive: BinaryIO | gzip.GzipFile) -> Iterator[tuple[str, bytes]]:
    name, size = _header(file, archive) or ("", 0)
    if name != LIST or size > _LARGEST_LIST:
        raise InvalidInput(f"{file} is no backup of dart-perf: it does not begin with {LIST}. {_UNPACK}")
    listed = _listed(file, _read(archive, size))
    while (header := _header(file, archive)) is not None:
        name, size = header
        named = listed.pop(name, None)
        if named is None or not _NAME.fullmatch(name) or name.partition("/")[0] in NOT_KEPT or size != named["bytes"]:
            raise InvalidInput(f"{file} holds {name!r}, which its list does not name so. {_UNPACK}")
        data = _read(archive, size)
        if hashlib.sha256(data).hexdigest() != named["sha256"]:
            raise Corrupted(f"{file}: {name} has not the SHA-256 of the list. Take another backup.")
        yield name, data
    if listed:
        raise Corrupted(f"{file} lacks {len(listed)} files, {min(listed)} first. Take another backup.")


_UNPACK = "Nothing was restored; what you trust you can unpack with tar."


def _listed(file: Path, data: bytes) -> dict[str, dict[str, Any]]:
    content = seal.unseal(BACKUP_FORMAT, data, file)
    try:
        listed = {
            str(name): {"bytes": int(of["bytes"]), "sha256": of["sha256"]} for name, of in content["files"].items()
        }
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Damaged(file, None, f"its list does not say what it holds: {error}. Take another backup.") from error
    size, free = sum(of["bytes"] for of in listed.values()), shutil.disk_usage(file.parent).free
    if len({name.casefold() for name in listed}) < len(listed):
        raise InvalidInput(f"{file} lists a name twice, or in two cases. {_UNPACK}")
    if size > free:
        raise InvalidInput(f"{file} holds {size} bytes and {free} are free there. Free some space and repeat.")
    return listed


def _header(file: Path, archive: BinaryIO | gzip.GzipFile) -> tuple[str, int] | None:
    """Return name and size of the next member; None at the end of the archive."""
    block = _read(archive, _BLOCK, padded=False)
    if not block.strip(b"\0"):
        return None
    try:
        header = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
    except (tarfile.HeaderError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{file} is no backup of dart-perf: {error}. {_UNPACK}") from error
    if not header.isreg() or header.size < 0:
        raise InvalidInput(f"{file} holds {header.name!r}, which is no plain file. {_UNPACK}")
    return header.name, header.size


def _read(archive: BinaryIO | gzip.GzipFile, size: int, *, padded: bool = True) -> bytes:
    whole = size + (-size % _BLOCK if padded else 0)
    data = archive.read(whole)
    if len(data) < whole:
        raise EOFError("it ends too early")
    return data[:size]
