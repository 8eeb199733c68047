"""From raw repetitions to independent values: the process is the unit, not the sample.

Repetitions within one process share its memory layout, its luck with the cache and the machine's state (lag-1
autocorrelation 0.6-0.9 was measured for CPU time), so each process counts once.
"""

from collections.abc import Callable, Sequence
from statistics import median

from dart_perf.model.measurement import Measurement, Run

Summary = Callable[[Sequence[float]], float]

_SUMMARIES: dict[str, Summary] = {"cpu_time": min, "wall_time": min}
"""A disturbance only ever lengthens a time, so the fastest repetition of a process is its steadiest summary.
Of the dartpy version pairs proven by 30 blocks, 10 blocks decided 62-71 % with minima of wall time and 56-60 % with
medians, at equal false alarms (docs/methods.md). Other metrics keep the median."""
ONE_PROCESS = "all repetitions come from one process: how much processes differ is assumed, not known"


def values(measurement: Measurement) -> tuple[float, ...]:
    """Return one value a process in order of the process index.

    The samples themselves where processes are not known, or where all came from one: their spread is then that within
    a process, and what processes differ by must be assumed (`is_one_process`).
    """
    if not measurement.processes or is_one_process(measurement):
        return measurement.samples
    return tuple(by_process(measurement).values())


def is_one_process(measurement: Measurement) -> bool:
    """Say whether several samples came from one process."""
    return len(set(measurement.processes)) == 1 < len(measurement.samples)


def by_process(measurement: Measurement) -> dict[int, float]:
    """Return the summary of each process by its index, in ascending order; nothing where processes are not known."""
    groups: dict[int, list[float]] = {}
    if not measurement.processes:
        return {}
    for index, sample in zip(measurement.processes, measurement.samples, strict=True):
        groups.setdefault(index, []).append(sample)
    summary = _SUMMARIES.get(measurement.metric.name, median)
    return {index: summary(groups[index]) for index in sorted(groups)}


def by_block(run: Run, measurement: Measurement) -> dict[tuple[str, int], float]:
    """Return the summary of each process by its (session, block): what pairs it with another run's."""
    places = {process.index: (process.session, process.block) for process in run.processes}
    return {places[index]: value for index, value in by_process(measurement).items() if index in places}


def by_session(runs: Sequence[Run], key: str) -> dict[str, list[float]]:
    """Return the values of series `key` by session, over all runs that have it; unnamed sessions are left out."""
    sessions: dict[str, list[float]] = {}
    for run in runs:
        measurement = run.measurement(key)
        if measurement is None:
            continue
        for (session, _), value in by_block(run, measurement).items():
            sessions.setdefault(session, []).append(value)
    return sessions
