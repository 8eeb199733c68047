"""A trend in percent a run, with an interval that neighbouring points' likeness does not make too narrow.

The slope is the median of the slopes of all pairs of points, the interval those at the ranks that Kendall's statistic
allows (Theil, Proc. K. Ned. Akad. Wet. A 53 (1950) 386; Sen, J. Am. Stat. Assoc. 63 (1968) 1379), its variance enlarged
for the autocorrelation of what is left around the trend (as in Hamed and Rao, J. Hydrol. 204 (1998) 182, with the
AR(1) inflation in place of their sum over all lags). Where the level wanders, that is too little: on quiet windows of
120 points of real histories 34 to 66 % of such intervals held 0. So the interval reaches at least as far as the error
of a slope around a wandering level (`stats.wander`): 92 to 94 %.

Pairs grow with the square of the points, so a long series is read as at most `MOST_BLOCKS` means of neighbouring
points: of the information about a slope in n points, m blocks keep all but 1 / m^2.
"""

import math
from functools import cache

import numpy as np
import numpy.typing as npt

from dart_perf.model.trend import Slope
from dart_perf.stats.autocorrelation import variance_inflation
from dart_perf.stats.levels import LEVEL, quantile, tail
from dart_perf.stats.location import clip_outliers
from dart_perf.stats.regime import SHORTEST
from dart_perf.stats.samples import Floats, Values, read_samples
from dart_perf.stats.wander import slope_error

MOST_BLOCKS = 200
"""Blocks that a series is read as at most: 19,900 pairs."""
MOST_LIKE = 0.9
"""Lag-1 autocorrelation above which the inflation (19) rests on a handful of effective points."""
ROUNDING = 1e-12
"""Residuals below this (of logs, or of a mean size of 1) are what arithmetic leaves of an exact trend."""


def fit_slope(values: Values) -> Slope:
    """Return the trend of `values`, shape (n,), in order and above 0: percent a run, on logs.

    Where a value is 0 or less the percentages are of the mean size of the values. A level change looks like a trend:
    give a stretch without one. At most 19,900 pairs are compared, whatever n.

    Raises:
        InvalidInput: a value is not a finite number; the message names it.
    """
    points = read_samples(values, "values")
    if points.size < SHORTEST:
        note = f"{points.size} points: a trend needs at least {SHORTEST}"
        return Slope(points=points.size, warnings=(note,))
    positive = points.min() > 0
    scaled = np.log(points) if positive else points / (float(np.abs(points).mean()) or 1.0)
    width = math.ceil(points.size / MOST_BLOCKS)
    blocks = _block_means(scaled, width)
    slope, low, high, p_value = _theil_sen(blocks)
    return Slope(
        percent_per_run=_percent(slope / width, logs=positive),
        low=_percent(low / width, logs=positive),
        high=_percent(high / width, logs=positive),
        p_value=p_value,
        points=points.size,
        warnings=() if positive else ("a value is 0 or less: percent of the values' mean size",),
    )


def _percent(slope: float, *, logs: bool) -> float:
    return 100.0 * (math.expm1(slope) if logs else slope)


def _block_means(values: Floats, width: int) -> Floats:
    """Return means of `width` neighbours; of what does not fill a block the oldest points are left out."""
    if width == 1:
        return values
    return np.asarray(values[values.size % width :].reshape(-1, width).mean(axis=1))


def _theil_sen(values: Floats) -> tuple[float, float, float, float]:
    """Return the slope a step, its two-sided 95 % interval, and the p of no slope; values (n,), n >= 8."""
    n = values.size
    earlier, later, steps = _pairs(n)
    slopes = np.sort((values[later] - values[earlier]) / steps)
    middle = float(np.median(slopes))
    left, _ = clip_outliers(values - middle * np.arange(n))
    left -= left.mean()
    deviation = math.sqrt(n * (n - 1) * (2 * n + 5) / 18.0 * _inflation(left))  # of Kendall's statistic
    first = max(0, math.floor((slopes.size - quantile(LEVEL, n - 2) * deviation) / 2))
    balance = float(np.count_nonzero(slopes > 0) - np.count_nonzero(slopes < 0))
    error = slope_error(left) if left @ left > n * ROUNDING**2 else 0.0
    reach = quantile(LEVEL, n - 2) * error
    score = min(abs(balance) / deviation, abs(middle) / error if error else math.inf)
    low, high = min(float(slopes[first]), middle - reach), max(float(slopes[-1 - first]), middle + reach)
    return middle, low, high, min(1.0, 2.0 * tail(score, 1.0, n - 2))


@cache
def _pairs(n: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], Floats]:
    earlier, later = np.triu_indices(n, 1)
    return earlier, later, (later - earlier).astype(np.float64)


def _inflation(residuals: Floats) -> float:
    """Return how much the likeness of neighbours enlarges the variance of Kendall's statistic, at least 1.

    The lag-1 autocorrelation of a detrended series is too low by (2 + 4 rho) / n (Marriott and Pope, Biometrika 41
    (1954) 390, for a fitted line).
    """
    total = float(residuals @ residuals)
    if total <= ROUNDING**2 * residuals.size:
        return 1.0
    rho = float(residuals[1:] @ residuals[:-1]) / total
    rho += (2.0 + 4.0 * rho) / residuals.size
    return variance_inflation(min(MOST_LIKE, max(0.0, rho)))
