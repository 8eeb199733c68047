"""Where a level may have changed: the places that are worth a closer look.

Neighbouring windows of 8, 16 and 32 points are compared by their two-sample t at every place (moving sums: Eichinger
and Kirch, Bernoulli 24 (2018) 526); a place is a candidate where one width differs most in its surroundings.
"""

import numpy as np
import numpy.typing as npt

from dart_perf.stats.samples import Floats
from dart_perf.stats.windows import doubling_windows, highest_within

Places = npt.NDArray[np.int64]

NARROWEST, WIDEST = 8, 32
"""Points of the windows. 8 alone, or 4 as well, found as many of 214 labelled changes, within 1."""
LOW_BAR = 5.0
"""t from which a place is a candidate. It only saves time: 3, 3.5, 4 and 5 found the same 182 of 214 changes."""
LATEST, LATE_REACH = 4, 15
"""Points after the latest candidate, and before it that are compared with them."""
TINY = 1e-12
"""Keeps a quotient by a spread of nothing finite."""


def find_candidates(values: Floats) -> Places:
    """Return the candidates of a series without spikes, shape (n,), in order."""
    found = np.zeros(values.size, dtype=np.bool_)
    for width, means, squares in doubling_windows(values, WIDEST):
        if width >= NARROWEST and values.size >= 2 * width:
            variances = (squares[:-width] + squares[width:]) / (2 * width - 2)
            t = np.abs(means[width:] - means[:-width]) / (np.sqrt(variances) + TINY) * np.sqrt(width / 2.0)
            if t.max() >= LOW_BAR:
                found[width : width + t.size] |= (t >= LOW_BAR) & (t >= highest_within(t, width // 2))
    if values.size >= LATE_REACH and (late := _late_candidate(values)):
        found[late] = True
    return np.flatnonzero(found)


def _late_candidate(values: Floats) -> int:
    """Return the place too near the end for a window that differs most from what was before; 0 where none does."""
    after = np.arange(LATEST, NARROWEST)
    recent = values[-LATE_REACH - NARROWEST + 1 :]
    splits = recent.size - after
    index = np.arange(recent.size)
    late = index >= splits[:, None]
    early = (index < splits[:, None]) & (index >= splits[:, None] - LATE_REACH)
    before = early.sum(axis=1)
    first, second = (early * recent).sum(axis=1) / before, (late * recent).sum(axis=1) / after
    squares = (early * (recent - first[:, None]) ** 2 + late * (recent - second[:, None]) ** 2).sum(axis=1)
    error = np.sqrt(squares / (before + after - 2) * (1.0 / before + 1.0 / after)) + TINY
    t = np.abs(second - first) / error
    best = int(np.argmax(t))
    return int(values.size - after[best]) if t[best] >= LOW_BAR else 0
