"""The same histories in SQLite and DuckDB, and the same questions to them: what `series_queries.py` runs beside us.

Both hold the one value a run that the store's answer is made of, so they neither parse nor reduce repetitions. Each is
asked in the way that was fastest of those tried: SQLite (clustered by series, position and sequence) by a prepared
statement a series, which took a third of one window function over all; DuckDB by `row_number` in one statement.
"""

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:  # a process that asks a peer does not pay for what asks the store
    from dart_perf.model.series import Selection

SERIES = "CREATE TABLE series (series TEXT PRIMARY KEY, label TEXT, grp TEXT, metric TEXT, environment TEXT)"
POINTS = "CREATE TABLE points (series INTEGER, position INTEGER, sequence INTEGER, value DOUBLE{key}){tail}"

Values = dict[str, npt.NDArray[np.float64]]
Answer = tuple[Values, npt.NDArray[np.float64]]
"""Values by series, in order, and count, least, largest and mean of each: shape (series, 4)."""
Point = tuple[int, int, int, float]
"""Number of the series, position, sequence number, value."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that all three can answer."""

    benchmark: str | None = None
    group: str | None = None
    metric: str | None = None
    window: int | None = None
    span: tuple[int, int] | None = None
    """Positions above the first, up to and with the second; the store is asked by the hashes of their commits."""


QUESTIONS = {
    "newest 100 of every series": Asked(window=100),
    "all of every series": Asked(),
    "newest 100, one group and metric": Asked(group="io", metric="cpu_time", window=100),
    "a range of 200 commits, by glob": Asked(benchmark="dynamics_bench/*", span=(600, 800)),
}


def condition(asked: Asked) -> tuple[str, list[Any]]:
    """Return what a series must fulfil, in SQL."""
    parts, values = ["1"], list[Any]()
    for test, value in (("grp = ?", asked.group), ("metric = ?", asked.metric), ("label GLOB ?", asked.benchmark)):
        if value is not None:
            parts.append(test)
            values.append(value)
    return " AND ".join(parts), values


def aggregated(values: Values) -> Answer:
    """Return values with their aggregates."""
    sizes = np.array([len(v) for v in values.values()])
    joined, starts = np.concatenate(list(values.values())), np.cumsum(sizes) - sizes
    least, largest = np.minimum.reduceat(joined, starts), np.maximum.reduceat(joined, starts)
    return values, np.column_stack((sizes, least, largest, np.add.reduceat(joined, starts) / sizes))


class Ours:
    """The store, asked as every tool asks."""

    def __init__(self, folder: Path) -> None:
        from dart_perf.workflows.project import open_project

        self.project = open_project(folder, {})

    def ask(self, asked: Asked) -> Answer:
        """Answer one question."""
        from dart_perf.workflows.series_query import Query, select

        commits = None
        if asked.span is not None:
            hashes = (self.project.root / "commits.txt").read_text().split()
            commits = "..".join(hashes[position] for position in asked.span)
        query = Query(asked.benchmark, asked.group, asked.metric, None, commits, asked.window)
        found = select(self.project, query)
        return aggregated({series.entry.id: series.values for series in found.series})


class Sqlite:
    """SQLite from the standard library."""

    def __init__(self, folder: Path) -> None:
        self.connection = sqlite3.connect(folder / "peer.sqlite")

    def fill(self, found: "Selection") -> None:
        """Take in every point."""
        run = self.connection.execute
        run("PRAGMA journal_mode = WAL")
        run(SERIES)
        run(POINTS.format(key=", PRIMARY KEY (series, position, sequence)", tail=" WITHOUT ROWID"))
        for number, series in enumerate(found.series):
            entry = series.entry
            fields = (entry.id, entry.benchmark.label, entry.benchmark.group, entry.metric.name, entry.fingerprint)
            run("INSERT INTO series VALUES (?, ?, ?, ?, ?)", fields)
            self.connection.executemany("INSERT INTO points VALUES (?, ?, ?, ?)", rows(found, number))
        self.connection.commit()
        run("PRAGMA wal_checkpoint(TRUNCATE)")
        run("ANALYZE")

    def append(self, points: list[Point]) -> None:
        """Take in new points, one a series."""
        self.connection.executemany("INSERT INTO points VALUES (?, ?, ?, ?)", points)
        self.connection.commit()

    def ask(self, asked: Asked) -> Answer:
        """Answer one question."""
        where, given = condition(asked)
        chosen = self.connection.execute(f"SELECT rowid - 1, series FROM series WHERE {where}", given).fetchall()  # noqa: S608 -- our own
        first, last = asked.span or (-1, 2**62)
        newest = (
            "SELECT value FROM points WHERE series = ? AND position > ? AND position <= ? "
            "ORDER BY position DESC, sequence DESC LIMIT ?"
        )
        values: Values = {}
        for number, name in chosen:
            there = self.connection.execute(newest, (number, first, last, asked.window or -1)).fetchall()
            if there:
                values[name] = np.array(there, np.float64)[::-1, 0]
        return aggregated(values)


class Duckdb:
    """DuckDB, with both cores."""

    def __init__(self, folder: Path) -> None:
        import duckdb

        self.connection = duckdb.connect(str(folder / "peer.duckdb"))

    def fill(self, found: "Selection") -> None:
        """Take in every point, by series and position."""
        run = self.connection.execute
        run(SERIES)
        run(POINTS.format(key="", tail=""))
        for number, series in enumerate(found.series):
            entry = series.entry
            fields = (entry.id, entry.benchmark.label, entry.benchmark.group, entry.metric.name, entry.fingerprint)
            run("INSERT INTO series VALUES (?, ?, ?, ?, ?)", fields)
            columns = columns_of(found, number)
            run("INSERT INTO points SELECT * FROM columns")
            del columns
        run("CHECKPOINT")

    def append(self, points: list[Point]) -> None:
        """Take in new points, one a series."""
        table = np.array(points)
        columns = {
            "series": table[:, 0].astype(np.int64), "position": table[:, 1].astype(np.int64),
            "sequence": table[:, 2].astype(np.int64), "value": table[:, 3],
        }  # fmt: skip
        self.connection.execute("INSERT INTO points SELECT * FROM columns")
        del columns

    def ask(self, asked: Asked) -> Answer:
        """Answer one question."""
        where, given = condition(asked)
        first, last = asked.span or (-1, 2**62)
        window = asked.window
        chosen = f"SELECT rowid FROM series WHERE {where}"  # noqa: S608 -- our own
        found = f"FROM points WHERE series IN ({chosen}) AND position > ? AND position <= ?"
        named = [row[0] for row in self.connection.execute("SELECT series FROM series ORDER BY rowid").fetchall()]
        if window is None:
            whole = f"SELECT series, value {found} ORDER BY series, position, sequence"
            columns = self.connection.execute(whole, [*given, first, last]).fetchnumpy()
            values, whose = np.asarray(columns["value"]), np.asarray(columns["series"])
            starts = np.flatnonzero(np.diff(whose, prepend=-1)).tolist()
            spans = zip(starts, [*starts[1:], len(values)], strict=True)
            return aggregated({named[whose[a]]: values[a:b] for a, b in spans})
        newest = (
            f"SELECT series, max_by(value, position * 4294967296 + sequence, {window}) AS value {found} GROUP BY series"
        )
        columns = self.connection.execute(newest, [*given, first, last]).fetchnumpy()
        pairs = zip(columns["series"].tolist(), columns["value"].tolist(), strict=True)
        return aggregated({named[number]: np.asarray(values)[::-1] for number, values in pairs})


def rows(found: "Selection", number: int) -> list[Point]:
    """Return the points of a series as rows."""
    columns = columns_of(found, number)
    return list(zip(*(column.tolist() for column in columns.values()), strict=True))


def columns_of(found: "Selection", number: int) -> dict[str, npt.NDArray[Any]]:
    """Return the points of a series as columns; the number of a location stands for its sequence number."""
    series = found.series[number]
    positions = np.array([found.locations[place].position or 0 for place in series.places.tolist()], np.int64)
    whose = np.full(len(series.values), number, np.int64)
    return {"series": whose, "position": positions, "sequence": series.places, "value": np.array(series.values)}


PEERS: dict[str, Any] = {"store": Ours, "SQLite": Sqlite, "DuckDB": Duckdb}
