"""At which level a claim is made, and what can be seen at that level.

A verdict outside the margin from an interval wider than the margin needs a stricter level: there a chance shift of the
whole machine is as large as what is looked for. The newest points of a history say more: where they leave the ones
before at once, as a step does and wandering does not (`stats.onset`), `LEVEL` will do.

A change shown to be beyond a larger margin is beyond the smaller one too, so the levels are closed upwards: a claim at
margin m may be won at any m' >= m (Marcus, Peritz and Gabriel, Biometrika 63 (1976) 655). More margin never makes a
regression.
"""

from collections.abc import Callable
from functools import lru_cache

import scipy  # its `special` takes 0.3 s to load, and does so at the first use

from dart_perf.stats.estimate import Estimate
from dart_perf.stats.onset import Onset

LEVEL = 0.025
"""One-sided level of every bound: a two-sided 95 % interval."""
STRICT, STRICTEST = 0.005, 0.001
"""Levels for a claim from an interval wider than the margin, then against now; the second for fine margins.
On 400 quiet windows of real histories (steps of 5, 10, 20 %, ten new points) they cut false alarms from 2.8, 2.2, 0.7
to 2.2, 1.3, 0.5 % of all windows, and detections from 48, 62, 78 to 40, 54, 69 %. The second is also what a claim needs
whose change begins among the new points and not with them: one of many places."""
FEW_NEW = 3
"""New points below which a spike looks like a step: the strict levels stay. On the quiet windows of
`stats.onset` one new point at `LEVEL` is a false alarm in 2.9, 2.3 and 1.5 %, at the strict ones in 1.7, 1.4, 1.0 %."""
FINE_MARGIN = 0.025
"""Margins below this are fine: the machine's own wandering is as large."""
NO_CHANGE_LEVEL = 0.01
"""One-sided level at which a claim must exclude the ratio 1, whatever the margin: where the interval is many times
wider than the margin, the margin no longer keeps chance apart from it. At `LEVEL` alone 2.0 % of the wall times in 150
reshuffled A/A recordings of 45 comparisons were called worse by more than 5 %; with this 1.2 %."""
POWER = 0.8
"""Share of true changes of the detectable size that are called."""
MOST_RUNS = 100_000
"""Above this no number of runs is named: nobody measures so often, and what does not shrink decides."""
MOST_TO_SETTLE = 1_000
"""Runs a side above which an open estimate counts as lying on the margin: with a hundred times the runs its own ratio
says nothing of where they would put it."""
FEWEST_RUNS = 3
"""Runs a side below which nothing is judged: two values and their spread cannot disagree."""


def tail(distance: float, error: float, degrees: float) -> float:
    """Return the one-sided p of an estimate that lies `distance` beyond a bound."""
    if error == 0.0:
        return 0.0 if distance > 0 else 1.0
    return float(scipy.special.stdtr(degrees, -distance / error))


@lru_cache(maxsize=4096)  # one series asks for the same few again and again
def quantile(level: float, degrees: float) -> float:
    """Return how many standard errors a one-sided bound at `level` lies away."""
    return -float(scipy.special.stdtrit(degrees, level))


def claim_level(*, fine: bool, wide: bool, randomised: bool, onset: Onset | None = None) -> float:
    """Return the one-sided level that a claim outside the margin needs: a fine one, from a wide interval.

    Random order within the session makes the test exact, whatever the machine does in between: `LEVEL` will do, and
    `NO_CHANGE_LEVEL` keeps the share of A/A pairs called worse near 1 %. Only fine margins need more.

    Of a history with enough new points, the level depends on the onset alone; no onset allows no claim at any level.
    """
    if onset is not None:
        return LEVEL if onset is Onset.FIRST else STRICTEST
    if not wide:
        return LEVEL
    if randomised:
        return STRICT if fine else LEVEL
    return STRICTEST if fine else STRICT


def claim_bounds(estimate: Estimate, margin: float) -> list[tuple[float, float]]:
    """Return the bounds at which a claim outside `margin` may be won, each with the one-sided level it needs there."""
    bound = estimate.bound(margin)
    width = 2.0 * quantile(LEVEL, estimate.degrees) * estimate.standard_error
    fine = estimate.bound(FINE_MARGIN)
    onset = estimate.onset if estimate.n_current >= FEW_NEW else None
    return [
        (larger, claim_level(fine=larger < fine, wide=width > larger, randomised=estimate.randomised, onset=onset))
        for larger in sorted({bound, max(bound, fine), max(bound, width)})
    ]


def detectable(estimate: Estimate, margin: float, power: float = POWER) -> float:
    """Return the smallest true log ratio that is called worse with `power`, by the levels of `claim_level`."""
    error, degrees = estimate.standard_error, estimate.degrees
    bounds = claim_bounds(estimate.as_step(), margin)
    beyond = min(bound + quantile(level, degrees) * error for bound, level in bounds)
    needed = max(beyond, quantile(NO_CHANGE_LEVEL, degrees) * error)
    return needed + quantile(1.0 - power, degrees) * error


def runs_needed(estimate: Estimate, margin: float, target: float | None = None, power: float = POWER) -> int | None:
    """Return the runs a side in all that make a true log ratio `target` detectable; None where no number does.

    The default is the log of (1 + margin)^2: as far beyond the margin as the margin is from 1.
    """
    wanted = 2.0 * estimate.bound(margin) if target is None else target

    def enough(runs: int) -> bool:
        return detectable(estimate.with_runs(runs), margin, power) <= wanted

    return fewest_runs(enough, FEWEST_RUNS, MOST_RUNS)


def fewest_runs(enough: Callable[[int], bool], least: int, most: int) -> int | None:
    """Return the smallest number from `least` to `most` that is `enough`; None where `most` is not."""
    if least > most or not enough(most):
        return None
    low, high = least - 1, least
    while not enough(high):
        low, high = high, min(2 * high, most)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
