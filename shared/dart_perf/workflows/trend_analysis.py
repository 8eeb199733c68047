"""New results in the light of the history: judged, and as the newest points of their series."""

from dart_perf.analysis.append import append
from dart_perf.errors import MissingData
from dart_perf.model.detection import Detection
from dart_perf.model.trend import TrendAnalysis
from dart_perf.workflows.detection import detect
from dart_perf.workflows.imports import named_runs, positions
from dart_perf.workflows.project import Progress, Project, silent
from dart_perf.workflows.series_query import Query, select
from dart_perf.workflows.trend_reading import read_trends
from dart_perf.workflows.trends import list_trends, windowed


def analyze_results(
    project: Project,
    query: Query,
    results: str,
    baseline: str | None,
    *,
    form: str = "auto",
    baseline_form: str = "auto",
    margin: float | None = None,
    limit: int,
    progress: Progress = silent,
) -> TrendAnalysis:
    """Hold results (a file or a stored run) against a baseline, or without one against their history; store nothing.

    The trends are those of the results' series with the results as further points.

    Raises:
        InvalidInput: a file cannot be read, or the margin, range or window is not possible.
        NoBaseline, MissingData: what is named is not stored; or there is neither a baseline nor a history.
    """
    runs, asked = named_runs(project, results, form), windowed(query)
    against_history = asked if baseline is None else None
    found = detect(
        project, results, baseline, form=form, baseline_form=baseline_form, margin=margin, query=against_history,
        detail="full",
    )  # fmt: skip
    try:
        appended = append(select(project, asked, progress), runs, positions(project, runs))
    except MissingData as nothing:
        return _without_history(results, found, str(nothing))
    if not appended.selection.series:
        return _without_history(results, found, "none of these series has one. Import earlier results.")
    reading = read_trends(project, appended.selection, progress=progress)
    trends = list_trends(reading, asked, limit=limit, detail="full")
    return TrendAnalysis(
        summary=f"{found.status}: {found.summary}. With these results, {trends.summary}",
        results=results,
        detection=found,
        trends=trends,
        appended=len(appended.selection.series),
        new=appended.new,
    )


def _without_history(results: str, found: Detection, reason: str) -> TrendAnalysis:
    said = f"{found.status}: {found.summary}. No trends without a history: {reason}"
    return TrendAnalysis(summary=said, results=results, detection=found, appended=0)
