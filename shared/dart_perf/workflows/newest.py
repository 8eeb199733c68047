"""The newest points of stored series, or results, and what of their own history they are held against."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from dart_perf.analysis.newest import split_at
from dart_perf.analysis.reduction import central_value
from dart_perf.errors import InvalidInput, MissingData, NoBaseline
from dart_perf.measure.position import Positions
from dart_perf.model.history import SeriesEntry
from dart_perf.model.measurement import Run, series_id
from dart_perf.model.series import Location, Selection, SeriesValues
from dart_perf.workflows.project import Progress, Project, silent
from dart_perf.workflows.series_query import Query, check_window, select

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
NEWEST = 5
"""Points that are judged: below 3 a passing spike looks like a change (`stats.judge`), and two more let one that is
far from the others be pulled in."""


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """One series in two parts."""

    entry: SeriesEntry
    history: Floats
    """Shape (n,), n >= 0: the points before the new ones, in order."""
    new: Floats
    """Shape (k,), k >= 1."""
    places: Places
    """Shape (n + k,): index of each point's location."""
    repeats: Floats
    """Repetitions within the last new point, shape (r,); empty where nobody needs them."""


@dataclass(frozen=True, slots=True, eq=False)
class Family:
    """All that is judged at once."""

    series: tuple[Held, ...]
    locations: tuple[Location, ...]
    newest: tuple[Run, ...] = ()
    """The results that are judged; empty where stored points are."""
    ended: tuple[SeriesValues, ...] = ()
    """Series that those they were measured with have one later commit of."""
    added: tuple[str, ...] = ()
    """Series of the results that have no history."""
    elsewhere: tuple[str, ...] = ()
    """Of them, those that have one in other environments only."""
    notes: tuple[str, ...] = ()


def stored(project: Project, query: Query, newest: int = NEWEST, progress: Progress = silent) -> Family:
    """Return the stored series that the query names, each with its `newest` points apart.

    Of a benchmark that was measured in several environments those do not count that another has `newest` later points
    of, unless the query names one. A series that its companions have left behind is not judged.

    Raises:
        InvalidInput, MissingData: as `series_query.select`; or no point is to be judged.
    """
    if newest < 1:
        raise InvalidInput(f"{newest} newest points cannot be judged. Give 1 or more; {NEWEST} are usual.")
    selection, notes = _timed(select(project, query, progress), newest)
    series, said = (selection.series, []) if query.environment else _latest(selection, newest)
    going, ended, gone = _going(series, selection.locations)
    if gone:
        said.append(f"{len(gone)} series are not judged, others that were measured with them go on: {_named(gone)}")
    held = tuple(_held(project, one, newest, selection.locations) for one in going)
    return Family(held, selection.locations, ended=ended, notes=(*selection.left_out, *said, *notes))


def _timed(selection: Selection, newest: int = 0) -> tuple[Selection, tuple[str, ...]]:
    """Return the series without times of 0 or less before their `newest` points, and what to say of them.

    One program that did not run would else keep its series from being judged for as long as the window holds it.
    """
    series: list[SeriesValues] = []
    left = 0
    for one in selection.series:
        kept = one.values > 0
        kept[one.values.size - min(newest, one.values.size) :] = True
        if one.entry.metric.unit != "s" or kept.all():
            series.append(one)
            continue
        left += int(np.count_nonzero(~kept))
        series.append(replace(one, values=one.values[kept], places=one.places[kept]))
    what = "time of 0 or less is no measurement" if left == 1 else "times of 0 or less are no measurements"
    return replace(selection, series=tuple(series)), (f"{left} stored {what}: left out",) if left else ()


def of_results(project: Project, runs: Sequence[Run], query: Query, progress: Progress = silent) -> Family:
    """Return the series of results, each with its stored history: what came before their commit, in the same place.

    Raises:
        InvalidInput: as `series_query.select`.
        NoBaseline: nothing of what the results hold has a stored history.
    """
    fingerprints = {run.environment.fingerprint for run in runs}
    environment = query.environment or (fingerprints.pop() if len(fingerprints) == 1 else None)
    check_window(query.window)
    asked = replace(query, environment=environment, window=None)  # the window ends before their commit
    try:
        selection, notes = _timed(select(project, asked, progress))
    except MissingData as error:
        raise NoBaseline(f"the results have no stored history: {error}") from error
    known = {one.entry.id: one for one in selection.series}
    new = _by_series(runs)
    places = {at.commit: at.position for at in selection.locations if at.commit}
    places |= Positions(project.root).of(run.commit for run in runs)
    locations = [*selection.locations, *(Location(r.id, r.commit, places.get(r.commit or "")) for r in runs)]
    earlier = _earlier(selection.locations, locations[len(selection.locations) :])
    held = [_against(known[name], found, earlier, len(selection.locations), query.window)
            for name, found in new.items() if name in known]  # fmt: skip
    judged = tuple(one for one in held if one is not None)
    if not judged:
        raise NoBaseline(
            f"none of the {len(new)} series of the results has a stored history in their environment. Import earlier "
            "results of this machine with import_results, or name a baseline."
        )
    has = {one.entry.id for one in judged}
    added = tuple(found.key for name, found in new.items() if name not in has)
    ended = _lacking(selection.series, {*new}, {int(one.places[one.history.size - 1]) for one in judged}, earlier)
    stored_anywhere = {f"{entry.benchmark.label} {entry.metric.name}" for entry in project.store.series()}
    elsewhere = tuple(key for key in added if key in stored_anywhere)
    return Family(judged, tuple(locations), tuple(runs), ended, added, elsewhere, (*_say_elsewhere(elsewhere), *notes))


def _say_elsewhere(keys: Sequence[str]) -> tuple[str, ...]:
    if not keys:
        return ()
    many = f"{keys[0]} has" if len(keys) == 1 else f"{len(keys)} series have"
    return (f"{many} a history in other environments only, so nothing is said of it",)


@dataclass(slots=True)
class _Found:
    """The values of one series in results, one a run."""

    key: str
    values: list[float]
    runs: list[int]
    repeats: tuple[float, ...]


def _by_series(runs: Sequence[Run]) -> dict[str, _Found]:
    found: dict[str, _Found] = {}
    for index, run in enumerate(runs):
        for m in run.measurements:
            one = found.setdefault(series_id(m, run.environment), _Found(m.key, [], [], ()))
            one.values.append(central_value(m.metric.name, m.samples, m.processes))
            one.runs.append(index)
            one.repeats = m.samples if m.metric.assumption == "exact" else ()
    return found


def _earlier(stored_at: Sequence[Location], new: Sequence[Location]) -> npt.NDArray[np.bool_]:
    """Return which stored runs may be a reference: neither the results' own, nor of their commit or a later one."""
    runs, commits = {one.run for one in new}, {one.commit for one in new if one.commit}
    first = min((one.position for one in new if one.position is not None), default=None)
    return np.array(
        [
            one.run not in runs
            and one.commit not in commits
            and not (first is not None and one.position is not None and one.position > first)
            for one in stored_at
        ],
        dtype=np.bool_,
    )


def _against(
    past: SeriesValues, found: _Found, earlier: npt.NDArray[np.bool_], first: int, window: int | None
) -> Held | None:
    """Return the series with its new points; `first` is the index of the first new run's location."""
    kept = np.flatnonzero(earlier[past.places])[-(window or 0) :]
    if not kept.size:
        return None
    places = np.concatenate([past.places[kept], np.array(found.runs, dtype=np.int64) + first])
    return Held(past.entry, past.values[kept], np.array(found.values), places, np.array(found.repeats))


def _lacking(
    series: Sequence[SeriesValues], new: set[str], references: set[int], earlier: npt.NDArray[np.bool_]
) -> tuple[SeriesValues, ...]:
    """Return the series of the reference runs that the results do not have."""
    return tuple(
        one
        for one in series
        if one.entry.id not in new and (kept := one.places[earlier[one.places]]).size and int(kept[-1]) in references
    )


def _latest(selection: Selection, newest: int) -> tuple[tuple[SeriesValues, ...], list[str]]:
    """Return the series without those that another environment has `newest` later points of, and what to say of them.

    Fewer are no other environment that took over, but two machines that measure in turns.
    """
    at = [-1 if one.position is None else one.position for one in selection.locations]
    latest: dict[tuple[str, str], SeriesValues] = {}
    for one in selection.series:
        other = latest.setdefault(_key(one.entry), one)
        if at[one.places[-1]] > at[other.places[-1]]:
            latest[_key(one.entry)] = one
    kept: list[SeriesValues] = []
    for one in selection.series:
        last, ahead = at[one.places[-1]], latest[_key(one.entry)].places[-newest:].tolist()
        if last < 0 or sum(at[place] > last for place in ahead) < newest:
            kept.append(one)
    left = len(selection.series) - len(kept)
    said = f"{left} series of environments whose points end earlier are not judged: name their environment to see them"
    return tuple(kept), [said] if left else []


def _key(entry: SeriesEntry) -> tuple[str, str]:
    return entry.benchmark.label, entry.metric.name


def _going(
    series: Sequence[SeriesValues], locations: Sequence[Location]
) -> tuple[list[SeriesValues], tuple[SeriesValues, ...], list[SeriesValues]]:
    """Part the series that go on from those that stopped before the newest commit, and those that stopped earlier.

    A series stopped where another one has a point in its last run, and points of later commits.
    """
    going: list[SeriesValues] = []
    ended: list[SeriesValues] = []
    gone: list[SeriesValues] = []
    behind = _behind(series, locations)
    for one in series:
        later = int(behind[one.places[-1]])
        (going if later == 0 else ended if later == 1 else gone).append(one)
    return going, tuple(ended), gone


def _behind(series: Sequence[SeriesValues], locations: Sequence[Location]) -> Places:
    """Return how many later commits at most a series has that has a point at each location; runs without commits."""
    names: dict[str, int] = {}
    codes = np.array([names.setdefault(one.commit or one.run, len(names)) for one in locations], dtype=np.int64)
    most = np.zeros(len(locations), dtype=np.int64)
    for one in series:
        commits = codes[one.places]
        others = np.concatenate([commits[1:] != commits[:-1], [False]])
        np.maximum.at(most, one.places, np.cumsum(others[::-1])[::-1])
    return most


def _held(project: Project, one: SeriesValues, newest: int, locations: Sequence[Location]) -> Held:
    history = split_at(one.values.size, newest)
    repeats: tuple[float, ...] = ()
    if one.entry.metric.assumption == "exact" and history and one.values[-1] != one.values[history - 1]:
        run = project.store.run(locations[one.places[-1]].run)  # rare: it changed just now
        repeats = next(m.samples for m in run.measurements if series_id(m, run.environment) == one.entry.id)
    return Held(one.entry, one.values[:history], one.values[history:], one.places, np.array(repeats))


def _named(series: Sequence[SeriesValues]) -> str:
    shown = [f"{one.entry.benchmark.label} {one.entry.metric.name}" for one in series[:3]]
    return ", ".join(shown) + (" …" if len(series) > len(shown) else "")
