"""The error of a slope where the level itself wanders: a machine that drifts this way and that is no trend.

Local level model: points scatter around a level that takes a random step each time (Harvey, Forecasting, Structural
Time Series Models (1989), ch. 2). The ratio of the two variances is the one of `RATIOS` with the largest restricted
likelihood (Patterson and Thompson, Biometrika 58 (1971) 545), the error that of generalised least squares.
"""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from dart_perf.stats.samples import Floats

MOST_POINTS = 40
"""Means of neighbours that a series is read as at most: what a slope's error comes from is slow."""
RATIOS = (0.0, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
"""Variance of a step of the level by that of a point, on those means; at 1 the level is all there is to see."""


class _Fit(NamedTuple):
    """What does not depend on the values, one entry a ratio."""

    whiten: Floats
    """(ratios, m, m): makes the model's noise white."""
    line: Floats
    """(ratios, m, 2): a level and a slope, made white."""
    inverse: Floats
    """(ratios, 2, 2): their covariance in units of a point's variance."""
    penalty: Floats
    """(ratios,): log determinants of the restricted likelihood."""


def slope_error(residuals: Floats) -> float:
    """Return the standard error of a slope a step, from what is left around a fitted line, shape (n,), n >= 4."""
    width = math.ceil(residuals.size / MOST_POINTS)
    means = residuals[residuals.size % width :].reshape(-1, width).mean(axis=1)
    fit = _fit(means.size)
    white = fit.whiten @ means
    lines = fit.inverse @ np.swapaxes(fit.line, 1, 2) @ white[:, :, np.newaxis]
    left = white - (fit.line @ lines)[:, :, 0]
    degrees = means.size - 2
    variances = np.einsum("ij,ij->i", left, left) / degrees
    if variances.min() <= 0.0:
        return 0.0
    best = int(np.argmin(degrees * np.log(variances) + fit.penalty))
    return math.sqrt(float(variances[best] * fit.inverse[best, 1, 1])) / width


@lru_cache(maxsize=MOST_POINTS)
def _fit(count: int) -> _Fit:
    steps = np.arange(count)
    line = np.column_stack([np.ones(count), steps - (count - 1) / 2.0])
    parts = []
    for ratio in RATIOS:
        noise = np.eye(count) + ratio * (np.minimum.outer(steps, steps) + 1.0)
        whiten = np.linalg.inv(np.linalg.cholesky(noise))
        white = whiten @ line
        squares = white.T @ white
        penalty = np.linalg.slogdet(squares)[1] - 2.0 * np.log(np.diag(whiten)).sum()
        parts.append((whiten, white, np.linalg.inv(squares), penalty))
    return _Fit(*(np.array(part) for part in zip(*parts, strict=True)))
