"""Where exactly a level changed, and where it may have: least squares between the neighbouring changes."""

import numpy as np

from dart_perf.stats.candidate import TINY, Places
from dart_perf.stats.samples import Floats
from dart_perf.stats.surroundings import NEAR, Surroundings, surround

SHIFT = 5
"""Points by which one fit may move a place; 3 and 8 found the same changes, within 1 of 182."""
WIDEST_RANGE = 10
"""Points either side of a place within which its range is sought."""
OUTLYING = 3.0
"""Robust standard deviations from both levels beyond which a point says nothing of where the new one begins."""
RATIO_95 = 7.35
"""Twice the log likelihood ratio within which the true place lies with 95 %: Eo and Morley, Quantitative Economics 6
(2015) 463. Of found steps of 3 to 10 spreads in six kinds of noise the range holds 94.7 to 100 %."""


def fit_places(values: Floats, places: Places) -> Places:
    """Return each place moved, by at most `SHIFT`, to where two levels fit best; in order, none twice."""
    near = surround(places, values.size, NEAR + SHIFT)
    moved: Places = places + np.argmax(_explained(values[near.columns], near, SHIFT)[0], axis=1) - SHIFT
    moved.sort()
    once: Places = moved[np.concatenate([[True], moved[1:] != moved[:-1]])]
    return once


def locate(values: Floats, places: Places, before: Floats, after: Floats, spread: Floats) -> tuple[Places, Places]:
    """Return the first and the last point at which the new level may begin, for each place.

    `before` and `after` are its levels, `spread` the robust spread around them. A point far from both does not say
    which it is of: it counts as lying half-way.
    """
    widest = WIDEST_RANGE
    near = surround(places, values.size, NEAR + widest)
    rows = values[near.columns]
    off = np.minimum(np.abs(rows - before[:, None]), np.abs(rows - after[:, None]))
    rows = np.where(off > OUTLYING * spread[:, None], (before + after)[:, None] / 2.0, rows)
    explained, squares = _explained(rows, near, widest)
    best = explained[:, widest]
    variance = np.maximum((squares - best) / np.maximum(near.before + near.after - 2, 1), TINY**2)
    likely = explained >= (best - RATIO_95 * variance)[:, None]
    likely[:, widest] = True
    return places + np.argmax(likely, axis=1) - widest, places + widest - np.argmax(likely[:, ::-1], axis=1)


def _explained(rows: Floats, near: Surroundings, shift: int) -> tuple[Floats, Floats]:
    """Return the squares explained by a split from `shift` before to `shift` after each place, -1 where none can be.

    Its shape is (m, 2 shift + 1). Also the squares around the mean near each place, shape (m,).
    """
    count = near.before + near.after
    rows = np.where(near.inside, rows - rows[:, NEAR + shift, None], 0.0)
    rows = np.where(near.inside, rows - (rows.sum(axis=1) / count)[:, None], 0.0)
    split = slice(NEAR - 1, NEAR + 2 * shift)
    sums = np.cumsum(rows, axis=1)[:, split]
    left = np.cumsum(near.inside, axis=1, dtype=np.int64)[:, split]
    right = count[:, None] - left
    explained = sums**2 * (count[:, None] / np.maximum(left * right, 1))
    explained[np.minimum(left, right) <= 1] = -1.0
    return explained, (rows**2).sum(axis=1)
