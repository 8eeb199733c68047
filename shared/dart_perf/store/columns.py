"""Every series as arrays: one value a run, computed once by a function that is handed in, and cached on disk.

A value follows from its run, whose id is a digest of its content. So a cached value is right as long as the store has
that run: runs that were pruned are taken out, new ones are read, and nothing else can be stale. The order of points
is never cached: it follows from the positions of the runs.
"""

import threading
from array import array
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dart_perf.model.history import SeriesEntry
from dart_perf.model.operation import Progress
from dart_perf.model.series import Columns, Location, Reduction
from dart_perf.store import segment
from dart_perf.store.column_file import Column, ColumnFile, Table
from dart_perf.store.fault import Damaged, unreadable
from dart_perf.store.run_segment import Head
from dart_perf.store.runs import RunLog

UNWRITTEN = 0.01
"""Share of values that the file may lack: a run appended to 1,000 series of 1,000 points is 0.1 %, takes 10 ms to read
and as long to write, with 12 MB, as all of them."""
FIRST = 200_000
"""Values after which a long first build is written for the first time, then at each doubling: a few seconds of work,
and a build that was interrupted goes on where it was."""


class ColumnView:
    """The columns of one store, read no more often than it changes."""

    def __init__(self, root: Path, runs: RunLog) -> None:
        self._runs = runs
        self._file = ColumnFile(root)
        self._version = ""
        self._table = Table()
        self._written = 0
        """Values that the file holds."""
        self._answer: tuple[int, Columns] | None = None
        self._guard = threading.Lock()

    def columns(
        self, changes: int, entries: tuple[SeriesEntry, ...], heads: tuple[Head, ...], reduction: Reduction,
        progress: Progress,
    ) -> Columns:  # fmt: skip
        """Return the columns of the runs `heads`, whose series are `entries`, as they were at `changes` of the log.

        Raises:
            Corrupted, NewerSchema: a line of runs does not hold what was written, or is gone.
        """
        with self._guard:
            if self._version != reduction.version:
                self._version, self._answer = reduction.version, None
                self._table = self._file.read(reduction.version)
                self._written = self._table.points
            if self._answer is None or self._answer[0] != changes:
                self._extend(heads, reduction, progress)
                self._answer = changes, _arranged(entries, self._table, heads)
            return self._answer[1]

    def _extend(self, heads: tuple[Head, ...], reduction: Reduction, progress: Progress) -> None:
        """Make the table one of just these runs, and write it where it grew by much.

        What an interruption leaves is kept: the next call goes on there.
        """
        self._table = _kept(self._table, heads)
        lost = self._table.points < self._written
        news, read, enough = _News(), len(self._table.runs), max(FIRST, self._table.points)
        try:
            for record in _records(self._runs, heads[read:]):
                progress(read, len(heads), "reading runs into the cache of values")
                news.add(read, record, reduction)
                read += 1
                if news.points >= enough:
                    self._table, news = news.joined(self._table, heads[:read]), _News()
                    enough = self._table.points
                    self._write()
        finally:
            self._table = news.joined(self._table, heads[:read])
            if lost or self._table.points - self._written > UNWRITTEN * self._table.points:
                self._write()

    def _write(self) -> None:
        self._file.write(self._table, self._version)
        self._written = self._table.points


class _News:
    """Values that are not in the table yet."""

    def __init__(self) -> None:
        self.points = 0
        self._by_series: dict[str, tuple[array[float], array[int]]] = {}

    def add(self, run: int, record: dict[str, Any], reduction: Reduction) -> None:
        """Take in the values of a line; `run` is the index of its run."""
        value, by_series = reduction.value, self._by_series
        measurements = record["run"].get("measurements", ())
        for series, measurement in zip(record["series"], measurements, strict=True):
            known = by_series.get(series)
            if known is None:
                known = by_series[series] = array("d"), array("i")
            processes = measurement.get("processes", ())
            known[0].append(value(measurement["metric"]["name"], measurement["samples"], processes))
            known[1].append(run)
        self.points += len(measurements)

    def joined(self, table: Table, heads: tuple[Head, ...]) -> Table:
        """Return the table with these values; it then is one of the runs `heads`."""
        runs = table.runs + _named(heads[len(table.runs) :])
        return Table(runs, {**table.columns, **dict(self._extended(table.columns))})

    def _extended(self, columns: Mapping[str, Column]) -> Iterator[tuple[str, Column]]:
        for series, (values, runs) in self._by_series.items():
            new = Column(np.array(values, np.float64), np.array(runs, np.int32))
            old = columns.get(series)
            yield series, new if old is None else _behind(old, new)


def _behind(old: Column, new: Column) -> Column:
    return Column(np.concatenate((old.values, new.values)), np.concatenate((old.runs, new.runs)))


def _named(heads: tuple[Head, ...]) -> tuple[tuple[str, int], ...]:
    return tuple((head.id, head.sequence) for head in heads)


def _kept(table: Table, heads: tuple[Head, ...]) -> Table:
    """Return what the table holds of the runs `heads`, where those are the first of them; nothing where not."""
    if _named(heads[: len(table.runs)]) == table.runs:
        return table
    live = set(_named(heads))
    kept = np.array([run in live for run in table.runs], np.bool_)
    runs = tuple(run for run in table.runs if run in live)
    if runs != _named(heads[: len(runs)]):  # e.g. another store's
        return Table()
    moved = (np.cumsum(kept) - 1).astype(np.int32)
    columns = {name: _masked(column, kept[column.runs], moved) for name, column in table.columns.items()}
    return Table(runs, {name: column for name, column in columns.items() if len(column.values)})


def _masked(column: Column, mask: npt.NDArray[np.bool_], moved: npt.NDArray[np.int32]) -> Column:
    return Column(column.values[mask], moved[column.runs[mask]])


def _records(runs: RunLog, heads: tuple[Head, ...]) -> Iterator[dict[str, Any]]:
    """Yield the line of each run, proven; one is in memory at a time."""
    for number, part in groupby(heads, key=lambda head: head.segment):
        path = runs.file(number)
        try:
            with path.open("rb") as file:
                for head in part:
                    file.seek(head.offset)
                    record = segment.parse(file.read(head.size), path, head.offset)
                    if record["run_id"] != head.id:
                        what = f"run {record['run_id']} stands here, not {head.id}. Restore the file."
                        raise Damaged(path, head.offset, what)
                    yield record
        except FileNotFoundError as error:
            raise Damaged(path, None, "the file is gone. Restore it.") from error
        except OSError as error:
            raise unreadable(path, error) from error


def _arranged(entries: tuple[SeriesEntry, ...], table: Table, heads: tuple[Head, ...]) -> Columns:
    """Return every series in order."""
    locations = tuple(Location(head.id, head.commit, head.position) for head in heads)
    positions = np.array([-1 if head.position is None else head.position for head in heads], np.int64)
    columns = table.columns
    if np.any((positions >= 0) & (positions < np.maximum.accumulate(positions))):
        columns = {name: _ordered(column, positions) for name, column in columns.items()}
    values, places = ({name: _frozen(c[which]) for name, c in columns.items()} for which in (0, 1))
    return Columns(entries, values, places, locations, _frozen(positions))


def _ordered(column: Column, positions: npt.NDArray[np.int64]) -> Column:
    """Return a series by position; a point without one stands behind the furthest that was seen before it."""
    found = positions[column.runs]
    order = np.argsort(np.where(found < 0, np.maximum.accumulate(found), found), kind="stable")
    return Column(column.values[order], column.runs[order])


def _frozen(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the array so that no reader can change what others are answered from."""
    seen = values.view()
    seen.flags.writeable = False
    return seen
