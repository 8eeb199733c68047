"""Which series, and which of their points: every tool that reads histories asks this way."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dart_perf.analysis.reduction import central_value
from dart_perf.errors import InvalidInput, MissingData
from dart_perf.model.glob import matches
from dart_perf.model.history import SeriesEntry
from dart_perf.model.series import Columns, Reduction, Selection, SeriesValues
from dart_perf.workflows.code_version import code_version
from dart_perf.workflows.commit_range import Span, span_of
from dart_perf.workflows.project import Progress, Project, silent
from dart_perf.workflows.unmatched import nothing_found

if TYPE_CHECKING:
    import numpy.typing as npt

NAMED = 5
"""Series that were left out and are named; of the others the number is said."""


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked for; None asks for all."""

    benchmark: str | None = None
    """Glob over the label, e.g. `dynamics/*`: `*` and `?` are wild, brackets are not; case counts."""
    group: str | None = None
    metric: str | None = None
    environment: str | None = None
    """Fingerprint, or the start of one; exact metrics have none and are of every environment."""
    commits: str | None = None
    """`A..B` (hashes, branches or tags): after A up to and with B, by first-parent position; an end may be left out."""
    window: int | None = None
    """Newest points of each series that are kept."""


def select(project: Project, query: Query, progress: Progress = silent) -> Selection:
    """Return the series that the query names with their values, which cannot be written to.

    The first time in a store every run is read once (6 s a million points); `progress` is told of it.

    Raises:
        InvalidInput: the range of commits cannot be read, or git knows no such commit; the window is not positive.
        MissingData: the store holds no series, or none that the query names; the message says what it holds.
    """
    check_window(query.window)
    columns = project.store.columns(reduction(), progress)
    span = span_of(project, query.commits, columns.locations) if query.commits is not None else None
    chosen = [entry for entry in columns.entries if _matches(entry, query)]
    if not chosen:
        filters = {name: getattr(query, name) for name in ("benchmark", "group", "metric", "environment")}
        raise nothing_found(columns.entries, filters)
    within = None if span is None else _within(columns, span)
    picked = [(entry, *_picked(columns, entry.id, within, query.window)) for entry in chosen]
    left_out = _left_out(columns, [entry for entry, values, _ in picked if not len(values)], query)
    found = [(entry, values, places) for entry, values, places in picked if len(values)]
    if not found:
        raise MissingData(f"no series has a point there: {'; '.join(left_out)}. Ask for other commits, or without.")
    return _selection(columns, found, left_out)


def check_window(window: int | None) -> None:
    """Raise InvalidInput where a window is not positive."""
    if window is not None and window < 1:
        raise InvalidInput(f"a window of {window} points is not possible. Give 1 or more, e.g. 100.")


def reduction() -> Reduction:
    """Return how a history counts a run."""
    return Reduction(code_version("dart_perf.analysis.reduction"), central_value)


def _matches(entry: SeriesEntry, query: Query) -> bool:
    return (
        (query.benchmark is None or matches(entry.benchmark.label, query.benchmark))
        and query.group in {None, entry.benchmark.group}
        and query.metric in {None, entry.metric.name}
        and (query.environment is None or not entry.fingerprint or entry.fingerprint.startswith(query.environment))
    )


def _within(columns: Columns, span: Span) -> "npt.NDArray[np.bool_]":
    """Return of each location whether it lies in the range."""
    first = -1 if span.first is None else span.first
    last = np.iinfo(np.int64).max if span.last is None else span.last
    return (columns.positions > first) & (columns.positions <= last)


def _picked(
    columns: Columns, series: str, within: "npt.NDArray[np.bool_] | None", window: int | None
) -> tuple["npt.NDArray[np.float64]", "npt.NDArray[np.int32]"]:
    values, places = columns.values[series], columns.places[series]
    if within is not None:
        mask = within[places]
        values, places = values[mask], places[mask]
        values.flags.writeable = False
    return (values, places) if window is None else (values[-window:], places[-window:])


def _left_out(columns: Columns, missing: Sequence[SeriesEntry], query: Query) -> tuple[str, ...]:
    """Say which series have no point in the range, the first of them by name."""
    if not missing:
        return ()
    said = [f"{_name(entry)}: {_why(columns, entry, query)}" for entry in missing[:NAMED]]
    more = [f"and {len(missing) - NAMED} more series without a point in {query.commits}"] if missing[NAMED:] else []
    return (*said, *more)


def _name(entry: SeriesEntry) -> str:
    place = f" ({entry.fingerprint[:8]})" if entry.fingerprint else ""
    return f"{entry.benchmark.label} {entry.metric.name}{place}"


def _why(columns: Columns, entry: SeriesEntry, query: Query) -> str:
    if bool(np.any(columns.positions[columns.places[entry.id]] >= 0)):
        return f"no point in {query.commits}"
    return "no run says which commit it measured, or git did not know its place in history"


def _selection(
    columns: Columns,
    found: Sequence[tuple[SeriesEntry, "npt.NDArray[np.float64]", "npt.NDArray[np.int32]"]],
    left_out: tuple[str, ...],
) -> Selection:
    used = np.zeros(len(columns.locations), np.bool_)
    for _, _, places in found:
        used[places] = True
    moved = np.cumsum(used, dtype=np.int64) - 1
    series = tuple(SeriesValues(entry, values, moved[places]) for entry, values, places in found)
    return Selection(series, tuple(columns.locations[at] for at in np.flatnonzero(used).tolist()), left_out)
