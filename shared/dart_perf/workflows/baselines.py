"""Listing, checking and updating baselines."""

import platform as platforms
from collections.abc import Iterable, Sequence
from typing import Literal

from dart_perf.errors import InvalidInput, MissingData, NoBaseline
from dart_perf.measure.revision import commit_of
from dart_perf.model.answer import BaselineCheck, BaselineList
from dart_perf.model.baseline import Action, Baseline, BaselineEntry, BaselineEvent, State
from dart_perf.model.environment import Environment
from dart_perf.model.history import Validation
from dart_perf.model.judgement import Status
from dart_perf.model.measurement import Run
from dart_perf.workflows.imports import named_runs, positions
from dart_perf.workflows.paging import page_of
from dart_perf.workflows.project import Project

Update = Literal["promote", "roll_back", "withdraw", "from_results"]
SHOWN = 15
"""Findings and cells of a validation that keep an answer within 2,000 tokens."""
THIS = Environment(os=platforms.system().lower(), architecture=platforms.machine().lower()).platform
"""The platform of this machine."""
EMPTY = "no baseline matches. Capture one with capture_baseline, or leave the filters out."


def list_baselines(
    project: Project,
    scenario: str | None = None,
    platform: str | None = None,
    version: str | None = None,
    *,
    limit: int = 10,
    cursor: str | None = None,
) -> BaselineList:
    """Return a page of baselines; `cursor` is the id of the last entry of the page before.

    Raises:
        InvalidInput: the cursor names no matching baseline.
    """
    entries = project.store.baselines(scenario, platform, version)
    page, more = page_of(entries, lambda entry: entry.id, limit=limit, cursor=cursor)
    warnings = tuple(f"not listed: {damage.file}: {damage.problem}" for damage in project.store.damage())
    hint = "" if entries else EMPTY
    return BaselineList(baselines=page, total=len(entries), next_cursor=more, hint=hint, warnings=warnings)


def current(project: Project, scenario: str, platform: str | None = None) -> BaselineEntry:
    """Return the entry of the scenario's current baseline on this platform, else of one whose platform is not known.

    Results without a platform are filed under an unknown one; a comparison with them says that as a warning.

    Raises:
        NoBaseline: there is none; the message says what exists instead.
    """
    here = platform or THIS
    for place in (here, Environment().platform):
        found = next((e for e in project.store.baselines(scenario, place) if e.state is State.CURRENT), None)
        if found is not None:
            break
    if found is None:
        others = ", ".join(f"{e.id} [{e.state}]" for e in project.store.baselines(scenario)[-3:]) or "none at all"
        what = f"{scenario!r} has no current baseline on {here} (others: {others})."
        raise NoBaseline(f"{what} Capture one with capture_baseline, or promote one with update_baseline.")
    return found


def entry(project: Project, baseline_id: str) -> BaselineEntry:
    """Return the entry of one baseline. Raises NoBaseline."""
    scenario, platform, *_ = [*baseline_id.split("/"), ""]
    found = next((e for e in project.store.baselines(scenario, platform) if e.id == baseline_id), None)
    if found is None:
        raise NoBaseline(f"baseline {baseline_id!r} does not exist. List the ids with list_baselines.")
    return found


def update(
    project: Project,
    action: Update,
    *,
    why: str,
    baseline: str | None = None,
    scenario: str | None = None,
    results: str | None = None,
) -> BaselineEntry:
    """Promote, withdraw or roll back a baseline, or seal results; return its entry afterwards.

    Sealed results are a candidate, and current at once only where the scenario has no current baseline for them.

    Raises:
        InvalidInput: an argument that the action needs is missing.
        NoBaseline: there is no such baseline, or none to roll back to.
    """
    if action == "from_results":
        return _from_results(project, _needed(results, "results", action), scenario, why)
    if action == "roll_back":
        name, done = _previous(project, _needed(scenario, "scenario", action)), Action.ROLLED_BACK
    else:
        name = project.store.baseline(_needed(baseline, "baseline", action)).id
        done = Action.PROMOTED if action == "promote" else Action.WITHDRAWN
    project.store.log_event(BaselineEvent(action=done, baseline=name, who=project.who, when=project.now(), why=why))
    return entry(project, name)


def _needed(value: str | None, name: str, action: str) -> str:
    if value is None:
        raise InvalidInput(f"{action} needs the argument {name!r}. Give it and call again.")
    return value


def _previous(project: Project, scenario: str) -> str:
    """Return the baseline that was current before the one that is; after a withdrawal, before the withdrawn one."""
    entries = project.store.baselines(scenario)
    here = [e for e in entries if e.platform == THIS] or [e for e in entries if e.platform == Environment().platform]
    events = project.store.events(scenario, here[0].platform) if here else ()
    stack = _stack(events)
    now = next((e.id for e in here if e.state is State.CURRENT), None)
    before = stack[:-1] if stack[-1:] == [now] else stack
    if not before:
        raise NoBaseline(f"{scenario!r} has no earlier baseline to roll back to. Promote one with update_baseline.")
    return before[-1]


def _stack(events: Iterable[BaselineEvent]) -> list[str]:
    """Return the baselines that are or were current, oldest first, less those that were rolled back or withdrawn."""
    stack: list[str] = []
    for event in events:
        if event.action is Action.PROMOTED:
            stack.append(event.baseline)
        elif event.action is Action.ROLLED_BACK:
            while stack and stack[-1] != event.baseline:
                stack.pop()
        elif event.action is Action.WITHDRAWN:
            stack = [name for name in stack if name != event.baseline]
    return stack


def _from_results(project: Project, results: str, scenario: str | None, why: str) -> BaselineEntry:
    runs = named_runs(project, results)
    said = sorted({run.scenario for run in runs if run.scenario} | ({scenario} if scenario else set()))
    if len(said) != 1:
        found = ", ".join(said) or "none"
        raise InvalidInput(f"{results} and the call name these scenarios: {found}. Name exactly one.")
    named = said[0]
    environment = runs[0].environment
    sealed = Baseline(
        scenario=named,
        platform=environment.platform,
        version=next((run.version for run in runs if run.version), "unknown"),
        created=project.now(),
        created_by=project.who,
        reason=why,
        runs=tuple(run.model_copy(update={"scenario": run.scenario or named}) for run in runs),
    )
    return seal(project, sealed, {})


def seal(project: Project, sealed: Baseline, contents: dict[str, bytes]) -> BaselineEntry:
    """Store a new baseline with its runs; the first of its scenario and platform becomes current at once.

    One whose platform is not known would stand for every platform, so it stays a candidate where this one has its own.
    """
    event = BaselineEvent(
        action=Action.CAPTURED, baseline=sealed.id, who=project.who, when=project.now(), why=sealed.reason
    )
    project.store.append_runs(sealed.runs, position=positions(project, sealed.runs))
    project.store.add_baseline(sealed, event, contents)
    places = {sealed.platform, *([THIS] if sealed.platform == Environment().platform else [])}
    others = [other for other in project.store.baselines(sealed.scenario) if other.platform in places]
    if not any(other.state is State.CURRENT for other in others):
        first = event.model_copy(update={"action": Action.PROMOTED, "why": "first of its scenario and platform"})
        project.store.log_event(first)
    return entry(project, sealed.id)


def check(
    project: Project,
    against_commit: str | None = None,
    scenario: str | None = None,
    *,
    detail: Literal["brief", "full"] = "brief",
) -> BaselineCheck:
    """Prove what is stored; with a commit, hold the stored runs of that commit against the current baselines.

    Raises:
        MissingData: there are no stored runs of that commit without uncommitted edits.
    """
    if scenario is not None and against_commit is None:
        raise InvalidInput("a scenario narrows the runs of a commit. Give the commit too, or leave the scenario out.")
    whole = project.store.validate()
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
    from dart_perf.workflows.detection import judge_stored

    try:
        found = judge_stored(project, current(project, scenario).id, runs)
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
