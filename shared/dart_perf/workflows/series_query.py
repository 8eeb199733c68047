"""Which series, and which of their points: every tool that reads histories asks this way."""

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

import numpy as np

from dart_perf.analysis.reduction import central_value
from dart_perf.errors import InvalidInput, MissingData
from dart_perf.measure.position import Positions
from dart_perf.model.history import Point, SeriesEntry
from dart_perf.model.series import Location, Selection, SeriesValues
from dart_perf.workflows.project import Project


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked for; None asks for all."""

    benchmark: str | None = None
    """Glob over the label, e.g. `dynamics/*`; case counts."""
    group: str | None = None
    metric: str | None = None
    environment: str | None = None
    """Fingerprint, or the start of one; exact metrics have none and are of every environment."""
    commits: str | None = None
    """`A..B`: after A up to and with B, by first-parent position; either end may be left out."""
    window: int | None = None
    """Newest points of each series that are kept."""


def select(project: Project, query: Query) -> Selection:
    """Return the series that the query names with their values.

    Raises:
        InvalidInput: the range of commits cannot be read, or git knows no such commit; the window is not positive.
        MissingData: the store holds no series, or none that the query names; the message says what it holds.
    """
    if query.window is not None and query.window < 1:
        raise InvalidInput(f"a window of {query.window} points is not possible. Give 1 or more, e.g. 100.")
    span = _span(project, query.commits)
    entries = project.store.series()
    chosen = [entry for entry in entries if _matches(entry, query)]
    if not chosen:
        raise _nothing(entries, query)
    locations: dict[Location, int] = {}
    found: list[SeriesValues] = []
    left_out: list[str] = []
    for entry in chosen:
        points = [p for p in project.store.points(entry.id) if span is None or _within(p, span)]
        if not points:
            left_out.append(f"{entry.benchmark.label} {entry.metric.name}: no point in {query.commits}")
            continue
        found.append(_values(entry, points[-query.window :] if query.window else points, locations))
    return Selection(tuple(found), tuple(locations), tuple(left_out))


def _matches(entry: SeriesEntry, query: Query) -> bool:
    return (
        (query.benchmark is None or fnmatchcase(entry.benchmark.label, query.benchmark))
        and query.group in {None, entry.benchmark.group}
        and query.metric in {None, entry.metric.name}
        and (query.environment is None or not entry.fingerprint or entry.fingerprint.startswith(query.environment))
    )


def _nothing(entries: tuple[SeriesEntry, ...], query: Query) -> MissingData:
    if not entries:
        return MissingData(
            "the store holds no series. Measure with capture_baseline, or read results with import_results."
        )
    asked = [f"{name} {value!r}" for name, value in _asked(query)]
    labels = sorted({entry.benchmark.label for entry in entries})
    shown = ", ".join(labels[:5]) + (f" and {len(labels) - 5} more" if labels[5:] else "")
    return MissingData(f"no series matches {', '.join(asked)}. Benchmarks stored: {shown}; a glob such as '*' matches.")


def _asked(query: Query) -> Iterator[tuple[str, str]]:
    for name in ("benchmark", "group", "metric", "environment"):
        value = getattr(query, name)
        if value is not None:
            yield name, value


def _span(project: Project, commits: str | None) -> tuple[float, float] | None:
    """Return the positions that a range names: above the first, up to and with the second."""
    if commits is None:
        return None
    first, dots, last = commits.partition("..")
    if not dots or last.startswith(".") or not (first or last):
        raise InvalidInput(
            f"{commits!r} is no range of commits. Give A..B, A.. or ..B, with hashes of this repository."
        )
    places = Positions(project.root).of([first or None, last or None])
    for name in filter(None, (first, last)):
        if name not in places:
            raise InvalidInput(f"git knows no commit {name!r} here, or not all of its history. Give a commit's hash.")
    return (places[first] if first else float("-inf"), places[last] if last else float("inf"))


def _within(point: Point, span: tuple[float, float]) -> bool:
    return point.position is not None and span[0] < point.position <= span[1]


def _values(entry: SeriesEntry, points: list[Point], locations: dict[Location, int]) -> SeriesValues:
    values = [central_value(entry.metric.name, point.samples, point.processes) for point in points]
    places = [
        locations.setdefault(Location(point.run, point.commit, point.position), len(locations)) for point in points
    ]
    return SeriesValues(entry, np.array(values, dtype=np.float64), np.array(places, dtype=np.int64))
