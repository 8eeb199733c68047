"""One measurement at a time on a machine, across projects and users.

Two measurements at once measure each other. The lock is `flock` on one file in the system's temporary folder: the
kernel gives it back when its holder dies, whatever killed it. The holder writes into the file who it is; a record that
is found together with a free lock is that of a holder which died, and this is said.
"""

import errno
import fcntl
import json
import os
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from dart_perf.errors import InvalidInput, MeasurementFailed
from dart_perf.measure.launch import Cancelled

POLL_SECONDS = 0.2
"""Time between two tries: short beside a measurement, nothing for the one that is running."""
LARGEST_RECORD = 1 << 12


@dataclass(frozen=True, slots=True)
class Holder:
    """Who measures, or measured until it died."""

    pid: int
    project: str
    scenario: str
    since: str
    """When it got the lock, ISO 8601, UTC."""

    def __str__(self) -> str:
        return f"process {self.pid}, {self.scenario} of {self.project}, since {self.since}"


def path() -> Path:
    """Return the file that is locked: DART_PERF_LOCK, or one in the machine's (not the user's) temporary folder."""
    own = os.environ.get("DART_PERF_LOCK")
    if own:
        return Path(own)
    shared = Path("/tmp")  # noqa: S108 -- TMPDIR differs between users; the file is opened as such folders need
    return (shared if shared.is_dir() else Path(tempfile.gettempdir())) / "dart-perf-measure.lock"


def holder(file: Path | None = None) -> Holder | None:
    """Return who holds the lock now, as far as the record says; None where nobody does."""
    try:
        descriptor = os.open(file or path(), os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        # A shared lock, so that two who ask do not take each other for a holder.
        return None if _try(descriptor, fcntl.LOCK_SH) else _read(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def machine_lock(
    *,
    project: str,
    scenario: str,
    clock: Callable[[], datetime],
    waiting: Callable[[Holder | None, float], None] = lambda _holder, _seconds: None,
    cancelled: Callable[[], bool] = lambda: False,
    at_most: float | None = None,
) -> Iterator[Holder | None]:
    """Hold the machine's lock; yield the holder that died without giving it back, or None.

    `waiting` is told at every try who holds it and for how many seconds this call has waited. The wait has no end
    of its own unless `at_most` (seconds) is given.

    Raises:
        Cancelled: `cancelled` said so. MeasurementFailed: waited for longer than `at_most`.
        InvalidInput: the lock's file cannot be used.
    """
    descriptor = _open(path())
    try:
        start = time.monotonic()
        while not _try(descriptor):
            waited = time.monotonic() - start
            now = _read(descriptor)
            waiting(now, waited)
            if cancelled():
                raise Cancelled(
                    f"gave up waiting for {now or 'another measurement'}: cancelled. Ask again to repeat it."
                )
            if at_most is not None and waited >= at_most:
                raise MeasurementFailed(f"waited {waited:.0f} s for {now or 'another measurement'}. Try again later.")
            time.sleep(POLL_SECONDS)
        dead = _read(descriptor)
        _write(descriptor, Holder(os.getpid(), project, scenario, clock().isoformat(timespec="seconds")))
        try:
            yield dead
        finally:
            os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)  # gives the lock back


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


def _read(descriptor: int) -> Holder | None:
    try:
        said = json.loads(os.pread(descriptor, LARGEST_RECORD, 0))
        return Holder(int(said["pid"]), str(said["project"]), str(said["scenario"]), str(said["since"]))
    except (ValueError, KeyError, TypeError):
        return None  # empty, or being written just now


def _write(descriptor: int, who: Holder) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(asdict(who)).encode(), 0)
