"""Spread that grows: the scale of blocks of residuals, on logs, rises along the series.

The trend of the log scale (Cook and Weisberg, Biometrika 70 (1983) 1, score test of heteroscedasticity, here on blocks)
is held against how the blocks' scales themselves vary: blocks are long enough to be nearly independent under AR(1)
noise of .5, and where spread comes and goes in bursts, they vary more and the bound rises with them.
"""

import math

import numpy as np

from dart_perf.stats.samples import Floats

FEWEST = 40
"""Points: eight blocks of five."""
MOST_BLOCKS = 12
BLOCK = 5
"""Points of the shortest block; the autocorrelation of AR(1) .5 has fallen to .03 after it."""
SMALLEST_GROWTH = 1.5
"""Spread of the last third over that of the first below which no margin or number of runs changes by it."""
QUANTILE = 4.0
"""t of the slope: growth is named in less than 0.1 % of 15,000 series of noise, at most 0.2 % of one kind;
benchmarks/patterns.py."""
FLOOR = 0.05
"""Of the overall spread: what a block of equal values counts as, instead of as minus infinity."""


def spread_growth(residuals: Floats) -> float | None:
    """Return spread of the last third / of the first, of residuals around their levels, shape (n,); None: no growth."""
    n = residuals.size
    if n < FEWEST:
        return None
    sizes = np.abs(residuals - np.median(residuals))
    overall = float(np.mean(sizes))
    if overall == 0.0:
        return None
    count = min(MOST_BLOCKS, n // BLOCK)
    logs = np.array([math.log(max(float(np.mean(b)), FLOOR * overall)) for b in np.array_split(sizes, count)])
    if _slope_t(logs) < QUANTILE:
        return None
    first, middle, last = (max(float(np.mean(third)), FLOOR * overall) for third in np.array_split(sizes, 3))
    return last / first if first < middle < last and last >= SMALLEST_GROWTH * first else None


def _slope_t(values: Floats) -> float:
    """Return the t statistic of the least-squares slope of `values` over their index."""
    places = np.arange(values.size) - (values.size - 1) / 2.0
    slope = float(places @ values / (places @ places))
    left = values - np.mean(values) - slope * places
    error = math.sqrt(float(left @ left) / (values.size - 2) / float(places @ places))
    return slope / error if error > 0.0 else math.copysign(math.inf, slope) if slope else 0.0
