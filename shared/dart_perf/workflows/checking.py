"""Proving what is stored, and holding the stored runs of a commit against the current baselines."""

from collections.abc import Sequence
from typing import Literal

from dart_perf.errors import InvalidInput, MissingData, NoBaseline
from dart_perf.measure.revision import commit_of
from dart_perf.model.answer import BaselineCheck
from dart_perf.model.history import Validation
from dart_perf.model.judgement import Status
from dart_perf.model.measurement import Run
from dart_perf.workflows import baselines
from dart_perf.workflows.project import Progress, Project, silent

SHOWN = 15
"""Findings and cells of a validation that keep an answer within 2,000 tokens."""
_ORDER = (
    Status.BEHAVIOUR_CHANGED,
    Status.REGRESSION_DETECTED,
    Status.INCOMPARABLE,
    Status.INCONCLUSIVE,
    Status.INSUFFICIENT_DATA,
    Status.NO_BASELINE,
    Status.IMPROVEMENT_DETECTED,
    Status.NORMAL,
)
"""What is told first when several scenarios are held against one commit."""


def check(
    project: Project,
    against_commit: str | None = None,
    scenario: str | None = None,
    *,
    detail: Literal["brief", "full"] = "brief",
    progress: Progress = silent,
) -> BaselineCheck:
    """Prove what is stored; with a commit, hold the stored runs of that commit against the current baselines.

    Raises:
        MissingData: there are no stored runs of that commit without uncommitted edits.
    """
    if scenario is not None and against_commit is None:
        raise InvalidInput("a scenario narrows the runs of a commit. Give the commit too, or leave the scenario out.")
    whole = project.store.validate(progress)
    validation = _shortened(whole) if detail == "brief" else whole
    if against_commit is None:
        return BaselineCheck(summary=validation.summary, validation=validation)
    runs, warnings = _runs_of(project, against_commit, scenario)
    validation = validation.model_copy(update={"warnings": (*validation.warnings, *warnings)})
    named = sorted({run.scenario for run in runs if run.scenario})
    told = [(name, *_held(project, name, [run for run in runs if run.scenario == name])) for name in named]
    worst, status, said = min(told, key=lambda one: _ORDER.index(one[1]))
    verdicts = tuple(f"{name}: {state}: {sentence}" for name, state, sentence in told)
    return BaselineCheck(status=status, summary=f"{worst}: {said}", validation=validation, verdicts=verdicts)


def _runs_of(project: Project, commit: str, scenario: str | None) -> tuple[list[Run], list[str]]:
    """Return the stored runs of `commit` that say their scenario, and what was left out: edited, it was not the commit.

    Raises:
        MissingData: there are none, or all of them were measured with uncommitted edits.
    """
    stored = project.store.runs(scenario=scenario, commit=commit_of(project.root, commit) or commit)
    named = [run for run in stored if run.scenario]
    which = f"commit {commit!r}" + (f" and scenario {scenario!r}" if scenario else "")
    measure = "measure it (dart-perf-baseline --compare --scenario NAME)"
    if not named:
        remedy = f"Check that commit out and {measure}, or import its results with commit and scenario."
        raise MissingData(f"no stored run of {which} that says its scenario. {remedy}")
    clean = [run for run in named if not run.dirty]
    edited = len(named) - len(clean)
    if not clean:
        what = f"all {edited} stored runs of {which} were measured with uncommitted edits, so none is of the commit"
        raise MissingData(f"{what}. Check the commit out without edits (commit or undo them) and {measure}.")
    told = f"{edited} of {len(named)} stored runs of {which} left out: they were measured with uncommitted edits"
    return clean, [told] if edited else []


def _held(project: Project, scenario: str, runs: Sequence[Run]) -> tuple[Status, str]:
    """Return the verdict of one scenario's stored runs against its current baseline."""
    from dart_perf.workflows.detection import judge_stored  # brings numpy, which a server starts without

    try:
        found = judge_stored(project, baselines.current(project, scenario).id, runs)
    except NoBaseline as error:
        return Status.NO_BASELINE, str(error)
    return found.status, found.summary


def _shortened(validation: Validation) -> Validation:
    """Return what an answer has room for; the summary counts everything."""
    findings, matrix = validation.findings[:SHOWN], validation.matrix[:SHOWN]
    hidden = (len(validation.findings) - len(findings), len(validation.matrix) - len(matrix))
    named = zip(hidden, ("findings", "cells"), strict=True)
    notes = [f"{count} more {what} are not shown" for count, what in named if count]
    more = (*validation.warnings, *notes)
    return validation.model_copy(update={"findings": findings, "matrix": matrix, "warnings": more})
