"""What limits measuring here and what to do, with the smallest change that could be told."""

import shutil
import time
from collections.abc import Iterator

from dart_perf.errors import PerfError
from dart_perf.measure import catalogue, installed, lock, processor, surroundings, trust
from dart_perf.measure.host import Host
from dart_perf.measure.process import run
from dart_perf.measure.program import command, resolve
from dart_perf.measure.variables import environment_of
from dart_perf.model.scenario import Program, Scenario
from dart_perf.model.setup import Examination, Floor, Limit
from dart_perf.workflows.measuring import Subject, measure_runs
from dart_perf.workflows.project import Progress, Project, silent

LOOP = Scenario(name="doctor", argv=("{python}", "-m", "dart_perf.measure.plain_loop"), timeout_seconds=30.0)
"""A pure Python program that needs nothing but dart-perf."""
SECONDS = 12.0
"""Time for measuring it against itself: a person waits as long for an answer."""
PAIRS = (6, 20)
"""Fewest pairs, below which an outlier cannot be told, and most, which know a spread within a third."""
FREE_BYTES = 1 << 30
"""Room on the disk of the store below which a month of measuring may not fit; a comparison stores some 100 kB."""
LARGEST_STORE = 64 << 20
"""Bytes of a store that is proven on the way: about a second."""


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
        *_of_project(project),
        _lock(holder),
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


def _of_project(project: Project) -> Iterator[Limit]:
    yield _disk(project)
    yield _store(project)
    try:
        scenarios = catalogue.load(project.root)
    except PerfError as error:
        yield Limit(name="trust", state="limits", finding=str(error), meaning="none of its scenarios can be measured")
        return
    yield from installed.programs(scenarios, project.root)
    yield _trust(project)


def _disk(project: Project) -> Limit:
    there = next(folder for folder in (project.home, *project.home.parents) if folder.is_dir())
    free = shutil.disk_usage(there).free
    said = f"{free / (1 << 30):.1f} GiB are free for the store"
    try:
        project.check_writable()
    except PerfError as error:
        return Limit(
            name="disk", state="limits", finding=f"the store {project.home} cannot be written", meaning=str(error),
            remedy="make it writable, or set DART_PERF_HOME",
        )  # fmt: skip
    if free >= FREE_BYTES:
        return Limit(name="disk", state="fine", finding=said)
    return Limit(
        name="disk", state="limits", finding=said, meaning="a measurement may be lost for want of room",
        remedy="free some, or set DART_PERF_HOME to a folder on another disk",
    )  # fmt: skip


def _store(project: Project) -> Limit:
    size = sum(path.stat().st_size for path in project.home.rglob("*") if path.is_file())
    if size > LARGEST_STORE:
        said = f"{size >> 20} MiB, too large to be proven on the way"
        return Limit(name="store", state="unknown", finding=said, remedy="dart-perf-baseline --validate")
    validation = project.store.validate()
    if validation.sound:
        return Limit(name="store", state="fine", finding=validation.summary)
    return Limit(
        name="store", state="limits", finding=validation.summary, meaning="nothing is judged on a damaged store",
        remedy="dart-perf-baseline --validate names each damaged file",
    )  # fmt: skip


def _trust(project: Project) -> Limit:
    if catalogue.read_bytes(project.root) is None:
        return Limit(
            name="trust", state="fine", finding=f"no {catalogue.FILE}: only built-in scenarios",
            remedy="dart-perf-baseline --init writes one for what is found here",
        )  # fmt: skip
    if trust.is_trusted(project.root):
        return Limit(name="trust", state="fine", finding=f"{catalogue.FILE} is trusted as it is now")
    return Limit(
        name="trust", state="limits", finding=f"{catalogue.FILE} is not trusted, or changed since",
        meaning="its scenarios run nothing", remedy=trust.REMEDY,
    )  # fmt: skip


def _lock(holder: lock.Holder | None) -> Limit:
    if holder is None:
        return Limit(name="lock", state="fine", finding="nobody measures now")
    return Limit(
        name="lock", state="limits", finding=f"held by {holder}",
        meaning="a measurement waits for it, because two at once measure each other", remedy="wait for it to end",
    )  # fmt: skip


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
