"""How many events each log of baselines has, kept apart from the log: a log that lost its end is not a shorter log.

`counts/SCENARIO/PLATFORM.json` is written behind every event, so it may be one behind the log, and never ahead of it.
Where several events are appended in one step, `coming` says before how many there will be.
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
        return self._read(key, "events")

    def coming(self, key: Key) -> int | None:
        """Return how many events there are behind the step that goes on, or died; None where there is none."""
        return self._read(key, "coming")

    def _read(self, key: Key, name: str) -> int | None:
        path = self.file(key)
        try:
            content = seal.unseal(COUNT_FORMAT, read_bytes(path), path)
        except FileNotFoundError:
            return None
        if not (isinstance(content.get("events"), int) and isinstance(content.get("coming", 0), int)):
            raise Damaged(path, None, "it does not say how many events there are. Restore it from version control.")
        return content.get(name)

    def write(self, key: Key, count: int, scratch: Path, *, coming: int | None = None) -> None:
        """Say that `count` events are stored, and how many will be behind the step that is about to be done."""
        content = {"events": count} if coming is None else {"coming": coming, "events": count}
        atomic.write(self.root, self.file(key), seal.seal(COUNT_FORMAT, content), scratch=scratch)
