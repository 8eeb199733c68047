"""A report on the history: trends, changes and the values of the series that are drawn."""

from dart_perf.model.trend import TrendReport
from dart_perf.workflows.project import Progress, Project, silent
from dart_perf.workflows.series_query import Query, select
from dart_perf.workflows.trend_reading import read_trends
from dart_perf.workflows.trend_resource import page_of_series
from dart_perf.workflows.trends import list_changes, list_trends, windowed

DRAWN = 24
"""Series that a page draws, the worst first: some 40 kB each."""


def report(project: Project, query: Query, *, limit: int, drawn: int, progress: Progress = silent) -> TrendReport:
    """Return a report on the series that the query names: at most `limit` trends and changes, `drawn` with values.

    Raises:
        InvalidInput: the range or window is not possible.
        MissingData: the store holds no series, or none that the query names.
    """
    asked = windowed(query)
    reading = read_trends(project, select(project, asked, progress), progress=progress)
    trends = list_trends(reading, asked, limit=limit, detail="full")
    changes = list_changes(reading, asked, limit=limit, detail="full")
    by_id = {told.series.entry.id: told for told in reading.told}
    pages = [page_of_series(by_id[entry.series], reading.selection.locations) for entry in trends.trends[:drawn]]
    return TrendReport(trends=trends, changes=changes, series=tuple(pages))
