"""The values of a series as what judges histories reads them: one a run, in order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from dart_perf.model.history import SeriesEntry

if TYPE_CHECKING:  # the records' texts name locations, and must not load numpy for it
    import numpy as np
    import numpy.typing as npt


class Location(NamedTuple):
    """Where a value comes from."""

    run: str
    """Id of the run."""
    commit: str | None
    position: int | None
    """First-parent position of the commit; None where there are no commits."""


@dataclass(frozen=True, slots=True, eq=False)
class SeriesValues:
    """One series: by commit position, then order of arrival."""

    entry: SeriesEntry
    values: "npt.NDArray[np.float64]"
    """Shape (n,): one value a run, in base units."""
    places: "npt.NDArray[np.int64]"
    """Shape (n,): index of each value's location in `Selection.locations`."""


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """What a query found."""

    series: tuple[SeriesValues, ...]
    """By benchmark and metric."""
    locations: tuple[Location, ...]
    """Every run that a value came from, once."""
    left_out: tuple[str, ...] = ()
    """What was not answered, and why: e.g. a series without a point in the range of commits."""


class Reduction(NamedTuple):
    """How the repetitions of a run become the one value that it counts by in a history."""

    version: str
    """Changes whenever `value` does: values of another version are not believed."""
    value: Callable[[str, Sequence[float], Sequence[int]], float]
    """Called with the name of the metric, the samples in base units and the process of each."""


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Every series of a store, one value a run: by commit position, then order of arrival."""

    entries: tuple[SeriesEntry, ...]
    """By benchmark and metric."""
    values: "Mapping[str, npt.NDArray[np.float64]]"
    """By id of the series, shape (n,): in base units."""
    places: "Mapping[str, npt.NDArray[np.int32]]"
    """By id of the series, shape (n,): index of each value's run in `locations`."""
    locations: tuple[Location, ...]
    """Every run of the store, in order of arrival."""
    positions: "npt.NDArray[np.int64]"
    """First-parent position of each location; -1 where there is none."""
