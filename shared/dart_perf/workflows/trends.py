"""What histories show: the trend of every series, the worst first, and every change of level, the newest first."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from dart_perf.analysis import movement
from dart_perf.analysis.direction import is_worse
from dart_perf.analysis.trend import Told, net_size, trend_of
from dart_perf.model.change import ChangePoint
from dart_perf.model.series import Location
from dart_perf.model.trend import Change, ChangeList, TrendList
from dart_perf.report.brief import fitting
from dart_perf.report.sparkline import sparkline
from dart_perf.report.trend import change_line, trend_lines
from dart_perf.workflows.paging import page_of
from dart_perf.workflows.project import Progress, Project, silent
from dart_perf.workflows.series_query import Query, select
from dart_perf.workflows.trend_reading import Reading, read_trends

WINDOW = 200
"""Newest points of each series that are read unless told otherwise: ten times what a regime needs to be judged without
a warning, and at ten runs a day the last three weeks."""
BUDGET = 6_000
"""Characters of the entries of a brief page, text and record together, that keep an answer within 2,000 tokens."""
LIMIT = 20
"""Entries a page, at most; a brief page holds as many of them as there is room for."""
PATTERNS = 3
"""Patterns of a series that a brief answer tells; perf://series/{id} has all."""
GROUPS = 3
"""Groups of series that moved together and are named in a warning each."""
Detail = Literal["brief", "full"]


def windowed(query: Query) -> Query:
    """Return the query with the default window where it names neither a window nor commits."""
    return query if query.window is not None or query.commits is not None else replace(query, window=WINDOW)


def query_trends(
    project: Project,
    query: Query,
    *,
    limit: int = LIMIT,
    cursor: str | None = None,
    detail: Detail = "brief",
    progress: Progress = silent,
) -> TrendList:
    """Return a page of the series that the query names, the worst first.

    Raises:
        InvalidInput: the range, window or cursor is not possible.
        MissingData: the store holds no series, or none that the query names.
    """
    asked = windowed(query)
    reading = read_trends(project, select(project, asked, progress), progress=progress)
    return list_trends(reading, asked, limit=limit, cursor=cursor, detail=detail)


def list_trends(
    reading: Reading, asked: Query, *, limit: int = LIMIT, cursor: str | None = None, detail: Detail = "brief"
) -> TrendList:
    """Return a page of what was read, the worst first. Raises InvalidInput where the cursor names no series."""
    sizes = [net_size(told) for told in reading.told]
    order = sorted(range(len(sizes)), key=lambda i: _worst_first(sizes[i], reading.told[i]))
    locations = reading.selection.locations
    page, _ = page_of(order, lambda i: reading.told[i].series.entry.id, limit=limit, cursor=cursor)
    entries = [
        trend_of(
            reading.told[i], locations, sparkline(reading.told[i].series.values.tolist()), reading.patterns.get(i, ())
        )
        for i in page
    ]
    if detail == "brief":
        entries = [entry.model_copy(update={"patterns": entry.patterns[:PATTERNS]}) for entry in entries]
        entries = entries[: fitting(entries, lambda entry: "\n".join(trend_lines(entry)), BUDGET)]
    is_last = not entries or entries[-1].series == reading.told[order[-1]].series.entry.id
    worse, better, few = _tally(reading, sizes)
    return TrendList(
        summary=_summary(len(order), worse, better, few, asked),
        trends=tuple(entries),
        total=len(order),
        worse=worse,
        better=better,
        too_few=few,
        window=asked.window,
        next_cursor=None if is_last else entries[-1].series,
        warnings=_warnings(reading),
        next_step=_next(worse, few, len(order)),
    )


def find_change_points(
    project: Project,
    query: Query,
    *,
    min_effect: float = movement.SMALLEST,
    limit: int = LIMIT,
    cursor: str | None = None,
    detail: Detail = "brief",
    progress: Progress = silent,
) -> ChangeList:
    """Return a page of the changes of level of the series that the query names, the newest first.

    Raises:
        InvalidInput: the range, window, cursor or smallest effect is not possible.
        MissingData: the store holds no series, or none that the query names.
    """
    asked = windowed(query)
    reading = read_trends(project, select(project, asked, progress), min_effect=min_effect, progress=progress)
    return list_changes(reading, asked, limit=limit, cursor=cursor, detail=detail)


def list_changes(
    reading: Reading, asked: Query, *, limit: int = LIMIT, cursor: str | None = None, detail: Detail = "brief"
) -> ChangeList:
    """Return a page of the changes that were read, the newest first. Raises InvalidInput for an unknown cursor."""
    locations = reading.selection.locations
    found = [
        (told, point, change) for told in reading.told for point, change in zip(told.points, told.changes, strict=True)
    ]
    found.sort(key=lambda item: _newest_first(item[0], item[1], item[2], locations))
    names = {id(item[2]): f"{item[2].series}.{_run(item[0], item[1], locations)}" for item in found}
    changes = [change for _, _, change in found]
    page, _ = page_of(changes, lambda change: names[id(change)], limit=limit, cursor=cursor)
    if detail == "brief":
        page = page[: fitting(page, change_line, BUDGET)]
    is_last = not page or page[-1] is changes[-1]
    few = sum(told.movement.points < movement.FEWEST_FOR_STEP for told in reading.told if not told.points)
    worse = [c for told, _, c in found if _is_own(c) and is_worse(c, told.series.entry.metric.better)]
    return ChangeList(
        summary=_change_summary(changes, worse, len(reading.told), few, asked),
        changes=page,
        total=len(changes),
        series=len(reading.told),
        too_few=few,
        window=asked.window,
        next_cursor=None if is_last else names[id(page[-1])],
        warnings=_warnings(reading),
        next_step=_next_of_changes(worse, few, len(reading.told)),
    )


def _worst_first(size: float, told: Told) -> tuple[float, str, str, str]:
    entry = told.series.entry
    return (-round(size, 9), entry.benchmark.label, entry.metric.name, entry.id)


def _newest_first(
    told: Told, point: ChangePoint, change: Change, locations: Sequence[Location]
) -> tuple[float, int, float, str, str]:
    """Sort by commit position; where there is none, by how many runs ago; then the larger change first."""
    position = locations[int(told.series.places[point.last])].position
    size = abs(math.log(change.ratio)) if change.ratio else 0.0
    ago = told.movement.points - point.index
    return (-math.inf if position is None else -position, ago, -size, change.benchmark, change.series)


def _run(told: Told, point: ChangePoint, locations: Sequence[Location]) -> str:
    return locations[int(told.series.places[point.index])].run


def _tally(reading: Reading, sizes: Sequence[float]) -> tuple[int, int, int]:
    """Return how many series are worse, better, and too short to say."""
    least = math.log1p(movement.SMALLEST)
    quiet = (told for told, size in zip(reading.told, sizes, strict=True) if abs(size) < least)
    few = sum(told.movement.points < movement.FEWEST_FOR_STEP for told in quiet)
    return sum(size >= least for size in sizes), sum(size <= -least for size in sizes), few


def _read(asked: Query) -> str:
    newest = "in all runs" if asked.window is None else f"in the newest {asked.window} runs of each"
    if asked.commits is None:
        return newest
    return f"in {asked.commits}" if asked.window is None else f"{newest} in {asked.commits}"


def _summary(total: int, worse: int, better: int, few: int, asked: Query) -> str:
    quiet = total - worse - better - few
    parts = [f"{worse} of {total} series worse by steps or drifts of their own {_read(asked)}"]
    parts += [f"{better} better"] if better else []
    parts += [f"{quiet} without a lasting change"] if quiet else []
    parts += [f"{few} with fewer than {movement.FEWEST_FOR_STEP} runs, too few for a change to be found"] if few else []
    return "; ".join(parts)


def _is_own(change: Change) -> bool:
    return change.together is None or change.own is not None


def _change_summary(changes: Sequence[Change], worse: Sequence[Change], series: int, few: int, asked: Query) -> str:
    standing = sum(change.is_current for change in worse)
    count = f"{len(changes)} change{'s' * (len(changes) != 1)}"
    parts = [f"{count} of level in {series} series {_read(asked)}"]
    parts += [f"{len(worse)} for the worse, {standing} of which stand"] if changes else []
    machine = sum(not _is_own(change) for change in changes)
    parts += [f"{machine} of the machine, not of code"] if machine else []
    parts += (
        [f"{few} series with fewer than {movement.FEWEST_FOR_STEP} runs, too few for a change to be found"]
        if few
        else []
    )
    return "; ".join(parts)


def _warnings(reading: Reading) -> tuple[str, ...]:
    said: list[str] = []
    for those in reading.groups[:GROUPS]:
        one = reading.told[those.group.members[0]].series.entry
        count = len(those.group.members)
        steps = len(those.group.changes)
        what = f"{steps} step{'s' * (steps != 1)}" if steps else "a drift, season or spike"
        said.append(
            f"{count} series of {one.metric.name} in environment {one.fingerprint[:8]} moved together ({what}): "
            "the machine, or something that all of them share, e.g. a compiler flag; measure an old commit again "
            "to tell which. Each is judged by what is left"
        )
    more = len(reading.groups) - GROUPS
    said += [f"{more} more groups of series moved together"] if more > 0 else []
    return (*said, *reading.selection.left_out)


def _next(worse: int, few: int, total: int) -> str:
    if worse:
        return "look at the commits that the first series names; measure commits within a range to narrow it down."
    if few == total:
        least = movement.FEWEST_FOR_STEP
        return f"measure or import more: {least} runs of a series are the least in which a change is found."
    return "nothing to do; a larger window looks further back."


def _next_of_changes(worse: Sequence[Change], few: int, series: int) -> str:
    if any(change.is_current and change.together is None for change in worse):
        return "look at the commits of the first change that stands, or measure commits within them to narrow it down."
    return _next(0, few, series)
