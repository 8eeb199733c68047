"""Comparing with a baseline: its own program is measured again beside the new one, wherever it still runs."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from dart_perf.analysis import guards
from dart_perf.analysis.comparison import Question, compare_runs
from dart_perf.analysis.doubt import moved, withhold
from dart_perf.errors import Corrupted, InvalidInput, MissingData, Untrusted
from dart_perf.measure import trust
from dart_perf.measure.program import home, lay_out, resolve, still_runs
from dart_perf.model.baseline import Baseline
from dart_perf.model.comparison import Comparison, SeriesVerdict
from dart_perf.model.measurement import Run
from dart_perf.model.scenario import Program
from dart_perf.workflows import baselines, scenarios
from dart_perf.workflows.detection import allowed
from dart_perf.workflows.imports import positions
from dart_perf.workflows.measuring import CURRENT, Subject, measure_runs
from dart_perf.workflows.project import Progress, Project, silent

DRIFT = 0.2
"""Change of the same program between sessions that is worth telling; smaller ones are ordinary (docs/methods.md)."""
ANOTHER = "the baseline's own program computes something else than when captured"
WAY_OUT = (
    "let version_argv print a digest of the library, or name the library in the scenario's `files`; then rebuild the "
    "old version, capture it and compare again"
)


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
    project.check_writable()
    progress(0, None, "asking for the versions of what is measured")
    now, _ = resolve(asked, project.root)
    subject = Subject(CURRENT, now, home(asked, project.root))
    question = Question(
        scenario=sealed.scenario,
        baseline=sealed.id,
        current="",
        margin=allowed(margin, asked.margin),
        decides=asked.decides,
    )
    with _laid_out(project, sealed, now, asked.timeout_seconds) as (before, doubt):
        subjects = [subject] if before is None else [before, subject]
        runs = measure_runs(project, named, subjects, blocks=processes or asked.repetitions, progress=progress)
    runs = [*runs[:-1], runs[-1].model_copy(update={"scenario": asked.name})]  # another program is not the scenario
    project.store.append_runs(runs, position=positions(project, runs))
    question = _named(question, asked.name, runs[-1])
    if before is None:
        note = f"the baseline's program was not measured again: {doubt}"
        return compare_runs(question, sealed.runs, runs, notes=(note,))
    return _side_by_side(question, sealed, runs, doubt)


def _side_by_side(question: Question, sealed: Baseline, runs: Sequence[Run], doubt: str) -> Comparison:
    """Judge both programs as measured now; where `doubt` says that they may be one, hold the sealed values against it.

    A program that is known to be the baseline's may run slower than then, because the machine changed, and the
    verdict stands. One that is not may have loaded the very change it is compared with: nothing is cleared then.
    """
    again, now = runs
    changed = guards.changes(sealed.runs, [again])
    notes = [f"{ANOTHER}: {'; '.join(changed)}"] if changed else []
    margin = question.margin if doubt else DRIFT
    since = compare_runs(Question(None, "sealed", "again", margin, question.decides), sealed.runs, [again])
    drifted = moved(since)
    if not doubt:
        notes += [_machine(drifted[0])] if drifted and not changed else []
        return compare_runs(question, [again], [now], notes=notes)
    found = compare_runs(question, [again], [now], notes=[doubt, *notes])
    if again.version and again.version != sealed.version:
        return withhold(found, found.series, _another(sealed.version, again.version), WAY_OUT)
    return withhold(found, drifted, _either(drifted[0]), WAY_OUT) if drifted else found


def _named(question: Question, program: str, run: Run) -> Question:
    return Question(
        scenario=question.scenario, baseline=question.baseline, margin=question.margin, decides=question.decides,
        current=f"{program} {run.version or ''} ({run.id})".replace("  ", " "),
    )  # fmt: skip


@contextmanager
def _laid_out(project: Project, sealed: Baseline, now: Program, timeout: float) -> Iterator[tuple[Subject | None, str]]:
    """Lay the baseline's program out in a folder of its own; None and the reason where it does not run here."""
    if sealed.program is None:
        yield None, "it came from a file of results"
        return
    try:
        trust.require_program(project.root, sealed.program, now)
    except Untrusted as error:
        yield None, str(error)
        return
    if sealed.program.counts != now.counts:
        yield None, f"its `counts` were {[*sealed.program.counts]} and are {[*now.counts]} now"
        return
    with tempfile.TemporaryDirectory(prefix="dart-perf-") as folder:
        try:
            root = lay_out(sealed.program, project.store.content, Path(folder))
        except (MissingData, Corrupted) as error:
            yield None, str(error)
            return
        runs, doubt = still_runs(sealed.program, root, printed=sealed.version, timeout=timeout)
        yield (Subject("baseline", sealed.program, root), doubt) if runs else (None, doubt)


def _machine(worst: SeriesVerdict) -> str:
    since = "the machine has changed since the baseline was captured"
    return f"{since}: {_takes(worst)}; both sides here were measured now, so the verdict stands"


def _another(then: str, now: str) -> str:
    says = f"the baseline's program now says that it measures version {now}; when it was captured it said {then}"
    return f"{says}. What it loads was changed in place, so both sides measured the new one. To know: {WAY_OUT}"


def _either(worst: SeriesVerdict) -> str:
    cause = "either what it loads was changed in place, so that both sides measured the change, or the machine changed"
    return (
        f"{_takes(worst)} of what was sealed: {cause}. Nothing tells which, so nothing is cleared. To know: {WAY_OUT}"
    )


def _takes(worst: SeriesVerdict) -> str:
    return f"the baseline's program now takes {worst.judgement.ratio:.2f}x ({worst.benchmark} {worst.metric})"
