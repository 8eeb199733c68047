"""Who waits for a lock, in order of arrival: a folder beside the lock's file, with a ticket for each who waits.

A ticket is a file whose name begins with the time of the machine's monotonic clock, so that names sort by arrival. Its
owner keeps it locked while it waits: the ticket of a process that died is not locked, is passed over, and removed where
that is allowed (in a sticky folder another user's file is not). It is locked before it gets its name: one that is seen
unlocked is dead, and stays so.
"""

import errno
import fcntl
import os
import re
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from itertools import islice
from pathlib import Path

from dart_perf.errors import InvalidInput
from dart_perf.measure import claim
from dart_perf.measure.claim import Holder, Waiter

MOST = 1000
"""Files in the folder beyond which it is not read. Ten agents with ten measurements each are 100: the last of them
looks for 1.2 ms, of 900 for 12 ms, of two for .04 ms, five times a second each."""
STALLED_SECONDS = 10.0
"""A ticket that was not renewed for so long lets others pass, and keeps its place: a busy machine holds a process up
for tenths of a second, Ctrl-Z for hours."""
DRAFT_SECONDS = 60.0
"""Age at which a file that never became a ticket is removed: its process was killed on the way, which takes 1 ms."""
OPEN_TO_ALL = 0o1777
"""Every user stands in the same line; sticky, so that nobody removes another's ticket."""
DRAFT = "draft-"
_NAME = re.compile(rf"({DRAFT})?(\d{{20}})-(\d{{1,10}})-\d{{1,10}}")


class NoQueue(Exception):  # noqa: N818 -- named after the fact
    """The folder cannot be read or written; says why."""


class Seen(Enum):
    """What a ticket looks like."""

    WAITS = "its owner waits"
    STALLED = "its owner lives, but does not look whether its turn has come"
    DEAD = "its owner is gone"


def folder_of(file: Path) -> Path:
    """Return the folder of the tickets for the lock on `file`."""
    return file.with_name(f"{file.name}.queue")


def waiters(file: Path) -> tuple[Waiter, ...]:
    """Return who waits for the lock on `file`, the first in line first; nobody where the folder cannot be read.

    A stalled one is among them, in its place.
    """
    found: list[Waiter] = []
    with suppress(NoQueue, InvalidInput), opened(folder_of(file)) as folder:
        for name in names(folder):
            seen, who = look(folder, name)
            if seen is not Seen.DEAD and who is not None:
                seconds = max(0.0, (time.monotonic_ns() - since(name)) / 1e9)
                found.append(Waiter(who.pid, who.project, who.scenario, who.since, seconds))
    return tuple(found)


def since(name: str) -> int:
    """Return when the owner of a ticket came, in ns of the monotonic clock."""
    return int(name.removeprefix(DRAFT).partition("-")[0])


@contextmanager
def opened(folder: Path, *, make: bool = False) -> Iterator[int]:
    """Give a descriptor of the folder, which is made, for all users, where it is missing and `make` says so.

    Raises:
        NoQueue: it is not there, or not for this user.
        InvalidInput: a link or a file is in its place.
    """
    try:
        descriptor = _open(folder, make=make)
    except OSError as error:
        if error.errno in {errno.ENOTDIR, errno.ELOOP}:
            what = f"{folder}, where those who wait for a measurement stand in line, is a link or a file"
            raise InvalidInput(f"{what}, no folder. Remove it, or set DART_PERF_LOCK to another place.") from error
        raise NoQueue(f"{folder} cannot be opened: {error.strerror}") from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _open(folder: Path, *, make: bool) -> int:
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    with suppress(FileExistsError):
        if make:
            folder.mkdir(OPEN_TO_ALL)
    descriptor = os.open(folder, flags)
    about = os.fstat(descriptor)
    if about.st_uid == os.geteuid() and stat.S_IMODE(about.st_mode) != OPEN_TO_ALL:
        os.fchmod(descriptor, OPEN_TO_ALL)  # whatever the umask said
    return descriptor


def names(folder: int) -> list[str]:
    """Return the names of all tickets, oldest first. Raises NoQueue where there is more than is read."""
    with os.scandir(folder) as entries:
        there = [entry.name for entry in islice(entries, MOST + 1)]
    if len(there) > MOST:
        raise NoQueue(f"more than {MOST} files lie in the folder of those who wait; remove those of nobody")
    found = [name for name in there if _NAME.fullmatch(name)]
    now = time.monotonic_ns()
    for name in found:
        if name.startswith(DRAFT) and not 0 <= now - since(name) < DRAFT_SECONDS * 1e9:  # below 0: of an earlier boot
            look(folder, name)  # removes what is dead
    return sorted(name for name in found if not name.startswith(DRAFT))


def look(folder: int, name: str) -> tuple[Seen, Holder | None]:
    """Return how the ticket is, and what it says; a dead one is removed where that is allowed."""
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    except OSError:  # given up just now, or nothing that a waiter makes
        return Seen.DEAD, None
    try:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode):
            return Seen.DEAD, None
        if _is_locked(descriptor):
            is_stalled = time.time() - about.st_mtime > STALLED_SECONDS
            return Seen.STALLED if is_stalled else Seen.WAITS, claim.read(descriptor)
        with suppress(OSError):
            os.unlink(name, dir_fd=folder)
        return Seen.DEAD, None
    finally:
        os.close(descriptor)


def _is_locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)  # shared, so that two who ask do not see each other
    except BlockingIOError:
        return True
    return False
