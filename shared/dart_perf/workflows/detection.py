"""Judging results and stored points: against a baseline, or against the history of their own series."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Literal

from dart_perf.analysis.comparison import Question, compare_runs
from dart_perf.analysis.missing import deciding, without_which
from dart_perf.analysis.verdict import undecided
from dart_perf.errors import InvalidInput
from dart_perf.measure import catalogue
from dart_perf.model.comparison import Comparison, SeriesVerdict
from dart_perf.model.detection import Detection
from dart_perf.model.measurement import Run
from dart_perf.report.brief import SERIES, shortened
from dart_perf.workflows import baselines
from dart_perf.workflows.history_detection import MARGIN, Judged, MarginOf, judge_family, own_margin
from dart_perf.workflows.imports import check_unread, named_runs
from dart_perf.workflows.newest import NEWEST, of_results, stored
from dart_perf.workflows.paging import page_of
from dart_perf.workflows.project import Progress, Project, silent
from dart_perf.workflows.series_query import Query
from dart_perf.workflows.trends import windowed

LARGEST_MARGIN = 10
"""Eleven times as slow: whoever lets that pass asks no question. The same bound stands in the servers' schemas."""


def detect(
    project: Project,
    results: str | None = None,
    baseline: str | None = None,
    *,
    form: str = "auto",
    baseline_form: str = "auto",
    margin: float | None = None,
    query: Query | None = None,
    newest: int | None = None,
    detail: Literal["brief", "full"] = "brief",
    cursor: str | None = None,
    progress: Progress = silent,
) -> Detection:
    """Hold results (a file or a stored run) against a baseline (a scenario, an id, a file or a run), or their history.

    Without results, the `newest` stored points of every series of the `query` are held against those before them. The
    formats are those of the files that are named.

    Raises:
        InvalidInput: a file cannot be read, the margin is not possible, or arguments do not go together.
        NoBaseline, MissingData: what is named is not stored.
    """
    judged = judge(
        project,
        results,
        baseline,
        form=form,
        baseline_form=baseline_form,
        margin=margin,
        query=query,
        newest=newest,
        progress=progress,
    )
    return _page(judged.detection, detail, cursor)


def judge(
    project: Project,
    results: str | None = None,
    baseline: str | None = None,
    *,
    form: str = "auto",
    baseline_form: str = "auto",
    margin: float | None = None,
    query: Query | None = None,
    newest: int | None = None,
    margin_of: MarginOf = own_margin,
    commit: str | None = None,
    progress: Progress = silent,
) -> Judged:
    """Return the whole answer of `detect` and the points it stands on; `margin_of` as in `judge_family`.

    Results that name no commit are of `commit`.

    Raises:
        InvalidInput, NoBaseline, MissingData: as `detect`.
    """
    _check_together(results, baseline, form, baseline_form, query, newest)
    if margin is not None:
        allowed(margin, MARGIN)
    asked = windowed(query or Query())
    if results is None:
        family = stored(project, asked, NEWEST if newest is None else newest, progress)
        return judge_family(project, family, margin, margin_of=margin_of, progress=progress)
    runs = tuple(_of(run, commit) for run in named_runs(project, results, form))
    if baseline is None:
        family = of_results(project, runs, asked, progress)
        return judge_family(project, family, margin, margin_of=margin_of, progress=progress)
    name, reference = _reference(project, baseline, baseline_form)
    question = _question(project, results, name, reference, runs, margin, margin_of)
    comparison = compare_runs(question, reference, runs)
    lacking = without_which(reference, runs, comparison.missing, lambda _: question.decides)
    return Judged(_as_detection(comparison), {}, runs, lacking, (), _commits(reference, runs))


def _of(run: Run, commit: str | None) -> Run:
    return run if run.commit or commit is None else run.model_copy(update={"commit": commit})


def _check_together(
    results: str | None, baseline: str | None, form: str, baseline_form: str, query: Query | None, newest: int | None
) -> None:
    """Raise InvalidInput for arguments that the others would make meaningless."""
    if results is None and baseline is not None:
        raise InvalidInput(
            "a baseline is named, but no results. Name results (a file or a run), or leave the baseline out: the "
            "newest stored points are then held against their own history."
        )
    if results is None and form != "auto":
        raise InvalidInput(f"format {form!r} is that of results, and none are named. Leave it out.")
    if baseline is None and baseline_form != "auto":
        raise InvalidInput(f"baseline_format {baseline_form!r} says nothing without a baseline. Leave it out.")
    if results is not None and newest is not None:
        raise InvalidInput("newest counts stored points, and results are named: they are the new ones. Leave it out.")
    if baseline is not None and query is not None and query != Query():
        given = ", ".join(f.name for f in fields(Query) if getattr(query, f.name) is not None)
        raise InvalidInput(f"{given} choose of the stored history, and a baseline is named. Leave one of them out.")


def judge_stored(project: Project, baseline_id: str, runs: Sequence[Run]) -> Comparison:
    """Hold stored runs against a sealed baseline."""
    sealed = project.store.baseline(baseline_id)
    named = f"{len(runs)} stored runs of {runs[0].commit or 'no commit'}"
    question = _question(project, named, sealed.id, sealed.runs, runs, None, own_margin)
    return compare_runs(question, sealed.runs, runs)


def _reference(project: Project, name: str, form: str) -> tuple[str, tuple[Run, ...]]:
    """Return how the baseline is called, and its runs."""
    if not name.strip():
        raise InvalidInput("no baseline is named. Give a scenario, a baseline id, a run id or a file of results.")
    if project.has_file(name) or name.startswith("run-"):
        return name, named_runs(project, name, form)
    check_unread(name, form)
    if "/" in name:
        sealed = project.store.baseline(name)
    else:
        sealed = project.store.baseline(baselines.current(project, name).id)
    return sealed.id, sealed.runs


def allowed(margin: float | None, own: float) -> float:
    """Return the margin that was asked for, else the scenario's own.

    Raises:
        InvalidInput: it is not a number above 0 and at most 10, as for the tools and in dart-perf.toml.
    """
    asked = own if margin is None else margin
    if not 0 < asked <= LARGEST_MARGIN:  # not a number fails every comparison
        span = f"above 0 and at most {LARGEST_MARGIN}"
        raise InvalidInput(f"a margin of {asked:g} is not possible. Give one {span}, e.g. 0.05 for 5 %.")
    return asked


def _question(
    project: Project,
    results: str,
    name: str,
    reference: Sequence[Run],
    runs: Sequence[Run],
    margin: float | None,
    margin_of: MarginOf,
) -> Question:
    scenario = next((run.scenario for run in (*runs, *reference) if run.scenario), None)
    entry = catalogue.load(project.root).get(scenario or "")
    asked = allowed(margin, entry.margin if entry else MARGIN)
    return Question(scenario, name, results, asked, deciding(entry), margin_of)


def _as_detection(comparison: Comparison) -> Detection:
    open_ones = undecided([verdict for verdict in comparison.series if verdict.decides])
    return Detection(**dict(comparison), family=len(comparison.series), undecided=len(open_ones))


def _commits(reference: Sequence[Run], runs: Sequence[Run]) -> tuple[str, str] | None:
    """Return the commits of both sides, where each is of one."""
    before, after = ({run.commit for run in side} for side in (reference, runs))
    if len(before) != 1 or len(after) != 1:
        return None
    first, last = before.pop(), after.pop()
    return (first, last) if first and last else None


def _page(found: Detection, detail: Literal["brief", "full"], cursor: str | None) -> Detection:
    """Return what of the answer is shown: the worst series, or those behind the cursor."""
    limit = SERIES if detail == "brief" else max(1, len(found.series))
    _, following = page_of(found.series, _name, limit=limit, cursor=cursor)
    names = [_name(verdict) for verdict in found.series]
    first = 0 if cursor is None else names.index(cursor) + 1
    rest = found.model_copy(update={"series": found.series[first:], "next_cursor": following})
    return shortened(rest) if detail == "brief" else rest


def _name(verdict: SeriesVerdict) -> str:
    return f"{verdict.benchmark} {verdict.metric}"
