"""What the values of one series say, whatever they measure: levels, changes and patterns around the levels.

It depends on the values alone, so that it can be kept by their digest and is made once.
"""

import math
from itertools import pairwise

import numpy as np

from dart_perf.model.change import ChangePoint
from dart_perf.model.trend import Movement, Season, Slope, Spike
from dart_perf.stats.changepoint import change_points
from dart_perf.stats.ramp import is_slope
from dart_perf.stats.samples import Floats
from dart_perf.stats.season import Cycle, find_cycle, without_cycle
from dart_perf.stats.slope import fit_slope
from dart_perf.stats.spike import find_bursts
from dart_perf.stats.spread import spread_growth
from dart_perf.stats.step import BRIEFEST, SHORTEST

FEWEST = 8
"""Points below which nothing is said (house rule 2)."""
FEWEST_FOR_STEP = SHORTEST + BRIEFEST - 1
"""Points from which a plain step is found wherever it has 8 points before it and 4 behind; of 15 none with 9 and 6, of
fewer none at all, whatever its size: there it is not known whether the level changed."""
SMALLEST = 0.03
"""Least change of level that is called, also that of a drift from its beginning to its end."""
FEWEST_FOR_DRIFT = 20
"""Points of a regime below which its slope is that of a few of them (house rule 2)."""
DRIFT_LEVEL = 1e-3
"""Two-sided p of `no trend` below which a slope is called a drift: every series of a history is asked. Between 1e-4 and
1e-2 a drift is named in 0.3 to 1 % of series of AR(1) .8 noise, in none of white, AR(1) .5, two modes (n 400 each) and
in 0.4 to 0.7 % of 452 real ones, while of drifts of 10 % in 200 runs of AR(1) .5 59 to 74 % are (n 300)."""
PRECISE = 0.4
"""Width of the slope's interval / the slope below which it is a drift too: a smooth one, not quite straight, leaves
residuals so alike that p stays above the bound (120 runs: at best 0.0004). In noise no interval is so narrow."""


def movement_of(values: Floats, min_effect: float = SMALLEST) -> Movement:
    """Return what the values of a series say, shape (n,), n >= 1, in order.

    Patterns around the levels are ratios: where a value is 0 or less, only levels and their changes are told.
    """
    if values.size < FEWEST:
        return Movement(points=values.size, level=float(np.median(values)), start=0)
    if values.min() <= 0:
        changes = change_points(values, min_effect=min_effect)
        start = changes[-1].index if changes else 0
        return Movement(points=values.size, changes=changes, level=float(np.median(values[start:])), start=start)
    logs = np.log(values)
    cycle = find_cycle(logs)
    calm = logs if cycle is None else without_cycle(logs, cycle)
    changes = _steps(calm, min_effect)
    if cycle is None:  # a level that changed may have hidden it
        cycle = find_cycle(_residuals(logs, changes, None))
    return _described(values, logs, changes, cycle)


def _described(values: Floats, logs: Floats, changes: tuple[ChangePoint, ...], cycle: Cycle | None) -> Movement:
    start = changes[-1].index if changes else 0
    slope = fit_slope(values[start:])
    drift = _drift(slope)
    residuals = _residuals(logs, changes, slope if drift else None)
    return Movement(
        points=values.size,
        changes=changes,
        level=float(np.median(values[start:])),
        start=start,
        slope=slope,
        drift=drift,
        season=cycle and Season(period=cycle.period, swing=math.exp(cycle.swing), share=cycle.share),
        spread=spread_growth(residuals),
        spikes=(*_reverted(changes), *_bursts(residuals)),
    )


def _steps(logs: Floats, min_effect: float) -> tuple[ChangePoint, ...]:
    """Return the changes of level; one that a slope through both levels explains better is part of a drift."""
    changes = list(change_points(np.exp(logs), min_effect=min_effect))
    edges = [0, *(change.index for change in changes), logs.size]
    place = 1
    while place < len(edges) - 1:
        before, after = logs[edges[place - 1] : edges[place]], logs[edges[place] : edges[place + 1]]
        if is_slope(before, after):
            del edges[place], changes[place - 1]
        else:
            place += 1
    return tuple(changes)


def _residuals(logs: Floats, changes: tuple[ChangePoint, ...], slope: Slope | None) -> Floats:
    """Return how far each point lies from the median of its regime; in the last from its `slope`, where it has one."""
    parts = np.split(logs, [change.index for change in changes])
    if slope is not None and slope.percent_per_run is not None:
        parts[-1] = parts[-1] - np.arange(parts[-1].size) * math.log1p(slope.percent_per_run / 100.0)
    return np.concatenate([part - np.median(part) for part in parts])


def _drift(slope: Slope) -> float | None:
    """Return the end of the regime / its beginning along the slope, where it is more than chance and matters."""
    if None in {slope.percent_per_run, slope.p_value} or slope.points < FEWEST_FOR_DRIFT:
        return None
    middle, low, high = slope.percent_per_run or 0.0, slope.low or 0.0, slope.high or 0.0
    is_known = high - low <= PRECISE * abs(middle)
    if (slope.p_value or 0.0) > DRIFT_LEVEL and not is_known:
        return None
    total = (slope.points - 1) * math.log1p(middle / 100.0)
    return math.exp(total) if abs(total) >= math.log1p(SMALLEST) else None


def _reverted(changes: tuple[ChangePoint, ...]) -> list[Spike]:
    """Return what came with one change and went away with the next: fewer points than a regime needs."""
    return [
        Spike(first=up.index, last=down.index - 1, ratio=up.ratio)
        for up, down in pairwise(changes)
        if down.index - up.index < FEWEST
        and up.ratio is not None
        and abs(math.log(down.after / up.before)) < math.log1p(SMALLEST)
    ]


def _bursts(residuals: Floats) -> list[Spike]:
    return [Spike(first=b.first, last=b.last, ratio=math.exp(b.height)) for b in find_bursts(residuals)]
