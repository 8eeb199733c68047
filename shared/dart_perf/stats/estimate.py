"""An estimated change, and everything that is needed to judge it at any level or number of runs."""

import math
from dataclasses import dataclass, replace

import numpy as np

from dart_perf.stats.location import LARGEST_SHARE_OF_PAIRS, Location, locate
from dart_perf.stats.onset import Onset
from dart_perf.stats.samples import Floats

MOST_DEGREES = 1e6
"""Degrees of freedom above which a t quantile is the normal one to nine digits."""


@dataclass(frozen=True, slots=True)
class Tail:
    """What very small p values rest on, where the error of an estimate is trusted at usual levels only."""

    error: float
    """Standard error that counts there, at least that of the estimate."""
    degrees: float
    spikes: float = 0.0
    """One-sided share of estimates without a change that lie z errors away or more, times z; t does not know of it."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A log ratio turned so that positive is worse, and the two parts of its error."""

    log_ratio: float
    """log(current / baseline) where lower is better, its negative where higher is."""
    sampling_error: float
    """Standard error from the spread of the runs: it shrinks as runs are added."""
    between_error: float
    """Standard error that more runs do not shrink: sessions differ, a history wanders."""
    degrees: float
    """Degrees of freedom of the standard error."""
    spread: float
    """Standard deviation of the log ratio of one run a side: `sampling_error` is about `spread / sqrt(n)`."""
    n_baseline: int
    n_current: int
    paired: bool
    randomised: bool
    """Both sides were measured side by side in random order, so that time itself cannot have made the difference."""
    warnings: tuple[str, ...] = ()
    difference: float | None = None
    """Current minus baseline in base units where no ratio exists; `log_ratio` and the errors are then differences too,
    in units of the largest value, turned so that positive is worse."""
    whole: float | None = None
    """Log ratio with no value pulled in; None where none was. What was pulled in may be what a change made slow."""
    onset: Onset | None = None
    """Where in the newest points of a history the change begins; None where the sides are samples, without an order."""
    tail: Tail | None = None
    """For claims among many series; None where the error is good for any level."""
    reference: float = 1.0
    """Size of the baseline in those units (at most 1) where no ratio exists: what the margin is a share of."""

    def bound(self, margin: float) -> float:
        """Return the margin on the scale of `log_ratio`."""
        return math.log1p(margin) if self.difference is None else margin * self.reference

    @property
    def standard_error(self) -> float:
        """Standard error of `log_ratio`."""
        return math.hypot(self.sampling_error, self.between_error)

    def with_runs(self, runs: int) -> "Estimate":
        """Return what the same programs would give with `runs` (at least 2) a side in all, a change being a step."""
        sampling = self.spread / math.sqrt(runs)
        degrees = combine_degrees(sampling, (runs - 1) * (1 if self.paired else 2), self.between_error)
        onset = None if self.onset is None else Onset.FIRST
        return replace(
            self, sampling_error=sampling, degrees=degrees, n_baseline=runs, n_current=runs, onset=onset, tail=None
        )

    def as_step(self) -> "Estimate":
        """Return the estimate as if its change began with the first of the new points: what a plan is made for."""
        return self if self.onset in {None, Onset.FIRST} else replace(self, onset=Onset.FIRST)


def combine_degrees(sampling_error: float, degrees: float, between_error: float) -> float:
    """Return the degrees of freedom of the whole error where its second part counts as known.

    Satterthwaite, Biometrics 2 (1946) 110.
    """
    if sampling_error == 0.0:
        return MOST_DEGREES
    whole = math.hypot(sampling_error, between_error)
    return min(MOST_DEGREES, degrees * (whole / sampling_error) ** 4)


def estimate_pairs(baseline: Floats, current: Floats, sign: int) -> Estimate:
    """Return the estimate from pairs that were measured side by side, both (n,), on logs or in equal units, n >= 2."""
    where = locate(sign * (current - baseline), LARGEST_SHARE_OF_PAIRS)
    n, error = where.n, math.sqrt(where.squared_error)
    return Estimate(
        where.mean, error, 0.0, combine_degrees(error, where.degrees, 0.0), math.sqrt(where.variance), n, n,
        paired=True, randomised=True, whole=where.whole_mean if where.clipped else None,
        warnings=_pulled_in("pairs", where),
    )  # fmt: skip


def estimate_samples(baseline: Floats, current: Floats, sign: int) -> Estimate:
    """Return the estimate from two independent samples on logs or in equal units, shapes (n,) and (m,), both >= 2.

    Unequal variances: Welch, Biometrika 34 (1947) 28. Where one side does not vary at all, its values cannot be known
    better than the step in which the other side's values come.
    """
    before, after = locate(baseline), locate(current)
    rounding = _rounding_variance(baseline, current)
    errors = [max(side.variance, rounding) / side.n for side in (before, after)]
    whole = math.sqrt(sum(errors))
    return Estimate(
        sign * (after.mean - before.mean), whole, 0.0, _welch_degrees(before, after, errors),
        math.sqrt(max(before.variance, rounding) + max(after.variance, rounding)), before.n, after.n,
        paired=False, randomised=False, whole=_whole(before, after, sign),
        warnings=(*_pulled_in("baseline runs", before), *_pulled_in("current runs", after)),
    )  # fmt: skip


def _whole(before: Location, after: Location, sign: int) -> float | None:
    return sign * (after.whole_mean - before.whole_mean) if before.clipped or after.clipped else None


def _pulled_in(what: str, where: Location) -> tuple[str, ...]:
    if not where.clipped:
        return ()
    return (f"{where.clipped} of {where.n} {what} lie far from the others and were pulled in",)


def _welch_degrees(before: Location, after: Location, errors: list[float]) -> float:
    total = sum(errors)
    if total == 0.0:
        return MOST_DEGREES
    parts = zip(errors, (before.degrees, after.degrees), strict=True)
    return 1.0 / sum((error / total) ** 2 / degrees for error, degrees in parts)


def _rounding_variance(*sides: Floats) -> float:
    """Return the variance that rounding alone gives to one value: a uniform error of one step, step^2 / 12.

    The step is the smallest difference between two values of one side; 0 where no side varies. Differences between
    the sides do not count: they are what is judged.
    """
    gaps = [np.diff(np.unique(side)) for side in sides]
    steps = [float(gap.min()) for gap in gaps if gap.size]
    return min(steps) ** 2 / 12.0 if steps else 0.0
