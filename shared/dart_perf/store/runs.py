"""The runs: what was measured, in order of arrival. Everything else about history is derived from these segments.

`runs/000001.jsonl`, `000002.jsonl` ...: a line is `{"position", "run", "run_id", "sequence", "series"}`, where `series`
names the series of each measurement. One append is one write and one fsync, whatever the number of series.
"""

import re
import threading
from itertools import islice
from pathlib import Path

from dart_perf.model.measurement import Run
from dart_perf.store import segment
from dart_perf.store.fault import Damaged, read_bytes
from dart_perf.store.layout import folders
from dart_perf.store.live_runs import LiveRuns
from dart_perf.store.run_segment import OFTEN, Framed, Head, Recent, Row, RunSegment

SEGMENT_BYTES = 4 * 2**20
"""A segment that reached this is closed. It bounds what a fresh process reads to know the newest points (50 ms)."""

_NAME = re.compile(r"([0-9]{6})\.jsonl")


class RunLog:
    """All runs of a store, read no more often than they change."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / "runs"
        self.folder_name = str(self.folder)
        self.live = LiveRuns(root)
        self.heads: dict[str, Head] = {}
        """By id, in order of arrival."""
        self.changes = 0
        """Grows with every change that was seen."""
        self.restarts = 0
        """Grows when what was seen is no longer the beginning of what is there."""
        self._segments: dict[int, RunSegment] = {}
        self._guard = threading.RLock()

    def file(self, number: int) -> Path:
        return self.folder / f"{number:06d}.jsonl"

    def numbers(self) -> list[int]:
        """Return the numbers of the segments that count, oldest first; all but the last are never written to again."""
        live = self.live.read()
        return [number for number in self.on_disk() if live.counts(number)]

    def on_disk(self) -> list[int]:
        """Return the numbers of all segments, also of those that a prune left behind or did not finish."""
        return [int(found[1]) for name in folders(self.folder_name) if (found := _NAME.fullmatch(name))]

    def known(self) -> list[int]:
        """Return the numbers of the segments that were there when they were last looked at."""
        with self._guard:
            return sorted(self._segments)

    def refresh(self, folded: int) -> None:
        """Read what was appended since; of segments up to `folded` only the heads are needed.

        Raises:
            Corrupted, NewerSchema: a segment does not hold what was written.
        """
        with self._guard:
            numbers = self.numbers()
            again = not self._segments.keys() <= set(numbers)
            for gone in self._segments.keys() - set(numbers):
                del self._segments[gone]
            new: list[Head] = []
            for number in numbers:
                known = self._segments.get(number) or RunSegment(self.file(number), number)
                before = len(known.heads)
                if number <= folded:
                    again |= known.read_heads()
                else:
                    found = known.read_new()
                    again |= len(known.heads) != before + len(found)
                    new += found
                self._segments[number] = known
            if again:
                self.heads = {h.id: h for n in numbers for h in self._segments[n].heads}
            else:
                self.heads.update((h.id, h) for h in new)
            self.changes += again or bool(new)
            self.restarts += again

    def arrived(self) -> tuple[Head, ...]:
        """Return the head of every run that was read, in order of arrival; other threads may go on reading."""
        with self._guard:
            return tuple(self.heads.values())

    def last(self, count: int) -> list[str]:
        """Return the ids of the last runs to arrive, the newest last; an import asks of runs that are not there."""
        with self._guard:
            return [head.id for head in islice(reversed(self.heads.values()), count)][::-1]

    def newest(self, folded: int) -> dict[str, Recent]:
        """Refresh, and return the points behind `folded`, in one step: another thread may refresh from a later fold.

        Raises:
            Corrupted, NewerSchema: a segment does not hold what was written.
        """
        with self._guard:
            self.refresh(folded)
            return self.recent(folded)

    def recent(self, folded: int) -> dict[str, Recent]:
        """Return the points of the segments behind `folded` by series, in order of arrival."""
        newer = [self._segments[number].recent for number in sorted(self._segments) if number > folded]
        if len(newer) == 1:
            return newer[0]
        joined: dict[str, Recent] = {}
        for part in newer:
            for series, new in part.items():
                before = joined[series].points if series in joined else []
                joined[series] = Recent(before + new.points, new.named, new.environment)
        return joined

    def whole(self, number: int) -> RunSegment:
        """Return a segment with all its points. Raises Corrupted, NewerSchema."""
        return self._segments.get(number, RunSegment(self.file(number), number)).whole()

    def load(self, head: Head) -> Run:
        """Return the run that stands at `head`.

        Raises:
            Corrupted: the line does not hold what was written.
        """
        path = self.file(head.segment)
        try:
            with path.open("rb") as file:
                file.seek(head.offset)
                record = segment.parse(file.read(head.size), path, head.offset)
            if record["run_id"] != head.id:
                raise Damaged(
                    path, head.offset, f"run {record['run_id']} stands here, not {head.id}. Restore the file."
                )
            return Run.model_validate(record["run"])
        except (OSError, KeyError, ValueError) as error:
            raise Damaged(path, head.offset, f"run {head.id} cannot be read: {error}. Restore the file.") from error

    def records(self, number: int) -> segment.Lines:
        """Return every line of a segment. Raises Corrupted, NewerSchema."""
        path = self.file(number)
        return segment.scan(read_bytes(path), path)

    def append(self, rows: list[Row]) -> None:
        """Append `run_segment.row`s; the caller holds the lock, has refreshed, and gives no run twice."""
        with self._guard:
            newest = next(reversed(self.heads.values()), None)
            first = max(newest.sequence + 1 if newest is not None else 0, self.live.read().through)
            active, batch, size = self._active(), list[Framed](), 0
            for sequence, new in enumerate(rows, start=first):
                if active.end + size >= SEGMENT_BYTES:
                    self._write(active, batch)
                    active.trim()  # what is closed is never written to again
                    active, batch, size = self._begin(active.number + 1), [], 0
                line = new.line(sequence)
                batch.append((new, sequence, line))
                size += len(line)
            self._write(active, batch)
            self.changes += 1

    def _active(self) -> RunSegment:
        last = self._segments[max(self._segments)] if self._segments else self._begin(1)
        return last if last.parsed else self._begin(last.number + 1)  # one that is folded is never written to again

    def untouched(self) -> bool:
        """Say whether nobody appended since this process did: its last line stands at the end, before its room.

        The caller holds the lock. Who begins another segment gives the room back, or finds this one full.
        """
        with self._guard:
            newest = self._segments[max(self._segments)] if self._segments else None
            return newest is not None and newest.end < SEGMENT_BYTES and newest.is_untouched()

    @property
    def reserved(self) -> bool:
        """True where this process may have reserved room in a segment."""
        return any(known.singles > OFTEN for known in self._segments.values())

    def trim(self) -> None:
        """Give back the room at the end of the open segment; the caller holds the lock and has refreshed."""
        with self._guard:
            self._segments[max(self._segments)].trim()

    def _begin(self, number: int) -> RunSegment:
        self._segments[number] = RunSegment(self.file(number), number)
        return self._segments[number]

    def _write(self, active: RunSegment, batch: list[Framed]) -> None:
        if batch or active.torn:
            self.heads.update((h.id, h) for h in active.append(self.root, batch))
