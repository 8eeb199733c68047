"""The one place where an estimate and a margin become a verdict.

With [low, high] the interval of the ratio and m the margin: low > 1 + m is a regression, high < 1 / (1 + m) an
improvement, both inside is NORMAL (two one-sided tests: Schuirmann, J. Pharmacokin. Biopharm. 15 (1987) 657), the rest
is INCONCLUSIVE. Levels: see `stats.levels`.
"""

from dataclasses import dataclass

from dart_perf.model.judgement import Status
from dart_perf.stats.estimate import Estimate
from dart_perf.stats.levels import LEVEL, NO_CHANGE_LEVEL, claim_bounds, tail
from dart_perf.stats.onset import Onset


@dataclass(frozen=True, slots=True)
class Claims:
    """Evidence for the three claims: a claim is made where its value is at most `LEVEL`."""

    worse: float
    better: float
    within: float


def weigh_claims(estimate: Estimate, margin: float) -> Claims:
    """Return the evidence for each claim, with the levels of `claim_level` folded in."""
    error, degrees, centre = estimate.standard_error, estimate.degrees, estimate.log_ratio
    bounds = claim_bounds(estimate, margin)

    def outside(log_ratio: float) -> float:
        if estimate.onset is Onset.NONE:
            return 1.0
        beyond = min(tail(log_ratio - bound, error, degrees) * LEVEL / level for bound, level in bounds)
        changed = tail(log_ratio, error, degrees) * LEVEL / NO_CHANGE_LEVEL
        return min(1.0, max(beyond, changed))

    return Claims(outside(centre), outside(-centre), _p_outside(estimate, margin))


def weigh_among_many(estimate: Estimate, margin: float) -> Claims:
    """Return the evidence for each claim as one of many series: what is claimed at `LEVEL` may be weaker beyond it.

    Where very small p rest on less than usual ones (`Estimate.tail`), a claim that is made alone is still evidence of
    `LEVEL`, and smaller only as far as the tail says so.
    """
    claims = weigh_claims(estimate, margin)
    if estimate.tail is None:
        return claims
    rest, bound = estimate.tail, estimate.bound(margin)

    def guard(alone: float, log_ratio: float) -> float:
        beyond = log_ratio - bound
        spike = rest.spikes * rest.error / beyond if beyond > 0 else 1.0
        return max(alone, min(LEVEL, max(tail(beyond, rest.error, rest.degrees), spike)))

    worse, better = guard(claims.worse, estimate.log_ratio), guard(claims.better, -estimate.log_ratio)
    return Claims(worse, better, claims.within)


def _p_outside(estimate: Estimate, margin: float) -> float:
    """Return the larger p of the two one-sided tests that the ratio is outside the margin.

    Where values were pulled in, the mean of all must lie inside too: a change that makes three processes of ten slow
    leaves a level that is the same but for outliers.
    """
    bound, error = estimate.bound(margin), estimate.standard_error
    room = bound - abs(estimate.log_ratio)
    if estimate.whole is not None and abs(estimate.whole) > bound:
        return 1.0
    if error == 0.0 and room == 0.0:
        return 0.0  # the margin is the largest change that does not matter: it belongs to the inside
    return tail(room, error, estimate.degrees)


def verdict(claims: Claims, worse: float, better: float, within: float) -> Status:
    """Return the status where each claim is made at its own level."""
    if claims.worse <= worse:
        return Status.REGRESSION_DETECTED
    if claims.better <= better:
        return Status.IMPROVEMENT_DETECTED
    return Status.NORMAL if claims.within <= within else Status.INCONCLUSIVE
