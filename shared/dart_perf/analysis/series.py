"""One series on two sides: from runs to what `stats` estimates."""

import functools
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from statistics import median
from typing import Literal

import numpy as np

from dart_perf.analysis import reduction
from dart_perf.analysis.other_metric import OTHER_METRIC
from dart_perf.model.judgement import Judgement, Status
from dart_perf.model.measurement import Measurement, Run
from dart_perf.stats.compare import estimate
from dart_perf.stats.estimate import Estimate
from dart_perf.stats.exact import estimate_exact
from dart_perf.stats.levels import FEWEST_RUNS
from dart_perf.stats.location import locate
from dart_perf.stats.samples import sign_of_worse
from dart_perf.stats.sessions import FEWEST_SESSIONS, between_sessions_sd
from dart_perf.units import scale

Design = Literal["paired", "interleaved", "then-and-now"]
NO_TIME = "a time of 0 or less is no measurement: the program failed, or the clock is too coarse"

SMALLEST_SHARE = 0.8
"""Share of blocks that must have a value on both sides: the processes that failed may have been the slow ones."""


@dataclass(frozen=True, slots=True)
class Sides:
    """The values of one series, one a process, on both sides."""

    key: str
    measurement: Measurement
    """The current side's, for benchmark and metric."""
    baseline: reduction.Reduced
    current: reduction.Reduced
    item: Estimate | Judgement
    paired: bool = False

    @property
    def centres(self) -> tuple[float, float]:
        """Central values of both sides in base units: their ratio is the ratio that is judged."""
        before, after = _centre(self.baseline.values), _centre(self.current.values)
        if self.paired and isinstance(self.item, Estimate) and self.item.difference is None:
            sign = sign_of_worse(self.measurement.metric.better)
            return before, before * math.exp(sign * self.item.log_ratio)
        positive = min(*self.baseline.values, *self.current.values) > 0
        return (before, after) if positive else (median(self.baseline.values), median(self.current.values))


def _centre(values: Sequence[float]) -> float:
    if len(values) == 1 or min(values) <= 0:
        return median(values)
    return values[0] if len(set(values)) == 1 else math.exp(locate(np.log(values)).mean)


def design_of(baseline: Sequence[Run], current: Sequence[Run]) -> Design:
    """Return `paired` where every process of both sides shares a session and block with one of the other side.

    A run held against itself shares all of them, and nothing was drawn at random. Names alone prove nothing: the
    processes of one block must have been started before any of the next.
    """
    before = [(p.session, p.block) for run in baseline for p in run.processes]
    after = [(p.session, p.block) for run in current for p in run.processes]
    if shared_runs(baseline, current) or not before or {*before} != {*after} or not _in_turn([*baseline, *current]):
        return "then-and-now"
    return "paired" if len({*before}) == len(before) == len(after) else "interleaved"


def _in_turn(runs: Sequence[Run]) -> bool:
    """Say whether one block was measured after the other."""
    starts: dict[tuple[str, int], list[datetime]] = {}
    for process in (process for run in runs for process in run.processes):
        starts.setdefault((process.session, process.block), []).append(process.started)
    blocks = sorted((min(times), max(times)) for times in starts.values())
    return all(earlier[1] <= later[0] for earlier, later in itertools.pairwise(blocks))


def shared_runs(baseline: Sequence[Run], current: Sequence[Run]) -> set[str]:
    """Return the ids of the runs that stand on both sides."""
    return {run.id for run in baseline} & {run.id for run in current}


def sides_of(
    baseline: Sequence[Run], current: Sequence[Run], key: str, *, margin: float, design: Design, typical: bool = False
) -> Sides:
    """Return series `key`, which both sides have, with its estimate; a judgement where it cannot be estimated.

    With `typical` a process counts by its median, whatever the metric.
    """
    first, last = _metrics(baseline, current, key)
    baseline, current, uneven = reduction.evened(baseline, current, key)
    paired = design == "paired" and last.metric.assumption != "exact" and first.metric == last.metric
    values = functools.partial(_values, baseline, current, key, typical=typical)
    before, after = _pairs(baseline, current, key, typical=typical) if paired else values()
    if not before.values:  # no block in common
        before, after = values()
        paired, design = False, "then-and-now"
    refusal = _other_metric(first, last, before, after, margin) or _no_time(baseline, current, last, margin)
    item = refusal or _estimated(baseline, before, after, last, margin, design)
    item = replace(item, warnings=(*item.warnings, *uneven)) if isinstance(item, Estimate) else item
    if paired:
        item = _without_lost(item, len(before.values), [*baseline, *current], margin)
    return Sides(key, last, before, after, item, paired)


def _metrics(baseline: Sequence[Run], current: Sequence[Run], key: str) -> tuple[Measurement, Measurement]:
    """Return the first measurement of each side; of a side that is not of one metric, the one that differs."""
    first, *others = (m for run in baseline if (m := run.measurement(key)))
    last, *more = (m for run in current if (m := run.measurement(key)))
    first = next((m for m in others if m.metric != last.metric), first)
    return first, next((m for m in more if m.metric != first.metric), last)


def _without_lost(item: Estimate | Judgement, kept: int, runs: Sequence[Run], margin: float) -> Estimate | Judgement:
    """Say how many blocks lack a value; where they are many, those that are left are no fair sample."""
    blocks = len({(process.session, process.block) for run in runs for process in run.processes})
    if kept == blocks or isinstance(item, Judgement):
        return item
    said = (*item.warnings, f"{blocks - kept} of {blocks} blocks have no value on one side and are left out")
    if kept < SMALLEST_SHARE * blocks:
        return Judgement(status=Status.INSUFFICIENT_DATA, margin=margin, warnings=said)
    return replace(item, warnings=said)


def _other_metric(
    first: Measurement, last: Measurement, before: reduction.Reduced, after: reduction.Reduced, margin: float
) -> Judgement | None:
    """Return the refusal of two sides that do not measure the same, each value in its own unit."""
    if first.metric == last.metric:
        return None
    sides = (f"{_said(first)} in the baseline", f"{_said(last)} in the current runs")
    values = f"{_shown(first, before)} -> {_shown(last, after)}"
    return Judgement(
        status=Status.INCOMPARABLE, margin=margin, warnings=(f"{', '.join(sides)} ({values}): {OTHER_METRIC}",)
    )


def _no_time(
    baseline: Sequence[Run], current: Sequence[Run], measurement: Measurement, margin: float
) -> Judgement | None:
    """Return the refusal of times that are none."""
    if measurement.metric.unit != "s":
        return None
    for side, runs in (("baseline", baseline), ("current runs", current)):
        if min(value for run in runs if (m := run.measurement(measurement.key)) for value in m.samples) <= 0:
            said = f"{NO_TIME} (found in the {side})"
            return Judgement(status=Status.INSUFFICIENT_DATA, margin=margin, warnings=(said,))
    return None


def _estimated(
    baseline: Sequence[Run],
    before: reduction.Reduced,
    after: reduction.Reduced,
    measurement: Measurement,
    margin: float,
    design: Design,
) -> Estimate | Judgement:
    better = measurement.metric.better
    processes = (before.processes, after.processes)
    if measurement.metric.assumption == "exact":
        return estimate_exact(before.values, after.values, margin=margin, better=better, processes=processes)
    return estimate(
        before.values,
        after.values,
        margin=margin,
        better=better,
        paired=design == "paired",
        between_sessions=0.0 if design != "then-and-now" else _between(baseline, measurement.key),
        processes=processes,
    )


def _between(baseline: Sequence[Run], key: str) -> float | None:
    """Return the spread between the baseline's sessions, where it has enough of them to say."""
    sessions = [v for v in reduction.by_session(baseline, key).values() if len(v) > 1 and min(v) > 0]
    return between_sessions_sd(sessions) if len(sessions) >= FEWEST_SESSIONS else None


def _values(
    baseline: Sequence[Run], current: Sequence[Run], key: str, *, typical: bool
) -> tuple[reduction.Reduced, reduction.Reduced]:
    """Return both sides; each process as its level where one side has samples only."""
    sides = [reduction.reduced(runs, key, fewest=FEWEST_RUNS, typical=typical) for runs in (baseline, current)]
    if any(side.is_alone for side in sides):
        sides = [reduction.reduced(runs, key, fewest=FEWEST_RUNS, level=True) for runs in (baseline, current)]
    return sides[0], sides[1]


def _pairs(
    baseline: Sequence[Run], current: Sequence[Run], key: str, *, typical: bool
) -> tuple[reduction.Reduced, reduction.Reduced]:
    """Return the values of both sides in the order of the blocks that both have."""
    before, after = (_blocks(runs, key, typical=typical) for runs in (baseline, current))
    common = sorted(before.keys() & after.keys())
    sides = [tuple(side[place] for place in common) for side in (before, after)]
    return reduction.Reduced(sides[0], len(common)), reduction.Reduced(sides[1], len(common))


def _blocks(runs: Sequence[Run], key: str, *, typical: bool) -> dict[tuple[str, int], float]:
    return {
        place: value
        for run in runs
        if (m := run.measurement(key))
        for place, value in reduction.by_block(run, m, typical=typical).items()
    }


def _said(measurement: Measurement) -> str:
    metric = measurement.metric
    return f"{measurement.key} is in {metric.unit}, {metric.better} is better, {metric.assumption}"


def _shown(measurement: Measurement, side: reduction.Reduced) -> str:
    return scale(_centre(side.values), measurement.metric.unit)
