"""What processes differ by where only one was measured: its samples cannot say it, so it is assumed.

A process has its own memory layout, hash seed and share of a core, and all of its samples have them in common. In 30
processes of each of 69 dartpy benchmarks x versions (6 batches a process, log scale) the sd of a process's level was
.20 (CPU) and .58 (wall) and that of its batches .12 and .21 (medians). The quiet processes are no closer to one
another than the unsteady ones, so a spread within says little: only where it is small on both sides is it taken as a
sign of a quiet machine. Measured false alarms: docs/methods.md, benchmarks/one_process.py.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

import scipy  # its `special` takes 0.3 s to load, and does so at the first use

from dart_perf.stats.estimate import Estimate, combine_degrees
from dart_perf.stats.location import Location, locate
from dart_perf.stats.samples import Floats

PROCESS_SHARE = 1.7
"""Sd of a process's level in sds of its samples, each at its upper quartile bound (see `_upper`): for six samples 2.3.
A/A pairs of six samples say REGRESSION in at most 0.5 % (CPU) and 1.6 % (wall) of 1,680, of three in 0.8 and 1.7 %; a
doubling stays provable from six samples that spread by 5 % or less."""
PROCESS_LEAST = 0.05
"""Its least value, log scale: as `sessions.PRIOR_LEAST`, the upper quartile of what histories differ by."""
UNSURE = 0.75
"""Share of the chi-square distribution above the quantile that bounds a spread known from few samples."""


def carry_processes(
    estimate: Estimate, sides: tuple[Floats, Floats], processes: tuple[int, int], least: float = PROCESS_LEAST
) -> Estimate:
    """Return the estimate with what processes differ by in its error, and processes as its runs.

    Args:
        estimate: of samples, `sides`.
        sides: the values of both sides, on the scale of the estimate, shapes (n,) and (m,), at least 2 each.
        processes: how many processes each side's values came from; as many as values: they differ as measured.
        least: smallest sd of a process's level that is believed.
    """
    places = [locate(side) for side in sides]
    alone = [count < side.size for count, side in zip(processes, sides, strict=True)]
    if not any(alone):
        return estimate
    level = process_sd(places, alone, least)
    runs = [level**2 if one else place.variance for one, place in zip(alone, places, strict=True)]
    assumed = math.sqrt(sum(level**2 / count for one, count in zip(alone, processes, strict=True) if one))
    error = math.hypot(estimate.sampling_error, assumed)
    return replace(
        estimate,
        sampling_error=error,
        degrees=combine_degrees(estimate.sampling_error, estimate.degrees, assumed),
        spread=math.sqrt(sum(runs)),
        n_baseline=processes[0],
        n_current=processes[1],
    )


def process_sd(places: Sequence[Location], alone: Sequence[bool], least: float = PROCESS_LEAST) -> float:
    """Return the assumed sd of a process's level: of the less steady side, and no less than processes were seen to."""
    each = [
        PROCESS_SHARE * _upper(place) if one else math.sqrt(place.variance)
        for place, one in zip(places, alone, strict=True)
    ]
    return max(least, *each)


def _upper(place: Location) -> float:
    """Return the upper quartile bound of the sd of samples: few of them agree by luck."""
    degrees = place.n - 1
    return math.sqrt(place.variance * degrees / float(scipy.special.chdtri(degrees, UNSURE)))
