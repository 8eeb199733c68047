"""What is newest of every scenario against its current baseline."""

from collections.abc import Sequence

from dart_perf.analysis.comparison import Pair, Question, compare_family
from dart_perf.analysis.verdict import worst
from dart_perf.errors import MissingData, NoBaseline
from dart_perf.measure import catalogue
from dart_perf.model.baseline import Baseline, BaselineEntry, State
from dart_perf.model.comparison import Comparison
from dart_perf.model.detection import Confrontation
from dart_perf.model.environment import Environment
from dart_perf.model.judgement import Status
from dart_perf.model.measurement import Run
from dart_perf.workflows import baselines
from dart_perf.workflows.detection import allowed
from dart_perf.workflows.history_detection import MARGIN
from dart_perf.workflows.project import Project


def new_against_old(project: Project, margin: float | None = None) -> Confrontation:
    """Hold the newest candidate of each scenario, or its newest stored run, against the scenario's current baseline.

    A candidate that was captured after the baseline comes before runs that nobody sealed. All series of all scenarios
    are one decision.

    Raises:
        NoBaseline: no scenario has a current baseline on this platform.
        MissingData: of none of those that have one anything newer is stored.
        InvalidInput: the margin is not possible.
    """
    current = _current(project)
    if not current:
        raise NoBaseline("no scenario has a current baseline on this platform. Capture one with capture_baseline.")
    pairs: list[Pair] = []
    left_out: list[str] = []
    for entry in current:
        sealed = project.store.baseline(entry.id)
        named, runs = _newest(project, entry, sealed)
        if runs:
            pairs.append((_question(project, entry, named, margin), sealed.runs, runs))
        else:
            left_out.append(f"{entry.scenario}: no candidate and no run is newer than {entry.id}")
    if not pairs:
        raise MissingData(f"nothing is newer than the baselines ({'; '.join(left_out)}). Capture what is new.")
    return _confronted(compare_family(pairs), left_out)


def _current(project: Project) -> list[BaselineEntry]:
    """Return the current baseline of each scenario on this platform, or on one that is not known."""
    places = (baselines.THIS, Environment().platform)
    found: dict[str, BaselineEntry] = {}
    for place in places:
        for entry in project.store.baselines(platform=place):
            if entry.state is State.CURRENT:
                found.setdefault(entry.scenario, entry)
    return [found[name] for name in sorted(found)]


def _newest(project: Project, entry: BaselineEntry, sealed: Baseline) -> tuple[str, Sequence[Run]]:
    """Return how the new side is called, and its runs; none where nothing is newer."""
    later = [
        other
        for other in project.store.baselines(entry.scenario, entry.platform)
        if other.state is State.CANDIDATE and other.created > entry.created
    ]
    if later:
        newest = max(later, key=lambda other: other.created)
        old = {run.id for run in sealed.runs}  # the same program's candidate holds the sessions before it too
        fresh = [run for run in project.store.baseline(newest.id).runs if run.id not in old]
        return (newest.id, fresh) if fresh else ("", ())
    runs = project.store.runs(scenario=entry.scenario)
    sealed_at = max((i for i, run in enumerate(runs) if run.id in {one.id for one in sealed.runs}), default=-1)
    after = runs[sealed_at + 1 :]
    return (
        (f"{entry.scenario} {after[-1].version or ''} ({after[-1].id})".replace("  ", " "), after[-1:])
        if after
        else ("", ())
    )


def _question(project: Project, entry: BaselineEntry, named: str, margin: float | None) -> Question:
    known = catalogue.load(project.root).get(entry.scenario)
    asked = allowed(margin, known.margin if known else MARGIN)
    return Question(entry.scenario, entry.id, named, asked, known.decides if known else "cpu")


def _confronted(found: Sequence[Comparison], left_out: Sequence[str]) -> Confrontation:
    status = worst(one.status for one in found)
    carriers = [one for one in found if one.status is status]
    of = f"{len(carriers)} of {len(found)} scenarios"
    return Confrontation(
        status=status,
        summary=f"{of}: {carriers[0].scenario}: {carriers[0].summary}",
        comparisons=tuple(sorted(found, key=lambda one: one.status is not status)),
        left_out=tuple(left_out),
        next_step=carriers[0].next_step if status is not Status.NORMAL else "go on; promote what is to be defended",
    )
