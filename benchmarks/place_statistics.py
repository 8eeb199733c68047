"""Statistics of the places where a level may have changed: what change_point_statistics.py compares."""

import itertools
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from dart_perf.stats.candidate import TINY
from dart_perf.stats.surroundings import fit, levels, ranks, surround
from dart_perf.stats.windows import remove_spikes

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
LONG, LONGER, WIDE = 30, 60, 100
"""Points either side of a place beyond the 12 that the detector weighs; LONG and LONGER end at the next places."""
STATISTICS = (
    "medians in robust spreads", "means in sd", "t of the means", "share of pairs that agree", "size in logs",
    "medians in robust spreads, 30 points", "share of pairs that agree, 30 points", "jump within 3 points / step",
    "jump within 4 points / step", "step / sd of the regimes, 60 points",
    "step / sd of the less steady regime, 60 points",
    "t, lag 1 of the nearest 24",
    "t, lag 1 of 100 either side", "t beside a slope", "squares left by a line / by the step",
)  # fmt: skip


def describe(values: Floats, places: Places) -> Floats:
    """Return each statistic of each place, shape (m, len(STATISTICS)); larger speaks for a change."""
    if not places.size:
        return np.zeros((0, len(STATISTICS)))
    logs = np.log(values) if values.min() > 0 else values
    smooth = remove_spikes(logs)
    near = surround(places, logs.size)
    before, after, spread = levels(logs, near)
    size, way, fits = np.abs(after - before), np.sign(after - before), fit(smooth, near)
    wide = surround(places, logs.size, LONG)
    early, late, wider = levels(logs, wide)
    sds = np.array([[side.std() for side in sides] for sides in beside(smooth, places, LONGER)]) + TINY
    lag = np.array([lag_nearby(smooth, places, place) for place in places])
    return np.column_stack([
        size / (spread + TINY), fits.t_mean * np.sqrt(1.0 / near.before + 1.0 / near.after), fits.t_mean,
        ranks(logs, near), size, np.abs(late - early) / (wider + TINY), ranks(logs, wide),
        *(way * jump(smooth, places, points) / (size + TINY) for points in (3, 4)),
        size / np.sqrt((sds**2).mean(axis=1)), size / sds.max(axis=1),
        fits.t_mean * shrink(fits.lag_one), fits.t_mean * shrink(lag),
        fits.t_beyond_line, np.minimum(fits.by_line / (fits.by_step + TINY**2), 1e6),
    ])  # fmt: skip


def shrink(rho: Floats) -> Floats:
    return np.sqrt((1.0 - rho) / (1.0 + rho))


def beside(values: Floats, places: Places, reach: int) -> Iterator[tuple[Floats, Floats]]:
    """Yield up to `reach` points before and after each place, none beyond its neighbours."""
    for start, place, stop in zip([0, *places[:-1]], places, [*places[1:], values.size], strict=True):
        yield values[max(start, place - reach) : place], values[place : min(stop, place + reach)]


def jump(values: Floats, places: Places, points: int) -> Floats:
    return np.array([np.median(late) - np.median(early) for early, late in beside(values, places, points)])


def lag_nearby(values: Floats, places: Places, place: int) -> float:
    """Return the lag-1 autocorrelation `WIDE` points either side of `place` without the steps, 0 to .8."""
    start, stop = max(0, place - WIDE), min(values.size, place + WIDE)
    edges = [start, *(int(k) for k in places if start < k < stop), stop]
    left = np.concatenate([values[a:b] - values[a:b].mean() for a, b in itertools.pairwise(edges)])
    return float(np.clip(left[1:] @ left[:-1] / (left @ left + TINY**2), 0.0, 0.8))
