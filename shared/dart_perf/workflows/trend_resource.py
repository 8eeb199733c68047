"""One series as a resource: all of its values in pages, with its changes of level."""

import glob

from dart_perf.analysis.trend import tell
from dart_perf.errors import InvalidInput, MissingData
from dart_perf.model.series import Location, SeriesValues
from dart_perf.model.trend import SeriesPage
from dart_perf.workflows.project import Project
from dart_perf.workflows.series_query import Query, select
from dart_perf.workflows.trend_reading import movements

PAGE = 500
"""Values of a page: 500 values with commits and runs are some 50 kB."""


def series(project: Project, series_id: str, before: int | None = None) -> str:
    """Return the newest values of a series as JSON, or those before the point of number `before`, counted from 0.

    Raises:
        MissingData: no series has that id.
        InvalidInput: it has no point before that one.
    """
    return page(project, series_id, before).model_dump_json()


def page(project: Project, series_id: str, before: int | None = None) -> SeriesPage:
    """Return what `series` prints. Raises what it raises."""
    found, locations = _read(project, series_id)
    total = found.values.size
    end = total if before is None else before
    if not 0 < end <= total:
        raise InvalidInput(f"series {series_id} has no values before {before}. It has {total}: give 1 to {total}.")
    start = max(0, end - PAGE)
    (movement,) = movements(project, [found.values])
    entry = found.entry
    shown = [locations[place] for place in found.places[start:end].tolist()]
    return SeriesPage(
        series=entry.id,
        benchmark=entry.benchmark.label,
        group=entry.benchmark.group,
        metric=entry.metric,
        environment=entry.fingerprint,
        total=total,
        first=start,
        values=tuple(found.values[start:end].tolist()),
        commits=tuple(location.commit for location in shown),
        runs=tuple(location.run for location in shown),
        changes=tell(found, movement, locations).changes,
        movement=movement,
        earlier=f"perf://series/{entry.id}/{start}" if start else None,
    )


def _read(project: Project, series_id: str) -> tuple[SeriesValues, tuple[Location, ...]]:
    entry = next((entry for entry in project.store.series() if entry.id == series_id), None)
    if entry is None:
        raise MissingData(f"no series has the id {series_id!r}. query_trends lists the ids of all.")
    query = Query(glob.escape(entry.benchmark.label), None, entry.metric.name, entry.fingerprint or None)
    selection = select(project, query)
    return next(one for one in selection.series if one.entry.id == series_id), selection.locations
