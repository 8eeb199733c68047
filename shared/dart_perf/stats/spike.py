"""Spikes: a few neighbouring points that left the level together and came back to it.

One point alone is an outlier, which every benchmark has, and is not named. Bounds are in robust standard deviations of
the series itself, as in Hampel's identifier (J. Am. Stat. Assoc. 69 (1974) 383).
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dart_perf.stats.location import robust_sd
from dart_perf.stats.samples import Floats

FEWEST = 20
"""Points that tell the spread well enough for a bound of six of it."""
SHORTEST, LONGEST = 2, 7
"""Points of a spike; eight are a regime (house rule 2)."""
REACH = 6.0
"""Robust standard deviations from the level. Named in 0.2 % of 15,000 series of noise, all of them with heavy tails,
and in 14 % of 452 real ones; benchmarks/patterns.py."""
BACK = 3.0
"""Robust standard deviations within which it has come back."""
AFTER = 3
"""Points that must have come back."""
SMALLEST = math.log(1.03)
"""The least change that is called."""
MOST = 3
"""Where more are found, leaving the level is what the series does."""


@dataclass(frozen=True, slots=True)
class Burst:
    """Points `first` to `last`, and their median residual."""

    first: int
    last: int
    height: float


def find_bursts(residuals: Floats) -> tuple[Burst, ...]:
    """Return the spikes of residuals around their levels, shape (n,), on the log scale."""
    n = residuals.size
    sd = robust_sd(residuals)
    if n < FEWEST:
        return ()
    bound, back = max(REACH * sd, SMALLEST), max(BACK * sd, SMALLEST)
    apart = [run for sign in (1.0, -1.0) for run in _neighbours(np.flatnonzero(sign * residuals > bound))]
    found = [
        Burst(int(run[0]), int(run[-1]), float(np.median(residuals[run])))
        for run in apart
        if SHORTEST <= run.size <= LONGEST and _is_back(residuals, int(run[0]), int(run[-1]), back)
    ]
    return tuple(sorted(found, key=lambda burst: burst.first)) if len(found) <= MOST else ()


def _neighbours(places: npt.NDArray[np.intp]) -> list[npt.NDArray[np.intp]]:
    """Return ascending places as stretches without a gap."""
    return np.split(places, np.flatnonzero(np.diff(places) > 1) + 1)


def _is_back(residuals: Floats, first: int, last: int, bound: float) -> bool:
    around = np.concatenate([residuals[max(0, first - AFTER) : first], residuals[last + 1 : last + 1 + AFTER]])
    return around.size == 2 * AFTER and bool(np.all(np.abs(around) <= bound))
