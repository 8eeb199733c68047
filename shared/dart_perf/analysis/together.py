"""What all benchmarks of one machine did at the same runs: the machine's doing, which is not a commit's.

A group is the series of one metric in one environment. A commit that slows more than half of the benchmarks alike, e.g.
by a flag of the compiler, looks the same and is told apart only by measuring the old commit again: the answer says so.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

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


def moves(movement: Movement) -> bool:
    """Return whether the common movement of a group is one: what is left is then judged in the series' place."""
    return bool(movement.changes or movement.drift or movement.season or movement.spikes)


def own_shares(group: Group, change: ChangePoint) -> Floats:
    """Return by how much each member's level changed beyond the common change, on logs, shape (members,).

    0 where it is no more than what the members differ by anyway, or where a member has too few runs beside it.
    """
    rest = group.table - group.common
    before = rest[:, max(0, change.index - NEAR) : change.index]
    after = rest[:, change.index : change.index + NEAR]
    shares = np.zeros(len(group.members))
    known = (np.count_nonzero(~np.isnan(before), axis=1) > 0) & (np.count_nonzero(~np.isnan(after), axis=1) > 0)
    shares[known] = np.nanmedian(after[known], axis=1) - np.nanmedian(before[known], axis=1)
    bound = max(OUTSTANDING * robust_sd(shares[known]), SMALLEST) if np.any(known) else math.inf
    shares[np.abs(shares) < bound] = 0.0
    return shares


def meets(change: ChangePoint, places: npt.NDArray[np.int64], group: Group, common: ChangePoint) -> bool:
    """Return whether a member's change is in the direction of a common one and their ranges of runs overlap."""
    at = group.columns[places]
    if ((change.ratio or 1.0) > 1.0) != ((common.ratio or 1.0) > 1.0):
        return False
    return bool(at[change.first - 1] < common.last and common.first - 1 < at[change.last])
