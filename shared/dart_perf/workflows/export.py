"""A history as one file: what the store holds of some series, run by run, for other programs and other stores.

The file is a document of results in the native format (base units, `position` beside each commit), in order of arrival,
so that importing it into an empty store gives the same series and points, on any machine.
"""

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO

import numpy as np

from dart_perf.errors import MissingData
from dart_perf.ingest import native
from dart_perf.model.measurement import Run, series_id
from dart_perf.model.operation import PART, Export
from dart_perf.model.series import Location, Selection
from dart_perf.workflows.project import Progress, Project, silent
from dart_perf.workflows.result_files import LIMITS
from dart_perf.workflows.series_query import Query, select

BYTES_A_POINT = 6200
"""Memory of reading it back: 6.2 GB for 1,000,000 points of 1,000 series with one sample each, packed."""
SHOWN = 20
"""Series without a point that are named."""
GZIP = 16
"""What zlib adds to the window's bits for the header of gzip."""


@dataclass
class _Tally:
    """What was written so far."""

    points: int = 0
    runs: int = 0
    parts: int = 0
    plain: int = 0
    """Bytes of the document."""
    bytes: int = 0
    """Bytes of the file: fewer where it is packed."""


def export_history(
    project: Project, file: IO[bytes], query: Query | None = None, *, packed: bool = False, progress: Progress = silent
) -> Export:
    """Write every run that has a point in the series of `query` (all where there is none) to `file`, one at a time.

    With `packed` the file is gzip. A run of which only some measurements or points are asked for comes as a part, with
    a warning that names the whole.

    Raises:
        InvalidInput: the query cannot be read, see `series_query.select`.
        MissingData: nothing is stored of what it names.
    """
    progress(0, None, "looking for the series")
    selection = select(project, query or Query())
    if not selection.series:
        raise MissingData(
            f"nothing to export: {'; '.join(selection.left_out[:SHOWN])}. Ask for another range of commits."
        )
    tally = _Tally()
    document = _counted(native.write_each(_runs(project, selection, tally, progress)), tally)
    for part in _packed(document) if packed else document:
        tally.bytes += len(part)
        file.write(part)
    return _report(selection, tally, packed=packed)


def _counted(parts: Iterable[bytes], tally: _Tally) -> Iterator[bytes]:
    for part in parts:
        tally.plain += len(part)
        yield part


def _packed(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the parts as gzip, without a time of writing: equal histories give equal files."""
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS + GZIP)
    for part in parts:
        yield packer.compress(part)
    yield packer.flush()


def _runs(project: Project, selection: Selection, tally: _Tally, progress: Progress) -> Iterator[Run]:
    """Yield the selected runs in order of arrival, with what was selected of them."""
    wanted = _Wanted(selection)
    ids = [run_id for run_id in project.store.run_ids() if run_id in wanted.places]
    for number, run_id in enumerate(ids):
        progress(number, len(ids), "exporting the runs")
        run = project.store.run(run_id)
        series = wanted.series(run_id)
        kept = tuple(m for m in run.measurements if series_id(m, run.environment) in series)
        whole = len(kept) == len(run.measurements)
        tally.points += len(kept)
        tally.runs += 1
        tally.parts += not whole
        said = f"{PART}{run_id}: {len(kept)} of {len(run.measurements)} measurements were exported"
        update = {} if whole else {"measurements": kept, "warnings": (*run.warnings, said)}
        yield run.model_copy(update={**update, "position": wanted.position(run_id)})
    progress(len(ids), len(ids), "exported the runs")


class _Wanted:
    """Which runs are selected, and which of their series: 12 bytes a point, whatever the number of series."""

    def __init__(self, selection: Selection) -> None:
        self._ids = [values.entry.id for values in selection.series]
        self._locations: tuple[Location, ...] = selection.locations
        self.places = {location.run: number for number, location in enumerate(selection.locations)}
        """Number of the location by run."""
        places = np.concatenate([values.places for values in selection.series])
        counts = [len(values.places) for values in selection.series]
        order = np.argsort(places, kind="stable")
        self._series = np.repeat(np.arange(len(counts), dtype=np.int32), counts)[order]
        self._starts = np.searchsorted(places[order], np.arange(len(selection.locations) + 1))

    def series(self, run_id: str) -> set[str]:
        """Return the ids of the selected series that have a point of this run."""
        place = self.places[run_id]
        return {self._ids[number] for number in self._series[self._starts[place] : self._starts[place + 1]]}

    def position(self, run_id: str) -> int | None:
        return self._locations[self.places[run_id]].position


def _report(selection: Selection, tally: _Tally, *, packed: bool) -> Export:
    count = len(selection.series)
    more = len(selection.left_out) - SHOWN
    parts = f"{tally.parts} of {tally.runs} runs are exported in part and have other ids than the whole ones: "
    memory = f"reading it back takes {tally.points * BYTES_A_POINT / 1e9:.1f} GB of memory"
    large = memory if packed else f"no import reads so large a file ({LIMITS.bytes_a_file} bytes)"
    return Export(
        summary=f"exported {count} series with {tally.points} points of {tally.runs} runs",
        series=count,
        points=tally.points,
        runs=tally.runs,
        bytes=tally.bytes,
        warnings=(
            *selection.left_out[:SHOWN],
            *([f"and {more} more series have no point there"] if more > 0 else []),
            *([f"{parts}import them into a store that does not hold these"] if tally.parts else []),
            *([f"{large}: export parts, or take the store with --merge"] if tally.plain > LIMITS.bytes_a_file else []),
        ),
        next_step="read it back with dart-perf-baseline --import FILE, in this store or in another",
    )
