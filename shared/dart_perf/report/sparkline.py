"""A series as one line of text."""

import math
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

BARS = "▁▂▃▄▅▆▇█"
WIDTH = 24
"""Characters of a line: three runs each at 72 runs, and a table still fits on a terminal."""
FLAT = 1.02
"""Largest / smallest below which the line is drawn flat: noise blown up to full height would look like movement."""


def sparkline(values: Sequence[float], width: int = WIDTH) -> str:
    """Return the values as at most `width` bars, each the median of neighbouring points; ratios count, not differences.

    Values of 0 or less are drawn on a linear scale.
    """
    if not values:
        return ""
    count = min(width, len(values))
    edges = [round(k * len(values) / count) for k in range(count + 1)]
    heights = [median(values[a:b]) for a, b in pairwise(edges)]
    least = math.log(FLAT)
    if min(values) > 0:
        heights = [math.log(height) for height in heights]
    else:
        least *= max(map(abs, heights))
    low, high = min(heights), max(heights)
    if high - low < least or high == low:
        middle = (low + high) / 2
        low, high = middle - (least or 1.0), middle + (least or 1.0)
    top = len(BARS) - 1
    return "".join(BARS[round((height - low) / (high - low) * top)] for height in heights)
