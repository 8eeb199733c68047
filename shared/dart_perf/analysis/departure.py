"""Newest points of which only the last have left the level: the estimate pulls them in, and nothing seems to change."""

import math

import numpy as np
import numpy.typing as npt

from dart_perf.model.judgement import Judgement, Status
from dart_perf.stats.location import robust_sd

REACH = 4.0
"""Robust standard deviations of the reference that a point must lie from its level. Two in turn do so, on one side and
beyond the margin of 5 %, in 5 of 3,127 series of noise shown to be NORMAL (30 points and 5, sd 2 %: normal 0 of
976, t(3) 0 of 726, AR(1) .8 1 of 928, two modes 4 of 497)."""
ENOUGH = 2
"""Points in turn, up to the newest, by which NORMAL is no longer shown; one alone is a passing spike as often."""


def doubted(judgement: Judgement, reference: npt.NDArray[np.float64], new: npt.NDArray[np.float64]) -> Judgement:
    """Return NORMAL as INCONCLUSIVE where the last of the new points lie beyond the margin; every other as it is.

    Args:
        judgement: of the new points.
        reference: the regime they were held against, shape (n,), n >= 1, base units.
        new: shape (k,), k >= 1.
    """
    if judgement.status is not Status.NORMAL or min(reference.min(), new.min()) <= 0:
        return judgement
    logs = np.log(reference)
    apart = np.log(new) - np.median(logs)
    bound = max(math.log1p(judgement.margin), REACH * robust_sd(logs))
    away = np.sign(apart[-1]) * apart > bound
    count = int(np.argmin(away[::-1])) if not away.all() else away.size
    if count == 0:
        return judgement
    ratio = math.exp(float(np.median(apart[-count:])))
    what = "the newest point lies" if count == 1 else f"the newest {count} points lie"
    said = f"{what} at {ratio:.2f} times the level before: a spike, or the beginning of a change; the next points tell"
    update = {"warnings": (*judgement.warnings, said)}
    if count < ENOUGH:
        return judgement.model_copy(update=update)
    return judgement.model_copy(update=update | {"status": Status.INCONCLUSIVE, "probability_worse": None})
