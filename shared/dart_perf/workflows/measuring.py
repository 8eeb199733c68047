"""From programs to runs: the machine-wide lock, the session, the reading of what was printed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dart_perf.analysis.assembly import Origin, assemble
from dart_perf.measure import counting, lock, machine, revision, session
from dart_perf.model.job import WAITING
from dart_perf.model.measurement import Run
from dart_perf.model.scenario import Program, Scenario
from dart_perf.workflows.printed import check_first, read_printed
from dart_perf.workflows.project import Progress, Project

CURRENT = "current"
"""Label of the side that is the project as it is now."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A program in the folder that is its `{root}`."""

    label: str
    program: Program
    folder: Path
    at: revision.Revision | None = None
    """What is measured, where that is known; of the current side git is asked."""


def measure_runs(
    project: Project,
    scenario: Scenario,
    subjects: Sequence[Subject],
    *,
    blocks: int,
    progress: Progress,
    kind: str = "session",
) -> list[Run]:
    """Measure one subject, or two side by side in random order, and return one run a subject.

    The name of the session begins with `kind`.

    Raises:
        MeasurementFailed: a process failed, or printed what cannot be read; nothing is kept then.
    """
    sides = [_side(scenario, subject) for subject in subjects]
    name = f"{kind}-{project.now():%Y%m%dT%H%M%S}-{project.rng.randrange(1 << 32):08x}"
    with lock.machine_lock(
        project=str(project.root), scenario=scenario.name, clock=project.now, waiting=waiting(progress)
    ):
        measured = session.measure(
            sides, blocks=blocks, rng=project.rng, clock=project.now, session=name, progress=progress,
            warms_up=not any(subject.program.counts for subject in subjects),
            check=lambda side, output: check_first(scenario, subjects[side].program, output),
        )  # fmt: skip
    return [
        _run(project, scenario, subject, [item for item in measured if item.side == number])
        for number, subject in enumerate(subjects)
    ]


def waiting(progress: Progress) -> Callable[[lock.Wait], None]:
    """Return what tells `progress` whose measurement is waited for and the place in the line; steps done are seconds.

    The words change with the holder and the place alone, so that a log has one line for each.
    """
    told: list[str] = []

    def say(wait: lock.Wait) -> None:
        if wait.holder is not None or not told:  # while it changes hands nothing new is known
            place = "next in line" if wait.position == 1 else f"{_ordinal(wait.position)} in line"
            unseen = f", out of order: {wait.problem}" if wait.problem else ""
            told[:] = [f"{WAITING} ({wait.holder or 'unknown'}): {place}{unseen}"]
        progress(int(wait.seconds), None, told[0])

    return say


def _ordinal(number: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if number % 100 in {11, 12, 13} else ending}"


def _side(scenario: Scenario, subject: Subject) -> session.Side:
    argv, cwd, environment = counting.invocation(scenario, subject.program, subject.folder)
    return session.Side(subject.label, argv, cwd, environment, scenario.timeout_seconds)


def _run(project: Project, scenario: Scenario, subject: Subject, measured: Sequence[session.Measured]) -> Run:
    at = subject.at or (revision.revision(project.root, project.home) if subject.label == CURRENT else None)
    argv = subject.program.argv[0].replace("{root}", str(subject.folder))
    place = machine.environment(interpreter=argv, libraries=scenario.libraries)
    origin = Origin(
        scenario=scenario,
        when=measured[0].process.started,
        environment=place.model_copy(update={"libraries": place.libraries | counting.versions(subject.program)}),
        version=None if subject.program.version == "unknown" else subject.program.version,
        commit=at.commit if at else None,
        branch=at.branch if at else None,
        dirty=at.dirty if at else None,
    )
    run = assemble(
        origin, [(item.process, read_printed(scenario.name, subject.program, item.output)) for item in measured]
    )
    reason = revision.unreadable(project.root) if subject.label == CURRENT and at is None else None
    if reason is None or revision.is_outside(reason):
        return run
    return run.model_copy(
        update={"warnings": (*run.warnings, f"no commit was recorded, git reads none here: {reason}")}
    )
