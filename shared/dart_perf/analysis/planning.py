"""What each series of a baseline needs before an effect can be called."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from dart_perf.analysis import reduction
from dart_perf.model.answer import PlanEntry
from dart_perf.model.measurement import Run
from dart_perf.stats.levels import FEWEST_RUNS
from dart_perf.stats.power import plan

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
    entries = []
    for key, m in measured.items():
        exact_or_reported = m.metric.assumption == "exact" or (m.metric.name == reported and m.benchmark.label in timed)
        spread = None if exact_or_reported else spread_of(baseline, pairs, key)
        if spread is not None:
            entries.append(_entry(m.benchmark.label, m.metric.name, spread, goal))
    return tuple(sorted(entries, key=lambda e: -(e.runs_needed if e.runs_needed is not None else math.inf)))


def _entry(benchmark: str, metric: str, spread: float, goal: Goal) -> PlanEntry:
    needed = plan(spread, effect=goal.effect, margin=goal.margin, power=goal.power)
    smallest = plan(spread, runs=max(goal.runs, FEWEST_RUNS), margin=goal.margin, power=goal.power)
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
    alone = [list(np.log(group)) for group in _groups(baseline, key) if min(group) > 0]
    if sum(len(group) for group in alone) < FEWEST_RUNS:
        return None
    sd = _pooled_sd(alone)
    return None if sd is None else math.sqrt(2.0) * sd


def _groups(baseline: Sequence[Run], key: str) -> list[list[float]]:
    sessions = list(reduction.by_session(baseline, key).values())
    return sessions or [list(reduction.values(m)) for run in baseline if (m := run.measurement(key))]


def _pair_log_ratios(pair: Pair, key: str) -> list[float]:
    sides = [run.measurement(key) for run in pair]
    if sides[0] is None or sides[1] is None:
        return []
    before, after = reduction.by_block(pair[0], sides[0]), reduction.by_block(pair[1], sides[1])
    common = [place for place in before if place in after and before[place] > 0 and after[place] > 0]
    return [math.log(after[place] / before[place]) for place in common]


def _pooled_sd(groups: Sequence[Sequence[float]]) -> float | None:
    """Return the sd within groups, each around its own mean; None where no group has two values."""
    squares = sum(float(np.sum((np.asarray(g) - np.mean(g)) ** 2)) for g in groups if g)
    degrees = sum(len(g) - 1 for g in groups if g)
    return math.sqrt(squares / degrees) if degrees > 0 else None
