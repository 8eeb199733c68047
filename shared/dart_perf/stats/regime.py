"""The current regime of a series: what came after its last level change.

A simple split, repeated on what is left: where two sides differ most (the largest of the two-sample t statistics over
all places, Hawkins, J. Am. Stat. Assoc. 72 (1977) 180), and by enough after the autocorrelation of the residuals is
allowed for, the series begins anew. It finds the reference of a judgement; naming changes is another module's work.
"""

import math

import numpy as np

from dart_perf.stats.autocorrelation import lag_one, variance_inflation
from dart_perf.stats.location import MAD_TO_SD, clip_outliers
from dart_perf.stats.samples import Floats

SHORTEST = 8
"""Points a regime needs to be a reference (house rule)."""
SHORTEST_LATE = 4
"""Points after a change that is so recent that it leaves no reference."""
THRESHOLD = 4.0
"""t beyond which a side is a new level: 0 of 300 white and 4 % of 300 AR(1) 0.6 series of 100 points are split."""
THRESHOLD_LATE = 6.0
"""The same for fewer than `SHORTEST` points, which a burst of outliers looks like."""
SMALLEST_STEP = 0.01
"""Log steps below this change no reference worth the loss of points."""


def current_regime(values: Floats) -> int:
    """Return the index of the first point of the current regime of a series on the log scale, shape (n,).

    Where fewer than `SHORTEST` points follow, the last change is too recent for a reference.
    """
    start = 0
    while (change := _strongest_change(values[start:])) is not None:
        start += change
    return start


def _strongest_change(values: Floats) -> int | None:
    n = values.size
    if n < SHORTEST + SHORTEST_LATE:
        return None
    places = np.arange(SHORTEST, n - SHORTEST_LATE + 1)
    clipped, _ = clip_outliers(values)
    sums, squares = np.cumsum(clipped), float(clipped @ clipped)
    before = sums[places - 1] / places
    after = (sums[-1] - sums[places - 1]) / (n - places)
    within = np.maximum(squares - places * before**2 - (n - places) * after**2, 0.0) / (n - 2)
    spread = np.maximum(np.sqrt(within), _neighbour_sd(values))
    wanted = np.where(n - places < SHORTEST, THRESHOLD_LATE, THRESHOLD)
    steps = np.abs(after - before)
    errors = spread * np.sqrt(1.0 / places + 1.0 / (n - places)) * wanted
    best = int(np.argmax(np.divide(steps, errors, out=np.where(steps > 0, np.inf, 0.0), where=errors > 0)))
    place = int(places[best])
    residuals = np.concatenate([clipped[:place] - before[best], clipped[place:] - after[best]])
    enough = float(errors[best]) * math.sqrt(variance_inflation(lag_one(residuals)))
    return place if steps[best] > max(enough, SMALLEST_STEP) else None


def _neighbour_sd(values: Floats) -> float:
    """Return the spread by the differences of neighbours, which no level change enlarges."""
    return MAD_TO_SD * float(np.median(np.abs(np.diff(values)))) / math.sqrt(2.0)
