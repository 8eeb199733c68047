"""How many of n pairs must lie on one side of a bound to refute it, however often one looks.

For a bound c the null says that no pair, given those before it, lies above c with a probability over one half. A bet on
"above" that stakes the share 2p - 1 of its capital multiplies it by 2p or by 2(1 - p), so under the null the capital
never grows in expectation, for every p from 1/2 to 1. Neither does its mean over all those p, here with the density of
Beta(a, a) above 1/2. After k of n pairs above c it is

    K(n, k) = 2^n B(a+k, a+n-k) P(Beta(a+k, a+n-k) > 1/2) / (B(a, a) / 2),

and the probability that it ever reaches 1 / level is at most level (Ville, Etude critique de la notion de collectif,
1939): the one-sided beta-binomial mixture of Howard and Ramdas, Bernoulli 28 (2022) 1704, read as bets (Waudby-Smith
and Ramdas, J. R. Stat. Soc. B 86 (2024) 1). A difference equal to c counts for neither side.
"""

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import scipy  # its `special` takes 0.3 s to load, and does so at the first use

from dart_perf.errors import InvalidInput
from dart_perf.stats.samples import Floats

Counts = npt.NDArray[np.int64]

SHAPE = 3.0
"""The a of the mixture. A share p of the pairs above c is shown at level .025, median and 90th percentile of the pairs,
exactly (part `shape` of benchmarks/verify_statistics.py): a = 1 takes 12 and 19 at p = .9, 28 and 63 at .75, 88 and 196
at .65, 210 and 479 at .6; a = 3 takes 13 and 22, 31 and 62, 79 and 183, 187 and 438; a = 8 takes 19 and 25, 35 and 65,
84 and 177, 181 and 411."""
FIRST_TABLE = 512
"""Pairs of the first table; it doubles when there are more."""
COIN = 0.5


def check_level(level: float) -> float:
    """Return `level`.

    Raises:
        InvalidInput: it does not lie in (0, 1/2).
    """
    if not 0.0 < level < COIN:
        raise InvalidInput(f"level is {level}: it must lie between 0 and 0.5, e.g. 0.025 for a two-sided 95 %.")
    return float(level)


def fewest_on_one_side(pairs: int, level: float) -> int:
    """Return how many of `pairs` must lie above a bound to refute it at `level`; `pairs` + 1 where all would not do."""
    return int(fewest_table(pairs, level)[pairs])


def fewest_table(pairs: int, level: float) -> Counts:
    """Return `fewest_on_one_side` for 0 to at least `pairs` pairs, shape (at least pairs + 1,)."""
    size = FIRST_TABLE
    while size < pairs:
        size *= 2
    return _table(size, level)


@lru_cache(maxsize=64)  # a question has one level an attempt, and looks after every pair
def _table(size: int, level: float) -> Counts:
    """Return the table up to `size` by bisection: capital grows with every pair that lies above."""
    pairs = np.arange(size + 1)
    short, enough = pairs // 2, pairs + 1  # half of them on either side: every bet has lost
    while np.any(enough - short > 1):
        middle = (short + enough) // 2
        reached = log_capital(pairs, middle) >= -math.log(level)
        short, enough = np.where(reached, short, middle), np.where(reached, middle, enough)
    enough.setflags(write=False)
    return enough


def log_capital(pairs: Counts, above: Counts, a: float = SHAPE) -> Floats:
    """Return the log of K(n, k): what bets made of 1 after `above` of `pairs`, 0 <= above <= pairs, any one shape."""
    wins, losses = a + above, a + pairs - above
    share = np.log(scipy.special.betaincc(wins, losses, COIN) / COIN)
    log: Floats = pairs * math.log(2.0) + scipy.special.betaln(wins, losses) + share
    return log - float(scipy.special.betaln(a, a))
