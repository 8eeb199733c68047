"""Since when a series that was called is at its new level."""

from collections.abc import Sequence

import numpy as np

from dart_perf.analysis.direction import turned
from dart_perf.analysis.newest import Floats, Newest
from dart_perf.model.change import ChangePoint
from dart_perf.model.detection import SeriesChange
from dart_perf.model.series import Location
from dart_perf.stats.split import FEWEST_BEFORE, locate_split

FEWEST = FEWEST_BEFORE + 1
SHORT = 10
"""Digits of a commit that are shown."""


def place(location: Location) -> str:
    """Return the commit, or the run where there is none."""
    return location.commit[:SHORT] if location.commit else location.run


def since(
    item: Newest,
    places: Sequence[Location],
    changes: Sequence[ChangePoint],
    *,
    regime: int,
    worse: bool,
    young: bool = True,
) -> SeriesChange | None:
    """Return when a series that was called left its reference: None where it cannot be said, e.g. of 2 points.

    The last change point in the direction that was called counts, if it lies behind the first point of the reference,
    at `regime`; a change that is too young for one is located between the reference and the newest point, if `young`
    ones are asked for. `places` are those of all points of the series, `changes` its change points.
    """
    rises = worse == (item.entry.metric.better == "lower")
    known = [c for c in changes if (c.after > c.before) == rises and c.index > regime]
    if known:
        first, last, ratio = known[-1].first, known[-1].last, known[-1].ratio
    elif not young or item.values.size - regime < FEWEST:
        return None
    else:
        _, first, last = (regime + index for index in locate_split(item.values[regime:]))
        ratio = _ratio(item.values[regime:first], item.values[last:])
    return SeriesChange(
        benchmark=item.label,
        metric=item.entry.metric.name,
        after=place(places[first - 1]),
        until=place(places[last]),
        ratio=turned(ratio, item.entry.metric.better),
    )


def _ratio(before: Floats, after: Floats) -> float | None:
    return float(np.median(after) / np.median(before)) if min(before.min(), after.min()) > 0 else None
