"""How many events each log of baselines has, kept apart from the log: a log that lost its end is not a shorter log.

`counts/SCENARIO/PLATFORM.json` is written behind every event, so it may be one behind the log, and never ahead of it.
"""

from pathlib import Path

from dart_perf.store import atomic, seal
from dart_perf.store.fault import Damaged, read_bytes
from dart_perf.store.layout import folders

COUNT_FORMAT = "dart-perf-event-count"
Key = tuple[str, str]
"""Scenario and platform."""


class EventCounts:
    """The number of events in each log; who writes holds the lock of the store."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / "counts"

    def file(self, key: Key) -> Path:
        return self.folder / key[0] / f"{key[1]}.json"

    def keys(self) -> set[Key]:
        """Return every scenario x platform whose events were counted."""
        return {
            (scenario, name.removesuffix(".json"))
            for scenario in folders(self.folder)
            for name in folders(self.folder / scenario)
            if name.endswith(".json")
        }

    def read(self, key: Key) -> int | None:
        """Return the count, or None where there is none. Raises Corrupted, NewerSchema."""
        path = self.file(key)
        try:
            count = seal.unseal(COUNT_FORMAT, read_bytes(path), path).get("events")
        except FileNotFoundError:
            return None
        if not isinstance(count, int):
            raise Damaged(path, None, "it does not say how many events there are. Restore it from version control.")
        return count

    def write(self, key: Key, count: int, scratch: Path) -> None:
        """Say that `count` events are stored."""
        atomic.write(self.root, self.file(key), seal.seal(COUNT_FORMAT, {"events": count}), scratch=scratch)
