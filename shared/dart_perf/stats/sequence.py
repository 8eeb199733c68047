"""A verdict on pairs that may be looked at after every pair: bounds for the median of their log ratios, for all times.

Every c that at least `betting.fewest_on_one_side` of the differences lie above is refuted as the median, and so is all
below it: the lower bound is one of the differences, exactly, and that of all looks the highest of them (Howard and
Ramdas, Bernoulli 28 (2022) 1704). The upper bound mirrors it.

Needed: the median of a pair, given the pairs before it, is the same throughout; no symmetry, no independence, no
moments. Load that wanders is common to both sides of a pair, and their order is random: it leaves that median alone.
"""

import math
from bisect import insort

import numpy as np

from dart_perf.errors import InvalidInput
from dart_perf.model.judgement import Judgement, Status
from dart_perf.stats.betting import check_level, fewest_on_one_side
from dart_perf.stats.levels import FEWEST_RUNS, LEVEL
from dart_perf.stats.samples import Floats, Values, check_margin, read_samples
from dart_perf.stats.sequence_power import detectable_ratio, fewest_pairs, pairs_needed

MOST_LOG = 690.0
"""Largest log ratio that is written as a ratio: exp(690) is close to the largest double."""
TOO_CLOSE = "the ratio lies too close to the margin, or the pairs spread too far, for more pairs of this kind to help"


class Sequence:
    """The bounds after every pair, each one-sided at `level` for all times together.

    Raises:
        InvalidInput: `level` does not lie in (0, 1/2).
    """

    def __init__(self, level: float) -> None:
        self.level = check_level(level)
        self.low, self.high = -math.inf, math.inf
        """Bounds on the log scale, running intersections; infinite while open."""
        self._sorted: list[float] = []

    def append(self, difference: float) -> tuple[float, float]:
        """Take the log ratio of one more pair and return the bounds, the lower first.

        Once the lower lies above the upper, no constant median agrees with the pairs: it moved while they came.

        Raises:
            InvalidInput: the difference is not a finite number.
        """
        if not math.isfinite(difference):
            raise InvalidInput(f"difference is {difference}: only finite numbers can be judged. Leave the pair out.")
        insort(self._sorted, difference)
        rank = fewest_on_one_side(len(self._sorted), self.level)
        if rank <= len(self._sorted):
            self.low = max(self.low, self._sorted[-rank])
            self.high = min(self.high, self._sorted[rank - 1])
        return self.low, self.high


def bounds(differences: Values, *, level: float) -> tuple[Floats, Floats]:
    """Return the lower and the upper bounds after each pair, log scale, shape (n,) both; infinite while open.

    Args:
        differences: log(head / base) of each pair in the order they came, shape (n,).
        level: one-sided level of each bound, for all n together; both hold at once with 1 - 2 level.

    Raises:
        InvalidInput: a difference is not finite, or `level` does not lie in (0, 1/2).
    """
    sequence = Sequence(level)
    pairs = [sequence.append(value) for value in read_samples(differences, "differences").tolist()]
    both = np.array(pairs, dtype=np.float64).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def judge_pairs(differences: Values, *, margin: float, level: float = LEVEL) -> Judgement:
    """Return the verdict on pairs measured side by side, after however many looks.

    It is that of the first pair that decides, and so are its numbers: what came later is not judged.

    Args:
        differences: log(head / base) of each pair in the order they came, shape (n,); above 0 is worse.
        margin: largest relative change that does not matter, 0 or more; 0.05 is 5 %.
        level: one-sided level of each bound: a verdict is false with at most this probability, at any look.

    Raises:
        InvalidInput: a difference, the margin or the level is out of its range.
    """
    values, bound = read_samples(differences, "differences"), math.log1p(check_margin(margin))
    check_level(level)
    if values.size < FEWEST_RUNS:
        return _too_few(values.size, margin, level)
    low, high = bounds(values, level=level)
    status, at = first_verdict(low, high, bound)
    used, least, most = values[: at + 1], float(low[at]), float(high[at])
    runs: int | None = used.size
    notes = _say_unused(values.size - used.size)
    if status == Status.INCONCLUSIVE:
        runs = pairs_needed(used, (least, most), bound, level)
        notes = _say_open(least, most, margin, runs)
    smallest = detectable_ratio(used, bound, level)
    return Judgement(
        status=status,
        ratio=_ratio(min(max(float(np.median(used)), least), most)),
        low=None if math.isinf(least) else _ratio(least),
        high=None if math.isinf(most) else _ratio(most),
        margin=margin,
        minimum_detectable_effect=None if smallest is None else _ratio(smallest),
        runs_needed=runs,
        warnings=notes,
    )


def first_verdict(low: Floats, high: Floats, bound: float) -> tuple[Status, int]:
    """Return the first verdict that the bounds give, shapes (n,), n >= 1, and at which index; else that of the last.

    Up to there the lower bound lies at or below the upper: it moves from one difference to the next, and where it
    meets the upper one of the verdicts is given.
    """
    verdicts = (
        (Status.REGRESSION_DETECTED, low > bound),
        (Status.IMPROVEMENT_DETECTED, high < -bound),
        (Status.NORMAL, (low >= -bound) & (high <= bound)),
    )
    decided = np.any([met for _, met in verdicts], axis=0)
    at = int(np.argmax(decided)) if decided.any() else len(low) - 1
    return next((status for status, met in verdicts if met[at]), Status.INCONCLUSIVE), at


def attempt_level(attempt: int, level: float = LEVEL) -> float:
    """Return what attempt 1, 2, ... at one question may spend of `level`: 6 / (pi k)^2 of it, `level` in all.

    Raises:
        InvalidInput: `attempt` is below 1, or `level` does not lie in (0, 1/2).
    """
    if attempt < 1:
        raise InvalidInput(f"attempt is {attempt}: attempts are counted from 1.")
    return check_level(level) * 6.0 / (math.pi * attempt) ** 2


def _too_few(pairs: int, margin: float, level: float) -> Judgement:
    least = fewest_pairs(level)
    note = f"{pairs} pairs: at least {FEWEST_RUNS} are needed, and {least} before anything can be shown"
    return Judgement(status=Status.INSUFFICIENT_DATA, margin=margin, runs_needed=least, warnings=(note,))


def _say_unused(count: int) -> tuple[str, ...]:
    return (f"{count} pairs after the one that decided are not judged",) if count else ()


def _say_open(low: float, high: float, margin: float, runs: int | None) -> tuple[str, ...]:
    """Say what bounds that do not decide show all the same, and where more pairs would not help."""
    side = "worse" if low > 0 else "better" if high < 0 else None
    known = f"the interval excludes 1: it is {side}, but not shown to be by more than the margin of {margin:.3g}"
    return ((known,) if side else ()) + (() if runs else (TOO_CLOSE,))


def _ratio(log_ratio: float) -> float:
    return math.exp(max(-MOST_LOG, min(MOST_LOG, log_ratio)))
