"""One file of runs, as far as it was read: it grows as the file does."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from dart_perf.errors import Corrupted
from dart_perf.model.environment import Environment
from dart_perf.model.measurement import Run, series_id
from dart_perf.model.record import canonical
from dart_perf.store import seal, segment
from dart_perf.store.fault import Damaged, read_bytes
from dart_perf.store.layout import Signature, signature

INDEX_FORMAT = "dart-perf-run-index"

OFTEN = 8
"""Runs that one process appends one by one before it reserves room: a command or two leave a file without NUL bytes."""

_NO_ENVIRONMENT = b"{}"
_MACHINES = 64
_environments: dict[str, bytes] = {}
"""Canonical JSON by fingerprint: thousands of runs come from a few environments."""


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


Said = tuple[str, bytes, bytes]
"""What a run says of one series: its id, canonical JSON of a `Point` up to its sequence number, and JSON of benchmark
and metric. Bytes in a plain tuple, because a batch has thousands, and Python's garbage collector skips those."""


@dataclass(slots=True)
class Recent:
    """The points of a series that the runs alone have yet, and what its last run says of it."""

    points: list[bytes]
    """Canonical JSON of each `Point`."""
    named: bytes
    environment: bytes
    """Canonical JSON of the environment."""


class Row(NamedTuple):
    """What a line says of a run, but for its sequence number."""

    run_id: str
    position: int | None
    commit: str | None
    scenario: str | None
    run: bytes
    """Canonical JSON of the run."""
    environment: bytes
    said: tuple[Said, ...]

    def line(self, sequence: int) -> bytes:
        """Return the line of this run."""
        position, series = orjson.dumps(self.position), orjson.dumps([series for series, _, _ in self.said])
        parts = position, self.run, self.run_id.encode(), sequence, series
        return segment.frame_json(b'{"position":%b,"run":%b,"run_id":"%b","sequence":%d,"series":%b}' % parts)


Framed = tuple[Row, int, bytes]
"""A run, its sequence number and its line."""


class RunSegment:
    """The runs of one file; `recent` holds their points by series while no history does."""

    def __init__(self, file: Path, number: int) -> None:
        self.file = file
        self._name = str(file)
        self.index_file = file.with_suffix(".index.json")
        self.number = number
        self.heads: list[Head] = []
        self.recent: dict[str, Recent] = {}
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
        self.last = b""
        """The last line, where this process wrote it into room."""
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
        changed = self.seen is None or self.seen != signature(self._name)  # it may have grown before it was closed
        if changed and not self._read_index():  # derived: the file itself is read instead
            self.read_new()
        self.recent, self.parsed, self.complete = {}, False, True
        return changed

    def _read_index(self) -> bool:
        now = signature(self._name)
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
        if self.is_untouched():
            return []
        now = signature(self._name)
        if now == self.seen and not (self.room and self._in_use()):
            return []
        self.last = b""
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
            try:
                self._keep(said_of(line.record), environment_of(line.record), line.record["sequence"])
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                raise Damaged(self.file, line.offset, f"no run: {error!r}. Restore the file.") from error
        self.end, self.torn, self.room, self.seen = found.end, found.torn, found.room, now
        return self.heads[known:]

    def _in_use(self) -> bool:
        """Say whether the room holds a line now: the size stays, and the time is set before the bytes are."""
        return self._read(1, self.end) != b"\0"

    def is_untouched(self) -> bool:
        """Say whether the file ends with a line that this process wrote into room, by its bytes.

        Nobody asked for the time of the file then: a file system that must give every write a time of its own, because
        somebody looked, takes some 50 us longer to sync it.
        """
        last = self.last
        return last != b"" and self._read(len(last) + 1, self.end - len(last)) == last + b"\0"

    def _read(self, count: int, start: int) -> bytes:
        try:
            descriptor = os.open(self._name, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:  # the scan says what is wrong
            return b""
        try:
            grown = os.lseek(descriptor, 0, os.SEEK_END) != self.size
            return b"" if grown else os.pread(descriptor, count, start)
        finally:
            os.close(descriptor)

    def _scan(self, start: int) -> segment.Lines:
        data = read_bytes(self.file, max(0, start - 1))
        if start and data[:1] != b"\n":  # also where a copy from before, with as much room, was put in its place
            raise Damaged(self.file, start, "the file became shorter")
        return segment.scan(data[min(1, start) :], self.file, start)

    def append(self, root: Path, batch: list[Framed]) -> list[Head]:
        """Append lines durably and return their heads; the caller holds the lock and has read everything."""
        single = len(batch) == 1
        self.singles += single
        often = single and self.singles > OFTEN
        room = (0 if self.torn else self.room) if often else None
        data = b"".join([line for _, _, line in batch])
        into_room = room is not None and len(data) <= room
        self.room = segment.append(root, self.file, data, end=self.end, room=room)
        known = len(self.heads)
        for row, sequence, line in batch:
            place = self.number, self.end, len(line) - 1, sequence
            self.heads.append(Head(row.run_id, *place, row.position, row.commit, row.scenario))
            self._keep(row.said, row.environment, sequence)
            self.end += len(line)
        self.torn = 0
        if into_room:
            self.last = data
        else:
            self.seen, self.last = signature(self._name), b""
        return self.heads[known:]

    def trim(self) -> None:
        """Give back the room that is left; the caller holds the lock and has read everything."""
        known = self.is_untouched() or (self.seen == signature(self._name) and not self._in_use())
        if self.room and known:
            segment.trim(self.file, self.end)
            self.room, self.seen, self.last = 0, signature(self._name), b""

    @property
    def size(self) -> int:
        """Bytes of the file, as far as it was read."""
        return self.end + self.torn + self.room

    def _keep(self, run: Iterable[Said], environment: bytes, sequence: int) -> None:
        end = b"%d}" % sequence
        for series, point, named in run:
            known = self.recent.get(series)
            if known is None:
                self.recent[series] = Recent([point + end], named, environment)
            else:
                known.points.append(point + end)
                known.named, known.environment = named, environment

    def whole(self) -> "RunSegment":
        """Return this segment with all its points known: itself, or one that is read anew."""
        if self.parsed and self.seen == signature(self._name):
            return self
        again = RunSegment(self.file, self.number)
        again.read_new()
        return again

    def index(self) -> bytes:
        """Return the content of the index: the heads, sealed."""
        heads = [list(h) for h in self.heads]
        return seal.seal(INDEX_FORMAT, {"bytes": self.size, "heads": heads})


def row(run: Run, position: int | None) -> Row:
    """Return what a line says of `run`, but for its sequence number.

    The id is computed from the content: a copied record may carry the cached id of the one it was copied from.
    """
    environment = _environment(run.environment)
    plain = run.model_dump(mode="json", exclude_defaults=True, exclude={"environment"})
    if environment != _NO_ENVIRONMENT:
        plain["environment"] = orjson.Fragment(environment)
    data = canonical(plain)  # what `Run.id` is the digest of
    run_id = f"run-{hashlib.sha256(data).hexdigest()[:16]}"
    series = [series_id(m, run.environment) for m in run.measurements]
    record = {"run_id": run_id, "position": position, "run": plain, "series": series}
    return Row(run_id, position, run.commit, run.scenario, data, environment, tuple(said_of(record)))


def _environment(environment: Environment) -> bytes:
    known = _environments.get(environment.fingerprint)
    if known is None:
        if len(_environments) >= _MACHINES:
            _environments.clear()
        known = canonical(environment.model_dump(mode="json", exclude_defaults=True))
        _environments[environment.fingerprint] = known
    return known


def head_of(number: int, line: segment.Line, path: Path) -> Head:
    """Return the head of a line. Raises Damaged where it is no run."""
    record = line.record
    try:
        run = record["run"]
        return Head(
            record["run_id"], number, line.offset, line.size, record["sequence"], record["position"],
            run.get("commit"), run.get("scenario"),
        )  # fmt: skip
    except (KeyError, TypeError, AttributeError) as error:
        raise Damaged(path, line.offset, f"no run: {error!r}. Restore the file.") from error


def environment_of(record: dict[str, Any]) -> bytes:
    """Return the canonical JSON of the environment of a line."""
    return canonical(record["run"].get("environment", {}))


def said_of(record: dict[str, Any]) -> Iterator[Said]:
    """Yield what a line says of each series."""
    run = record["run"]
    for series, measurement in zip(record["series"], run.get("measurements", ()), strict=True):
        point = {  # keys in order: canonical as it is
            "commit": run.get("commit"),
            "position": record["position"],
            "processes": measurement.get("processes", ()),
            "run": record["run_id"],
            "samples": measurement["samples"],
        }
        named = {"benchmark": measurement["benchmark"], "metric": measurement["metric"]}
        yield series, orjson.dumps(point)[:-1] + b',"sequence":', orjson.dumps(named)


def points_of(record: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    """Yield the series and the canonical JSON of each `Point` of a line."""
    end = b"%d}" % record["sequence"]
    return ((series, point + end) for series, point, _ in said_of(record))
