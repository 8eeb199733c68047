"""Judging newest points, or results without a baseline, against the stored history of the same series."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from dart_perf.analysis.detected import detection, held_guards, span
from dart_perf.analysis.joint_shift import joint_shifts
from dart_perf.analysis.missing import deciding, without_which
from dart_perf.analysis.newest import Newest, estimate_points, expected_false_alerts, judge_newest
from dart_perf.analysis.since import place
from dart_perf.measure import catalogue
from dart_perf.model.detection import Detection, SeriesChange
from dart_perf.model.history import SeriesEntry
from dart_perf.model.judgement import Judgement, Status
from dart_perf.model.measurement import Benchmark, Run
from dart_perf.model.series import Location
from dart_perf.stats.estimate import Estimate
from dart_perf.workflows.memo import Call, Method, remembered
from dart_perf.workflows.newest import Family, Held
from dart_perf.workflows.project import Progress, Project, silent
from dart_perf.workflows.series_changes import begun, earlier, find_steps

MARGIN = 0.05
"""Used where neither the caller nor the scenario says one."""
ESTIMATES: Method[Estimate | Judgement] = Method("newest-points", Estimate | Judgement, estimate_points)
MarginOf = Callable[[Benchmark], float | None]


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """The whole answer, and the points it stands on."""

    detection: Detection
    points: dict[tuple[str, str], Held]
    """By benchmark and metric as the answer names them."""
    runs: tuple[Run, ...]
    """The newest ones."""
    lacking: tuple[str, ...]
    """Series without which nothing is cleared: measured before, and not now."""
    elsewhere: tuple[str, ...]
    """New series that were measured before, in other environments only."""
    commits: tuple[str, str] | None
    """What was called came in after the first, up to and with the second; None where commits are not known."""


def own_margin(_benchmark: Benchmark) -> float | None:
    """Return None: no benchmark has a margin of its own."""


def judge_family(
    project: Project,
    family: Family,
    margin: float | None,
    *,
    margin_of: MarginOf = own_margin,
    progress: Progress = silent,
) -> Judged:
    """Judge all series of the family as one decision, and say what the answer stands on.

    Args:
        project: whose store and scenarios are asked.
        family: what is judged.
        margin: largest relative change that does not matter; None for that of the scenario that was measured.
        margin_of: the margin of a benchmark that has one of its own.
        progress: is told how many series were judged.

    Raises:
        InvalidInput: a value cannot be judged.
        Corrupted: a run cannot be read.
    """
    runs = _Runs(project, family)
    refused, changed, doubted = held_guards(runs.pairs)
    items = _items(project, family, runs, margin, margin_of)
    estimates = [
        Judgement(status=Status.BEHAVIOUR_CHANGED, margin=item.margin) if runs.pair(held) in refused else found
        for item, held, found in zip(items, family.series, _estimates(project, items, progress), strict=True)
    ]
    verdicts = judge_newest(items, estimates)
    points = {(item.label, item.entry.metric.name): held for item, held in zip(items, family.series, strict=True)}
    by_name = {(item.label, item.entry.metric.name): item for item in items}
    steps = find_steps(project, by_name, progress)
    missing = [_key(one.entry) for one in family.ended]
    scenarios = catalogue.load(project.root)
    lacking = without_which(runs.references, runs.newest, missing, lambda name: deciding(scenarios.get(name or "")))
    slower, said = earlier(verdicts, by_name, steps, points, family.locations)
    found = detection(
        verdicts,
        named_as=_named(family),
        margin=MARGIN if margin is None else margin,
        changed=changed,
        changes=begun(verdicts, by_name, steps, points, family.locations),
        missing=missing,
        lacking=lacking if family.newest else (),
        false_alerts=expected_false_alerts(items, estimates),
        added=family.added,
        earlier=slower,
        warnings=[
            *said,
            *joint_shifts(items, verdicts),
            *doubted,
            *runs.warnings(),
            *family.notes,
        ],
    )
    return Judged(found, points, runs.newest, lacking, family.elsewhere, _commits(family, found.changes))


class _Runs:
    """The newest run and the last one of the reference of each series; each is read once."""

    def __init__(self, project: Project, family: Family) -> None:
        self._locations = family.locations
        self._read = {run.id: run for run in family.newest}
        names = dict.fromkeys(self.pair(held) for held in family.series)
        for name in {name for pair in names for name in pair if name and name not in self._read}:
            self._read[name] = project.store.run(name)
        self.pairs = [(self._read[before], self._read[after]) for before, after in names if before]
        self.references = tuple(before for before, _ in self.pairs)
        self.newest = tuple(self._read[name] for name in dict.fromkeys(after for _, after in names))

    def pair(self, held: Held) -> tuple[str, str]:
        """Return the ids of the last run of the reference (empty where there is none) and of the newest run."""
        before = self._locations[held.places[held.history.size - 1]].run if held.history.size else ""
        return before, self._locations[held.places[-1]].run

    def scenario(self, held: Held) -> str | None:
        """Return what the newest run of a series was measured for."""
        return self._read[self.pair(held)[1]].scenario

    def warnings(self) -> list[str]:
        """Return what the newest runs say of themselves, and whether the work tree was as committed."""
        edited = [run.id for run in self.newest if run.dirty]
        of = f" and {len(edited) - 1} more" if edited[1:] else ""
        said = [f"{edited[0]}{of} was measured with uncommitted changes"] if edited else []
        return [*said, *(warning for run in self.newest for warning in run.warnings)]


def _items(project: Project, family: Family, runs: _Runs, margin: float | None, margin_of: MarginOf) -> list[Newest]:
    scenarios = catalogue.load(project.root)
    twice = Counter(_key(held.entry) for held in family.series)
    items = []
    for held in family.series:
        scenario = scenarios.get(runs.scenario(held) or "")
        usual = margin if margin is not None else scenario.margin if scenario else MARGIN
        own = margin_of(held.entry.benchmark)
        label, place = held.entry.benchmark.label, held.entry.fingerprint[:8]
        items.append(
            Newest(
                held.entry,
                f"{label} @{place}" if twice[_key(held.entry)] > 1 and place else label,
                held.history,
                held.new,
                usual if own is None else own,
                held.repeats,
                deciding(scenario),
            )
        )
    return items


def _estimates(project: Project, items: Sequence[Newest], progress: Progress) -> tuple[Estimate | Judgement, ...]:
    calls = [
        Call(
            (item.history, item.new, item.repeats),
            {
                "margin": item.margin,
                "better": item.entry.metric.better,
                "unit": item.entry.metric.unit,
                "exact": item.entry.metric.assumption == "exact",
            },
        )
        for item in items
    ]
    return remembered(project, ESTIMATES, calls, progress)


def _named(family: Family) -> tuple[str, str]:
    """Return how the two sides are called: which commits they lie at."""
    past = np.flatnonzero(np.bincount(np.concatenate([h.places[: h.history.size] for h in family.series]))).tolist()
    new = np.flatnonzero(np.bincount(np.concatenate([h.places[h.history.size :] for h in family.series]))).tolist()
    before = f"stored history, {span([family.locations[i] for i in past])}" if past else "no history"
    most = max(held.new.size for held in family.series)
    what = "results" if family.newest else f"newest {most} point{'s' * (most > 1)} of each series"
    return before, f"{what}, {span([family.locations[i] for i in new])}"


def _commits(family: Family, changes: Sequence[SeriesChange]) -> tuple[str, str] | None:
    """Return the commits that what was called came in by: from the last of the reference to the newest.

    The first end is earlier where a series left its level earlier: what it left in is a part of the change.
    """
    ends = [
        (family.locations[held.places[held.history.size - 1]], family.locations[held.places[-1]])
        for held in family.series
        if held.history.size
    ]
    known = [(a, b) for a, b in ends if a.commit and b.commit]
    if not known:
        return None
    before, after = max(known, key=lambda pair: _position(pair[1]))
    begun = {change.after for change in changes}
    earlier = [one for one in family.locations if one.commit and place(one) in begun]
    first = min([before, *earlier], key=_position)
    return (first.commit or "", after.commit or "")


def _position(location: Location) -> int:
    return -1 if location.position is None else location.position


def _key(entry: SeriesEntry) -> str:
    return f"{entry.benchmark.label} {entry.metric.name}"
