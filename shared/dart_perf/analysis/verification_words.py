"""What a verification says first and last: its verdict in one sentence, and what to do next."""

from collections.abc import Sequence

from dart_perf.model.judgement import Status
from dart_perf.model.verification import CountVerdict, PairVerdict, ScenarioVerdict

_SAID = {
    Status.REGRESSION_DETECTED: "slower",
    Status.IMPROVEMENT_DETECTED: "faster",
    Status.NORMAL: "within the margin",
    Status.INCONCLUSIVE: "not known yet",
    Status.INSUFFICIENT_DATA: "too few pairs",
}


def summary(verdicts: Sequence[ScenarioVerdict]) -> str:
    """Return the outcome in one sentence; `verdicts` hold at least one, the worst first."""
    worst = verdicts[0]
    more = f"; and {len(verdicts) - 1} more scenario{'s' * (len(verdicts) > 2)}" if verdicts[1:] else ""  # noqa: PLR2004 -- the first and one more
    return f"{worst.scenario} {one(worst)}{more}"


def one(verdict: ScenarioVerdict) -> str:
    """Return the outcome of one scenario, which is named before it."""
    if verdict.error:
        return f"could not be measured: {verdict.error.splitlines()[0]}"
    if verdict.judgement is None:
        return f"computes something else: {', '.join(verdict.guards)}; nothing is said of its speed"
    part = next(iter(verdict.parts), None)
    said = f"{_SAID[verdict.judgement.status]}: {interval(verdict.judgement)} {verdict.decides} time"
    if part and part.judgement.status is Status.REGRESSION_DETECTED is not verdict.judgement.status:
        said = f"is slower in {part.benchmark}: {interval(part.judgement)}; as a whole {said}"
    elif part and _waits(verdict):
        said = f"not known yet in {part.benchmark}: {interval(part.judgement)}; as a whole {said}"
    said += f", margin {100 * verdict.judgement.margin:g} %, {verdict.pairs} pairs in {verdict.seconds:.0f} s"
    said += _attempts(verdict)
    return said + (f"; instructions {_counted(verdict.counts)}" if verdict.counts else "")


def _waits(verdict: ScenarioVerdict) -> bool:
    """Say whether a part is undecided and the whole is not."""
    judgement = verdict.judgement
    return verdict.status is Status.INCONCLUSIVE and judgement is not None and judgement.status is Status.NORMAL


def _attempts(verdict: ScenarioVerdict) -> str:
    if verdict.attempt == 1:
        return ""
    confirmed = verdict.seen is not None and verdict.status is Status.IMPROVEMENT_DETECTED
    return f", {verdict.attempt} attempts{', confirmed on fresh pairs' if confirmed else ''}"


def _counted(counts: CountVerdict) -> str:
    return f"{counts.ratio:.4f}x ({_SAID[counts.status]})"


def interval(judgement: PairVerdict) -> str:
    """Return ratio and interval, e.g. `1.102x [1.071, 1.130]`; an end that is not known yet is a question mark."""
    if judgement.ratio is None:
        return "no ratio yet"
    low, high = ("?" if end is None else f"{end:.3f}" for end in (judgement.low, judgement.high))
    return f"{judgement.ratio:.3f}x [{low}, {high}]"


def next_step(verdicts: Sequence[ScenarioVerdict]) -> str:
    """Return what to do about the worst verdict."""
    worst = verdicts[0]
    if worst.error:
        return "mend what failed, then call verify_change again"
    step = {
        Status.BEHAVIOUR_CHANGED: "settle whether the change of behaviour is wanted; speed is judged when guards agree",
        Status.REGRESSION_DETECTED: "find what costs the time in the changed lines, edit, and call verify_change again",
        Status.IMPROVEMENT_DETECTED: "keep the change",
        Status.NORMAL: "go on: no slower than the margin allows",
    }.get(worst.status)
    return step or _go_on(worst)


def _go_on(worst: ScenarioVerdict) -> str:
    judgement = worst.judgement
    if _waits(worst):
        return (
            f"call verify_change again with the same arguments: it goes on until {worst.parts[0].benchmark} is decided"
        )
    if judgement is None or judgement.pairs_needed is None:
        return (
            "more pairs alone will not decide it: use a larger margin, longer work a process, or the instruction counts"
        )
    left = max(1, judgement.pairs_needed - worst.pairs)
    time = "" if worst.seconds_needed is None else f" ({worst.seconds_needed / 60:.1f} min)"
    return f"call verify_change again with the same arguments: it goes on, and about {left} more pairs{time} are needed"
