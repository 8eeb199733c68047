"""An own place in the line of those who wait for a lock: first come, first served."""

import fcntl
import os
import time
from contextlib import suppress
from itertools import count
from pathlib import Path

from dart_perf.errors import InvalidInput
from dart_perf.measure import claim
from dart_perf.measure.claim import Holder
from dart_perf.measure.queued import DRAFT, NoQueue, Seen, folder_of, look, names, opened

RENEW_SECONDS = 1.0
"""How often one who waits renews its ticket, a tenth of what makes it stalled."""
_number = count()


class Ticket:
    """A place in the line, from now until it is given up."""

    def __init__(self, file: Path, who: Holder) -> None:
        self.problem = ""
        """Why nobody sees this place; empty where it is seen."""
        self._folder, self._who = folder_of(file), who
        self._name = f"{time.monotonic_ns():020d}-{os.getpid()}-{next(_number)}"
        self._descriptor = -1
        self._renewed = 0.0
        self._dead: set[str] = set()
        """Tickets that need no second look, such as another user's that cannot be removed."""

    def ahead(self) -> int:
        """Return how many came earlier and still wait; make the ticket where it is not there (any more).

        Where it cannot be made, `problem` says why. Those who came earlier are let go first all the same; those who
        came later cannot know.

        Raises:
            InvalidInput: something else than a folder is in the folder's place.
        """
        try:
            with opened(self._folder, make=True) as folder:
                there = names(folder)
                if self._name not in there:
                    self._publish(folder)
                    there = names(folder)  # again: whoever came before this one could be seen by all
                self._renew()
                self.problem = ""
                return self._before(folder, there)
        except NoQueue as none:
            self.problem = str(none)
        with suppress(NoQueue), opened(self._folder) as folder:
            return self._before(folder, names(folder))
        return 0

    def _before(self, folder: int, there: list[str]) -> int:
        waiting = 0
        for name in there:
            if name < self._name and name not in self._dead:
                seen, _ = look(folder, name)
                waiting += seen is Seen.WAITS
                if seen is Seen.DEAD:
                    self._dead.add(name)
        return waiting

    def _publish(self, folder: int) -> None:
        draft = DRAFT + self._name
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
        self._close()
        try:
            self._descriptor = os.open(draft, flags, 0o644, dir_fd=folder)
            os.fchmod(self._descriptor, 0o644)  # whatever the umask says: every user looks at it
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            claim.write(self._descriptor, self._who)
            os.rename(draft, self._name, src_dir_fd=folder, dst_dir_fd=folder)
        except OSError as error:
            self._remove(folder)
            raise NoQueue(f"{self._folder} cannot be written: {error.strerror}") from error

    def _renew(self) -> None:
        now = time.monotonic()
        if now - self._renewed >= RENEW_SECONDS:
            self._renewed = now
            os.utime(self._descriptor)

    def give_up(self) -> None:
        """Leave the line."""
        if self._descriptor >= 0:
            with suppress(NoQueue, InvalidInput), opened(self._folder) as folder:
                self._remove(folder)
            self._close()

    def _remove(self, folder: int) -> None:
        for name in (self._name, DRAFT + self._name):
            with suppress(OSError):
                os.unlink(name, dir_fd=folder)
        self._close()

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
