"""The full record of a verdict: what it stands on, what it leaves open, and how many runs would settle that."""

import math

from dart_perf.model.judgement import Judgement, Status
from dart_perf.stats.claims import verdict, weigh_claims
from dart_perf.stats.estimate import Estimate
from dart_perf.stats.levels import (
    FEWEST_RUNS,
    LEVEL,
    MOST_TO_SETTLE,
    detectable,
    fewest_runs,
    quantile,
    runs_needed,
)
from dart_perf.stats.onset import Onset
from dart_perf.stats.probability import probability_above
from dart_perf.stats.samples import check_margin

MOST_LOG = 690.0
"""Largest log ratio that is written as a ratio: exp(690) is close to the largest double."""

PULLED = "those that were pulled in are many or far enough to carry the mean beyond the margin: look at them"
BY_AND_BY = "the newest points do not leave the ones before as a step does; ask for the trend, or where it changed"
STRICTER_WIDE = "an interval this wide needs"
STRICTER_LATER = "a change that begins among the new points needs"
TOO_CLOSE = "the ratio lies too close to the margin for more runs of this kind to help"


def decide(item: Estimate | Judgement, margin: float = 0.05) -> Judgement:
    """Return the judgement of one estimate; a finished judgement is returned as it is.

    Raises:
        InvalidInput: the margin is negative or not finite.
    """
    if isinstance(item, Judgement):
        return item
    claims = weigh_claims(item, check_margin(margin))
    return describe(item, margin, verdict(claims, LEVEL, LEVEL, LEVEL), LEVEL)


def runs_to_settle(estimate: Estimate, margin: float, level: float = LEVEL) -> int | None:
    """Return the runs a side in all that settle this very estimate at `level`, were its ratio to stay as it is.

    More than the side with fewer has; None where no number up to `MOST_TO_SETTLE` does.
    """

    def settled(runs: int) -> bool:
        claims = weigh_claims(estimate.with_runs(runs), margin)
        return verdict(claims, level, level, level) != Status.INCONCLUSIVE

    more = min(estimate.n_baseline, estimate.n_current) + 1
    return fewest_runs(settled, max(FEWEST_RUNS, more), MOST_TO_SETTLE)


def describe(
    estimate: Estimate, margin: float, status: Status, level: float, *notes: str, sure: float = LEVEL
) -> Judgement:
    """Return the full record of a verdict, its interval at the one-sided `level`.

    Args:
        estimate: what was decided on.
        margin: largest relative change that does not matter.
        status: the verdict.
        level: one-sided level of the interval.
        notes: further warnings.
        sure: one-sided level at which a claim is made for sure; stricter than `LEVEL` among many series.
    """
    centre, error, degrees = estimate.log_ratio, estimate.standard_error, estimate.degrees
    bound, reach = estimate.bound(margin), quantile(level, degrees) * error
    runs = runs_needed(estimate, margin)
    said: tuple[str, ...] = ()
    if status == Status.INCONCLUSIVE:
        planned = runs
        if planned is None or planned <= min(estimate.n_baseline, estimate.n_current):
            runs = runs_to_settle(estimate, margin, sure)  # none would see every change, or there are as many
        said = _say_known(estimate, margin, reach)
        said += () if runs or PULLED in said else _say_hopeless(estimate, planned)
    is_ratio = estimate.difference is None
    return Judgement(
        status=status,
        ratio=_ratio(centre) if is_ratio else None,
        low=_ratio(centre - reach) if is_ratio else None,
        high=_ratio(centre + reach) if is_ratio else None,
        margin=margin,
        difference=estimate.difference,
        probability_worse=probability_above(centre, error, degrees, bound, randomised=estimate.randomised),
        regression_score=None if error == 0.0 else centre / error,
        minimum_detectable_effect=_ratio(detectable(estimate, margin)) if is_ratio else None,
        runs_needed=runs,
        warnings=(*estimate.warnings, *said, *notes),
    )


def _say_known(estimate: Estimate, margin: float, reach: float) -> tuple[str, ...]:
    """Say what an inconclusive interval shows all the same."""
    bound = estimate.bound(margin)
    least = abs(estimate.log_ratio) - reach
    if estimate.whole is not None and abs(estimate.whole) > bound > abs(estimate.log_ratio):
        return (PULLED,)
    if least <= 0:
        return ()
    side = "worse" if estimate.log_ratio > 0 else "better"
    same = 1 if estimate.difference is None else 0
    lacks = f"by more than the margin of {margin:.3g}"
    if least > bound and estimate.onset is Onset.NONE:
        return (f"it is {side} by more than the margin of {margin:.3g}, but not at once: {BY_AND_BY}",)
    if least > bound:
        lacks += f" at the stricter level that {STRICTER_LATER if estimate.onset is Onset.LATER else STRICTER_WIDE}"
    return (f"the interval excludes {same}: it is {side}, but not shown to be {lacks}",)


def _say_hopeless(estimate: Estimate, planned: int | None) -> tuple[str, ...]:
    """Say why more runs would not settle it; `planned` runs would see a change of (1 + margin)^2."""
    if planned is not None:
        return (TOO_CLOSE,)
    if estimate.randomised:
        return ("no number of runs settles this margin: steady the benchmark",)
    return ("more runs of this kind would not settle it: measure both sides side by side in random order",)


def _ratio(log_ratio: float) -> float:
    return math.exp(max(-MOST_LOG, min(MOST_LOG, log_ratio)))
