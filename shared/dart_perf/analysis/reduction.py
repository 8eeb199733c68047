"""From raw repetitions to independent values: the process is the unit, not the sample.

Repetitions within one process share its memory layout, its luck with the cache and the machine's state (lag-1
autocorrelation 0.6-0.9 was measured for CPU time), so each process counts once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp, fsum, log
from statistics import median

from dart_perf.model.measurement import Measurement, Run

Summary = Callable[[Sequence[float]], float]

_SUMMARIES: dict[str, Summary] = {"cpu_time": min, "wall_time": min}
"""A disturbance only ever lengthens a time, so the fastest repetition of a process is its steadiest summary.
Of the dartpy version pairs proven by 30 blocks, 10 blocks decided 62-71 % with minima of wall time and 56-60 % with
medians, at equal false alarms (docs/methods.md). Other metrics keep the median."""
ONE_PROCESS = "all repetitions come from one process, or do not say from which: how much processes differ is assumed"


@dataclass(frozen=True, slots=True)
class Reduced:
    """What is judged of one series on one side."""

    values: tuple[float, ...]
    """One a process; the samples where too few processes are known."""
    processes: int
    """How many processes the values came from."""

    @property
    def is_alone(self) -> bool:
        """Whether several values came from one process, so that their spread is not that of processes."""
        return self.processes < len(self.values)


def reduced(runs: Sequence[Run], key: str, *, fewest: int, level: bool = False, typical: bool = False) -> Reduced:
    """Return what is judged of series `key` over all runs that have it.

    One value a process. Where a run's samples came from one process, or do not say from which, and there are fewer
    than `fewest` processes in all, the samples: they tell the level of their process, not what processes differ by.

    Args:
        runs: one side.
        key: the series.
        fewest: processes that can be judged.
        level: summarise a process as samples are summarised, by their mean on logs: for holding it against a side
            that has samples only. The fastest repetition of one side against the mean of the other is no ratio.
        typical: summarise a process by its median, whatever the metric.
    """
    parts = [measurement for run in runs if (measurement := run.measurement(key))]
    count = sum(len(set(part.processes)) or 1 for part in parts)
    if count < fewest and any(is_one_process(part) for part in parts):
        return Reduced(tuple(value for part in parts for value in part.samples), count)
    groups = [group for part in parts for group in _groups(part).values()]
    summary = _level if level else _summary(parts[0], typical=typical)
    return Reduced(tuple(summary(group) for group in groups), count)


def central_value(metric: str, samples: Sequence[float], processes: Sequence[int]) -> float:
    """Return the one value that a run counts by in a history, in the unit of the samples.

    A process counts as in a comparison (`_SUMMARIES`), a run by the mean of its processes on logs; by their median
    where a value is 0 or less. Samples whose processes are not known are summarised as one process's level.
    """
    if not processes:
        return _level(samples)
    summary = _SUMMARIES.get(metric, median)
    return _level([summary(group) for group in _grouped(samples, processes).values()])


def is_by_fastest(runs: Sequence[Run], key: str) -> bool:
    """Say whether a process counts by its fastest repetition in series `key`, and has several."""
    parts = [measurement for run in runs if (measurement := run.measurement(key))]
    return parts[0].metric.name in _SUMMARIES and any(len(p.samples) > len(set(p.processes)) > 0 for p in parts)


def _summary(measurement: Measurement, *, typical: bool) -> Summary:
    return median if typical else _SUMMARIES.get(measurement.metric.name, median)


def evened(
    baseline: Sequence[Run], current: Sequence[Run], key: str
) -> tuple[Sequence[Run], Sequence[Run], tuple[str, ...]]:
    """Return both sides with as many repetitions in every process, and what is to be said of it.

    The fastest of thirty repetitions is faster than the fastest of three of the same program, so only the first ones
    of each process count where their numbers differ.
    """
    parts = [m for run in (*baseline, *current) if (m := run.measurement(key))]
    alone = any(is_one_process(part) or not part.processes for part in parts)  # such count by their level
    if parts[0].metric.name not in _SUMMARIES or alone:
        return baseline, current, ()
    counts = {len(group) for part in parts for group in _groups(part).values()}
    if len(counts) == 1:
        return baseline, current, ()
    kept = min(counts)
    said = f"processes hold {kept} to {max(counts)} repetitions: only the first {kept} of each count"
    return [_trimmed(run, key, kept) for run in baseline], [_trimmed(run, key, kept) for run in current], (said,)


def _trimmed(run: Run, key: str, kept: int) -> Run:
    """Return the run with the first `kept` samples of each process of series `key`."""
    found = run.measurement(key)
    if found is None:
        return run
    groups = _groups(found)
    processes = tuple(index for index, group in groups.items() for _ in group[:kept])
    samples = tuple(sample for group in groups.values() for sample in group[:kept])
    cut = found.model_copy(update={"samples": samples, "processes": processes})
    return run.model_copy(update={"measurements": tuple(cut if m is found else m for m in run.measurements)})


def _level(samples: Sequence[float]) -> float:
    """Return the geometric mean; the value itself where all are equal, so that counts stay whole.

    `statistics.geometric_mean` gives the same bits and takes three times as long, over a million runs of a history.
    """
    least, largest = min(samples), max(samples)
    if least == largest:
        return least
    return exp(fsum(map(log, samples)) / len(samples)) if least > 0 else median(samples)


def values(measurement: Measurement) -> tuple[float, ...]:
    """Return one value a process in order of the process index.

    The samples themselves where processes are not known, or where all came from one: their spread is then that within
    a process, and what processes differ by must be assumed (`is_one_process`).
    """
    if is_one_process(measurement):
        return measurement.samples
    return tuple(by_process(measurement).values()) or measurement.samples


def is_one_process(measurement: Measurement) -> bool:
    """Say whether several samples came from one process, or do not say from which, which may be one."""
    return len(set(measurement.processes)) <= 1 < len(measurement.samples)


def by_process(measurement: Measurement, *, typical: bool = False) -> dict[int, float]:
    """Return the summary of each process by its index, in ascending order; nothing where processes are not known."""
    if not measurement.processes:
        return {}
    summary = _summary(measurement, typical=typical)
    return {index: summary(group) for index, group in _groups(measurement).items()}


def _groups(measurement: Measurement) -> dict[int, list[float]]:
    """Return the samples by the index of their process, ascending; all of them as one where processes are unknown."""
    return _grouped(measurement.samples, measurement.processes or (0,) * len(measurement.samples))


def _grouped(samples: Sequence[float], processes: Sequence[int]) -> dict[int, list[float]]:
    groups: dict[int, list[float]] = {}
    for index, sample in zip(processes, samples, strict=True):
        groups.setdefault(index, []).append(sample)
    return {index: groups[index] for index in sorted(groups)}


def by_block(run: Run, measurement: Measurement, *, typical: bool = False) -> dict[tuple[str, int], float]:
    """Return the summary of each process by its (session, block): what pairs it with another run's."""
    places = {process.index: (process.session, process.block) for process in run.processes}
    return {
        places[index]: value for index, value in by_process(measurement, typical=typical).items() if index in places
    }


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
