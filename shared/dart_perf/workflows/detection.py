"""Judging results that exist already."""

from collections.abc import Sequence
from typing import Literal

from dart_perf.analysis.comparison import Question, compare_runs
from dart_perf.errors import InvalidInput
from dart_perf.measure import catalogue
from dart_perf.model.comparison import Comparison
from dart_perf.model.measurement import Run
from dart_perf.report.brief import shortened
from dart_perf.workflows import baselines
from dart_perf.workflows.imports import check_unread, named_runs
from dart_perf.workflows.project import Project

MARGIN = 0.05
"""Used where neither the caller nor the scenario says one."""
LARGEST_MARGIN = 10
"""Eleven times as slow: whoever lets that pass asks no question. The same bound stands in the servers' schemas."""


def detect(
    project: Project,
    results: str,
    baseline: str,
    *,
    form: str = "auto",
    baseline_form: str = "auto",
    margin: float | None = None,
    detail: Literal["brief", "full"] = "brief",
) -> Comparison:
    """Hold results (a file or a stored run) against a baseline (a scenario, an id, a file or a run).

    The formats are those of the files that are named.

    Raises:
        InvalidInput: a file cannot be read, or the margin is not possible.
        NoBaseline, MissingData: what is named is not stored.
    """
    runs = named_runs(project, results, form)
    name, reference = _reference(project, baseline, baseline_form)
    comparison = _compared(project, results, name, reference, runs, margin)
    return shortened(comparison) if detail == "brief" else comparison


def judge_stored(project: Project, baseline_id: str, runs: Sequence[Run]) -> Comparison:
    """Hold stored runs against a sealed baseline."""
    sealed = project.store.baseline(baseline_id)
    named = f"{len(runs)} stored runs of {runs[0].commit or 'no commit'}"
    return _compared(project, named, sealed.id, sealed.runs, runs, None)


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


def _compared(
    project: Project,
    results: str,
    name: str,
    reference: Sequence[Run],
    runs: Sequence[Run],
    margin: float | None,
) -> Comparison:
    scenario = next((run.scenario for run in (*runs, *reference) if run.scenario), None)
    entry = catalogue.load(project.root).get(scenario or "")
    asked = allowed(margin, entry.margin if entry else MARGIN)
    question = Question(scenario, name, results, asked, entry.decides if entry else "cpu")
    return compare_runs(question, reference, runs)
