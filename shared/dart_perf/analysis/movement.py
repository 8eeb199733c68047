"""What the values of one series say, whatever they measure: levels, changes and patterns around the levels.

It depends on the values alone, so that it can be kept by their digest and is made once.
"""

import math
from itertools import pairwise

import numpy as np

from dart_perf.model.change import ChangePoint
from dart_perf.model.trend import Movement, Season, Slope, Spike
from dart_perf.stats.changepoint import change_points
from dart_perf.stats.samples import Floats
from dart_perf.stats.season import find_cycle
from dart_perf.stats.slope import fit_slope
from dart_perf.stats.spike import find_bursts
from dart_perf.stats.spread import spread_growth

VERSION = 1
"""Raised when other values come out of the same series: what was kept before is then made anew."""
FEWEST = 8
"""Points below which nothing is said (house rule 2)."""
SMALLEST = 0.03
"""Least change of level that is called, also that of a drift from its beginning to its end."""
FEWEST_FOR_DRIFT = 20
"""Points of a regime below which its slope is that of a few of them (house rule 2)."""
DRIFT_LEVEL = 1e-4
"""Two-sided p of `no trend` below which a slope is called a drift: every series of a history is asked. Measured false
alarms, on noise and on real series: benchmarks/patterns.py."""


def movement_of(values: Floats, min_effect: float = SMALLEST) -> Movement:
    """Return what the values of a series say, shape (n,), n >= 1, in order.

    Patterns around the levels are ratios: where a value is 0 or less, only levels and their changes are told.
    """
    changes = change_points(values, min_effect=min_effect) if values.size >= FEWEST else ()
    starts = [0, *(change.index for change in changes)]
    regime = values[starts[-1] :]
    made = Movement(points=values.size, changes=changes, level=float(np.median(regime)), start=starts[-1])
    if values.size < FEWEST or values.min() <= 0:
        return made
    slope = fit_slope(regime)
    residuals = _residuals(np.log(values), starts)
    cycle = find_cycle(residuals)
    found = {
        "slope": slope,
        "drift": _drift(slope),
        "season": cycle and Season(period=cycle.period, swing=math.exp(cycle.swing), share=cycle.share),
        "spread": spread_growth(residuals),
        "spikes": (*_reverted(changes), *_bursts(residuals)),
    }
    return made.model_copy(update=found)


def _residuals(logs: Floats, starts: list[int]) -> Floats:
    """Return how far each point lies from the median of its regime."""
    return np.concatenate([part - np.median(part) for part in np.split(logs, starts[1:])])


def _drift(slope: Slope) -> float | None:
    """Return the end of the regime / its beginning along the slope, where it is more than chance and matters."""
    if slope.percent_per_run is None or slope.p_value is None:
        return None
    if slope.points < FEWEST_FOR_DRIFT or slope.p_value > DRIFT_LEVEL:
        return None
    total = (slope.points - 1) * math.log1p(slope.percent_per_run / 100.0)
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
