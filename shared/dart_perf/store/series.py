"""The view of every series: folded points and those that only the runs have yet."""

import threading
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from pydantic import TypeAdapter

from dart_perf.errors import Corrupted
from dart_perf.model.history import Point, SeriesEntry
from dart_perf.store.history import History, Index, describe, in_order
from dart_perf.store.run_segment import Head, Recent, points_of
from dart_perf.store.runs import RunLog

CACHED = 256
"""Series whose points stay in memory: about 100 MB at 1,000 points of 10 samples."""

_POINTS = TypeAdapter(tuple[Point, ...])


class _Known(NamedTuple):
    """The points of a series as they were last answered."""

    folded: Index
    restarts: int
    recent: int
    """How many of them are not folded."""
    points: tuple[Point, ...]
    furthest: int
    """The largest position among them."""


class SeriesView:
    """Points and entries of all series; nothing is read again while nothing changed."""

    def __init__(self, root: Path, runs: RunLog) -> None:
        self._history = History(root)
        self._runs = runs
        self._known: dict[str, _Known] = {}
        self._entries: tuple[int, tuple[SeriesEntry, ...]] = (-1, ())
        self._listed: dict[str, SeriesEntry] = {}
        self._guard = threading.RLock()

    def index(self) -> Index:
        """Return what is folded. Raises NewerSchema."""
        return self._history.index(self._runs)

    def fold(self, scratch: Path) -> None:
        """Fold closed segments of runs; the caller holds the lock."""
        self._history.fold(self._runs, scratch)

    def _current(self) -> tuple[Index, dict[str, Recent]]:
        """Return the index and, by series, the points behind it; the index is read first, so that none is missed."""
        index = self.index()
        return index, self._runs.newest(index.through)

    def points(self, series: str) -> tuple[Point, ...]:
        """Return the points of a series in order; none where there is no such series.

        Raises:
            Corrupted, NewerSchema: a segment of runs does not hold what was written.
        """
        with self._guard:
            index, by_series = self._current()
            recent, restarts = by_series[series].points if series in by_series else [], self._runs.restarts
            count = len(recent)  # once: another thread may be appending
            known = self._known.get(series)
            if known is None or known.folded is not index or known.restarts != restarts or known.recent > count:
                known = _arranged(_Known(index, restarts, 0, (), -1), self._folded_points(series, index))
            if count > known.recent:
                new = _points(recent[known.recent : count])
                known = _arranged(known, new)._replace(recent=count)
            if series not in self._known and len(self._known) >= CACHED:
                self._known.clear()
            self._known[series] = known
            return known.points

    def _folded_points(self, series: str, index: Index) -> tuple[Point, ...]:
        try:
            return self._history.points(series, index)
        except Corrupted:  # derived: the runs still hold it; `validate` names the damage
            lines = (line for number in sorted(index.folded) for line in self._runs.records(number).lines)
            return _points([p for line in lines for s, p in points_of(line.record) if s == series])

    def entries(self) -> tuple[SeriesEntry, ...]:
        """Return every series by benchmark and metric. Raises Corrupted, NewerSchema."""
        with self._guard:
            changes = self._runs.changes  # before anything is read: another thread may be appending
            index, recent = self._current()
            if self._entries[0] != changes or changes != self._runs.changes:
                names = index.series.keys() | recent.keys()
                self._listed = {series: self._entry(series, index, recent.get(series)) for series in names}
                by_label = sorted(self._listed.values(), key=lambda e: (e.benchmark.label, e.metric.name, e.id))
                self._entries = changes, tuple(by_label)
            return self._entries[1]

    def snapshot(self) -> tuple[int, tuple[SeriesEntry, ...], tuple[Head, ...]]:
        """Return the changes that were seen, every series, and the head of every run as of then.

        Raises:
            Corrupted, NewerSchema: a segment of runs does not hold what was written.
        """
        self._current()
        while True:
            changes = self._runs.changes
            found = self.entries(), self._runs.arrived()
            if changes == self._runs.changes:  # else something came in between
                return changes, *found

    def _entry(self, series: str, index: Index, recent: Recent | None) -> SeriesEntry:
        folded: dict[str, Any] = index.series.get(series, {"points": 0})
        named = orjson.loads(recent.named) if recent is not None else folded
        points = folded["points"] + (len(recent.points) if recent is not None else 0)
        known = self._listed.get(series)
        if known is not None and known.benchmark.group == named["benchmark"].get(
            "group", ""
        ):  # the rest names the series
            return known if known.points == points else known.model_copy(update={"points": points})
        fields = describe(recent) if recent is not None else {k: v for k, v in folded.items() if k != "segments"}
        return SeriesEntry.model_validate(fields | {"id": series, "points": points})


def _points(said: list[bytes]) -> tuple[Point, ...]:
    return _POINTS.validate_json(b"[" + b",".join(said) + b"]")


def _arranged(known: _Known, new: tuple[Point, ...]) -> _Known:
    """Return `known` with points that arrived after it; only one of an older commit moves others."""
    late, furthest = False, known.furthest
    for point in new:
        if point.position is not None:
            late |= point.position < furthest
            furthest = max(furthest, point.position)
    together = (*known.points, *new)
    return known._replace(points=in_order(together) if late else together, furthest=furthest)
