"""Listing and updating baselines."""

import platform as platforms
from typing import Literal

from dart_perf.errors import InvalidInput, NoBaseline
from dart_perf.model.answer import BaselineList
from dart_perf.model.baseline import Action, Baseline, BaselineEntry, BaselineEvent, State, succession
from dart_perf.model.environment import Environment
from dart_perf.model.measurement import Run
from dart_perf.workflows.imports import named_runs, positions, stored_with_less
from dart_perf.workflows.paging import page_of
from dart_perf.workflows.project import Project

Update = Literal["promote", "roll_back", "withdraw", "from_results"]
THIS = Environment(os=platforms.system().lower(), architecture=platforms.machine().lower()).platform
"""The platform of this machine."""
TAKES: dict[Update, tuple[str, ...]] = {
    "promote": ("baseline",),
    "withdraw": ("baseline",),
    "roll_back": ("scenario",),
    "from_results": ("scenario", "results", "format"),
}
"""Which arguments say what each action works on."""
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


def check_why(why: str) -> None:
    """Raise InvalidInput where a reason for the log is blank."""
    if not why.strip():
        raise InvalidInput(f"the reason is blank (why = {why!r}). Say why, for whoever reads the log later.")


def update(
    project: Project,
    action: Update,
    *,
    why: str,
    baseline: str | None = None,
    scenario: str | None = None,
    results: str | None = None,
    form: str = "auto",
) -> BaselineEntry:
    """Promote, withdraw or roll back a baseline, or seal results; return its entry afterwards.

    Sealed results are a candidate, and current at once only where the scenario has no current baseline for them.

    Raises:
        InvalidInput: the reason is blank, an argument that the action needs is missing, or there is one that it would
            not look at.
        NoBaseline: there is no such baseline, or none to roll back to.
    """
    check_why(why)
    said = None if form == "auto" else form
    given = {"baseline": baseline, "scenario": scenario, "results": results, "format": said}
    unused = [name for name, value in given.items() if value is not None and name not in TAKES[action]]
    if unused:
        has = f"{action} takes {' and '.join(TAKES[action])}, and has no use for {' and '.join(unused)}."
        raise InvalidInput(f"{has} Leave out what it does not take and call again.")
    if action == "from_results":
        return _from_results(project, _needed(results, "results", action), form, scenario, why)
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
    stack = succession(events)
    now = next((e.id for e in here if e.state is State.CURRENT), None)
    before = stack[:-1] if stack[-1:] == [now] else stack
    if not before:
        raise NoBaseline(f"{scenario!r} has no earlier baseline to roll back to. Promote one with update_baseline.")
    return before[-1]


def _from_results(project: Project, results: str, form: str, scenario: str | None, why: str) -> BaselineEntry:
    runs = named_runs(project, results, form)
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
        runs=tuple(_named(project, run, named) for run in runs),
    )
    return seal(project, sealed, {})


def _named(project: Project, run: Run, scenario: str) -> Run:
    """Return the run as one of the scenario; as it is where the history has it so, where it would count twice else."""
    whole = run.model_copy(update={"scenario": run.scenario or scenario})
    return run if stored_with_less(project, run, whole) == run.id else whole


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
