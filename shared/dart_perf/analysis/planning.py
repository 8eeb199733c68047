"""What each series of a baseline needs before an effect can be called."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np

from dart_perf.analysis import reduction
from dart_perf.model.answer import PlanEntry
from dart_perf.model.measurement import Run
from dart_perf.stats.levels import FEWEST_RUNS
from dart_perf.stats.location import locate
from dart_perf.stats.power import plan
from dart_perf.stats.processes import process_sd
from dart_perf.stats.samples import Floats
from dart_perf.stats.sessions import prior_between

Pair = tuple[Run, Run]
"""Two runs of one session, measured side by side."""


@dataclass(frozen=True, slots=True)
class Goal:
    """What is to be found, and what is usually measured."""

    effect: float
    """Ratio, above 1 + margin."""
    margin: float
    power: float
    runs: int
    """Runs a side that the scenario measures by default."""
    decides: Literal["cpu", "wall"] = "cpu"


def plan_series(baseline: Sequence[Run], pairs: Sequence[Pair], goal: Goal) -> tuple[PlanEntry, ...]:
    """Return one entry for each series that decides and has a spread, the most demanding first."""
    deciding, reported = ("cpu_time", "wall_time") if goal.decides == "cpu" else ("wall_time", "cpu_time")
    measured = {m.key: m for run in baseline for m in run.measurements}
    timed = {m.benchmark.label for m in measured.values() if m.metric.name == deciding}
    together = any(run.processes for run in baseline)  # what came from a file cannot be measured again beside the new
    entries = []
    for key, m in measured.items():
        exact_or_reported = m.metric.assumption == "exact" or (m.metric.name == reported and m.benchmark.label in timed)
        spread = None if exact_or_reported else spread_of(baseline, pairs, key)
        if spread is not None:
            between = 0.0 if together else prior_between(spread)
            entries.append(_entry(m.benchmark.label, m.metric.name, spread, between, goal))
    return tuple(sorted(entries, key=lambda e: -(e.runs_needed if e.runs_needed is not None else math.inf)))


def _entry(benchmark: str, metric: str, spread: float, between: float, goal: Goal) -> PlanEntry:
    """Return the entry of one series; `between` is the sd of a session's level, 0 where both sides share one."""
    asked = partial(plan, spread, margin=goal.margin, power=goal.power, paired=between == 0.0, between_sessions=between)
    needed, smallest = asked(effect=goal.effect), asked(runs=max(goal.runs, FEWEST_RUNS))
    return PlanEntry(
        benchmark=benchmark,
        metric=metric,
        spread=spread,
        runs_needed=needed.runs,
        minimum_detectable_effect=smallest.effect,
    )


def spread_of(baseline: Sequence[Run], pairs: Sequence[Pair], key: str) -> float | None:
    """Return the sd of the log ratio of one pair: of recorded pairs where there are enough, else from one side.

    Both are taken within sessions, since what is planned is measured in one. None where there are too few values.
    """
    together = [_pair_log_ratios(pair, key) for pair in pairs]
    if sum(len(group) for group in together) >= FEWEST_RUNS + len(together):
        return _pooled_sd(together)
    sd = _sd_of_processes(baseline, key)
    return None if sd is None else math.sqrt(2.0) * sd


def _sd_of_processes(baseline: Sequence[Run], key: str) -> float | None:
    """Return the sd of the log of one process; assumed, as in a comparison, where the samples are of one process."""
    sessions = list(reduction.by_session(baseline, key).values())
    side = reduction.reduced(baseline, key, fewest=FEWEST_RUNS)
    groups = [np.log(group) for group in sessions or [list(side.values)] if min(group) > 0]
    if sum(len(group) for group in groups) < FEWEST_RUNS:
        return None
    if not sessions and side.is_alone:
        return process_sd([locate(groups[0])], [True])
    return _pooled_sd(groups)


def _pair_log_ratios(pair: Pair, key: str) -> list[float]:
    sides = [run.measurement(key) for run in pair]
    if sides[0] is None or sides[1] is None:
        return []
    before, after = reduction.by_block(pair[0], sides[0]), reduction.by_block(pair[1], sides[1])
    common = [place for place in before if place in after and before[place] > 0 and after[place] > 0]
    return [math.log(after[place] / before[place]) for place in common]


def _pooled_sd(groups: Sequence[Sequence[float] | Floats]) -> float | None:
    """Return the sd within groups, each around its own mean; None where no group has two values."""
    squares = sum(float(np.sum((np.asarray(g) - np.mean(g)) ** 2)) for g in groups if len(g))
    degrees = sum(len(g) - 1 for g in groups if len(g))
    return math.sqrt(squares / degrees) if degrees > 0 else None
