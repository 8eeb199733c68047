"""What changed where there is no ratio: a side holds 0 or values below it.

0 -> 1 allocations is a difference of 1, not a ratio. The difference is judged in units of the largest value; the margin
is a share of the baseline, so nothing lies within the margin of a baseline of 0 but 0 itself.
"""

import math
import sys
from dataclasses import replace

import numpy as np

from dart_perf.errors import InvalidInput
from dart_perf.stats.estimate import Estimate, estimate_pairs, estimate_samples
from dart_perf.stats.location import locate
from dart_perf.stats.samples import Floats

LARGEST = sys.float_info.max


def estimate_difference(baseline: Floats, current: Floats, sign: int, *, paired: bool) -> Estimate:
    """Return the estimate of current - baseline, shapes (n,) and (m,) of at least two values, any sign.

    Raises:
        InvalidInput: the values are so large that their difference is no number.
    """
    size = largest_size(baseline, current)
    build = estimate_pairs if paired else estimate_samples
    scaled = build(baseline / size, current / size, sign)
    difference = sign * scaled.log_ratio * size
    if not math.isfinite(difference):
        raise InvalidInput(f"the sides differ by more than {LARGEST:.2g}: give the values in a larger unit.")
    return replace(
        scaled,
        difference=difference,
        reference=abs(locate(baseline / size).mean),
        warnings=(*scaled.warnings, "a side holds 0 or less: judged by the difference, there is no ratio"),
    )


def largest_size(*sides: Floats) -> float:
    """Return the largest absolute value, or 1 where all are 0."""
    return max(float(np.abs(side).max()) for side in sides) or 1.0
