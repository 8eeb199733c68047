"""Windows of a series: sums with the same bits wherever the series starts, and the series without lone outliers.

A window of 2w is two neighbouring ones of w, so every window is added up in one order, whatever stands before it. With
running totals the last bits would depend on the whole past, and an appended series would differ from the same one read
at once. Sums of squares are combined without cancellation (Chan, Golub and LeVeque, Am. Stat. 37 (1983) 242).
"""

from collections.abc import Iterator

import numpy as np

from dart_perf.stats.location import MAD_TO_SD
from dart_perf.stats.samples import Floats

SPIKE_WINDOW = 7
"""Points of the window in which a value is held to be a spike: three to either side. 5, 9 and 11 found as many of 214
labelled changes, within 2."""
SPIKE_REACH = 3.0
"""Robust standard deviations from the median of its window beyond which a value is replaced by it: the usual choice
(Davies and Gather); 4 and 5 found 2 fewer of 214."""


def doubling_windows(values: Floats, largest: int) -> Iterator[tuple[int, Floats, Floats]]:
    """Yield (w, means, squares) for w = 2, 4, 8 .. `largest`: of values[i : i + w], squares around the mean.

    Both have shape (n - w + 1,); windows longer than the series are left out.
    """
    width, means, squares = 1, values, np.zeros_like(values)
    while 2 * width <= min(largest, values.size):
        early, late = means[:-width], means[width:]
        squares = squares[:-width] + squares[width:] + (late - early) ** 2 * (width / 2.0)
        means = (early + late) / 2.0
        width *= 2
        yield width, means, squares


def highest_within(values: Floats, reach: int) -> Floats:
    """Return the largest of values[i - reach : i + reach + 1] for every i, shape (n,); `reach` is a power of two."""
    edge = np.full(reach, -np.inf)
    highest, width = np.concatenate([edge, values, edge]), 1
    while width <= reach:
        highest = np.maximum(highest[:-width], highest[width:])
        width *= 2
    # Two windows of 2 reach, one point apart, make one of 2 reach + 1.
    return np.asarray(np.maximum(highest[:-1], highest[1:]))


def remove_spikes(values: Floats) -> Floats:
    """Return the series with lone outliers replaced by the median of their window; shape (n,).

    Hampel's identifier: Davies and Gather, J. Am. Stat. Assoc. 88 (1993) 782. A step is left as it is: on either side
    of it the median lies on that side's level.
    """
    if values.size < SPIKE_WINDOW:
        return values
    reach = SPIKE_WINDOW // 2
    edged = np.concatenate([values[reach:0:-1], values, values[-2 : -reach - 2 : -1]])
    windows = np.lib.stride_tricks.sliding_window_view(edged, SPIKE_WINDOW)
    centre = np.partition(windows, reach, axis=1)[:, reach]
    spread = np.partition(np.abs(windows - centre[:, None]), reach, axis=1)[:, reach] * MAD_TO_SD
    return np.where(np.abs(values - centre) > SPIKE_REACH * spread, centre, values)
