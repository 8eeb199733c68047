"""One writer at a time: an advisory lock that the system releases when its holder dies.

`flock` on a descriptor of its own for each time it is held: it excludes threads as it does processes, and a child
that was forked meanwhile drops its copies. Who has to wait sleeps in the kernel and is woken when the lock is free;
`flock` itself knows no time limit, so a thread of its own waits, and is left behind when the time is up.
Why not `filelock`: see docs/store.md, Writing.
"""

import fcntl
import os
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dart_perf.store import atomic
from dart_perf.store.fault import Busy, Unwritable, writing

WAIT_SECONDS = 60.0
"""Far beyond the longest write (folding 1,000 series took 0.1 s): who waits longer waits for a hang."""

_open: set[int] = set()
"""Descriptors that hold or await a lock in this process."""


class Lock:
    """A named lock of a store; one object serves all threads of a process. Nobody takes it twice at once."""

    def __init__(self, root: Path, name: str, *, wait_seconds: float = WAIT_SECONDS) -> None:
        self.root = root
        self.path = root / "locks" / f"{name}.lock"
        self.wait_seconds = wait_seconds
        self._name, self._folder = str(self.path), str(self.path.parent)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock for the body.

        Raises:
            Busy: another thread or process held it for `wait_seconds`.
            Unwritable: the lock file cannot be made.
        """
        with writing(self.path):
            descriptor = self._acquire()
        try:
            yield
        finally:
            _release(descriptor)

    def _acquire(self) -> int:
        until = time.monotonic() + self.wait_seconds
        while True:
            descriptor = self._descriptor()
            if not (_try(descriptor) or _wait(descriptor, until - time.monotonic())):
                raise Busy(
                    f"{self.path} is held by another process for more than {self.wait_seconds:g} s. "
                    "Find out who writes to this store, end it if it hangs, and repeat the call."
                )
            if self._is_at_its_path(descriptor):
                return descriptor
            _release(descriptor)  # somebody deleted the file meanwhile, and others lock the new one

    def _descriptor(self) -> int:
        try:
            if stat.S_ISLNK(os.lstat(self._folder).st_mode):
                what = f"{self._folder} is a link; the store writes only below {self.root}."
                raise Unwritable(f"{what} Put a folder there.")
        except FileNotFoundError:
            atomic.make_folder(self.root, self.path.parent)
        descriptor = os.open(self._name, os.O_RDWR | os.O_CREAT | atomic.OPEN, 0o644)
        _open.add(descriptor)
        return descriptor

    def _is_at_its_path(self, descriptor: int) -> bool:
        try:
            return os.path.samestat(os.fstat(descriptor), os.stat(self._name))  # noqa: PTH116 -- at every append
        except FileNotFoundError:
            return False


class _Turn:
    """The wait for a lock; its thread closes the descriptor where nobody waits any more when the lock is free."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._guard = threading.Lock()
        self._over = threading.Event()
        self._left = False
        self._error: OSError | None = None

    def comes(self, seconds: float) -> bool:
        """Wait as `_wait` says."""
        try:
            threading.Thread(target=self._wait, name="dart-perf-lock", daemon=True).start()
        except RuntimeError:  # the interpreter is shutting down
            _release(self._descriptor)
            raise
        try:
            self._over.wait(seconds)
        except BaseException:
            if self._leave():
                _release(self._descriptor)
            raise
        over = self._leave()
        if self._error is not None:
            _release(self._descriptor)
            raise self._error
        return over

    def _leave(self) -> bool:
        """End the waiting; say whether its thread has ended, and leaves the descriptor to the caller."""
        with self._guard:
            self._left = True
            return self._over.is_set()

    def _wait(self) -> None:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        except OSError as error:
            self._error = error
        with self._guard:
            if self._left:
                _release(self._descriptor)
            else:
                self._over.set()


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        _release(descriptor)
        raise
    return True


def _wait(descriptor: int, seconds: float) -> bool:
    """Say whether the lock was given within `seconds`; where it was not, the descriptor is no longer the caller's."""
    if seconds > 0:
        return _Turn(descriptor).comes(seconds)
    _release(descriptor)
    return False


def _release(descriptor: int) -> None:
    _open.discard(descriptor)
    with suppress(OSError):  # a file system without locks: there is nothing to give back
        fcntl.flock(descriptor, fcntl.LOCK_UN)  # closing alone would leave it to a child's copy
    os.close(descriptor)


def _drop_copies() -> None:
    """Close what a forked child inherited, without releasing it: it belongs to the parent."""
    while _open:
        os.close(_open.pop())


os.register_at_fork(after_in_child=_drop_copies)
