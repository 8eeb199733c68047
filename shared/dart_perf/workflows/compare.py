"""Comparing with a baseline: its own program is measured again beside the new one, wherever it still runs."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dart_perf.analysis import guards
from dart_perf.analysis.comparison import Question, compare_runs
from dart_perf.errors import Corrupted, InvalidInput, MissingData, Untrusted
from dart_perf.measure import trust
from dart_perf.measure.program import home, lay_out, resolve, still_runs
from dart_perf.model.baseline import Baseline
from dart_perf.model.comparison import Comparison
from dart_perf.model.measurement import Run
from dart_perf.model.scenario import Program
from dart_perf.workflows import baselines, scenarios
from dart_perf.workflows.detection import allowed
from dart_perf.workflows.imports import positions
from dart_perf.workflows.measuring import CURRENT, Subject, measure_runs
from dart_perf.workflows.project import Progress, Project, silent

DRIFT = 0.2
"""Change of the same program between sessions that is worth telling; smaller ones are ordinary (docs/methods.md)."""


def compare_with_baseline(
    project: Project,
    scenario: str,
    *,
    program: str | None = None,
    baseline: str | None = None,
    margin: float | None = None,
    processes: int | None = None,
    progress: Progress = silent,
) -> Comparison:
    """Measure `program` (the scenario itself by default) and hold it against the scenario's baseline.

    Raises:
        NoBaseline: there is none on this platform.
        InvalidInput, Untrusted, MeasurementFailed: nothing is stored then.
    """
    asked = scenarios.find(project, program or scenario)
    sealed = project.store.baseline(baseline or baselines.current(project, scenario).id)
    if sealed.scenario != scenario:
        raise InvalidInput(
            f"{sealed.id} is a baseline of {sealed.scenario!r}, not of {scenario!r}. Name one of its own."
        )
    named = asked.model_copy(update={"name": sealed.scenario})  # one name, so that the series of both sides meet
    now, _ = resolve(asked, project.root)
    subject = Subject(CURRENT, now, home(asked, project.root))
    question = Question(
        scenario=sealed.scenario,
        baseline=sealed.id,
        current="",
        margin=allowed(margin, asked.margin),
        decides=asked.decides,
    )
    with _laid_out(project, sealed, now) as (before, doubt):
        subjects = [subject] if before is None else [before, subject]
        runs = measure_runs(project, named, subjects, blocks=processes or asked.repetitions, progress=progress)
    project.store.append_runs(runs, position=positions(project, runs))
    question = _named(question, asked.name, runs[-1])
    if before is None:
        note = f"the baseline's program was not measured again: {doubt}"
        return compare_runs(question, sealed.runs, runs, notes=(note,))
    notes = [*([doubt] if doubt else []), *_drift(sealed, runs[0])]
    return compare_runs(question, [runs[0]], [runs[1]], notes=notes)


def _named(question: Question, program: str, run: Run) -> Question:
    return Question(
        scenario=question.scenario, baseline=question.baseline, margin=question.margin, decides=question.decides,
        current=f"{program} {run.version or ''} ({run.id})".replace("  ", " "),
    )  # fmt: skip


@contextmanager
def _laid_out(project: Project, sealed: Baseline, now: Program) -> Iterator[tuple[Subject | None, str]]:
    """Lay the baseline's program out in a folder of its own; None and the reason where it does not run here."""
    if sealed.program is None:
        yield None, "it came from a file of results"
        return
    try:
        trust.require_program(project.root, sealed.program, now)
    except Untrusted as error:
        yield None, str(error)
        return
    with tempfile.TemporaryDirectory(prefix="dart-perf-") as folder:
        try:
            root = lay_out(sealed.program, project.store.content, Path(folder))
        except (MissingData, Corrupted) as error:
            yield None, str(error)
            return
        runs, doubt = still_runs(sealed.program, root)
        yield (Subject("baseline", sealed.program, root), doubt) if runs else (None, doubt)


def _drift(sealed: Baseline, again: Run) -> list[str]:
    """Say where the baseline's program no longer gives what was sealed: the machine, not the code, has changed."""
    changed = guards.changes(sealed.runs, [again])
    if changed:
        return [f"the baseline's own program computes something else than when captured: {'; '.join(changed)}"]
    question = Question(scenario=None, baseline="sealed", current="again", margin=DRIFT)
    found = compare_runs(question, sealed.runs, [again])
    moved = [s for s in found.series if s.judgement.status.value.endswith("_DETECTED") and s.decides]
    if not moved:
        return []
    worst = moved[0]
    change = f"the same program now takes {worst.judgement.ratio:.2f}x ({worst.benchmark} {worst.metric})"
    since = "the machine has changed since the baseline was captured"
    return [f"{since}: {change}; both sides here were measured now, so the verdict stands"]
