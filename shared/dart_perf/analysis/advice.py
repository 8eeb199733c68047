"""The one next step after a verdict."""

from collections.abc import Sequence

from dart_perf.analysis.other_metric import is_other_metric
from dart_perf.analysis.verdict import named, undecided
from dart_perf.model.comparison import SeriesVerdict
from dart_perf.model.judgement import Status

MOST_PROCESSES = 200
"""Processes a side that a comparison may be asked for; the tools refuse more."""
_NEXT = {
    Status.BEHAVIOUR_CHANGED: "check that the new behaviour is meant; then capture a new baseline, then judge speed",
    Status.IMPROVEMENT_DETECTED: "keep the change; capture a baseline and promote it so that the gain is defended",
    Status.NORMAL: "go on",
    Status.INCOMPARABLE: "measure both sides on one machine with one tool chain: compare_with_baseline does",
}


def next_step(
    status: Status,
    series: Sequence[SeriesVerdict],
    design: str,
    lacking: Sequence[str] = (),
    *,
    from_file: bool = False,
) -> str:
    """Return what to do now; a baseline `from_file` cannot be measured again."""
    deciding = [verdict for verdict in series if verdict.decides]
    turned = next((verdict for verdict in deciding if is_other_metric(verdict.judgement)), None)
    if status is Status.INCOMPARABLE and turned:
        return f"mend the source of {turned.benchmark} {turned.metric}: unit and direction must agree on both sides"
    if status is Status.REGRESSION_DETECTED:
        return f"look at what {deciding[0].benchmark} executes in your change, mend it and compare again"
    return _NEXT.get(status) or _open_step(deciding, _apart(design, from_file=from_file), lacking)


def _apart(design: str, *, from_file: bool) -> str:
    """Return how to measure both sides together where they were not; empty where they were."""
    if design != "then-and-now":
        return ""
    first = "capture the old program as a baseline, then " if from_file else ""
    return f"{first}measure both sides side by side with compare_with_baseline: stored values carry the machine's drift"


def _open_step(deciding: Sequence[SeriesVerdict], apart: str, lacking: Sequence[str]) -> str:
    """Return what would settle what is open."""
    unclear = undecided(deciding)
    if lacking:
        again = (apart or _again(unclear)) if unclear else "compare again"
        return f"run what is missing ({named(lacking)}) or say why it is gone with a new baseline; then {again}"
    if not deciding:
        return "check that both sides ran the same benchmarks"
    return apart or f"{_again(unclear)}; do not read this as `fine`"


def _again(unclear: Sequence[SeriesVerdict]) -> str:
    """Return how to measure again: more runs first, since a margin that grows until it passes proves nothing."""
    needed = max((n for v in unclear if (n := v.judgement.runs_needed) is not None), default=None)
    calm = "compare again on a quieter machine"
    larger = "allow a larger margin if such a change really does not matter"
    if needed is None:
        return f"{calm}, or {larger}"
    if needed > MOST_PROCESSES:
        return f"{calm}: as it is, it takes about {needed} processes a side (at most {MOST_PROCESSES}); or {larger}"
    return f"compare again with processes={needed}"
