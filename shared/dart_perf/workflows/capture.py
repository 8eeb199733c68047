"""Capturing a baseline: measure, seal, file."""

from collections.abc import Sequence
from datetime import timedelta

from dart_perf.analysis import guards
from dart_perf.analysis.assembly import NOT_NAMED, is_exact
from dart_perf.measure import trust
from dart_perf.measure.program import home, lacks, resolve
from dart_perf.model.answer import Capture
from dart_perf.model.baseline import Baseline, BaselineEntry, State
from dart_perf.model.measurement import Run
from dart_perf.model.scenario import Program, Scenario
from dart_perf.workflows import baselines, scenarios
from dart_perf.workflows.measuring import CURRENT, Subject, measure_runs
from dart_perf.workflows.project import Progress, Project, silent
from dart_perf.workflows.trial import try_kept

UNKNOWN = "unknown"
"""Version of a program that has no version source and prints none."""
USUAL = ("cpu_time", "wall_time", "peak_rss")
"""Metrics that every scenario asks for where it names none; a program need not give all of them."""
MOST_SESSIONS = 10
"""Sessions that a baseline stands on; older ones say less about the machine as it is now."""
APART = timedelta(hours=1)
"""Sessions of one hour share its load; wall times drifted by a factor of 1.7 within ten minutes (docs/methods.md)."""
LATER = "capture again at another time of day"
ENOUGH_SESSIONS = 3
"""From here on the spread between sessions is estimated instead of assumed (house rule 9)."""


def capture_baseline(
    project: Project, scenario: str, *, why: str, processes: int | None = None, progress: Progress = silent
) -> Capture:
    """Measure `scenario` now and seal a baseline candidate.

    Where the newest baseline is of the very same program, version, machine and behaviour, its sessions are carried
    over: capturing at different times is how a baseline learns how much the machine differs between sessions.

    Raises:
        InvalidInput, Untrusted, MeasurementFailed: nothing is stored then.
    """
    baselines.check_why(why)
    entry = scenarios.find(project, scenario)
    project.check_writable()
    progress(0, None, "asking for the version of what is measured")
    program, contents = resolve(entry, project.root)
    try_kept(project, entry, program, contents, progress)
    subject = Subject(CURRENT, program, home(entry, project.root))
    (run,) = measure_runs(project, entry, [subject], blocks=processes or entry.repetitions, progress=progress)
    version = _version(program, run)
    sealed = Baseline(
        scenario=scenario,
        platform=run.environment.platform,
        version=version,
        created=project.now(),
        created_by=project.who,
        reason=why,
        program=program,
        runs=(*_earlier_sessions(project, scenario, program, run), run),
    )
    trust.vouch(project.root, program)
    filed = baselines.seal(project, sealed, contents)
    lacking = lacks(program, subject.folder)
    alone = [f"it cannot be measured again, only its values can be compared with: {lacking}"] if lacking else []
    warnings = (*alone, *_not_given(entry, run), *_not_named(run), *_warnings(filed, run, _span(sealed.runs)))
    return Capture(baseline=filed, warnings=warnings, next_step=_next_step(filed))


def _version(program: Program, run: Run) -> str:
    """Return what the program's version source says, else what the program printed."""
    return program.version if program.version != UNKNOWN else run.version or UNKNOWN


def _earlier_sessions(project: Project, scenario: str, program: Program, run: Run) -> tuple[Run, ...]:
    entries = project.store.baselines(scenario, run.environment.platform, _version(program, run))
    usable = [e for e in entries if e.state is not State.WITHDRAWN and e.remeasurable]
    if not usable:
        return ()
    newest = project.store.baseline(usable[-1].id)
    same = newest.program == program
    place = run.environment.fingerprint
    there = all(r.environment.fingerprint == place and r.processes for r in newest.runs)
    if not same or not there or guards.changes(newest.runs, [run]):
        return ()
    return newest.runs[-(MOST_SESSIONS - 1) :]


def _not_given(scenario: Scenario, run: Run) -> list[str]:
    """Say which metrics were asked for by name and never came; nobody would miss them later."""
    given = {measurement.metric.name for measurement in run.measurements}
    lacking = [name for name in scenario.metrics if name not in given and name not in USUAL]
    return [f"`metrics` names {', '.join(lacking)}, which its program did not give: mend the name"] if lacking else []


def _not_named(run: Run) -> list[str]:
    """Say which metrics the program gave that are not kept, because nobody asked for them by name."""
    names = ", ".join(left.what for left in run.left_out if left.reason == NOT_NAMED)
    return [f"its program also gives {names}, which `metrics` does not name: add what is to be judged"] if names else []


def _warnings(entry: BaselineEntry, run: Run, span: timedelta) -> tuple[str, ...]:
    warnings = [*guards.doubts([run], [run]), *run.warnings]
    if not run.guards:
        warnings.append("the program prints no guards: a change of behaviour could look like a change of speed")
    assumes = "a comparison that cannot measure this program again assumes how much sessions differ"
    if is_exact([run]):
        return tuple(dict.fromkeys(warnings))
    if entry.sessions < ENOUGH_SESSIONS:
        more = ENOUGH_SESSIONS - entry.sessions
        warnings.append(f"{entry.sessions} session(s): until {more} more are captured at other times, {assumes}")
    elif span < APART:
        minutes = span.total_seconds() / 60
        warnings.append(f"{entry.sessions} sessions within {minutes:.0f} minutes know little of other times: {LATER}")
    return tuple(dict.fromkeys(warnings))


def _span(runs: Sequence[Run]) -> timedelta:
    """Return the time between the first and the last process."""
    started = [process.started for run in runs for process in run.processes]
    return max(started) - min(started) if started else timedelta()


def _next_step(entry: BaselineEntry) -> str:
    if entry.state is State.CURRENT:
        return f"edit, then compare_with_baseline(scenario={entry.scenario!r})"
    return f"it is a candidate: update_baseline(action='promote', baseline={entry.id!r}, why=...) makes it current"
