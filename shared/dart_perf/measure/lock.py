"""One measurement at a time on a machine, across projects and users.

Two measurements at once measure each other. The lock is `flock` on one file in the system's temporary folder: the
kernel gives it back when its holder dies, whatever killed it. The holder writes into the file who it is; a record that
is found together with a free lock is that of a holder which died, and this is said. Who comes first is served first:
only the first in line (`queued`) tries to get it. An older dart-perf, which knows no line, is kept out all the same.
"""

import errno
import fcntl
import os
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from dart_perf.errors import InvalidInput, MeasurementFailed
from dart_perf.measure import claim, queued
from dart_perf.measure.claim import Holder, Wait, Waiter
from dart_perf.measure.launch import Cancelled
from dart_perf.measure.ticket import Ticket

__all__ = ["Holder", "Wait", "Waiter", "died", "holder", "machine_lock", "path", "waiters"]

POLL_SECONDS = 0.2
"""Time between two tries: short beside a measurement, nothing for the one that is running."""


def path() -> Path:
    """Return the file that is locked: DART_PERF_LOCK, or one in the machine's (not the user's) temporary folder."""
    own = os.environ.get("DART_PERF_LOCK")
    if own:
        return Path(own)
    shared = Path("/tmp")  # noqa: S108 -- TMPDIR differs between users; the file is opened as such folders need
    return (shared if shared.is_dir() else Path(tempfile.gettempdir())) / "dart-perf-measure.lock"


def holder(file: Path | None = None) -> Holder | None:
    """Return who holds the lock now, as far as the record says; None where nobody does."""
    is_free, said = _asked(file or path())
    return None if is_free else said


def died(file: Path | None = None) -> Holder | None:
    """Return who held the lock and died, where nobody took it since; the lock is free then."""
    is_free, said = _asked(file or path())
    return said if is_free else None


def waiters(file: Path | None = None) -> tuple[Waiter, ...]:
    """Return who waits for the lock, the first in line first."""
    return queued.waiters(file or path())


def _asked(file: Path) -> tuple[bool, Holder | None]:
    """Return whether the lock is free, and the record that lies in its file."""
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return True, None
    try:
        # A shared lock, so that two who ask do not take each other for a holder.
        return _try(descriptor, fcntl.LOCK_SH), claim.read(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def machine_lock(
    *,
    project: str,
    scenario: str,
    clock: Callable[[], datetime],
    waiting: Callable[[Wait], None] = lambda _wait: None,
    cancelled: Callable[[], bool] = lambda: False,
    at_most: float | None = None,
) -> Iterator[Holder | None]:
    """Hold the machine's lock; yield the holder that died without giving it back, or None.

    `waiting` is told at every look who holds it, the place in the line and how long this call has waited. The wait has
    no end of its own unless `at_most` (seconds) is given.

    Raises:
        Cancelled: `cancelled` said so. MeasurementFailed: waited for longer than `at_most`.
        InvalidInput: the lock's file, or the folder of those who wait, cannot be used.
    """

    def me() -> Holder:
        return Holder(os.getpid(), project, scenario, clock().isoformat(timespec="seconds"))

    file = path()
    descriptor = _open(file)
    try:
        ticket = Ticket(file, me())
        try:
            for wait in _waits(ticket, descriptor):
                waiting(wait)
                _check(wait, cancelled(), at_most)
                time.sleep(POLL_SECONDS)
            dead = claim.read(descriptor)
            claim.write(descriptor, me())
        finally:
            ticket.give_up()
        mine = claim.HELD.set((descriptor,))
        try:
            yield dead
        finally:
            claim.HELD.reset(mine)
            os.ftruncate(descriptor, 0)
            fcntl.flock(descriptor, fcntl.LOCK_UN)  # closing alone would leave it to a launcher's copy
    finally:
        os.close(descriptor)


def _waits(ticket: Ticket, descriptor: int) -> Iterator[Wait]:
    """Yield at every look what there is to say, until the lock is held."""
    start = time.monotonic()
    while True:
        ahead = ticket.ahead()
        if ahead == 0 and _try(descriptor):
            return
        yield Wait(claim.read(descriptor), ahead + 1, time.monotonic() - start, ticket.problem)


def _check(wait: Wait, is_cancelled: bool, at_most: float | None) -> None:
    whose = wait.holder or "another measurement"
    if is_cancelled:
        raise Cancelled(f"gave up waiting for {whose}: cancelled. Ask again to repeat it.")
    if at_most is not None and wait.seconds >= at_most:
        raise MeasurementFailed(f"waited {wait.seconds:.0f} s for {whose}. Try again later.")


def _try(descriptor: int, kind: int = fcntl.LOCK_EX) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in {errno.EWOULDBLOCK, errno.EACCES}:
            return False
        raise
    return True


def _open(file: Path) -> int:
    """Open the lock's file, and make it where there is none, for every user of the machine.

    Opened without O_CREAT first: in a sticky folder Linux (fs.protected_regular) refuses O_CREAT on another's file.
    """
    flags = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        for _ in range(10):  # two processes can make it, or somebody remove it, in between; ten times in a row, no
            try:
                descriptor = os.open(file, flags)
            except FileNotFoundError:
                try:
                    descriptor = os.open(file, flags | os.O_CREAT | os.O_EXCL, 0o666)
                except FileExistsError:
                    continue
                os.fchmod(descriptor, 0o666)  # whatever the umask says
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                return descriptor
            os.close(descriptor)
            break
    except OSError as error:
        reason = error.strerror
    else:
        reason = "it is not a regular file"
    raise InvalidInput(f"the lock {file} cannot be used: {reason}. Remove the file, or set DART_PERF_LOCK to another.")
