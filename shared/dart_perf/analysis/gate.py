"""What stands against a change under a policy: failures, waivers, notes, and one verdict."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from dart_perf.analysis.rationale import Rationale
from dart_perf.analysis.series import NO_TIME
from dart_perf.model.comparison import SeriesVerdict
from dart_perf.model.detection import Detection
from dart_perf.model.gate import Cause, GateEntry, WaiverUse
from dart_perf.model.judgement import Judgement, Status
from dart_perf.model.measurement import Run
from dart_perf.model.policy import GROUP, Answer, Policy, Waiver, is_named
from dart_perf.units import Base, scale

_CAUSES: dict[Status, Cause] = {
    Status.REGRESSION_DETECTED: "regression",
    Status.BEHAVIOUR_CHANGED: "behaviour",
    Status.INCOMPARABLE: "incomparable",
    Status.INCONCLUSIVE: "undecided",
    Status.INSUFFICIENT_DATA: "undecided",
    Status.NO_BASELINE: "no baseline",
}
EXIT_CODES: dict[Cause, int] = {
    "behaviour": 6, "regression": 1, "missing": 4, "errored": 4, "no baseline": 4, "incomparable": 5, "undecided": 3,
}  # fmt: skip
"""What a command ends with where it fails for this; the worst cause comes first."""
_RANK = tuple(EXIT_CODES)
_EFFECTS = ("fails", "waived", "noted")
_FAILED = frozenset({"error", "failed", "failure", "cut off"})
"""What readers count rows as whose benchmark ran and failed."""
COUNTED = "left out as no measurement: "
"""How a reader's count of them begins."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """What lets regressions pass, and until when."""

    policy: Policy
    source: str
    """How the policy is called."""
    rationales: Sequence[Rationale]
    today: date


def entries(
    found: Detection, lacking: Iterable[str], elsewhere: Sequence[str], runs: Iterable[Run], accepted: Accepted
) -> tuple[GateEntry, ...]:
    """Return everything that fails, was waived or must be known, in this order, the worst first.

    Args:
        found: the judgement of all series.
        lacking: series without which nothing is cleared.
        elsewhere: new series that were measured before, in other environments only.
        runs: the new ones; what failed in them is an entry.
        accepted: the policy and what else lets regressions pass.
    """
    policy = accepted.policy
    listed = [
        *_behaviour(found),
        *(_speed(verdict, accepted) for verdict in found.series if verdict.decides and _is_open(verdict)),
        *(_absent(name, "measured before, and not now") for name in lacking),
        *_too_few(found, policy),
        *required({verdict.benchmark for verdict in found.series}, policy),
        *errored(runs),
        *(_unheld(name, elsewhere, policy) for name in found.added),
    ]
    return ordered(listed)


def ordered(listed: Iterable[GateEntry]) -> tuple[GateEntry, ...]:
    """Return entries in the order in which they are told."""
    return tuple(
        sorted(listed, key=lambda e: (_EFFECTS.index(e.effect), _RANK.index(e.cause), -(e.ratio or 0.0), e.what))
    )


def nothing(cause: Cause, what: str, said: str, answer: Answer = "fail") -> GateEntry:
    """Return the entry of a gate that has nothing to judge."""
    return GateEntry(cause=cause, effect="fails" if answer == "fail" else "noted", what=what, said=said)


def _is_open(verdict: SeriesVerdict) -> bool:
    return verdict.judgement.status in _CAUSES and verdict.judgement.status is not Status.BEHAVIOUR_CHANGED


def _behaviour(found: Detection) -> Iterator[GateEntry]:
    for guard in found.guards:
        said = "the program computes something else, so nothing is said of its speed"
        yield GateEntry(cause="behaviour", effect="fails", what=f"guard {guard}", said=said)


def _speed(verdict: SeriesVerdict, accepted: Accepted) -> GateEntry:
    judgement = verdict.judgement
    cause = _cause(judgement)
    waived = _waiver(verdict, accepted) if cause == "regression" else ""
    answers = {"undecided": accepted.policy.inconclusive, "no baseline": accepted.policy.no_baseline}
    effect = "noted" if answers.get(cause) == "pass" else "fails"
    return GateEntry(
        cause=cause,
        effect="waived" if waived else effect,
        what=f"{verdict.benchmark} {verdict.metric}",
        said=_said(verdict, judgement, verdict.unit),
        ratio=judgement.ratio,
        low=judgement.low,
        high=judgement.high,
        margin=judgement.margin,
        probability_worse=judgement.probability_worse,
        waived_by=waived,
    )


def _cause(judgement: Judgement) -> Cause:
    """Return what the verdict is told as; a time of 0 is no open question, but a program that did not run."""
    said = next((said for said in judgement.warnings if said.startswith(NO_TIME)), None)
    if said is None:
        return _CAUSES[judgement.status]
    return "no baseline" if "baseline" in said.removeprefix(NO_TIME) else "errored"


def _said(verdict: SeriesVerdict, judgement: Judgement, unit: Base) -> str:
    values = f"{scale(verdict.baseline, unit)} -> {scale(verdict.current, unit)}"
    if judgement.status is Status.REGRESSION_DETECTED:
        return values
    why = judgement.warnings[0] if judgement.warnings and judgement.status is not Status.INCONCLUSIVE else ""
    return f"{values}; {why}" if why else values


def _waiver(verdict: SeriesVerdict, accepted: Accepted) -> str:
    """Return who accepts a regression, why and until when; empty where nobody does."""
    for waiver in accepted.policy.waiver:
        if counts(waiver, accepted.today) and waiver.names(verdict.benchmark, verdict.metric):
            by = f"{waiver.by}, " if waiver.by else ""
            return f"{by}{accepted.source} until {waiver.expires}: {waiver.reason}"
    for rationale in accepted.rationales if accepted.policy.rationales == "pass" else ():
        if not rationale.rebaseline and rationale.reason and rationale.names(verdict.benchmark):
            by = f"{rationale.by}, " if rationale.by else ""
            return f"{by}{rationale.source}: {rationale.reason}"
    return ""


def counts(waiver: Waiver, today: date) -> bool:
    """Say whether a waiver does anything: it has a reason, and its last day is not over."""
    return bool(waiver.reason.strip()) and today <= waiver.expires


def _absent(name: str, said: str) -> GateEntry:
    return GateEntry(cause="missing", effect="fails", what=name, said=said)


def _unheld(name: str, elsewhere: Sequence[str], policy: Policy) -> GateEntry:
    if name in elsewhere:
        return nothing("no baseline", name, "it has a history in other environments only", policy.no_baseline)
    return nothing("no baseline", name, "new: there is nothing to compare it with yet", "pass")


def required(judged: Collection[str], policy: Policy) -> Iterator[GateEntry]:
    """Yield what the policy requires and no benchmark that was judged is called."""
    for glob in policy.required:
        if not any(is_named(name, glob) for name in judged):
            yield _absent(glob, "the policy requires it, and no benchmark that was judged is called so")


def _too_few(found: Detection, policy: Policy) -> Iterator[GateEntry]:
    """Yield that there is nothing to compare with where no series has enough points to be judged at all."""
    if found.family and all(v.judgement.status is Status.INSUFFICIENT_DATA for v in found.series if v.decides):
        said = f"none of {found.family} series has enough points or runs to be judged"
        yield nothing("no baseline", "every series", said, policy.no_baseline)


def errored(runs: Iterable[Run]) -> Iterator[GateEntry]:
    """Yield what a reader left out because its benchmark failed, one entry a run."""
    for run in runs:
        parts = [part for w in run.warnings if w.startswith(COUNTED) for part in w.removeprefix(COUNTED).split(", ")]
        failed = [part for part in parts if part.partition(" ")[2].partition(";")[0] in _FAILED]
        if failed:
            rows = [f"{row.what}: {row.reason}" for row in run.left_out if "fail" in row.reason]
            said = "; ".join(rows[:3]) or "see left_out of the run"
            yield GateEntry(cause="errored", effect="fails", what=f"{' and '.join(failed)} in {run.id}", said=said)


def uses(found: Sequence[SeriesVerdict], accepted: Accepted) -> tuple[WaiverUse, ...]:
    """Return what became of every waiver and rationale: none that does nothing goes without a word."""
    worse = [v for v in found if v.decides and v.judgement.status is Status.REGRESSION_DETECTED]
    return (
        *(_use(waiver, found, worse, accepted) for waiver in accepted.policy.waiver),
        *(_use_of_line(line, found, worse, accepted) for line in accepted.rationales),
    )


def idle_margins(found: Sequence[SeriesVerdict], policy: Policy) -> list[str]:
    """Say which margins are of no benchmark that was judged: a mistyped glob leaves the general one in force."""
    globs = [key for key in policy.margins if not key.startswith(GROUP)]
    idle = [glob for glob in globs if not any(is_named(verdict.benchmark, glob) for verdict in found)]
    return [f"the margin of {glob!r} counts for nothing: no benchmark that was judged is called so" for glob in idle]


def _use(
    waiver: Waiver, found: Sequence[SeriesVerdict], worse: Sequence[SeriesVerdict], accepted: Accepted
) -> WaiverUse:
    if not waiver.reason.strip():
        state = "no reason"
    elif accepted.today > waiver.expires:
        state = "expired"
    elif any(waiver.names(v.benchmark, v.metric) for v in worse):
        state = "used"
    else:
        state = "not needed" if any(waiver.names(v.benchmark, v.metric) for v in found) else "matches nothing"
    return WaiverUse.model_validate(
        {
            "state": state, "benchmark": waiver.benchmark, "source": accepted.source, "reason": waiver.reason,
            "by": waiver.by, "expires": str(waiver.expires),
        }
    )  # fmt: skip


def _use_of_line(
    line: Rationale, found: Sequence[SeriesVerdict], worse: Sequence[SeriesVerdict], accepted: Accepted
) -> WaiverUse:
    if line.rebaseline or accepted.policy.rationales == "fail":
        state = "not accepted"
    elif not line.reason:
        state = "no reason"
    elif any(line.names(v.benchmark) for v in worse):
        state = "used"
    else:
        state = "not needed" if any(line.names(v.benchmark) for v in found) else "matches nothing"
    return WaiverUse.model_validate(
        {
            "state": state, "benchmark": ", ".join(line.rows), "source": line.source, "reason": line.reason,
            "by": line.by,
        }
    )  # fmt: skip
