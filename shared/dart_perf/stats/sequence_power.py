"""What pairs that are looked at after each can show: how many more it takes, and the smallest ratio they call."""

import math

import numpy as np
import numpy.typing as npt
import scipy  # its `special` takes 0.3 s to load, and does so at the first use

from dart_perf.stats.betting import fewest_on_one_side, fewest_table
from dart_perf.stats.levels import POWER
from dart_perf.stats.samples import Floats

MOST_PAIRS = 4096
"""Pairs above which no number is named: half an hour of pairs of half a second."""

ON_AVERAGE = 0.5
"""Probability at which pairs still needed are named, at their last look and at the share seen so far; earlier looks
decide too. By then 77 to 93 % of 1,129 open records of 20 or 60 pairs had decided at margin 5 %, 46 to 67 % of 881 at
1 %, where a fifth to a third named no number (part `needed` of benchmarks/verify_statistics.py)."""


def fewest_pairs(level: float) -> int:
    """Return how many pairs there must be before any bound exists: all of them on one side."""
    table = fewest_table(1, level)
    return int(np.argmax(table[1:] <= np.arange(1, table.size))) + 1


def pairs_needed(
    differences: Floats, interval: tuple[float, float], bound: float, level: float, power: float = ON_AVERAGE
) -> int | None:
    """Return the pairs in all that lead to a verdict, should they go on as they came; None where no number does.

    Args:
        differences: log ratios of the pairs so far, shape (n,), none of them deciding.
        interval: the running bounds, log scale.
        bound: the margin on the log scale.
        level: one-sided level of a bound.
        power: probability of the nearest verdict at the last look.
    """

    def refuting(sides: npt.NDArray[np.bool_], *, done: bool) -> int:
        return differences.size if done else _pairs_to_refute(int(np.count_nonzero(sides)), sides.size, level, power)

    worse = refuting(differences > bound, done=False)
    better = refuting(differences < -bound, done=False)
    normal = max(
        refuting(differences > -bound, done=interval[0] >= -bound),
        refuting(differences < bound, done=interval[1] <= bound),
    )
    fewest = min(worse, better, normal)
    return None if fewest > MOST_PAIRS else fewest


def _pairs_to_refute(above: int, pairs: int, level: float, power: float) -> int:
    """Return how many pairs refute a bound that `above` of `pairs` lie above, at their share; else MOST_PAIRS + 1."""
    share = (above + 0.5) / (pairs + 1.0)  # neither 0 nor 1 is believed of a few pairs (Jeffreys)
    total = np.arange(pairs + 1, max(pairs, MOST_PAIRS) + 1)
    more, wanted = total - pairs, fewest_table(MOST_PAIRS, level)[total] - above
    open_ = wanted > 0
    possible = open_ & (wanted <= more)
    reached = ~open_
    reached[possible] = scipy.special.betainc(wanted[possible], (more - wanted + 1)[possible], share) >= power
    return int(total[np.argmax(reached)]) if reached.any() else MOST_PAIRS + 1


def detectable_ratio(differences: Floats, bound: float, level: float, power: float = POWER) -> float | None:
    """Return the smallest true log ratio beyond `bound` that as many pairs of this spread call; None: not any.

    It is called by the last pair with `power` where a share p of the pairs lies above the bound, I_p(k, n-k+1) = power;
    the noise is that of the differences around their median, either sign alike.

    Args:
        differences: log ratios of pairs, shape (n,), n >= 1.
        bound: the margin on the log scale.
        level: one-sided level of a bound.
        power: probability of the verdict.
    """
    pairs = differences.size
    wanted = fewest_on_one_side(pairs, level)
    if wanted > pairs:
        return None
    share = float(scipy.special.betaincinv(wanted, pairs - wanted + 1, power))
    noise = differences - np.median(differences)
    reach = float(np.quantile(np.concatenate([noise, -noise]), share))
    return bound + max(reach, 0.0) if math.isfinite(reach) else None
