"""One file of runs, as far as it was read: it grows as the file does."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from dart_perf.errors import Corrupted
from dart_perf.model.measurement import Run, series_id
from dart_perf.model.record import digest
from dart_perf.store import seal, segment
from dart_perf.store.fault import Damaged, read_bytes
from dart_perf.store.layout import Signature, signature

INDEX_FORMAT = "dart-perf-run-index"

OFTEN = 8
"""Runs that one process appends one by one before it reserves room: a command or two leave a file without NUL bytes."""


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
    """A point as its run says it, and what describes its series."""

    series: str
    point: dict[str, Any]
    measurement: dict[str, Any]
    environment: dict[str, Any]


class Framed(NamedTuple):
    """A record and the line it becomes."""

    record: dict[str, Any]
    line: bytes


class RunSegment:
    """The runs of one file; `recent` holds their points by series while no history does."""

    def __init__(self, file: Path, number: int) -> None:
        self.file = file
        self.index_file = file.with_suffix(".index.json")
        self.number = number
        self.heads: list[Head] = []
        self.recent: dict[str, list[Recent]] = {}
        self.forget()

    def forget(self) -> None:
        """Start again: nothing of the file is known."""
        self.end = 0
        """Bytes of whole lines that were read."""
        self.torn = 0
        """Bytes behind them that a dead writer left."""
        self.room = 0
        """NUL bytes behind them, reserved for the next lines."""
        self.singles = 0
        """Lines that this process has appended one by one."""
        self.parsed = True
        """False where only the heads are known."""
        self.complete = False
        """True where the segment is closed and all its heads are known."""
        self.seen: Signature | None = None
        self.heads, self.recent = [], {}

    def read_heads(self) -> bool:
        """Know the heads of a closed segment, and not its points; say whether that changed anything."""
        if self.complete:
            return False
        changed = self.seen is None or self.seen != signature(self.file)  # it may have grown before it was closed
        if changed and not self._read_index():  # derived: the file itself is read instead
            self.read_new()
        self.recent, self.parsed, self.complete = {}, False, True
        return changed

    def _read_index(self) -> bool:
        now = signature(self.file)
        try:
            size, heads = self.read_index()
        except (FileNotFoundError, Corrupted):
            return False
        if now is None or now[1] != size:  # of another segment, perhaps one before a backup was restored
            return False
        self.heads, self.seen = heads, now
        return True

    def read_index(self) -> tuple[int, list[Head]]:
        """Return the size and the heads of the segment as the index says them. Raises FileNotFoundError, Corrupted."""
        content = seal.unseal(INDEX_FORMAT, read_bytes(self.index_file), self.index_file)
        try:
            return int(content["bytes"]), [Head(*fields) for fields in content["heads"]]
        except (KeyError, TypeError, ValueError) as error:
            raise Damaged(self.index_file, None, f"no index of runs: {error}. Delete it: it is derived.") from error

    def read_new(self) -> list[Head]:
        """Read what was appended since and return its heads; everything, where the file is another one.

        Raises:
            Corrupted, NewerSchema: a line does not hold what was written.
        """
        if not self.parsed:  # the history that held its points is gone: they are needed again
            self.forget()
        now = signature(self.file)
        if now == self.seen and not (self.room and self._in_use()):
            return []
        if self.seen is not None and now is not None and now[2] != self.seen[2]:  # another file: a restored backup
            self.forget()
        known = len(self.heads)
        try:
            found = self._scan(self.end)
        except Corrupted:  # perhaps replaced in place: read it from the start
            known = 0
            self.forget()
            found = self._scan(0)
        for line in found.lines:
            self.heads.append(head_of(self.number, line, self.file))
            self._keep(line.record)
        self.end, self.torn, self.room, self.seen = found.end, found.torn, found.room, now
        return self.heads[known:]

    def _in_use(self) -> bool:
        """Say whether the room holds a line now: the size stays, and the time is set before the bytes are."""
        try:
            with self.file.open("rb", buffering=0) as file:
                file.seek(self.end)
                return file.read(1) != b"\0"
        except FileNotFoundError:
            return True

    def _scan(self, start: int) -> segment.Lines:
        data = read_bytes(self.file, start)
        if start and not data and (signature(self.file) or (0, 0, 0))[1] < start:
            raise Damaged(self.file, start, "the file became shorter")
        return segment.scan(data, self.file, start)

    def append(self, root: Path, batch: list[Framed]) -> list[Head]:
        """Append lines durably and return their heads; the caller holds the lock and has read everything."""
        single = len(batch) == 1
        self.singles += single
        often = single and self.singles > OFTEN
        room = (0 if self.torn else self.room) if often else None
        self.room = segment.append(root, self.file, b"".join(new.line for new in batch), end=self.end, room=room)
        known = len(self.heads)
        for record, line in batch:
            self.heads.append(head_of(self.number, segment.Line(self.end, len(line) - 1, record), self.file))
            self._keep(record)
            self.end += len(line)
        self.torn, self.seen = 0, signature(self.file)
        return self.heads[known:]

    def trim(self) -> None:
        """Give back the room that is left; the caller holds the lock and has read everything."""
        if self.room and self.seen == signature(self.file) and not self._in_use():
            segment.trim(self.file, self.end)
            self.room, self.seen = 0, signature(self.file)

    @property
    def size(self) -> int:
        """Bytes of the file, as far as it was read."""
        return self.end + self.torn + self.room

    def _keep(self, record: dict[str, Any]) -> None:
        for point in points_of(record):
            self.recent.setdefault(point.series, []).append(point)

    def whole(self) -> "RunSegment":
        """Return this segment with all its points known: itself, or one that is read anew."""
        if self.parsed and self.seen == signature(self.file):
            return self
        again = RunSegment(self.file, self.number)
        again.read_new()
        return again

    def index(self) -> bytes:
        """Return the content of the index: the heads, sealed."""
        heads = [list(h) for h in self.heads]
        return seal.seal(INDEX_FORMAT, {"bytes": self.size, "heads": heads})


def row(run: Run, position: int | None) -> dict[str, Any]:
    """Return what a line says of `run`, but for its sequence number.

    The id is computed from the content: a copied record may carry the cached id of the one it was copied from.
    """
    series = [series_id(m, run.environment) for m in run.measurements]
    plain = run.model_dump(mode="json", exclude_defaults=True)  # what `Run.id` is the digest of
    return {"position": position, "run": plain, "run_id": f"run-{digest(plain)[:16]}", "series": series}


def head_of(number: int, line: segment.Line, path: Path) -> Head:
    """Return the head of a line. Raises Damaged where it is no run."""
    record = line.record
    try:
        run = record["run"]
        return Head(
            record["run_id"], number, line.offset, line.size, record["sequence"], record["position"],
            run.get("commit"), run.get("scenario"),
        )  # fmt: skip
    except (KeyError, TypeError) as error:
        raise Damaged(path, line.offset, f"no run: {error} is missing. Restore the file.") from error


def points_of(record: dict[str, Any]) -> Iterator[Recent]:
    """Yield the points of a line."""
    run = record["run"]
    for series, measurement in zip(record["series"], run.get("measurements", ()), strict=True):
        point = {
            "commit": run.get("commit"),
            "position": record["position"],
            "processes": measurement.get("processes", ()),
            "run": record["run_id"],
            "samples": measurement["samples"],
            "sequence": record["sequence"],
        }
        yield Recent(series, point, measurement, run.get("environment", {}))
