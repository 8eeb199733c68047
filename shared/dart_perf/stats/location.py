"""Where a sample lies, with the error of saying so: the winsorised mean.

Values further than three robust standard deviations from the median are pulled in to that distance, and the error is
corrected for having done so: Tukey and McLaughlin, "Less vulnerable confidence and significance procedures for
location based on a single sample: trimming/winsorization 1", Sankhya A 25 (1963); Yuen, Biometrika 61 (1974) 165.

Why not the median: on the A/A arms of dartpy, where a core is either shared or not and the values have two modes,
its error from 10 runs was 1.7 times that of the mean (CPU time .159 against .093, wall .296 against .196).
Why three: the share of |t| beyond 5 % on randomised A/A pairs was .048 (mean), .053 (three), .061 (two and a half).
"""

import math
from dataclasses import dataclass

import numpy as np

from dart_perf.stats.samples import Floats

MAD_TO_SD = 1.4826
"""Median absolute deviation to standard deviation, normal distribution: 1 / Phi^-1(3/4)."""
REACH = 3.0
"""Robust standard deviations beyond which a value is pulled in; measured above."""
FEWEST_TO_CLIP = 6
"""Below this the median absolute deviation of a normal sample is too uncertain to call anything an outlier."""
LARGEST_SHARE = 0.2
"""Where more than this share lies beyond, it is a second mode and no outlier: nothing is pulled in."""

LARGEST_SHARE_OF_PAIRS = 0.4
"""The same for differences of pairs: a side that was disturbed as a whole lies as often above as below, so pulling in
takes no side. On the A/A and version pairs of dartpy no rate changed by more than chance (750 and 3,900 cases a cell;
intervals hold 94.0 to 94.8 %); where 4 of 14 processes a side ran 1.65 times slow, a planted 1.25x became decidable."""


@dataclass(frozen=True, slots=True)
class Location:
    """A robust mean and how well it is known."""

    mean: float
    variance: float
    """Variance of one value, so that `variance / n` is the squared error of the mean."""
    degrees: float
    """Degrees of freedom of the variance."""
    n: int
    clipped: int
    """How many values were pulled in."""
    whole_mean: float
    """Mean with nothing pulled in."""

    @property
    def squared_error(self) -> float:
        """Variance of the mean."""
        return self.variance / self.n


def middle(values: Floats) -> float:
    """Return the median of at least one value, shape (n,): numpy's own spends ten times as long on its checks."""
    half = values.size // 2
    if values.size % 2:
        return float(np.partition(values, half)[half])
    lower, upper = np.partition(values, (half - 1, half))[half - 1 : half + 1].tolist()
    return 0.5 * (float(lower) + float(upper))


def robust_sd(values: Floats) -> float:
    """Return the standard deviation by the median absolute deviation; 0 where half of the values are equal."""
    return MAD_TO_SD * middle(np.abs(values - middle(values)))


def clip_outliers(values: Floats, largest_share: float = LARGEST_SHARE) -> tuple[Floats, int]:
    """Return the values with outliers pulled in to `REACH` robust standard deviations, and how many that were."""
    if values.size < FEWEST_TO_CLIP:
        return values, 0
    centre = middle(values)
    scale = MAD_TO_SD * middle(np.abs(values - centre))
    if scale == 0.0:
        return values, 0
    clipped = np.minimum(np.maximum(values, centre - REACH * scale), centre + REACH * scale)
    count = int(np.count_nonzero(clipped != values))
    return (clipped, count) if count <= largest_share * values.size else (values, 0)


def locate(values: Floats, largest_share: float = LARGEST_SHARE) -> Location:
    """Return the winsorised mean of at least two values, shape (n,), in any order."""
    ordered = np.sort(values)  # the sum, and with it the last bit, must not depend on the order
    clipped, count = clip_outliers(ordered, largest_share)
    n, kept = ordered.size, ordered.size - count
    inflation = ((n - 1) / (kept - 1)) ** 2  # Tukey and McLaughlin's h/n correction of the winsorised variance
    variance = float(np.var(clipped, ddof=1)) * inflation
    centre = float(np.mean(clipped))
    if math.isclose(ordered[0], ordered[-1], rel_tol=0, abs_tol=1e-15):
        variance = 0.0
    return Location(centre, variance, kept - 1, n, count, float(np.mean(ordered)))
