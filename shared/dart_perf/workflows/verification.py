"""Verifying a change: both sides laid out, measured next to each other for as long as it takes, judged, and sealed."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from dart_perf.analysis.verification import SEVERITY, judge
from dart_perf.analysis.verification_words import next_step, summary
from dart_perf.errors import InvalidInput, PerfError
from dart_perf.measure import changes, executed, lock, machine, snapshot
from dart_perf.measure.changes import Change
from dart_perf.measure.program import command
from dart_perf.measure.snapshot import Snapshot
from dart_perf.measure.variables import environment_of
from dart_perf.model.judgement import Status
from dart_perf.model.scenario import Scenario
from dart_perf.model.verification import (
    Execution,
    Place,
    Question,
    ScenarioVerdict,
    Verification,
)
from dart_perf.workflows.detection import allowed
from dart_perf.workflows.measuring import waiting
from dart_perf.workflows.project import Progress, Project, silent
from dart_perf.workflows.sides import Sides, laid_out
from dart_perf.workflows.verification_budget import Budget, Share
from dart_perf.workflows.verification_choice import choose, keep_loads
from dart_perf.workflows.verification_log import Log, declared
from dart_perf.workflows.verification_request import check_trusted
from dart_perf.workflows.verification_session import Session
from dart_perf.workflows.verification_side import Watched, watched

BUDGET_SECONDS = 120.0
"""What an agent waits for a verdict: two minutes of measuring."""
WATCHED = 10.0
"""How many times longer a process may take whose executed lines are watched."""
MOST_SECONDS = 6 * 3600.0


@dataclass(frozen=True, slots=True)
class _Change:
    """What is verified, for all scenarios."""

    project: Project
    base: Snapshot
    head: Snapshot
    changes: tuple[Change, ...]
    margin: float | None


def verify_change(
    project: Project,
    scenarios: Sequence[str] | None = None,
    *,
    base: str | None = None,
    head: str | None = None,
    margin: float | None = None,
    budget_seconds: float = BUDGET_SECONDS,
    taken: dict[str, Any] | None = None,
    progress: Progress = silent,
) -> Verification:
    """Measure `head` (the working tree) against `base` (where it left the main branch) and say what the change did.

    The same call goes on where an earlier one stopped. `budget_seconds` bounds the measuring; building, and waiting
    for another measurement, come on top. `taken` is a `Snapshot` of head as it was when it was asked for.

    Raises:
        InvalidInput, Untrusted: nothing can be verified as asked; nothing was run.
        MeasurementFailed: the only scenario does not build, run or stay on its side. Pairs before that are kept.
    """
    if not 1 <= budget_seconds <= MOST_SECONDS:
        raise InvalidInput(f"a budget of {budget_seconds:g} s is not possible. Give 1 to {MOST_SECONDS:g}.")
    started = project.monotonic()
    check_trusted(project, scenarios)
    project.check_writable()
    progress(0, None, "taking the working tree" if head is None else "looking for the commits")
    now = snapshot.take(project.root, head, home=project.home) if taken is None else Snapshot(**taken)
    change = _take(project, base, now, margin)
    choice = choose(project, scenarios, [found.path for found in change.changes], budget_seconds)
    verdicts: list[ScenarioVerdict] = []
    budget = Budget(budget_seconds, project.monotonic)
    for number, scenario in enumerate(choice.scenarios):
        share = budget.share(len(choice.scenarios) - number)
        verdicts.append(_verify(change, scenario, share, progress, alone=len(choice.scenarios) == 1))
    return _report(change, verdicts, choice.said, project.monotonic() - started)


def _take(project: Project, base: str | None, now: Snapshot, margin: float | None) -> _Change:
    name = snapshot.merge_base(project.root, now) if base is None else base
    then = snapshot.take(project.root, name, home=project.home)
    if then.tree == now.tree:
        raise InvalidInput(
            f"{now.label} holds exactly what {then.label} holds: there is nothing to verify. Give another base, e.g. "
            "HEAD~1. How much equal programs differ on this machine says dart-perf-baseline --doctor."
        )
    found = changes.changed_files(project.root, then, now, home=project.home)
    return _Change(project, then, now, found, margin)


def _verify(change: _Change, scenario: Scenario, share: Share, progress: Progress, *, alone: bool) -> ScenarioVerdict:
    """Return the verdict of one scenario; an error of one of several is said in its place."""
    try:
        with laid_out(change.project, scenario, change.base, change.head, progress) as sides:
            return _measure(change, scenario, sides, share, progress)
    except PerfError as error:
        if alone:
            raise
        return ScenarioVerdict(scenario=scenario.name, status=Status.INSUFFICIENT_DATA, error=str(error))


def _measure(change: _Change, scenario: Scenario, sides: Sides, share: Share, progress: Progress) -> ScenarioVerdict:
    project = change.project
    below = [found.path for found in change.changes]
    with watched(project, scenario, (sides.base, sides.head), below) as (base, head):
        question = _question(change, scenario, head)
        with (
            lock.machine_lock(
                project=str(project.root), scenario=scenario.name, clock=project.now, waiting=waiting(progress)
            ),
            project.store.attempt(question) as attempt,
        ):
            log = Log(project, attempt, question, allowed(change.margin, scenario.margin))
            try:
                with share.spent() as timer:
                    session = Session(log, base, head, timer, progress, partial(_executed, change, head))
                    evidence = session.measure(sides.notes)
            except BaseException as error:
                error.add_note(f"{len(log.pairs())} pairs are kept; the same call goes on with them")
                raise
            verdict = judge(evidence)
            name = log.seal(evidence, verdict)
        if head.files:  # nothing ran where an earlier call had decided
            keep_loads(project, scenario, head.files)
        return verdict.model_copy(update={"receipt": name})


def _question(change: _Change, scenario: Scenario, head: Watched) -> Question:
    interpreter = head.program.argv[0].replace("{root}", str(head.folder))
    return Question(
        scenario=scenario.name,
        program=declared(scenario),
        base=_place(change.base),
        head=_place(change.head),
        decides=scenario.decides,
        environment=machine.environment(interpreter=interpreter, libraries=scenario.libraries),
    )


def _place(side: Snapshot) -> Place:
    parent = side.parent if side.dirty else ""
    return Place(label=side.label, commit=side.commit, tree=side.tree, parent=parent, dirty=side.dirty)


def _executed(change: _Change, head: Watched, left: float) -> Execution:
    argv, cwd = command(head.program, head.folder)
    longest = min(WATCHED * head.scenario.timeout_seconds, max(1.0, left))
    return executed.executed(
        argv, cwd=cwd, env=environment_of(head.program, head.folder), timeout=longest,
        clock=change.project.now, changes=executed.asked_lines(change.changes), own=head.folder,
    )  # fmt: skip


def _report(change: _Change, verdicts: Sequence[ScenarioVerdict], chosen: str, seconds: float) -> Verification:
    ordered = tuple(sorted(verdicts, key=lambda verdict: SEVERITY.index(verdict.status)))
    return Verification(
        status=ordered[0].status,
        summary=summary(ordered),
        base=change.base.label,
        head=change.head.label,
        chosen=chosen,
        seconds=seconds,
        scenarios=ordered,
        next_step=next_step(ordered),
    )
