"""Which segments of runs count: the commit record of a prune, which takes old runs away in one step.

A prune copies the lines that stay into new segments behind the old ones and then replaces `runs/live.json`: from there
on the new ones count and the old ones do not. So no file of runs is ever written over, and whoever dies in between
leaves either all the old runs or all that were kept. A store in which nothing was pruned has no such file.
"""

import threading
from pathlib import Path
from typing import Any, NamedTuple

from dart_perf.store import atomic, seal
from dart_perf.store.fault import Damaged, read_bytes
from dart_perf.store.layout import Signature, signature

LIVE_FORMAT = "dart-perf-live-runs"
SINCE = 2
"""The schema that brought this file."""


class Live(NamedTuple):
    """What counts."""

    first: int = 1
    """Number of the first segment that counts."""
    end: int | None = None
    """Segments from this number on are drafts of a prune that goes on, or whose process died."""
    through: int = 0
    """A prune looked at the runs with smaller sequence numbers."""
    gone: int = 0
    """So many of those numbers are missing."""
    prunes: int = 0
    """How often something was pruned."""
    sweeping: bool = False
    """True until the files that a finished prune left behind are deleted."""

    def counts(self, number: int) -> bool:
        """Say whether the segment with this number counts."""
        return self.first <= number and (self.end is None or number < self.end)

    @property
    def interrupted(self) -> bool:
        """True where a prune is not at its end."""
        return self.end is not None or self.sweeping


class LiveRuns:
    """The record as it is on disk; read no more often than it changes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.file = root / "runs" / "live.json"
        self._name = str(self.file)
        self._known: tuple[Signature | None, Live] = (None, Live())
        self._guard = threading.Lock()

    def signature(self) -> Signature | None:
        """Return what changes with every step of a prune."""
        return signature(self._name)

    def read(self) -> Live:
        """Return which segments count. Raises Corrupted, NewerSchema."""
        with self._guard:
            now = self.signature()
            if now != self._known[0]:
                self._known = now, Live() if now is None else self._read()
            return self._known[1]

    def _read(self) -> Live:
        content: dict[str, Any] = seal.unseal(LIVE_FORMAT, read_bytes(self.file), self.file)
        try:
            live = Live(**content)
            valid = live.first >= 1 and (live.end is None or live.end > live.first) and live.through >= live.gone >= 0
        except TypeError:
            valid = False
        if not valid:
            raise Damaged(self.file, None, "it does not say which runs count. Restore it from version control.")
        return live

    def write(self, live: Live, scratch: Path) -> None:
        """Replace the record; the caller holds the lock."""
        atomic.write(self.root, self.file, seal.seal(LIVE_FORMAT, live._asdict(), SINCE), scratch=scratch)
