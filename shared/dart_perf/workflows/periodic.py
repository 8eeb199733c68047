"""Looking at the history again and again, and telling only what changed since the last look."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count

from dart_perf.analysis.pattern import name_patterns
from dart_perf.errors import MissingData
from dart_perf.model.trend import Change, Round
from dart_perf.report.trend import change_line
from dart_perf.workflows.project import Project
from dart_perf.workflows.series_query import Query, select
from dart_perf.workflows.trend_reading import Reading, read_trends
from dart_perf.workflows.trends import list_trends, windowed


@dataclass(frozen=True, slots=True)
class _Place:
    """A change of level and the runs among which it lies."""

    change: Change
    runs: frozenset[str]

    def is_same(self, other: "_Place") -> bool:
        """Return whether two looks saw the same change: later values may move it within its range."""
        same = (self.change.ratio or 1.0) > 1.0, self.change.series
        return same == ((other.change.ratio or 1.0) > 1.0, other.change.series) and bool(self.runs & other.runs)


@dataclass(frozen=True, slots=True)
class _Seen:
    """The state that the next look is held against."""

    points: Mapping[str, int]
    """Stored points by series."""
    places: tuple[_Place, ...] = ()
    patterns: Mapping[tuple[str, str], str] | None = None
    """What is told of drifts, seasons, spread, environments and spikes, by series and kind."""
    runs: frozenset[str] = frozenset()
    """Runs in the window: a change that left it is no news."""


def looks(
    project: Project, query: Query, *, interval: float, rounds: int | None, sleep: Callable[[float], None]
) -> Iterator[Round]:
    """Look at the series that the query names every `interval` seconds, `rounds` times or without end.

    The first look tells all that stands, the others what is new. A store in which nothing matches yet is waited for.

    Raises:
        InvalidInput: the range or window is not possible.
    """
    seen = _Seen({})
    for number in count(1):
        seen, found = _look(project, query, number, seen)
        yield found
        if number == rounds:
            return
        sleep(interval)


def _look(project: Project, query: Query, number: int, before: _Seen) -> tuple[_Seen, Round]:
    asked, points = windowed(query), {entry.id: entry.points for entry in project.store.series()}
    try:
        reading = read_trends(project, select(project, asked))
    except MissingData as nothing:
        summary = str(nothing).splitlines()[0]
        return _Seen(points), Round(number=number, when=project.now(), summary=summary, points=0, worse=0)
    trends = list_trends(reading, asked, limit=1)
    now = _seen(reading, points)
    fresh = max(0, sum(points.values()) - sum(before.points.values())) if number > 1 else 0
    return now, Round(
        number=number,
        when=project.now(),
        summary=f"{trends.summary}{f'; {fresh} new values' if fresh else ''}",
        points=fresh,
        news=tuple(_news(now, before)),
        worse=trends.worse,
    )


def _seen(reading: Reading, points: Mapping[str, int]) -> _Seen:
    locations = reading.selection.locations
    places: list[_Place] = []
    patterns: dict[tuple[str, str], str] = {}
    runs: set[str] = set()
    for index, told in enumerate(reading.told):
        own = [locations[place].run for place in told.series.places.tolist()]
        runs.update(own)
        for point, change in zip(told.points, told.changes, strict=True):
            places.append(_Place(change, frozenset(own[point.first : point.last + 1])))
        entry = told.series.entry
        for pattern in (*reading.patterns.get(index, ()), *name_patterns(told.series, told.own, (), locations)):
            said = f"{pattern.kind} {entry.benchmark.label} {entry.metric.name}: {pattern.said}"
            patterns[entry.id, pattern.kind] = said
    return _Seen(points, tuple(places), patterns, frozenset(runs))


def _news(now: _Seen, before: _Seen) -> Iterator[str]:
    """Yield what is new, then what is no longer shown though its runs are still in the window."""
    for place in now.places:
        if not any(place.is_same(other) for other in before.places):
            yield f"new: {change_line(place.change)}"
    known, found = before.patterns or {}, now.patterns or {}
    yield from (f"new: {found[key]}" for key in found if key not in known)
    for place in before.places:
        if place.runs & now.runs and not any(place.is_same(other) for other in now.places):
            yield f"no longer shown: {change_line(place.change)}"
    yield from (f"no longer shown: {known[key]}" for key in known if key not in found)
