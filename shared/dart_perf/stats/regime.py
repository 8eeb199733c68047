"""The current regime of a series: what came after its last level change.

A simple split, repeated on what is left: where two sides differ most (the largest of the two-sample t statistics over
all places, Hawkins, J. Am. Stat. Assoc. 72 (1977) 180), and by enough after the autocorrelation of the residuals is
allowed for, the series begins anew. Only the neighbourhood of a place counts, else one step hides in the spread that
another makes. It finds the reference of a judgement; naming changes is another module's work.
"""

import math

import numpy as np
import numpy.typing as npt

from dart_perf.stats.autocorrelation import lag_one, variance_inflation
from dart_perf.stats.location import MAD_TO_SD, clip_outliers, middle
from dart_perf.stats.samples import Floats

Places = npt.NDArray[np.int64]

SHORTEST = 8
"""Points a regime needs to be a reference (house rule)."""
SHORTEST_LATE = 4
"""Points after a change that is so recent that it leaves no reference."""
REACH = 30
"""Points either side of a place that are compared."""
THRESHOLD = 4.0
"""t beyond which a side is a new level: 0, 2 and 8 % of 300 series of 100 points (white, AR(1) .3 and .6) are split."""
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
    clipped, _ = clip_outliers(values)
    places = np.arange(SHORTEST, n - SHORTEST_LATE + 1)
    first, last = np.maximum(0, places - REACH), np.minimum(n, places + REACH)
    before, after, within = _two_sides(clipped, first, places, last)
    spread = np.maximum(np.sqrt(within / (last - first - 2)), _neighbour_sd(values))
    wanted = np.where(n - places < SHORTEST, THRESHOLD_LATE, THRESHOLD)
    steps = np.abs(after - before)
    errors = spread * np.sqrt(1.0 / (places - first) + 1.0 / (last - places)) * wanted
    best = int(np.argmax(np.divide(steps, errors, out=np.where(steps > 0, np.inf, 0.0), where=errors > 0)))
    place = int(places[best])
    left, right = clipped[first[best] : place] - before[best], clipped[place : last[best]] - after[best]
    enough = float(errors[best]) * math.sqrt(variance_inflation(lag_one(np.concatenate([left, right]))))
    return place if steps[best] > max(enough, SMALLEST_STEP) else None


def _two_sides(values: Floats, first: Places, places: Places, last: Places) -> tuple[Floats, Floats, Floats]:
    """Return the means of values[first:place] and values[place:last] and the squares left around them, a place each."""
    sums, squares = (np.concatenate([[0.0], np.cumsum(part)]) for part in (values, values**2))
    before = (sums[places] - sums[first]) / (places - first)
    after = (sums[last] - sums[places]) / (last - places)
    explained = (places - first) * before**2 + (last - places) * after**2
    return before, after, np.maximum(squares[last] - squares[first] - explained, 0.0)


def _neighbour_sd(values: Floats) -> float:
    """Return the spread by the differences of neighbours, which no level change enlarges."""
    return MAD_TO_SD * middle(np.abs(values[1:] - values[:-1])) / math.sqrt(2.0)
