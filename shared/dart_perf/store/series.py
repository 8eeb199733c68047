"""The view of every series: folded points and those that only the runs have yet."""

import threading
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from dart_perf.errors import Corrupted
from dart_perf.model.history import Point, SeriesEntry
from dart_perf.store.history import NOTHING, History, Index, describe, in_order
from dart_perf.store.run_segment import Recent, points_of
from dart_perf.store.runs import RunLog

CACHED = 256
"""Series whose points stay in memory: about 100 MB at 1,000 points of 10 samples."""

_POINTS = TypeAdapter(tuple[Point, ...])


class SeriesView:
    """Points and entries of all series; nothing is read again while nothing changed."""

    def __init__(self, root: Path, runs: RunLog) -> None:
        self._history = History(root)
        self._runs = runs
        self._folded: dict[str, tuple[Index, tuple[Point, ...]]] = {}
        self._ordered: dict[str, tuple[int, Index, tuple[Point, ...]]] = {}
        self._recent: tuple[int, Index, dict[str, list[Recent]]] = (-1, NOTHING, {})
        self._guard = threading.RLock()

    def index(self) -> Index:
        """Return what is folded. Raises NewerSchema."""
        return self._history.index(self._runs)

    def fold(self, scratch: Path) -> None:
        """Fold closed segments of runs; the caller holds the lock."""
        self._history.fold(self._runs, scratch)

    def _current(self) -> tuple[Index, dict[str, list[Recent]]]:
        """Return the index and, by series, the points behind it; the index is read first, so that none is missed."""
        index = self.index()
        self._runs.refresh(index.through)
        changes, known, recent = self._recent
        if changes != self._runs.changes or known is not index:
            recent = {}
            for point in self._runs.recent(index.through):
                recent.setdefault(point.series, []).append(point)
            self._recent = self._runs.changes, index, recent
        return index, recent

    def points(self, series: str) -> tuple[Point, ...]:
        """Return the points of a series in order; none where there is no such series.

        Raises:
            Corrupted, NewerSchema: a segment of runs does not hold what was written.
        """
        with self._guard:
            index, recent = self._current()
            changes, known, points = self._ordered.get(series, (-1, NOTHING, ()))
            if changes != self._runs.changes or known is not index:
                new = _POINTS.validate_python([r.point for r in recent.get(series, ())])
                points = in_order((*self._folded_points(series, index), *new))
                if len(self._ordered) >= CACHED:
                    self._ordered.clear()
                    self._folded.clear()
                self._ordered[series] = self._runs.changes, index, points
            return points

    def _folded_points(self, series: str, index: Index) -> tuple[Point, ...]:
        known, points = self._folded.get(series, (None, ()))
        if known is not index:
            try:
                points = self._history.points(series, index)
            except Corrupted:  # derived: the runs still hold it; `validate` names the damage
                points = self._from_runs(series, index)
            self._folded[series] = index, points
        return points

    def _from_runs(self, series: str, index: Index) -> tuple[Point, ...]:
        lines = (line for number in sorted(index.folded) for line in self._runs.records(number).lines)
        found: list[dict[str, Any]] = [r.point for line in lines for r in points_of(line.record) if r.series == series]
        return _POINTS.validate_python(found)

    def entries(self) -> tuple[SeriesEntry, ...]:
        """Return every series by benchmark and metric. Raises Corrupted, NewerSchema."""
        with self._guard:
            index, recent = self._current()
            found = {s: {k: v for k, v in e.items() if k != "segments"} for s, e in index.series.items()}
            for series, new in recent.items():
                before = found.get(series, {"points": 0})
                found[series] = describe(new[-1]) | {"points": before["points"] + len(new)}
            entries = [SeriesEntry.model_validate({"id": series, **fields}) for series, fields in found.items()]
            return tuple(sorted(entries, key=lambda e: (e.benchmark.label, e.metric.name, e.id)))
