"""What limits measuring here and what to do, with the smallest change that could be told."""

import time

from dart_perf.measure import installed, lock, processor, surroundings
from dart_perf.measure.host import Host
from dart_perf.measure.process import run
from dart_perf.measure.program import command, resolve
from dart_perf.measure.variables import environment_of
from dart_perf.model.scenario import Program, Scenario
from dart_perf.model.setup import Examination, Floor
from dart_perf.workflows import readiness
from dart_perf.workflows.measuring import Subject, measure_runs
from dart_perf.workflows.project import Progress, Project, silent

LOOP = Scenario(name="doctor", argv=("{python}", "-m", "dart_perf.measure.plain_loop"), timeout_seconds=30.0)
"""A pure Python program that needs nothing but dart-perf."""
SECONDS = 12.0
"""Time for measuring it against itself: a person waits as long for an answer."""
PAIRS = (6, 20)
"""Fewest pairs, below which an outlier cannot be told, and most, which know a spread within a third."""


def examine(
    project: Project, *, quick: bool = False, host: Host | None = None, progress: Progress = silent
) -> Examination:
    """Return what limits measuring here; unless `quick`, after measuring a small program against itself.

    Raises:
        MeasurementFailed: that program failed, so nothing can be measured here.
    """
    holder = lock.holder()
    step = time.get_clock_info("perf_counter").resolution
    machine = host or Host()
    limits = (
        *processor.limits(machine, step),
        *surroundings.limits(machine),
        installed.valgrind(),
        *readiness.limits(project, holder),
    )
    floor = () if quick or holder else _floor(project, progress)
    limiting = [limit.name for limit in limits if limit.state == "limits"]
    return Examination(
        summary=_summary(limiting, len(limits), floor),
        limits=limits,
        floor=floor,
        warnings=("nothing was measured while another measurement runs: ask again",) if holder and not quick else (),
        next_step="" if floor or holder else "dart-perf-baseline --doctor, without --quick, measures what can be told",
    )


def _floor(project: Project, progress: Progress) -> tuple[Floor, ...]:
    """Measure the loop against itself, as a comparison measures two programs."""
    from dart_perf.analysis.floor import floors  # brings numpy

    program, _ = resolve(LOOP, project.root)
    alone = _seconds(project, program)
    pairs = max(PAIRS[0], min(PAIRS[1], int(SECONDS / (2 * alone))))
    subjects = [Subject(label, program, project.root) for label in ("one", "the same again")]
    one, other = measure_runs(project, LOOP, subjects, blocks=pairs, progress=progress)
    return floors(one, other, processes=LOOP.repetitions)


def _seconds(project: Project, program: Program) -> float:
    """Return how long one process takes, with its start."""
    argv, cwd = command(program, project.root)
    env = environment_of(program, project.root)
    start = time.perf_counter()
    run(argv, cwd=cwd, env=env, timeout=LOOP.timeout_seconds, clock=project.now)
    return time.perf_counter() - start


def _summary(limiting: list[str], looked: int, floor: tuple[Floor, ...]) -> str:
    names = f": {', '.join(dict.fromkeys(limiting))}" if limiting else ""
    said = f"{len(limiting)} of {looked} things looked at limit measuring here{names}"
    decides = next((item for item in floor if item.smallest_usual), None)
    if decides is None or decides.smallest_usual is None:
        return said
    change = 100 * (decides.smallest_usual - 1)
    return f"{said}; {decides.processes} processes a side would tell {change:.1f} % ({decides.metric}, margin 5 %)"
