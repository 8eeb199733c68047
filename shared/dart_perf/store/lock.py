"""One writer at a time: an advisory lock that the system releases when its holder dies."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from dart_perf.store import atomic
from dart_perf.store.fault import Busy, writing

WAIT_SECONDS = 60.0
"""Far beyond the longest write (folding 1,000 series took 0.1 s): who waits longer waits for a hang."""

POLL_SECONDS = 0.002
"""A durable append takes about 1 ms: the library's 50 ms would be the whole latency of two writers."""


class Lock:
    """A named lock of a store; one object serves all threads of a process."""

    def __init__(self, root: Path, name: str, *, wait_seconds: float = WAIT_SECONDS) -> None:
        self.root = root
        self.path = root / "locks" / f"{name}.lock"
        self.wait_seconds = wait_seconds
        self._lock = FileLock(self.path, timeout=wait_seconds, poll_interval=POLL_SECONDS)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock for the body.

        Raises:
            Busy: another process held it for `wait_seconds`.
            Unwritable: the lock file cannot be made.
        """
        atomic.make_folder(self.root, self.path.parent)
        with writing(self.path):
            try:
                self._lock.acquire()
            except Timeout as error:
                raise Busy(
                    f"{self.path} is held by another process for more than {self.wait_seconds:g} s. "
                    "Find out who writes to this store, end it if it hangs, and repeat the call."
                ) from error
        try:
            yield
        finally:
            self._lock.release()
