"""What all benchmarks of one machine did at the same runs: the machine's doing, which is not a commit's.

A group is the series of one metric in one environment. A commit that slows more than half of the benchmarks alike, e.g.
by a flag of the compiler, looks the same and is told apart only by measuring the old commit again: the answer says so.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from dart_perf.model.change import ChangePoint
from dart_perf.model.series import Location, Selection, SeriesValues
from dart_perf.model.trend import Movement
from dart_perf.stats.common import FEWEST, common_movement
from dart_perf.stats.location import robust_sd
from dart_perf.stats.samples import Floats

NEAR = 15
"""Points either side of a common change by which a series' own share of it is read."""
OUTSTANDING = 3.0
"""Robust standard deviations by which a benchmark must differ from the others' reaction to a machine's change."""
MOST_OF = 0.8
"""Share of the members that must move for it to be the machine. Two of five that are 1.3x slower move the median by 4 %
in the same runs, which was called a step of the machine in 28 to 100 % of groups (n 40 each); with this in 1 % of
groups of five and none of ten or fifty (n 200 each, benchmarks/patterns.py)."""
LEAST_PART = 0.5
"""Part of the common movement that a member must take: benchmarks react differently to the same machine."""
SMALLEST = math.log(1.03)
"""The least change that is called."""


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """The series of one metric in one environment, and what they have in common."""

    members: tuple[int, ...]
    """Indices of the series in the selection."""
    columns: npt.NDArray[np.int64]
    """Shape (locations,): the group's run at each location of the selection; -1 where it has none."""
    table: npt.NDArray[np.float64]
    """Shape (members, runs): logs, NaN where a series lacks a run."""
    common: Floats
    """Shape (runs,): what each run adds to all of them, on logs; 0 where too few series have it."""
    changes: tuple[ChangePoint, ...] = ()
    """Steps of `common` that nearly all members took."""


def groups_of(selection: Selection) -> tuple[Group, ...]:
    """Return every group of at least five benchmarks with positive values that depend on a machine."""
    sorted_out: dict[tuple[str, str, str], list[int]] = {}
    for index, series in enumerate(selection.series):
        metric = series.entry.metric
        if metric.assumption != "exact" and series.values.size and series.values.min() > 0:
            sorted_out.setdefault((series.entry.fingerprint, metric.name, metric.better), []).append(index)
    found = (_group(selection, members) for members in sorted_out.values() if len(members) >= FEWEST)
    return tuple(group for group in found if group is not None)


def _group(selection: Selection, members: Sequence[int]) -> Group | None:
    series = [selection.series[index] for index in members]
    columns, runs = _columns(series, selection.locations)
    table = np.full((len(members), runs), np.nan)
    for row, one in zip(table, series, strict=True):
        row[columns[one.places]] = np.log(one.values)
    common = common_movement(table)
    if np.all(np.isnan(common)):
        return None
    return Group(tuple(members), columns, table, np.nan_to_num(common, nan=0.0))


def _columns(series: Sequence[SeriesValues], locations: Sequence[Location]) -> tuple[npt.NDArray[np.int64], int]:
    """Return the rank of each location among the group's runs, by commit position, then by distance from the end."""
    places = np.concatenate([one.places for one in series])
    back = np.concatenate([np.arange(one.places.size, 0, -1) for one in series]).astype(np.float64)
    seen = np.bincount(places, minlength=len(locations))
    distance = np.bincount(places, weights=back, minlength=len(locations)) / np.maximum(seen, 1)
    used = np.flatnonzero(seen)
    position = np.array(
        [-1 if (at := locations[int(place)].position) is None else at for place in used], dtype=np.int64
    )
    columns = np.full(len(locations), -1, dtype=np.int64)
    columns[used[np.lexsort((-distance[used], position))]] = np.arange(used.size)
    return columns, int(used.size)


def without_common(series: SeriesValues, group: Group) -> Floats:
    """Return the values of a member without what its runs add to all of them, shape (n,)."""
    cleaned: Floats = series.values * np.exp(-group.common[group.columns[series.places]])
    return cleaned


def moves_together(group: Group, movement: Movement) -> Group | None:
    """Return the group with the movement that nearly all of its members share; None where they share none.

    The median of a group also moves a little where less than half of it moves a lot. A common step counts where four
    fifths of the members took at least half of it; a drift, season or spike where as many follow it as a whole.
    """
    steps = np.zeros(group.common.size)
    refused = np.zeros(group.common.size)
    accepted = tuple(change for change in movement.changes if _is_shared(group, change))
    for change in movement.changes:
        (steps if change in accepted else refused)[change.index :] += math.log(change.ratio or 1.0)
    gradual = bool(movement.drift or movement.season or movement.spikes)
    if gradual and _is_followed(group.table - steps, group.common - steps - refused):
        return replace(group, common=group.common - refused, changes=accepted)
    return replace(group, common=steps, changes=accepted) if accepted else None


def _is_shared(group: Group, change: ChangePoint) -> bool:
    """Return whether most members took at least half of a common step, of which at least half have runs beside it."""
    size = math.log(change.ratio or 1.0)
    taken = _local_shifts(group.table, change.index)
    known = taken[~np.isnan(taken)]
    return known.size >= max(FEWEST, taken.size / 2) and float(np.mean(known / size >= LEAST_PART)) >= MOST_OF


def _is_followed(table: npt.NDArray[np.float64], course: Floats) -> bool:
    """Return whether most rows follow a course over the runs by at least half: slopes of regression on it."""
    around = course - np.mean(course)
    rest = table - np.nanmedian(table, axis=1, keepdims=True)
    weights = np.where(np.isnan(rest), 0.0, around)
    squares = np.sum(weights**2, axis=1)
    slopes = np.nansum(weights * rest, axis=1) / np.where(squares > 0.0, squares, np.inf)
    return float(np.mean(slopes >= LEAST_PART)) >= MOST_OF


def _local_shifts(table: npt.NDArray[np.float64], index: int) -> Floats:
    """Return by how much each row changed at a run, from the runs near it: shape (rows,), NaN where a side has none."""
    before, after = table[:, max(0, index - NEAR) : index], table[:, index : index + NEAR]
    shifts = np.full(table.shape[0], np.nan)
    known = ~(np.all(np.isnan(before), axis=1) | np.all(np.isnan(after), axis=1))
    shifts[known] = np.nanmedian(after[known], axis=1) - np.nanmedian(before[known], axis=1)
    return shifts


def own_shares(group: Group, change: ChangePoint) -> Floats:
    """Return by how much each member's level changed beyond the common change, on logs, shape (members,).

    0 where it is no more than what the members differ by anyway, or where a member has too few runs beside it.
    """
    shares = np.nan_to_num(_local_shifts(group.table - group.common, change.index), nan=0.0)
    bound = max(OUTSTANDING * robust_sd(shares), SMALLEST)
    shares[np.abs(shares) < bound] = 0.0
    return shares


def meets(change: ChangePoint, places: npt.NDArray[np.int64], group: Group, common: ChangePoint) -> bool:
    """Return whether a member's change is in the direction of a common one and their ranges of runs overlap."""
    at = group.columns[places]
    if ((change.ratio or 1.0) > 1.0) != ((common.ratio or 1.0) > 1.0):
        return False
    return bool(at[change.first - 1] < common.last and common.first - 1 < at[change.last])


def taken_part(series: SeriesValues, group: Group, common: ChangePoint) -> ChangePoint | None:
    """Return a common change at a member's own levels and runs; None where it took less than half of it."""
    at = group.columns[series.places]
    index, first, last = (int(np.searchsorted(at, run)) for run in (common.index, common.first, common.last))
    if not 0 < index < at.size or common.ratio is None:
        return None
    before = float(np.median(series.values[max(0, index - NEAR) : index]))
    after = float(np.median(series.values[index : index + NEAR]))
    if math.log(after / before) / math.log(common.ratio) < LEAST_PART:
        return None
    return ChangePoint(
        index=index,
        first=max(1, min(first, index)),
        last=max(index, min(last, at.size - 1)),
        before=before,
        after=after,
        ratio=after / before,
        p_value=common.p_value,
    )
