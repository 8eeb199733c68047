"""One series as a resource: all of its values in pages, with its changes of level."""

from collections.abc import Sequence

from dart_perf.analysis.trend import Told, tell
from dart_perf.errors import InvalidInput, MissingData
from dart_perf.model.series import Location, SeriesValues
from dart_perf.model.trend import SeriesPage
from dart_perf.workflows.project import Project
from dart_perf.workflows.series_query import Query, select
from dart_perf.workflows.trend_reading import movements

PAGE = 500
"""Values of a page: 500 values with commits and runs are some 50 kB."""

DIGITS = 20
"""Digits from which no number of a point has as many."""


def series(project: Project, series_id: str, before: str | None = None) -> str:
    """Return the newest values of a series as JSON, or those before the point of number `before`, counted from 0.

    Raises:
        MissingData: no series has that id.
        InvalidInput: `before` is no number, or the series has no point before that one.
    """
    found, locations = _read(project, series_id)
    total = found.values.size
    is_number = before is not None and before.isascii() and before.isdigit() and len(before) < DIGITS
    end = total if before is None else int(before) if is_number else 0
    if not 0 < end <= total:
        raise InvalidInput(f"series {series_id} has no values before {before}. It has {total}: give 1 to {total}.")
    (movement,) = movements(project, [found.values])
    return page_of_series(tell(found, movement, locations), locations, slice(max(0, end - PAGE), end)).model_dump_json()


def page_of_series(told: Told, locations: Sequence[Location], span: slice | None = None) -> SeriesPage:
    """Return the values of a series in `span`, all of them where it is None, with its changes."""
    found, entry = told.series, told.series.entry
    shown = slice(0, found.values.size) if span is None else span
    places = [locations[place] for place in found.places[shown].tolist()]
    return SeriesPage(
        series=entry.id,
        benchmark=entry.benchmark.label,
        group=entry.benchmark.group,
        metric=entry.metric,
        environment=entry.fingerprint,
        total=found.values.size,
        first=shown.start,
        values=tuple(found.values[shown].tolist()),
        commits=tuple(place.commit for place in places),
        runs=tuple(place.run for place in places),
        changes=told.changes,
        starts=tuple(point.index for point in told.points),
        movement=told.own,
        earlier=f"perf://series/{entry.id}/{shown.start}" if shown.start else None,
    )


def _read(project: Project, series_id: str) -> tuple[SeriesValues, tuple[Location, ...]]:
    entry = next((entry for entry in project.store.series() if entry.id == series_id), None)
    if entry is None:
        raise MissingData(f"no series has the id {series_id!r}. query_trends lists the ids of all.")
    query = Query(entry.benchmark.label, None, entry.metric.name, entry.fingerprint or None)
    selection = select(project, query)
    return next(one for one in selection.series if one.entry.id == series_id), selection.locations
