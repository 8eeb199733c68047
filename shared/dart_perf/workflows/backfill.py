"""Measuring past commits into the history, so that there is one on the first day.

Each commit is checked out in a worktree, built, measured by what `dart-perf.toml` says now (a past commit's own file is
not read) and taken away. Commits are measured in random order: what the machine does meanwhile is noise then, and
never a trend.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from dart_perf.analysis import guards
from dart_perf.errors import InvalidInput, MeasurementFailed
from dart_perf.measure import worktree
from dart_perf.model.backfill import MOST, Backfill, PastCommit
from dart_perf.model.measurement import Run
from dart_perf.model.scenario import Scenario
from dart_perf.store import atomic
from dart_perf.store.fault import Busy
from dart_perf.store.lock import Lock
from dart_perf.workflows.backfill_plan import KIND, Plan, plan_backfill
from dart_perf.workflows.past_commit import Contents, Past, measure_past, own_files
from dart_perf.workflows.project import Progress, Project, silent

SHOWN = 20
"""Changes of behaviour that are named."""


@dataclass
class _Outcome:
    """What was done so far."""

    measured: list[PastCommit] = field(default_factory=list)
    failed: list[PastCommit] = field(default_factory=list)
    runs: dict[tuple[str, str], Run] = field(default_factory=dict)
    """By commit and scenario."""
    submodules: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Work:
    """What stays the same over the commits."""

    project: Project
    plan: Plan
    contents: Contents
    processes: int | None
    place: Path
    """Of the worktree; one path for all commits, because its length would else be part of what is measured."""
    outcome: _Outcome


def backfill(
    project: Project,
    span: str,
    *,
    every: int = 1,
    scenario: str | None = None,
    processes: int | None = None,
    most: int = MOST,
    dry_run: bool = False,
    progress: Progress = silent,
) -> Backfill:
    """Measure both ends of `span` (`A..B`, on the first-parent line) and every Nth commit between into the history.

    What the history has of a commit from this machine is not measured again, so that a call that was ended goes on
    when it is repeated. What cannot be built or measured is left out, with the reason, and tried again by the next.

    Raises:
        InvalidInput, Untrusted: see `plan_backfill`; or another backfill of this store is at work.
        PerfError: the store cannot take a run. What was measured before is stored.
    """
    plan = plan_backfill(project, span, every=every, scenario=scenario, most=most)
    todo, outcome = plan.todo(), _Outcome()
    if todo and not dry_run:
        contents = own_files(project, plan.scenarios)
        project.check_writable()
        with _place(project) as place:
            _take_all(_Work(project, plan, contents, processes, place, outcome), todo, progress)
    chosen = f"{span}, every {every}" if every > 1 else span
    return _report(plan, outcome, chosen, dry_run=dry_run, processes=processes)


@contextmanager
def _place(project: Project) -> Iterator[Path]:
    """Give the path of the one worktree; what a backfill that was killed left there is taken away first."""
    folder = project.home / "worktrees"
    with ExitStack() as stack:
        try:
            stack.enter_context(Lock(project.home, KIND, wait_seconds=0).held())
        except Busy as error:
            raise InvalidInput("another backfill of this store is at work. Wait for it, or end it first.") from error
        atomic.make_folder(project.home, folder)
        place = folder.resolve() / KIND
        worktree.remove(project.root, place)
        yield place


def _take_all(work: _Work, todo: Mapping[str, Sequence[Scenario]], progress: Progress) -> None:
    order = work.project.rng.sample([*todo], len(todo))
    try:
        for number, commit in enumerate(order):

            def tell(_done: int, _total: int | None, message: str, at: int = number, name: str = commit) -> None:
                progress(at, len(order), f"{name[:12]}: {message}")

            _take(work, commit, todo[commit], tell)
    except BaseException as error:
        count = len(work.outcome.measured)
        error.add_note(f"{count} measured and stored; repeat the call to go on with the rest")
        raise
    progress(len(order), len(order), "measured")


def _take(work: _Work, commit: str, chosen: Sequence[Scenario], progress: Progress) -> None:
    """Measure one commit, all its scenarios in one worktree, and store what comes of it."""
    project, outcome, left = work.project, work.outcome, [*chosen]
    progress(0, None, "checking out")
    try:
        with worktree.checked_out(project.root, work.place, commit) as tree:
            outcome.submodules |= set(worktree.submodules(project.root, commit))
            past = Past(commit, work.plan.positions.get(commit), tree, progress, work.contents)
            while left:
                _measure(work, past, left[0])
                left.pop(0)
    except worktree.NotCheckedOut as error:
        outcome.failed += [work.plan.past(commit, entry.name, reason=str(error)) for entry in left]


def _measure(work: _Work, past: Past, scenario: Scenario) -> None:
    project, outcome, started = work.project, work.outcome, work.project.now()
    try:
        run = measure_past(project, past, scenario, work.processes or scenario.repetitions)
    except (InvalidInput, MeasurementFailed) as error:
        outcome.failed.append(work.plan.past(past.commit, scenario.name, reason=str(error)))
        return
    project.store.append_runs([run], position=work.plan.positions)
    outcome.runs[past.commit, scenario.name] = run
    spent = (project.now() - started).total_seconds()
    outcome.measured.append(work.plan.past(past.commit, scenario.name, run=run.id, seconds=spent))


def _report(plan: Plan, outcome: _Outcome, chosen: str, *, dry_run: bool, processes: int | None) -> Backfill:
    todo = [(commit, entry) for commit, left in plan.todo().items() for entry in left] if dry_run else []
    present = [plan.past(commit, name, run=run.id) for (commit, name), run in plan.present.items()]
    seconds = plan.estimate([entry for _, entry in todo], processes) if dry_run else None
    time = "it is not known how long" if seconds is None else f"about {seconds:.0f} s, builds not counted"
    counted = f"{len(todo)} to measure ({time})" if dry_run else f"{len(outcome.measured)} measured in random order"
    failed = f", {len(outcome.failed)} NOT measured" if outcome.failed else ""
    names = ", ".join(entry.name for entry in plan.scenarios)
    chosen += f": {len(plan.commits)} commit{'s' * (len(plan.commits) != 1)} of {names}"
    return Backfill(
        summary=f"{chosen}: {counted}, {len(present)} there before{failed}",
        dry_run=dry_run,
        commits=len(plan.commits),
        measured=_in_order(outcome.measured),
        present=_in_order(present),
        failed=_in_order(outcome.failed),
        planned=tuple(plan.past(commit, entry.name) for commit, entry in todo),
        seconds=seconds,
        warnings=(*_empty(outcome), *_changed(plan, outcome)),
        next_step=_next_step(outcome, dry_run=dry_run),
    )


def _in_order(commits: Sequence[PastCommit]) -> tuple[PastCommit, ...]:
    return tuple(sorted(commits, key=lambda c: (c.scenario, -1 if c.position is None else c.position)))


def _empty(outcome: _Outcome) -> list[str]:
    names = sorted(outcome.submodules)
    what = f"submodules stay empty in past commits ({', '.join(names[:SHOWN])})"
    return [f"{what}: nothing is fetched; a step of `build` may do that"] if names else []


def _changed(plan: Plan, outcome: _Outcome) -> list[str]:
    """Say between which commits a program began to compute something else, so that times do not compare."""
    runs = plan.present | outcome.runs
    found = []
    for entry in plan.scenarios:
        line = [(commit, runs[commit, entry.name]) for commit in plan.commits if (commit, entry.name) in runs]
        for (before, old), (after, new) in pairwise(line):
            told = ", ".join(guards.changes([old], [new]))
            span = f"{entry.name}: behaviour changed after {before[:12]}, up to {after[:12]}"
            found += [f"{span}: {told}; times before and after do not compare"] if told else []
    return [*found[:SHOWN], *([f"and {len(found) - SHOWN} more changes of behaviour"] if found[SHOWN:] else [])]


def _next_step(outcome: _Outcome, *, dry_run: bool) -> str:
    if dry_run:
        return "leave --dry-run out; a call that is ended goes on when it is repeated"
    if outcome.failed:
        mend = "mend `build` or `benchmark_files` in dart-perf.toml, trust it and repeat the call"
        return f"leave these commits out; or {mend}, which tries them alone"
    return "dart-perf-intelligence --analyze-trends"
