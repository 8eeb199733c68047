"""Neighbouring points of a series are alike: how much less they say than independent ones."""

import numpy as np

from dart_perf.stats.samples import Floats

LARGEST = 0.8
"""Above this lag-1 value the formula's inflation (9 at 0.8) rests on a handful of effective points."""


def lag_one(residuals: Floats) -> float:
    """Return the lag-1 autocorrelation of residuals around their level, shape (n,), clipped to [0, 0.8].

    Negative values are taken as 0: they would make the error smaller, and arise by chance.
    """
    total = float(residuals @ residuals)
    if total == 0.0:
        return 0.0
    return float(np.clip(residuals[1:] @ residuals[:-1] / total, 0.0, LARGEST))


def variance_inflation(rho: float) -> float:
    """Return how much larger the variance of a mean is than that of independent points: (1 + rho) / (1 - rho).

    AR(1) noise, long series: Bayley and Hammersley, J. R. Stat. Soc. Suppl. 8 (1946) 184.
    """
    return (1.0 + rho) / (1.0 - rho)
