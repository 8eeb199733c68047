"""New runs as further points of stored series, for looking at what they would change; nothing is stored."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dart_perf.analysis.reduction import central_value
from dart_perf.model.measurement import Measurement, Run, series_id
from dart_perf.model.series import Location, Selection, SeriesValues


@dataclass(frozen=True, slots=True)
class Appended:
    """The series of the new runs, with them."""

    selection: Selection
    """Only series that have a history."""
    new: tuple[str, ...]
    """Keys of the measurements that have none."""


def append(selection: Selection, runs: Sequence[Run], positions: Mapping[str, int]) -> Appended:
    """Return the series of `runs` from the selection, each with their values at the place of their commit.

    A run that the selection has already is not counted twice. Where a position is not known, a run is the newest.

    Args:
        selection: stored series.
        runs: new results.
        positions: first-parent position by commit; one that is not there is that of a stored run of the commit.
    """
    locations = list(selection.locations)
    at = {location.commit: location.position for location in locations if location.commit} | dict(positions)
    known = {location.run: place for place, location in enumerate(locations)}
    by_id = {one.entry.id: one for one in selection.series}
    found: dict[str, SeriesValues] = {}
    new: list[str] = []
    for run in runs:
        place = known.get(run.id)
        is_stored = place is not None
        if place is None:
            place = len(locations)
            locations.append(Location(run.id, run.commit, at.get(run.commit or "")))
        for measurement in run.measurements:
            name = series_id(measurement, run.environment)
            series = found.get(name, by_id.get(name))
            if series is None:
                new.append(measurement.key)
            elif is_stored:
                found[name] = series
            else:
                found[name] = _with(series, measurement, place, locations)
    return Appended(Selection(tuple(found.values()), tuple(locations)), tuple(dict.fromkeys(new)))


def _with(series: SeriesValues, measurement: Measurement, place: int, locations: Sequence[Location]) -> SeriesValues:
    value = central_value(measurement.metric.name, measurement.samples, measurement.processes)
    at, position = series.values.size, locations[place].position
    earlier = [locations[other].position for other in series.places.tolist()]
    if position is not None and None not in earlier:
        at = bisect_right([other for other in earlier if other is not None], position)
    return SeriesValues(series.entry, np.insert(series.values, at, value), np.insert(series.places, at, place))
