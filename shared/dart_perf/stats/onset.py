"""Does a change begin at once? What wanders reaches a new level by and by; what a commit does is there at once.

By how much the level changed is another module's question; this one looks at the nearest points alone, before and
after, by the chance that a point after exceeds one before (Mann and Whitney, Ann. Math. Stat. 18 (1947) 50): free of
scale and of outliers.

Of 6 x 400 quiet and 6 x 400 unscreened windows of real histories (100 points, ten new ones), without this: 1.5, 1.0 and
0.4 % of the quiet ones called at steps of 5, 10, 20 % with 46, 62 and 77 % of the steps found, alarms in 5.2 % of the
unscreened; with it 0.9, 0.5 and 0.3 % with 47, 62 and 77 %, and 3.3 %. Strict levels instead (`stats.levels`): 0.9, 0.5
and 0.2 % with 39, 54 and 68 %, and 4.1 %.
"""

from enum import Enum

import numpy as np

from dart_perf.stats.samples import Floats


class Onset(Enum):
    """Where a change begins."""

    FIRST = "with the first of the new points"
    LATER = "with a later one of the new points"
    NONE = "nowhere at once"


AROUND = 10
"""Old points that all of the new ones are compared with: of 10, 15 and 20 the fewest alarms at equal detection."""
NEAR = 5
"""Points either side of a place that are compared: of 3 no chance is small (1 in 20 separates 3 from 3)."""
EXCEEDS = 0.7
"""Share of pairs in which the later point must exceed the earlier: .65 to .8 were tried, more loses steps of 5 %."""
EXCEEDS_LATER = 0.9
"""The same for places among the new points: there are several, and the clearest counts."""


def find_onset(before: Floats, after: Floats, *, rises: bool) -> Onset:
    """Return where the level of `after`, shape (k,), k >= 1, leaves that of the points `before` it, shape (n,), n >= 1.

    Args:
        before: old points in order; the last ten count.
        after: new points in order.
        rises: the direction of the change in question.
    """
    sign = 1.0 if rises else -1.0
    old, new = sign * before[-AROUND:], sign * after
    if _exceeds(old[np.newaxis], new[np.newaxis])[0] < EXCEEDS:
        return Onset.NONE
    if _exceeds(old[np.newaxis, -NEAR:], new[np.newaxis, :NEAR])[0] >= EXCEEDS:
        return Onset.FIRST
    both = np.concatenate([old[-NEAR:], new])
    if both.size < 2 * NEAR + 1:
        return Onset.NONE
    windows = np.lib.stride_tricks.sliding_window_view(both, 2 * NEAR)
    return Onset.LATER if _exceeds(windows[:, :NEAR], windows[:, NEAR:]).max() >= EXCEEDS_LATER else Onset.NONE


def _exceeds(earlier: Floats, later: Floats) -> Floats:
    """Return the share of pairs of a row in which the later value is larger, ties for half; shapes (m, a), (m, b)."""
    gaps = np.sign(later[:, :, np.newaxis] - earlier[:, np.newaxis, :])
    return np.asarray(0.5 + 0.5 * gaps.mean(axis=(1, 2)))
