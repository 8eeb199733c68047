"""From many judgements to one sentence and one next step."""

from collections.abc import Sequence

from dart_perf.model.comparison import SeriesVerdict
from dart_perf.model.judgement import Judgement, Status


def overall(deciding: Sequence[SeriesVerdict], *, changed: bool) -> Status:
    """Return the verdict over everything that decides.

    Behaviour comes before speed; a proven regression is never withheld for what is still unclear; an improvement is
    called only when nothing is left unclear, since the question is whether anything became worse.
    """
    found = {verdict.judgement.status for verdict in deciding}
    if changed:
        return Status.BEHAVIOUR_CHANGED
    if not found:
        return Status.INSUFFICIENT_DATA
    order = (
        Status.REGRESSION_DETECTED,
        Status.INCOMPARABLE,
        Status.INSUFFICIENT_DATA,
        Status.INCONCLUSIVE,
        Status.IMPROVEMENT_DETECTED,
    )
    return next((status for status in order if status in found), Status.NORMAL)


def summary(status: Status, series: Sequence[SeriesVerdict], changed: Sequence[str], differences: Sequence[str]) -> str:
    """Return the verdict in one sentence, with the series that carries it."""
    deciding = [verdict for verdict in series if verdict.decides]
    if status is Status.BEHAVIOUR_CHANGED:
        return f"the program computes something else ({'; '.join(changed)}): no verdict on speed"
    if not deciding:
        return "both sides have no series in common"
    if status is Status.INCOMPARABLE:
        carriers = [verdict for verdict in deciding if verdict.judgement.status is status]
        return f"the sides cannot be compared: {(*differences, *carriers[0].judgement.warnings)[0]}"
    return _about_speed(status, deciding)


def _about_speed(status: Status, deciding: Sequence[SeriesVerdict]) -> str:
    margin = f"{100 * deciding[0].judgement.margin:g} %"
    carriers = [verdict for verdict in deciding if verdict.judgement.status is status]
    of = f"{len(carriers)} of {len(deciding)} series"
    if status is Status.REGRESSION_DETECTED:
        return f"{of} worse beyond the margin of {margin}; worst {_name(max(carriers, key=_ratio))}"
    if status is Status.IMPROVEMENT_DETECTED:
        return f"{of} better beyond the margin of {margin}; best {_name(min(carriers, key=_ratio))}"
    if status is Status.NORMAL:
        return f"all {len(deciding)} series are shown to be within the margin of {margin}"
    return _open_questions(deciding, margin)


def _open_questions(deciding: Sequence[SeriesVerdict], margin: str) -> str:
    unclear = [v for v in deciding if v.judgement.status in {Status.INCONCLUSIVE, Status.INSUFFICIENT_DATA}]
    known = len(deciding) - len(unclear)
    needed = _runs(unclear)
    runs = f"about {needed} runs a side would tell" if needed else "more runs of this kind would not tell"
    count = f"{len(unclear)} of {len(deciding)} series are undecided at {margin}"
    return f"no regression shown, but {count}; {runs} ({known} decided)"


_NEXT = {
    Status.BEHAVIOUR_CHANGED: "check that the new behaviour is meant; then capture a new baseline, then judge speed",
    Status.IMPROVEMENT_DETECTED: "keep the change; capture a baseline and promote it so that the gain is defended",
    Status.NORMAL: "go on",
    Status.INCOMPARABLE: "measure both sides on one machine with one tool chain: compare_with_baseline does",
}


def next_step(status: Status, series: Sequence[SeriesVerdict], design: str) -> str:
    """Return what to do now."""
    deciding = [verdict for verdict in series if verdict.decides]
    if status in _NEXT:
        return _NEXT[status]
    if not deciding:
        return "check that both sides ran the same benchmarks"
    if status is Status.REGRESSION_DETECTED:
        return f"look at what {deciding[0].benchmark} executes in your change, mend it and compare again"
    if design == "then-and-now":
        return "measure both sides side by side with compare_with_baseline: stored values carry the machine's drift"
    needed = _runs([v for v in deciding if v.judgement.status in {Status.INCONCLUSIVE, Status.INSUFFICIENT_DATA}])
    runs = f"processes={needed}" if needed else "a quieter machine or a larger margin"
    return f"compare again with {runs}; do not read this as `fine`"


def _runs(unclear: Sequence[SeriesVerdict]) -> int | None:
    """Return the runs a side that would settle every unclear series; None where one cannot be settled."""
    needed = [verdict.judgement.runs_needed for verdict in unclear]
    return max((n for n in needed if n is not None), default=None) if None not in needed else None


def _name(verdict: SeriesVerdict) -> str:
    return f"{verdict.benchmark} {verdict.metric} {_change(verdict.judgement)}"


def _change(judgement: Judgement) -> str:
    if judgement.ratio is None:
        return f"by {judgement.difference:g}" if judgement.difference is not None else "by an unknown amount"
    return f"{judgement.ratio:.3f}x [{judgement.low:.3f}, {judgement.high:.3f}]"


def _ratio(verdict: SeriesVerdict) -> float:
    return verdict.judgement.ratio or 0.0
