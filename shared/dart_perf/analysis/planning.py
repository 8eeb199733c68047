"""What each series of a baseline needs before an effect can be called."""

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np

from dart_perf.analysis import reduction
from dart_perf.model.answer import PlanEntry
from dart_perf.model.measurement import Run
from dart_perf.stats.levels import FEWEST_RUNS
from dart_perf.stats.location import locate
from dart_perf.stats.power import plan


def plan_series(
    baseline: Sequence[Run],
    *,
    effect: float,
    margin: float,
    power: float,
    runs: int,
    decides: Literal["cpu", "wall"] = "cpu",
) -> tuple[PlanEntry, ...]:
    """Return one entry for each series that decides and has a spread, the most demanding first."""
    reported = "wall_time" if decides == "cpu" else "cpu_time"
    measured = {m.key: m for run in baseline for m in run.measurements}
    timed = {
        m.benchmark.label
        for m in measured.values()
        if m.metric.name == ("cpu_time" if decides == "cpu" else "wall_time")
    }
    entries = [
        _entry(baseline, key, effect, margin, power, runs)
        for key, m in measured.items()
        if m.metric.assumption != "exact" and not (m.metric.name == reported and m.benchmark.label in timed)
    ]
    known = [entry for entry in entries if entry is not None]
    return tuple(sorted(known, key=lambda e: -(e.runs_needed if e.runs_needed is not None else math.inf)))


def _entry(
    baseline: Sequence[Run], key: str, effect: float, margin: float, power: float, runs: int
) -> PlanEntry | None:
    values = [v for run in baseline if (m := run.measurement(key)) for v in reduction.values(m)]
    if len(values) < FEWEST_RUNS or min(values) <= 0:
        return None
    sd = math.sqrt(locate(np.log(values)).variance)
    needed = plan(math.sqrt(2.0) * sd, effect=effect, margin=margin, power=power, paired=True)
    smallest = plan(math.sqrt(2.0) * sd, runs=max(runs, FEWEST_RUNS), margin=margin, power=power, paired=True)
    benchmark, _, metric = key.rpartition(" ")
    return PlanEntry(
        benchmark=benchmark,
        metric=metric,
        spread=sd,
        runs_needed=needed.runs,
        minimum_detectable_effect=smallest.effect,
    )
