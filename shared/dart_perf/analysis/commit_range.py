"""Which commits a change came in with: always a range, from what was measured."""

from collections.abc import Sequence

from dart_perf.model.change import ChangePoint
from dart_perf.model.series import Location
from dart_perf.model.trend import CommitRange

HASH = 10
"""Characters of a commit's hash that are shown in a sentence; records hold all."""


def commit_range(change: ChangePoint, places: Sequence[int], locations: Sequence[Location]) -> CommitRange:
    """Return the commits after the last run that certainly had the old level, up to the first that has the new one.

    Args:
        change: of a series.
        places: index of each of the series' points in `locations`.
        locations: every run of the selection.
    """
    return range_of(change.first, change.last, places, locations)


def range_of(first: int, last: int, places: Sequence[int], locations: Sequence[Location]) -> CommitRange:
    """Return the commits of points `first` to `last` of a series, from what comes behind the point before `first`."""
    old = locations[places[first - 1]] if first else None
    new = locations[places[last]]
    start = old.position if old is not None else None
    return CommitRange(
        after=old.commit if old is not None else None,
        up_to=new.commit,
        commits=max(0, new.position - start) if new.position is not None and start is not None else None,
        runs=last - first + 1,
    )


def said_range(where: CommitRange) -> str:
    """Return a range of commits in words; a single commit only where that is what the range is."""
    if where.up_to is None:
        return "at one run" if where.runs == 1 else f"within {where.runs} runs"
    if where.after == where.up_to:
        return f"between runs of {where.up_to[:HASH]} itself"
    after = f"after {where.after[:HASH]} " if where.after else ""
    many = "" if where.commits is None else f" ({where.commits} commit{'s' * (where.commits != 1)})"
    return f"{after}up to {where.up_to[:HASH]}{many}"
