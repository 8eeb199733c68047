"""The runs: what was measured, in order of arrival. Everything else about history is derived from these segments.

`runs/000001.jsonl`, `000002.jsonl` ...: a line is `{"position", "run", "run_id", "sequence", "series"}`, where `series`
names the series of each measurement. One append is one write and one fsync, whatever the number of series.
"""

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from dart_perf.errors import Corrupted
from dart_perf.model.measurement import Run, series_id
from dart_perf.model.record import digest
from dart_perf.store import atomic, seal, segment
from dart_perf.store.fault import Damaged, read_bytes
from dart_perf.store.layout import folders, signature

SEGMENT_BYTES = 4 * 2**20
"""A segment that reached this is closed. It bounds what a fresh process reads to know the newest points (25 ms)."""

INDEX_FORMAT = "dart-perf-run-index"
_NAME = re.compile(r"([0-9]{6})\.jsonl")


class Head(NamedTuple):
    """Where a run stands and what it is looked up by."""

    id: str
    segment: int
    offset: int
    size: int
    sequence: int
    position: int | None
    commit: str | None
    scenario: str | None


class Recent(NamedTuple):
    """A point that is not folded into the history yet, and what describes its series."""

    series: str
    point: dict[str, Any]
    measurement: dict[str, Any]
    environment: dict[str, Any]


class _Segment:
    """What is known of one file: grows as the file does."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.end = 0
        self.torn = 0
        self.file: tuple[int, int, int] | None = None
        self.heads: list[Head] = []
        self.recent: list[Recent] = []
        self.parsed = True


class RunLog:
    """All runs of a store, read no more often than they change."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / "runs"
        self.heads: dict[str, Head] = {}
        """By id, in order of arrival."""
        self.changes = 0
        """Grows with every change that was seen."""
        self._segments: dict[int, _Segment] = {}
        self._guard = threading.RLock()

    def file(self, number: int) -> Path:
        return self.folder / f"{number:06d}.jsonl"

    def index_file(self, number: int) -> Path:
        return self.folder / f"{number:06d}.index.json"

    def numbers(self) -> list[int]:
        """Return the numbers of the segments on disk, oldest first."""
        return [int(found[1]) for name in folders(self.folder) if (found := _NAME.fullmatch(name))]

    def closed(self) -> list[int]:
        """Return the numbers of the segments that are never written to again."""
        return self.numbers()[:-1]

    def refresh(self, folded: int) -> None:
        """Read what was appended since; of segments up to `folded` only the index is read.

        Raises:
            Corrupted, NewerSchema: a segment does not hold what was written.
        """
        with self._guard:
            numbers = self.numbers()
            changed = self._segments.keys() != set(numbers)
            for gone in self._segments.keys() - set(numbers):
                del self._segments[gone]
            for number in numbers:
                changed |= self._refresh_segment(self._segments.setdefault(number, _Segment(number)), folded)
            if changed:
                self.heads = {h.id: h for n in numbers for h in self._segments[n].heads}
                self.changes += 1

    def _refresh_segment(self, known: _Segment, folded: int) -> bool:
        if known.number <= folded and known.file is not None:
            known.recent, known.parsed = [], False
            return False
        if known.number <= folded and self._load_index(known):
            return True
        if not known.parsed:  # the history that covered it is gone: its points are needed again
            known.__init__(known.number)  # type: ignore[misc]
        now = signature(self.file(known.number))
        if now == known.file:
            return False
        self._parse(known)
        known.file = now
        return True

    def _parse(self, known: _Segment) -> None:
        path = self.file(known.number)
        data = read_bytes(path)
        start = known.end if len(data) >= known.end else 0
        try:
            found = segment.scan(data[start:], path, start)
        except Corrupted:  # perhaps replaced behind our back, by a restored backup: read it from the start
            start, found = 0, segment.scan(data, path)
        if start == 0:
            known.heads, known.recent = [], []
        for line in found.lines:
            known.heads.append(_head(known.number, line, path))
            known.recent.extend(points_of(line.record))
        known.end, known.torn, known.parsed = found.end, found.torn, True

    def _load_index(self, known: _Segment) -> bool:
        path = self.index_file(known.number)
        try:
            content = seal.unseal(INDEX_FORMAT, read_bytes(path), path)
            known.heads = [Head(*row) for row in content["heads"]]
        except (FileNotFoundError, Corrupted, KeyError, TypeError):
            return False  # derived: the segment itself is read instead
        known.file, known.parsed = signature(self.file(known.number)), False
        return True

    def recent(self, folded: int) -> Iterator[Recent]:
        """Yield the points of the segments behind `folded`, in order of arrival."""
        for number in sorted(self._segments):
            if number > folded:
                yield from self._segments[number].recent

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
            return Run.model_validate(record["run"])
        except (OSError, KeyError, ValueError) as error:
            raise Damaged(path, head.offset, f"run {head.id} cannot be read: {error}. Restore the file.") from error

    def records(self, number: int) -> segment.Lines:
        """Return every line of a segment. Raises Corrupted, NewerSchema."""
        path = self.file(number)
        return segment.scan(read_bytes(path), path)

    def append(self, rows: list[dict[str, Any]]) -> list[int]:
        """Append `row`s and return the segments that are closed by now.

        The caller holds the lock, has refreshed, and gives no run twice.
        """
        numbers = self.numbers()
        number = numbers[-1] if numbers else 1
        active = self._segments.get(number)
        end, torn = (active.end, active.torn) if active is not None else (0, 0)
        if active is not None and not active.parsed:  # folded and still the last: never written to again
            number, end, torn = number + 1, 0, 0
        first = max((h.sequence for h in self.heads.values()), default=-1) + 1
        buffer = bytearray()
        for sequence, new in enumerate(rows, start=first):
            if end + len(buffer) >= SEGMENT_BYTES:
                self._write(number, bytes(buffer), end, torn)
                number, end, torn, buffer = number + 1, 0, 0, bytearray()
            buffer += segment.frame(new | {"sequence": sequence})
        self._write(number, bytes(buffer), end, torn)
        return [n for n in self.numbers() if n < number]

    def _write(self, number: int, data: bytes, end: int, torn: int) -> None:
        if data or torn:
            segment.append(self.root, self.file(number), data, end=end)

    def write_index(self, number: int, lines: segment.Lines, scratch: Path) -> None:
        """Write the heads of a closed segment beside it, so that no process parses it again to know them."""
        heads = [_head(number, line, self.file(number)) for line in lines.lines]
        data = seal.seal(INDEX_FORMAT, {"heads": [list(h) for h in heads]})
        atomic.write(self.root, self.index_file(number), data, scratch=scratch)


def row(run: Run, position: int | None) -> dict[str, Any]:
    """Return what a line says of `run`, but for its sequence number.

    The id is computed from the content: a copied record may carry the cached id of the one it was copied from.
    """
    series = [series_id(m, run.environment) for m in run.measurements]
    plain = run.model_dump(mode="json")
    return {"position": position, "run": plain, "run_id": f"run-{digest(plain)[:16]}", "series": series}


def _head(number: int, line: segment.Line, path: Path) -> Head:
    record = line.record
    try:
        run = record["run"]
        return Head(
            record["run_id"], number, line.offset, line.size, record["sequence"], record["position"],
            run["commit"], run["scenario"],
        )  # fmt: skip
    except (KeyError, TypeError) as error:
        raise Damaged(path, line.offset, f"no run: {error} is missing. Restore the file.") from error


def points_of(record: dict[str, Any]) -> Iterator[Recent]:
    """Yield the points of a line."""
    run = record["run"]
    for series, measurement in zip(record["series"], run["measurements"], strict=True):
        point = {
            "commit": run["commit"],
            "position": record["position"],
            "processes": measurement["processes"],
            "run": record["run_id"],
            "samples": measurement["samples"],
            "sequence": record["sequence"],
        }
        yield Recent(series, point, measurement, run["environment"])
