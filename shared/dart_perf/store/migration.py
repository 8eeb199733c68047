"""Bringing an older store up to the present schema: one step a number, in order, by the first write after an update.

Every step may be done twice and leaves what readers of both schemas can read; the mark, which says the number, is
written behind it. So a migration that is killed is done again by the next write. Nothing is migrated by reading.
"""

from collections.abc import Callable
from pathlib import Path

from dart_perf.store import atomic, layout, seal, segment
from dart_perf.store.baselines import Baselines
from dart_perf.store.fault import read_bytes


def number_events(root: Path, scratch: Path) -> None:
    """Schema 2: number and count the events of logs that were begun before events were numbered.

    The events, their order and so all states stay as they are; from here on one that is missing is known.
    """
    baselines = Baselines(root)
    for key in baselines.logged():
        log, path = baselines.read_log(key), baselines.log_file(key)
        if log.unnumbered or log.uncounted:  # first: a count is never ahead of its log, and the events are there
            baselines.counts.write(key, len(log.events), scratch)
        if log.unnumbered:
            lines = segment.scan(read_bytes(path), path).lines
            numbered = (segment.frame(line.record | {"sequence": n}) for n, line in enumerate(lines))
            atomic.write(root, path, b"".join(numbered), scratch=scratch)


STEPS: dict[int, Callable[[Path, Path], None]] = {2: number_events}
"""What makes a store of the number before into one of this number."""


def migrate(root: Path, found: int, scratch: Path) -> None:
    """Bring the store below `root` from schema `found` to the present one; the caller holds the lock.

    Raises:
        Corrupted: something that a step must read is damaged; nothing of it was changed.
    """
    for number in range(found + 1, seal.SCHEMA + 1):
        STEPS[number](root, scratch)
        mark = seal.seal(layout.STORE_FORMAT, {}, number)
        atomic.write(root, root / "store.json", mark, scratch=scratch)
