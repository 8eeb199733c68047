"""The answer to whether newest points are worse than their own history, from verdicts on single series."""

from collections.abc import Iterable, Sequence

from dart_perf.analysis.guards import changes as guard_changes
from dart_perf.analysis.guards import doubts
from dart_perf.analysis.since import place
from dart_perf.analysis.verdict import named, overall, summary, undecided
from dart_perf.model.comparison import SeriesVerdict
from dart_perf.model.detection import Detection, SeriesChange
from dart_perf.model.judgement import Status
from dart_perf.model.measurement import Run
from dart_perf.model.series import Location

MORE = "points"
LOOK_BACK = "the newest points are level with those before; find_change_points says since when others are worse"
_NEXT = {
    Status.BEHAVIOUR_CHANGED: "check that the new behaviour is meant; speed is judged again once the history has it",
    Status.IMPROVEMENT_DETECTED: "keep it; new points make it the level that is defended",
    Status.NORMAL: "go on",
}


def detection(
    verdicts: Sequence[SeriesVerdict],
    *,
    named_as: tuple[str, str],
    margin: float,
    changed: Sequence[str] = (),
    changes: Sequence[SeriesChange] = (),
    missing: Sequence[str] = (),
    lacking: Sequence[str] = (),
    added: Sequence[str] = (),
    earlier: int = 0,
    warnings: Sequence[str] = (),
    false_alerts: float | None = None,
) -> Detection:
    """Return the answer over all series.

    Args:
        verdicts: worst first.
        named_as: how history and new points are called.
        margin: where no series has one of its own.
        changed: guards that no longer agree; the series that they concern are `BEHAVIOUR_CHANGED`.
        changes: since when the series that were called are at their level.
        missing: series that the newest run lacks.
        lacking: those of them without which nothing is cleared.
        added: series without a history.
        earlier: how many series that are not called became worse before; the warnings name them.
        warnings: what the reader must know.
        false_alerts: expected per series per 1,000 looks.
    """
    deciding = [verdict for verdict in verdicts if verdict.decides]
    status = overall(deciding, changed=bool(changed), lacking=bool(lacking))
    open_ones = undecided(deciding)
    said = summary(status, verdicts, changed, (), lacking, more=MORE)
    if open_ones and status is Status.REGRESSION_DETECTED:
        said += f"; {len(open_ones)} undecided"
    worse = [v for v in deciding if v.judgement.status is Status.REGRESSION_DETECTED]
    if worse and status is Status.BEHAVIOUR_CHANGED:
        said += f"; of the series of other programs {len(worse)} worse"
    if earlier:
        said += f"; {earlier} became worse earlier (see the warnings)"
    return Detection(
        status=status,
        summary=said,
        baseline=named_as[0],
        current=named_as[1],
        design="history",
        margin=margin,
        series=tuple(verdicts),
        guards=tuple(changed),
        missing=tuple(missing),
        added=tuple(added),
        warnings=tuple(dict.fromkeys(warnings)),
        next_step=LOOK_BACK if earlier and status is Status.NORMAL else _next_step(status, deciding, changes, lacking),
        family=len(verdicts),
        undecided=len(open_ones),
        false_alerts=false_alerts,
        changes=tuple(changes),
    )


def _next_step(
    status: Status, deciding: Sequence[SeriesVerdict], changes: Sequence[SeriesChange], lacking: Sequence[str]
) -> str:
    if status is Status.REGRESSION_DETECTED:
        worst = next(v for v in deciding if v.judgement.status is status)
        found = next((c for c in changes if (c.benchmark, c.metric) == (worst.benchmark, worst.metric)), None)
        between = f" ({found.after}..{found.until})" if found else ""
        return f"look at what {worst.benchmark} executes in those commits{between}; compare_with_baseline proves a mend"
    if lacking:
        return f"run what is missing ({named(lacking)}), or say why it is gone; then judge again"
    return _NEXT.get(
        status, "measure more new points at this commit, or compare_with_baseline: side by side it decides more"
    )


def held_guards(pairs: Iterable[tuple[Run, Run]]) -> tuple[list[tuple[str, str]], list[str], list[str]]:
    """Return the pairs of runs whose guards no longer agree, what changed, and what could not be checked."""
    refused: list[tuple[str, str]] = []
    changed: list[str] = []
    doubted: list[str] = []
    for before, after in pairs:
        found = guard_changes([before], [after])
        if found:
            refused.append((before.id, after.id))
            changed += [f"{after.scenario}: {said}" if after.scenario else said for said in found]
        doubted += doubts([before], [after])
    return refused, list(dict.fromkeys(changed)), list(dict.fromkeys(doubted))


def span(locations: Sequence[Location]) -> str:
    """Return which commits the locations lie at, from the first to the last by position; runs where there are none."""
    placed = sorted((one for one in locations if one.position is not None), key=lambda one: one.position or 0)
    ordered = placed or list(locations)
    first, last = place(ordered[0]), place(ordered[-1])
    kind = "commit" if ordered[0].commit else "run"
    return f"{kind} {first}" if first == last else f"{kind}s {first} to {last}"
