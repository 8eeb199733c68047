"""How much the same program differs from one session to the next: what a stored baseline carries.

A session is one go of measuring. Runs within it share the machine's state (other load, frequency, memory layout), so
the spread within a session says too little about a difference between sessions.

Measured on 276 earlier/later halves and thirds of the same dartpy arm (benchmarks/dartpy_ab.py): the shift between two
stretches of one ten-minute recording was, beyond what the runs' own spread explains, 0.61 (wall) and 0.48 (CPU) of the
standard deviation of one run; a noisy machine wanders in proportion to its noise. Second source, sessions of days and
weeks: the robust spread between neighbouring points of 595 histories (numpy, scipy, scipp, hyper, comunica, enso) has
quartiles .008, .017, .047 and a 90th percentile of .074.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dart_perf.errors import InvalidInput
from dart_perf.stats.estimate import Estimate, combine_degrees
from dart_perf.stats.location import locate
from dart_perf.stats.samples import Values, read_samples

PRIOR_SHARE = 0.43
"""Standard deviation of a session's level in standard deviations of one run: 0.61 / sqrt(2), see above."""
PRIOR_LEAST = 0.05
"""Its least value on the log scale: the upper quartile of the histories above."""
PRIOR_WEIGHT = 4.0
"""Degrees of freedom the prior counts for beside measured sessions: three sessions (2) move it by a third."""
FEWEST_SESSIONS = 3


def prior_between(spread: float) -> float:
    """Return the assumed sd of a session's level (log scale) where a log ratio of single runs spreads by `spread`."""
    return max(PRIOR_LEAST, PRIOR_SHARE * spread / math.sqrt(2.0))


def between_sessions_sd(sessions: Sequence[Values]) -> float:
    """Return the sd of session levels on the log scale, from at least three sessions of at least two runs each.

    The measured variance of the levels, less what the runs' own spread explains, is moderated towards the prior as in
    Smyth, Stat. Appl. Genet. Mol. Biol. 3 (2004) art. 3, eq. for the posterior variance: few sessions say little.

    Raises:
        InvalidInput: too few sessions or runs, or values that have no logarithm.
    """
    if len(sessions) < FEWEST_SESSIONS:
        raise InvalidInput(f"{len(sessions)} sessions cannot say how sessions differ: give at least {FEWEST_SESSIONS}.")
    arrays = [read_samples(values, f"session {index}") for index, values in enumerate(sessions)]
    for index, array in enumerate(arrays):
        if array.size < 2 or array.min() <= 0:  # noqa: PLR2004 -- a spread needs two
            raise InvalidInput(
                f"session {index} needs at least two values, all above 0: its spread is compared on logs."
            )
    places = [locate(np.log(array)) for array in arrays]
    levels = np.array([place.mean for place in places])
    within = float(np.mean([place.squared_error for place in places]))
    measured = max(0.0, float(np.var(levels, ddof=1)) - within)
    spread = math.sqrt(2.0 * float(np.mean([place.variance for place in places])))
    known = len(sessions) - 1
    prior = prior_between(spread) ** 2
    return math.sqrt((PRIOR_WEIGHT * prior + known * measured) / (PRIOR_WEIGHT + known))


def carry_sessions(estimate: Estimate, between: float | None) -> Estimate:
    """Return the estimate with the difference of two sessions in its error.

    `between` is the sd of a session's level on the log scale; None takes the prior and says so; 0.0 states that both
    sides were measured in one session in random order.

    Raises:
        InvalidInput: `between` is negative or not finite.
    """
    if between is None:
        assumed = prior_between(estimate.spread)
        note = (
            f"then against now: sessions are assumed to differ by {100 * assumed:.2g} % (sd, a prior from measured "
            "programs); measure both sides side by side, or record 3 sessions, to do better"
        )
        return replace(_widen(estimate, assumed), warnings=(*estimate.warnings, note))
    if not (math.isfinite(between) and between >= 0):
        raise InvalidInput(f"between_sessions is {between}: it must be a finite sd of at least 0, or None.")
    return _widen(estimate, between)


def _widen(estimate: Estimate, between: float) -> Estimate:
    error = math.sqrt(2.0) * between  # of the difference of two sessions
    degrees = combine_degrees(estimate.sampling_error, estimate.degrees, error)
    return replace(estimate, between_error=error, degrees=degrees, randomised=between == 0.0)
