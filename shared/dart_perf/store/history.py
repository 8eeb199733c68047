"""The history of each series, folded from the closed segments of runs; derived, so it can always be rebuilt.

`history/<series>.000001.jsonl` ... hold points; `history/folded.json` says how many bytes of each count and which
segments of runs they stand for: it is the commit record of a fold, and what stands behind those bytes does not exist.
The points of younger runs are read from the runs themselves, so an append touches no history file at all.
"""

import shutil
import threading
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from pydantic import TypeAdapter, ValidationError

from dart_perf.errors import Corrupted
from dart_perf.model.environment import Environment
from dart_perf.model.history import Point
from dart_perf.store import atomic, seal, segment
from dart_perf.store.fault import Damaged, read_bytes, writing
from dart_perf.store.layout import Signature, signature
from dart_perf.store.run_segment import Recent
from dart_perf.store.runs import RunLog

INDEX_FORMAT = "dart-perf-history-index"
SEGMENT_BYTES = 4 * 2**20
"""A series' file that reached this is closed; a fold then starts the next."""

_POINTS = TypeAdapter(tuple[Point, ...])


class Index(NamedTuple):
    """What is folded."""

    folded: dict[int, int]
    """Bytes of each segment of runs that is folded, by number."""
    series: dict[str, dict[str, Any]]
    """benchmark, metric, fingerprint, points and segments (bytes of each file that count), by series."""

    @property
    def through(self) -> int:
        """The last segment of runs that is folded."""
        return max(self.folded, default=0)


NOTHING = Index({}, {})


class History:
    """The folded part of every series."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / "history"
        self.index_file = self.folder / "folded.json"  # until 2026-11 it was index.json, beside a folder a series
        self._index_name = str(self.index_file)
        self.remedy = f"Delete {self.folder}: it is derived from {root / 'runs'} and rebuilt by the next append."
        self._seen: tuple[Signature | None, Signature | None] | None = None
        self._index = NOTHING
        self._guard = threading.RLock()

    def index(self, runs: RunLog) -> Index:
        """Return the index as it is on disk now, or `NOTHING` where it does not fit the runs: it is derived from them.

        Raises:
            NewerSchema: a newer dart-perf wrote it.
        """
        with self._guard:
            seen = signature(self._index_name), signature(runs.folder_name)
            if seen != self._seen:
                try:
                    found = self.read_index()
                except (FileNotFoundError, Corrupted):
                    found = NOTHING
                there = {n: (signature(runs.file(n)) or (0, -1, 0))[1] for n in runs.numbers() if n <= found.through}
                fits = found if there == found.folded else NOTHING
                self._index = fits if fits != self._index else self._index  # the same object while nothing changed
                self._seen = seen
            return self._index

    def read_index(self) -> Index:
        """Return the index. Raises FileNotFoundError, Corrupted, NewerSchema."""
        content = seal.unseal(INDEX_FORMAT, read_bytes(self.index_file), self.index_file)
        try:
            return Index({int(n): int(size) for n, size in content["folded"].items()}, dict(content["series"]))
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise Damaged(self.index_file, None, f"`folded` or `series` is missing. {self.remedy}") from error

    def file(self, series: str, number: int) -> Path:
        return self.folder / f"{series}.{number:06d}.jsonl"  # no folder each: a fold may begin 50,000 of them

    def points(self, series: str, index: Index) -> tuple[Point, ...]:
        """Return the folded points of a series in order of arrival.

        Raises:
            Corrupted: a file holds less than the index counts, or other bytes than were written.
        """
        entry = index.series.get(series)
        if entry is None:
            return ()
        records: list[dict[str, Any]] = []
        for number, size in enumerate(entry["segments"], start=1):
            records += [line.record for line in self.counted(self.file(series, number), size)]
        if len(records) != entry["points"]:
            raise Damaged(self.file(series, 1), None, f"{len(records)} points, not {entry['points']}. {self.remedy}")
        try:
            return _POINTS.validate_python(records)
        except ValidationError as error:
            problem = error.errors()[0]["msg"]
            raise Damaged(self.file(series, 1), None, f"no point: {problem}. {self.remedy}") from error

    def counted(self, path: Path, size: int) -> list[segment.Line]:
        """Return the lines in the first `size` bytes of a file. Raises Damaged, NewerSchema."""
        found = segment.scan(self.counted_bytes(path, size), path)
        if found.torn or found.room:
            raise Damaged(path, found.end, f"a torn line. {self.remedy}")
        return found.lines

    def counted_bytes(self, path: Path, size: int) -> bytes:
        """Return the first `size` bytes of a file. Raises Damaged where it has fewer."""
        try:
            data = read_bytes(path)[:size]
        except FileNotFoundError:
            data = b""
        if len(data) < size:
            raise Damaged(path, len(data), f"the file ends here instead of at byte {size}. {self.remedy}")
        return data

    def fold(self, runs: RunLog, scratch: Path) -> None:
        """Fold the closed segments of runs that are not folded yet; the caller holds the lock.

        No fsync at all: a thousand of them would stall the append. What a power cut takes from a file is missed by its
        size, digest or CRC, and the runs, which are durable, still hold it.
        """
        closed = runs.known()[:-1]
        if not closed or closed[-1] <= self._index.through:
            return
        index = self.index(runs)
        if not self._complete(index):
            index = NOTHING
        if not index.folded:  # what an index that is lost, damaged or of another layout left behind
            self.delete()
        for number in (n for n in closed if n > index.through):
            folding = runs.whole(number)
            entries = {series: self._extend(series, new, index) for series, new in folding.recent.items()}
            index = Index(index.folded | {number: folding.size}, index.series | entries)
            content = {"folded": {str(n): size for n, size in index.folded.items()}, "series": index.series}
            files = {folding.index_file: folding.index(), self.index_file: seal.seal(INDEX_FORMAT, content)}
            for file, data in files.items():
                atomic.write(self.root, file, data, scratch=scratch, durable=False)

    def delete(self) -> None:
        """Delete all of it, the index first: without that the rest is nothing. The caller holds the lock.

        Raises:
            Unwritable: the folder is a link, behind which nothing is deleted, or the file system refuses.
        """
        atomic.make_folder(self.root, self.folder, durable=False)  # proves that it is no link
        atomic.delete(self.index_file)
        with writing(self.folder):
            if self.folder.is_dir():
                shutil.rmtree(self.folder)

    def _complete(self, index: Index) -> bool:
        """Say whether every series still has the bytes that the index counts."""
        return all(
            (signature(self.file(series, number)) or (0, -1, 0))[1] >= size
            for series, entry in index.series.items()
            for number, size in enumerate(entry["segments"], start=1)
        )

    def _extend(self, series: str, new: Recent, index: Index) -> dict[str, Any]:
        old = index.series.get(series, {"points": 0, "segments": []})
        sizes = list(old["segments"])
        if not sizes or sizes[-1] >= SEGMENT_BYTES:
            sizes.append(0)
        data = b"".join(map(segment.frame_json, new.points))
        segment.append(self.root, self.file(series, len(sizes)), data, end=sizes[-1], durable=False)
        sizes[-1] += len(data)
        return describe(new) | {"points": old["points"] + len(new.points), "segments": sizes}


def describe(recent: Recent) -> dict[str, Any]:
    """Return what names a series: benchmark, metric and fingerprint (empty for exact metrics)."""
    named: dict[str, Any] = orjson.loads(recent.named)
    exact = named["metric"].get("assumption") == "exact"
    return named | {"fingerprint": "" if exact else _fingerprint(recent.environment)}


@lru_cache(maxsize=64)  # a fold asks for a thousand series of a few environments
def _fingerprint(environment: bytes) -> str:
    return Environment.model_validate_json(environment).fingerprint


def in_order(points: Iterable[Point]) -> tuple[Point, ...]:
    """Return points by commit position, then sequence; never by clock.

    A point without a position (no commits, or a work tree) stands where it arrived: behind the furthest position that
    had been seen before it.
    """
    keyed, furthest = [], -1
    for point in sorted(points, key=lambda p: p.sequence):
        place = furthest if point.position is None else point.position
        keyed.append((place, point.sequence, point))
        furthest = max(furthest, place)
    return tuple(p for _, _, p in sorted(keyed, key=lambda k: k[:2]))
