"""One series as it is told: its level, how it moves, what changed, with ratios turned so that above 1 is worse."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dart_perf.analysis.commit_range import commit_range
from dart_perf.analysis.direction import turned
from dart_perf.analysis.pattern import name_patterns
from dart_perf.analysis.together import Group, meets, own_shares, taken_part
from dart_perf.model.change import ChangePoint
from dart_perf.model.series import Location, SeriesValues
from dart_perf.model.trend import Change, Movement, Pattern, Trend
from dart_perf.units import Better


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of one series."""

    series: SeriesValues
    movement: Movement
    """Of its values as they are."""
    own: Movement
    """The same without what its group has in common; `movement` where that is nothing."""
    start: int
    """First point of the current level."""
    points: tuple[ChangePoint, ...]
    changes: tuple[Change, ...]
    """Changes of level, oldest first: where they are, and as they are told."""


def tell(series: SeriesValues, movement: Movement, locations: Sequence[Location]) -> Told:
    """Return what is known of a series whose machine's benchmarks have no movement in common."""
    return Told(
        series, movement, movement, movement.start, movement.changes, _changes(series, movement.changes, locations)
    )


@dataclass(frozen=True, slots=True)
class Shared:
    """What a member of a group shares with the others."""

    group: Group
    shares: tuple[tuple[float, ...], ...]
    """By common change, then by member: log of what a member changed beyond it."""


def shared(group: Group) -> Shared:
    """Return what the members of a group share and what is their own."""
    return Shared(group, tuple(tuple(own_shares(group, change).tolist()) for change in group.changes))


def tell_apart(
    series: SeriesValues, movement: Movement, own: Movement, place: tuple[Shared, int], locations: Sequence[Location]
) -> Told:
    """Return what is known of a member of a group that moved together.

    Args:
        series: the member.
        movement: of its values.
        own: of its values without the common movement.
        place: the group, and which of its members it is.
        locations: every run of the selection.
    """
    those, member = place
    group, better = those.group, series.entry.metric.better
    met = {change.index: k for change in movement.changes if (k := _common(change, series, those)) is not None}
    points = [change for change in movement.changes if change.index in met]
    for k, common in enumerate(group.changes):  # a drift or a season of its own may hide it in the series
        taken = taken_part(series, group, common) if k not in met.values() else None
        if taken is not None and taken.index not in met:
            met[taken.index] = k
            points.append(taken)
    for change in own.changes:  # at its levels as they were measured, where those show it; else the machine hid it
        same = [other for other in movement.changes if _overlap(change, other)]
        points += [one for one in same or [change] if one.index not in {point.index for point in points}]
    points.sort(key=lambda change: change.index)
    told: list[Change] = []
    for point, one in zip(points, _changes(series, points, locations), strict=True):
        update: dict[str, float | None] = {}
        if point.index in met:
            log = those.shares[met[point.index]][member]
            update["together"] = turned(group.changes[met[point.index]].ratio, better)
            update["own"] = turned(math.exp(log), better) if log else None
        told.append(one.model_copy(update=update) if update else one)
    start = max(own.start, *(change.index for change in points), 0)
    return Told(series, movement, own, start, tuple(points), tuple(told))


def _common(change: ChangePoint, series: SeriesValues, those: Shared) -> int | None:
    """Return which of the common changes a member's change is; None where it is none."""
    return next(
        (k for k, one in enumerate(those.group.changes) if meets(change, series.places, those.group, one)), None
    )


def _overlap(one: ChangePoint, other: ChangePoint) -> bool:
    return one.first <= other.last and other.first <= one.last


def _changes(series: SeriesValues, changes: Sequence[ChangePoint], locations: Sequence[Location]) -> tuple[Change, ...]:
    entry, places = series.entry, series.places.tolist()
    ends = [*(change.index for change in changes[1:]), None]
    return tuple(
        Change(
            series=entry.id,
            benchmark=entry.benchmark.label,
            metric=entry.metric.name,
            unit=entry.metric.unit,
            ratio=turned(change.ratio, entry.metric.better),
            before=change.before,
            after=change.after,
            range=commit_range(change, places, locations),
            runs_since=(series.values.size if end is None else end) - change.index,
            is_current=end is None,
            p_value=change.p_value,
        )
        for change, end in zip(changes, ends, strict=False)
    )


def net_ratio(told: Told) -> float | None:
    """Return the series' own steps and drift in the window as one ratio, above 1 is worse; None where a level has none.

    What all benchmarks of the machine did is not part of it.
    """
    parts = [change.ratio if change.together is None else change.own or 1.0 for change in told.changes]
    if any(part is None for part in parts):
        return None
    drift = turned(told.own.drift, told.series.entry.metric.better) or 1.0
    return math.prod(part for part in parts if part is not None) * drift


def net_size(told: Told) -> float:
    """Return the log of `net_ratio`; infinite where levels moved from or to 0, above 0 for worse."""
    ratio = net_ratio(told)
    if ratio is not None:
        return math.log(ratio)
    moved = told.changes[-1].after - told.changes[0].before
    if moved == 0.0:
        return 0.0
    return math.copysign(math.inf, moved if told.series.entry.metric.better == "lower" else -moved)


def trend_of(told: Told, locations: Sequence[Location], sparkline: str, more: Sequence[Pattern] = ()) -> Trend:
    """Return a series as one entry of a list; `more` are patterns that need other series to be seen."""
    series, movement = told.series, told.movement
    entry, slope = series.entry, told.own.slope
    better = entry.metric.better
    ends = (None, None, None) if slope is None else (slope.percent_per_run, slope.low, slope.high)
    middle, low, high = _slopes(ends, better)
    return Trend(
        series=entry.id,
        benchmark=entry.benchmark.label,
        metric=entry.metric.name,
        unit=entry.metric.unit,
        environment=entry.fingerprint,
        points=movement.points,
        level=float(np.median(series.values[told.start :])),
        level_runs=movement.points - told.start,
        ratio=net_ratio(told),
        slope=middle,
        slope_low=low,
        slope_high=high,
        patterns=(*more, *name_patterns(series, told.own, told.changes, locations)),
        sparkline=sparkline,
    )


def _slopes(
    ends: tuple[float | None, float | None, float | None], better: Better
) -> tuple[float | None, float | None, float | None]:
    """Return slope and interval with positive for worse."""
    middle, low, high = ends
    if better == "lower" or middle is None or low is None or high is None:
        return ends
    return -middle, -high, -low
