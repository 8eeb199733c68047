"""Since when series are at their level: those that were called, and those that changed before the newest points."""

from collections.abc import Mapping, Sequence

from dart_perf.analysis.newest import Newest
from dart_perf.analysis.since import since
from dart_perf.model.change import ChangePoint
from dart_perf.model.comparison import SeriesVerdict
from dart_perf.model.detection import SeriesChange
from dart_perf.model.judgement import Status
from dart_perf.model.series import Location
from dart_perf.stats.changepoint import change_points
from dart_perf.workflows.memo import Call, Method, remembered
from dart_perf.workflows.newest import Held
from dart_perf.workflows.project import Progress, Project

CHANGES: Method[tuple[ChangePoint, ...]] = Method("change-points", tuple[ChangePoint, ...], change_points)
LOCATED = 50
"""Series called of which is said since when: more that change at once have one cause."""
NAMED = 3
"""Series that changed earlier and are named."""
WORSE = {Status.REGRESSION_DETECTED: True, Status.IMPROVEMENT_DETECTED: False}
"""The verdicts that call a series."""
Name = tuple[str, str]
"""Benchmark and metric as the answer names them."""
Steps = Mapping[Name, Sequence[ChangePoint]]


def find_steps(project: Project, items: Mapping[Name, Newest], progress: Progress) -> Steps:
    """Return the change points of each series, history and new points together."""
    found = remembered(project, CHANGES, [Call((item.values,)) for item in items.values()], progress)
    return dict(zip(items, found, strict=True))


def begun(
    verdicts: Sequence[SeriesVerdict],
    items: Mapping[Name, Newest],
    steps: Steps,
    points: Mapping[Name, Held],
    locations: Sequence[Location],
) -> list[SeriesChange]:
    """Return since when the first of the series that were called are at their level."""
    called = [v for v in verdicts if v.decides and v.judgement.status in WORSE][:LOCATED]
    names = [(v.benchmark, v.metric) for v in called]
    said = [
        since(
            items[name],
            _places(points[name], locations),
            steps[name],
            regime=points[name].history.size - v.baseline_runs,
            worse=WORSE[v.judgement.status],
        )
        for name, v in zip(names, called, strict=True)
    ]
    return [one for one in said if one is not None]


def earlier(
    verdicts: Sequence[SeriesVerdict],
    items: Mapping[Name, Newest],
    steps: Steps,
    points: Mapping[Name, Held],
    locations: Sequence[Location],
) -> tuple[int, list[str]]:
    """Return how many series became worse before the newest points or among them, though not called, and say which.

    The newest points are judged against the level since.

    A change among many new points can leave their location within the margin: what is "same" then was not always so.
    """
    before: list[SeriesChange] = []
    among: list[SeriesChange] = []
    for v in verdicts:
        name = (v.benchmark, v.metric)
        if not v.decides or v.judgement.status in WORSE or not steps[name]:
            continue
        last = since(items[name], _places(points[name], locations), steps[name][-1:], regime=0, worse=True, young=False)
        if last is not None and last.ratio is not None and last.ratio > 1 + v.judgement.margin:
            (before if steps[name][-1].index < points[name].history.size else among).append(last)
    said = [
        *_said(before, "before the newest points, which are held against the level since"),
        *_said(among, "among the newest points, which are judged together: fewer of them may tell"),
    ]
    return len(before) + len(among), said


def _said(found: list[SeriesChange], where: str) -> list[str]:
    if not found:
        return []
    found.sort(key=lambda change: -(change.ratio or 0.0))
    named = "; ".join(f"{c.benchmark} {c.metric} {c.ratio:.2f}x in {c.after}..{c.until}" for c in found[:NAMED])
    more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
    many = "1 series became" if len(found) == 1 else f"{len(found)} series became"
    return [f"{many} worse {where}: {named}{more}"]


def _places(held: Held, locations: Sequence[Location]) -> list[Location]:
    return [locations[i] for i in held.places.tolist()]
