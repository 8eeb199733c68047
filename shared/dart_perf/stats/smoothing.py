"""The level a series has now, and how far the next points would lie from it by chance.

Exponential smoothing (Muth, J. Am. Stat. Assoc. 55 (1960) 299: optimal where the level itself wanders) with the rate
that predicts the regime's own points best. The error is taken from the regime's past, not from a formula: at each of
its points, how far were the next ones, in blocks as long as the tested one, from the level known then? Autocorrelation,
wandering and the error of the level are all in it. Long blocks are few, so their variance is moderated as in Smyth,
Stat. Appl. Genet. Mol. Biol. 3 (2004) art. 3, towards what such series show on average.

On 800 quiet windows of real histories, ten new points, at equal false alarms (4.3, 1.8, 1.0 % at steps of 5, 10, 20 %),
this level and error found 55, 67, 83 % of the steps; the mean of the regime with AR(1) and block variance 49, 57, 76 %.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from dart_perf.stats.location import REACH, clip_outliers, robust_sd
from dart_perf.stats.samples import Floats

RATES = (0.1, 0.2, 0.3)
"""Weights of the newest point that are tried: slower rates lost a tenth of the steps on the windows above."""
WARM_UP = 15
"""Points before the first prediction that counts: 0.9^15 = 0.2 of the slowest rate's weight is missing."""
LONGEST = 300
"""Newest points that are used: the weight of older ones is below 1e-13."""
OVERLAP_GAIN = 1.5
"""Degrees of freedom of overlapping blocks by those of separate ones: Meketon and Schmeiser, Proc. WSC (1984) 227."""
WANDER = 0.14
"""Blocks of k points miss the level by 1 + 0.14 (k - 1) times the variance that independent points would give: median
over the windows above 1.2, 1.4, 1.7, 2.4, 3.7 for k = 1, 3, 5, 10, 20."""
WANDER_WEIGHT = 16.0
"""Degrees of freedom that average counts for. 4 to 40 were tried on the windows of `stats.onset`, with little between
them: at 16 instead of 8 one step in 200 more is found, and 95 % intervals hold half a percent less often."""
LARGEST_MISS = 3.0
"""Root of the usual variance beyond which a block's miss counts no more: one disturbed stretch of the past would hide
steps for as long as it is remembered (2.5 and none were tried, one step in 300 between them)."""
FEWEST_TO_CLIP = 3
"""New points below this are taken as they are: of two, none is the outlier."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """Where the next block should lie."""

    level: float
    point_error: float
    """Standard deviation of one next point around the level."""
    block_error: float
    """Distance of a block from the level known before it, root mean square, moderated."""
    degrees: float
    """Degrees of freedom of `block_error`."""
    own_degrees: float
    """Those of them that the regime's own blocks give."""
    scale: float
    """Robust standard deviation of the regime's points."""


def predict_block(regime: Floats, length: int) -> Prediction:
    """Return what the mean of the next `length` (at least 1) points should be; regime (n,), n >= 8, on one scale."""
    values = regime[-LONGEST:]
    n, block = values.size, min(length, values.size // 3)
    clipped, _ = clip_outliers(values)
    scale = robust_sd(values)
    places = locate_blocks(np.lib.stride_tricks.sliding_window_view(values, block), scale)
    warm = min(WARM_UP, n // 2)
    levels = smooth(clipped, RATES)
    steps = np.mean((clipped[warm:] - levels[:, warm - 1 : -1]) ** 2, axis=1)
    best, point = levels[int(np.argmin(steps))], float(steps.min())
    usual = point / length * (1.0 + WANDER * (length - 1))
    squares = (places[warm:] - best[warm - 1 : n - block]) ** 2
    if length >= FEWEST_TO_CLIP:
        squares = np.minimum(squares, LARGEST_MISS**2 * usual)
    own = max(1.0, OVERLAP_GAIN * squares.size / block)
    moderated = (own * float(squares.mean()) + WANDER_WEIGHT * usual) / (own + WANDER_WEIGHT)
    return Prediction(float(best[-1]), math.sqrt(point), math.sqrt(moderated), own + WANDER_WEIGHT, own, scale)


def locate_blocks(blocks: Floats, scale: float) -> Floats:
    """Return the mean of each row, values further than three `scale` from the row's median pulled in; shape (m, k)."""
    if blocks.shape[1] < FEWEST_TO_CLIP:
        return np.asarray(blocks.mean(axis=1))
    ordered, half = np.sort(blocks, axis=1), blocks.shape[1] // 2
    centre = ordered[:, half : half + 1]
    if blocks.shape[1] % 2 == 0:
        centre = 0.5 * (centre + ordered[:, half - 1 : half])
    near = np.minimum(np.maximum(ordered, centre - REACH * scale), centre + REACH * scale)
    return np.asarray(near.sum(axis=1) / blocks.shape[1])


def smooth(values: Floats, rates: tuple[float, ...]) -> Floats:
    """Return the exponentially weighted mean up to and including each point, the weights summing to 1.

    Shape (rates, n) for values of shape (n,); n at most `LONGEST` and rates at most 0.8, or the powers overflow.
    """
    growth, total = _growth(rates, values.size)
    return np.asarray(np.cumsum(values * growth, axis=1) / total)


@lru_cache(maxsize=512)
def _growth(rates: tuple[float, ...], size: int) -> tuple[Floats, Floats]:
    growth = (1.0 - np.array(rates)[:, np.newaxis]) ** -np.arange(size)
    return growth, np.cumsum(growth, axis=1)
