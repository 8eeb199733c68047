"""The same runs in SQLite, as a careful program would keep them: what `store_speed.py` runs beside the store."""

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from dart_perf.model.measurement import Run
from dart_perf.store.run_segment import Row, row

SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE IF NOT EXISTS runs (
  sequence INTEGER PRIMARY KEY, run_id TEXT NOT NULL UNIQUE, position INTEGER, commit_hash TEXT, scenario TEXT,
  run TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS points (
  series TEXT NOT NULL, sequence INTEGER NOT NULL, position INTEGER, point TEXT NOT NULL,
  PRIMARY KEY (series, sequence)
) WITHOUT ROWID;
"""
RUN = "INSERT OR IGNORE INTO runs VALUES (?, ?, ?, ?, ?, ?)"
POINT = "INSERT INTO points VALUES (?, ?, ?, ?)"


class SqliteStore:
    """Runs by id, points by series; ids and series come from the function that the store itself uses."""

    def __init__(self, file: Path) -> None:
        self.connection = sqlite3.connect(file, isolation_level=None, timeout=60.0)
        self.connection.executescript(SCHEMA)

    def append_runs(self, runs: Iterable[Run]) -> int:
        """Append the runs that are new in one durable transaction; return how many were."""
        rows = [row(run, None) for run in runs]
        run = self.connection.execute
        run("BEGIN IMMEDIATE")
        first = run("SELECT coalesce(max(sequence) + 1, 0) FROM runs").fetchone()[0]
        added = self.connection.executemany(RUN, map(_run, enumerate(rows, start=first))).rowcount
        new = list(enumerate(rows, start=first))
        if added < len(rows):
            there = {found[0] for found in run("SELECT sequence FROM runs WHERE sequence >= ?", (first,))}
            new = [(sequence, r) for sequence, r in new if sequence in there]
        self.connection.executemany(POINT, (point for sequence, r in new for point in _points(sequence, r)))
        run("COMMIT")
        return added

    def last(self, series: str, count: int) -> list[tuple[Any, ...]]:
        """Return the newest points of a series."""
        query = "SELECT * FROM points WHERE series = ? ORDER BY sequence DESC LIMIT ?"
        return self.connection.execute(query, (series, count)).fetchall()

    def close(self) -> None:
        self.connection.close()


def _run(numbered: tuple[int, Row]) -> tuple[Any, ...]:
    sequence, r = numbered
    return sequence, r.run_id, r.position, r.commit, r.scenario, r.run.decode()


def _points(sequence: int, r: Row) -> Iterator[tuple[Any, ...]]:
    for series, point, _ in r.said:
        yield series, sequence, r.position, (point + b"%d}" % sequence).decode()
