"""From the evidence of one verification to its verdict: guards first, the process's time second, the rest beside it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from dart_perf.analysis import guards
from dart_perf.analysis.disagreement import explain
from dart_perf.model.judgement import Judgement, Status
from dart_perf.model.verification import (
    Counts,
    CountVerdict,
    Evidence,
    Execution,
    FloorPair,
    Pair,
    PairVerdict,
    Part,
    ScenarioVerdict,
)
from dart_perf.stats.exact import COUNT_SD
from dart_perf.stats.levels import LEVEL
from dart_perf.stats.sequence import attempt_level, judge_pairs

COUNTS_APART = 1.96 * math.sqrt(2.0) * COUNT_SD
"""Log ratio by which the counts of two processes of one program differ (95 %), from what dartpy's differ by."""
MAD_TO_SD = 1.4826
"""Of a normal distribution; Rousseeuw and Croux, JASA 88 (1993) 1273."""
BUSY = 1.0
"""Load average a core above which processes waited for others."""
SEVERITY = (
    Status.BEHAVIOUR_CHANGED, Status.REGRESSION_DETECTED, Status.INSUFFICIENT_DATA, Status.INCONCLUSIVE,
    Status.IMPROVEMENT_DETECTED, Status.NORMAL,
)  # fmt: skip
"""The worst first."""
DECIDED = (Status.REGRESSION_DETECTED, Status.IMPROVEMENT_DETECTED, Status.NORMAL)


def judge(evidence: Evidence) -> ScenarioVerdict:
    """Return what follows from `evidence`, and from nothing else: the same evidence gives the same verdict anywhere.

    Raises:
        InvalidInput: a time is not above 0, or the margin is not possible.
    """
    question = evidence.question
    changed = guards.changed(*evidence.guards)
    looked = _look(evidence)
    other = judge_pairs(
        ratios(looked.pairs, "wall" if question.decides == "cpu" else "cpu"), margin=evidence.margin, level=looked.level
    )
    counts = None if changed or evidence.counts is None else judge_counts(evidence.counts, evidence.margin)
    verdict = ScenarioVerdict(
        scenario=question.scenario,
        status=Status.BEHAVIOUR_CHANGED if changed else _status(looked.final, looked.parts, evidence.margin),
        judgement=None if changed else _told(looked.final),
        decides=question.decides,
        other=None if changed else _told(other, decides=False),
        pairs=len(looked.pairs),
        seconds=sum(pair.seconds for pair in looked.pairs),
        seconds_needed=None if changed else _seconds_needed(evidence.pairs, looked),
        attempt=_attempts(evidence),
        seen=None if changed or looked.seen is None else _told(looked.seen, decides=False),
        counts=counts,
        floor=_floor(evidence.floor, question.decides),
        load=_load([pair.load for pair in evidence.pairs]),
        executed=evidence.execution.state,
        changed_lines=say_lines(evidence.execution),
        guards=changed,
        parts=() if changed else looked.parts,
    )
    return verdict.model_copy(update={"warnings": (*evidence.notes, *_warnings(evidence, verdict))})


@dataclass(frozen=True, slots=True)
class _Looked:
    """What was judged, and what came of it."""

    pairs: Sequence[Pair]
    level: float
    final: Judgement
    parts: tuple[Part, ...]
    seen: Judgement | None = None
    """Of an improvement that `pairs`, all fresh, are to confirm."""


def _look(evidence: Evidence) -> _Looked:
    """Judge the first pairs; where those show an improvement that needs it, judge the fresh ones instead.

    A part that the first pairs prove worse stands: then there is no improvement to confirm. The whole and its parts
    share what the first pairs of this attempt may spend, and the whole level on the fresh ones: nothing was chosen by
    those.
    """
    margin, decides = evidence.margin, evidence.question.decides
    shares = 2.0 if any(pair.inner for pair in evidence.pairs) else 1.0
    level, whole = attempt_level(evidence.attempt) / shares, LEVEL / shares
    first = [pair for pair in evidence.pairs if not pair.fresh]
    seen = judge_pairs(ratios(first, decides), margin=margin, level=level)
    parts = _parts(first, margin, level)
    if not needs_confirmation(_status(seen, parts, margin), _attempts(evidence)):
        return _Looked(first, level, seen, parts)
    fresh = [pair for pair in evidence.pairs if pair.fresh]
    final = judge_pairs(ratios(fresh, decides), margin=margin, level=whole)
    return _Looked(fresh, whole, final, _parts(fresh, margin, whole), seen)


def _seconds_needed(all_pairs: Sequence[Pair], looked: _Looked) -> float | None:
    """Return how long the pairs that are still needed take, if they take as long as `all_pairs` did."""
    needed = looked.final.runs_needed
    if looked.final.status in DECIDED or needed is None or not all_pairs:
        return None
    return max(1, needed - len(looked.pairs)) * sum(pair.seconds for pair in all_pairs) / len(all_pairs)


def _attempts(evidence: Evidence) -> int:
    """Return how many variants stand behind it: an early one that is looked at again was chosen among the later."""
    return max(evidence.attempt, evidence.attempts)


def ratios(pairs: Sequence[Pair], time: str) -> list[float]:
    """Return log(head / base) of the processes' `cpu` or `wall` time of each pair."""
    return [math.log(head / base) for base, head in (pair.cpu if time == "cpu" else pair.wall for pair in pairs)]


def needs_confirmation(seen: Status, attempts: int) -> bool:
    """Say whether fresh pairs must show it again: the best of several variants looks better than it is."""
    return attempts > 1 and seen is Status.IMPROVEMENT_DETECTED


@dataclass(frozen=True, slots=True)
class Open:
    """What is still to be shown."""

    judgement: PairVerdict
    """On the pairs so far."""
    pairs: int
    fresh: bool
    """True: an improvement was seen, and fresh pairs must confirm it."""


def pending(evidence: Evidence) -> Open | None:
    """Return what more pairs could still decide; None where nothing is left open."""
    verdict = judge(evidence)
    if verdict.judgement is None or verdict.status not in {Status.INCONCLUSIVE, Status.INSUFFICIENT_DATA}:
        return None
    return Open(verdict.judgement, verdict.pairs, verdict.seen is not None)


def _status(final: Judgement, parts: Sequence[Part], margin: float) -> Status:
    """A part that is proven worse is never outweighed by a whole that is not; one that looks worse is waited for.

    Most frameworks repeat for a fixed time: the whole is then the same whatever the change did, and decided first.
    Worse looks what lies closer to the margin than to 1.
    """
    said = {part.judgement.status for part in parts}
    closer = math.sqrt(1.0 + margin)
    looks = {p.judgement.status for p in parts if p.judgement.ratio is None or p.judgement.ratio > closer}
    if Status.REGRESSION_DETECTED in said:
        return Status.REGRESSION_DETECTED
    if final.status is Status.NORMAL and looks & {Status.INCONCLUSIVE, Status.INSUFFICIENT_DATA}:
        return Status.INCONCLUSIVE
    return final.status


def _parts(pairs: Sequence[Pair], margin: float, level: float) -> tuple[Part, ...]:
    """Judge each benchmark inside the program, with the level shared among them (Bonferroni)."""
    names = sorted({name for pair in pairs for name in pair.inner})
    values = {name: [pair.inner[name] for pair in pairs if name in pair.inner] for name in names}
    found = [
        Part(
            benchmark=name,
            judgement=_told(
                judge_pairs([math.log(head / base) for base, head in times], margin=margin, level=level / len(names)),
                decides=False,
            ),
        )
        for name, times in values.items()
        if all(base > 0 and head > 0 for base, head in times)
    ]
    return tuple(sorted(found, key=lambda p: (SEVERITY.index(p.judgement.status), -(p.judgement.ratio or 0.0))))


def _told(judgement: Judgement, *, decides: bool = True) -> PairVerdict:
    """Return a judgement as an answer tells it; of one that decides nothing, no more than its interval."""
    interval = {"ratio": judgement.ratio, "low": judgement.low, "high": judgement.high, "margin": judgement.margin}
    more = {
        "minimum_detectable_effect": judgement.minimum_detectable_effect, "pairs_needed": judgement.runs_needed,
        "warnings": judgement.warnings,
    }  # fmt: skip
    return PairVerdict.model_validate({"status": judgement.status, **interval, **(more if decides else {})})


def judge_counts(counts: Counts, margin: float) -> CountVerdict:
    """Return the verdict on the instructions of one process a side, give or take what equal ones differ by."""
    ratio, bound = math.log(counts.head / counts.base), math.log1p(margin)
    low, high = ratio - COUNTS_APART, ratio + COUNTS_APART
    status = Status.INCONCLUSIVE
    if low > bound:
        status = Status.REGRESSION_DETECTED
    elif high < -bound:
        status = Status.IMPROVEMENT_DETECTED
    elif low >= -bound and high <= bound:
        status = Status.NORMAL
    return CountVerdict(status=status, ratio=math.exp(ratio), low=math.exp(low), high=math.exp(high))


def _floor(pairs: Sequence[FloorPair], time: str) -> str:
    """Say what base differs by from itself: the median ratio of a pair, its robust spread, and the load then."""
    if not pairs:
        return ""
    found = [math.log(b / a) for a, b in (pair.cpu if time == "cpu" else pair.wall for pair in pairs)]
    centre = median(found)
    spread = MAD_TO_SD * median(abs(value - centre) for value in found)
    load = _load([pair.load for pair in pairs])
    at = "" if load is None else f" at load {load:.1f}"
    return f"{math.exp(centre):.3f}x, spread {100 * spread:.1f} % ({len(found)} pairs{at})"


def say_lines(execution: Execution) -> str:
    """Return how many of the changed lines ran."""
    if execution.state == "unknown":
        return "whether the changed lines ran is unknown"
    if execution.state == "no code":
        return "no code changed"
    return f"{execution.executed} of {execution.changed} changed lines ran"


def _load(loads: Sequence[float | None]) -> float | None:
    known = [load for load in loads if load is not None]
    return median(known) if known else None


def _say_open_parts(verdict: ScenarioVerdict) -> list[str]:
    """Say that a verdict of the whole leaves open what is a small part of it."""
    open_ = [
        p.benchmark for p in verdict.parts if p.judgement.status in {Status.INCONCLUSIVE, Status.INSUFFICIENT_DATA}
    ]
    if not open_ or verdict.status in {Status.INCONCLUSIVE, Status.INSUFFICIENT_DATA, Status.REGRESSION_DETECTED}:
        return []
    which = f"{len(open_)} of {len(verdict.parts)} benchmarks inside it are not known by themselves"
    return [f"{verdict.status} is of the whole process: {which}"]


def _warnings(evidence: Evidence, verdict: ScenarioVerdict) -> list[str]:
    said = []
    cores, load = evidence.question.environment.cores, verdict.load
    if cores is not None and load is not None and load > BUSY * cores:
        said.append(f"the machine was busy: load average {load:.1f} on {cores} cores")
    execution = evidence.execution
    if execution.state == "not executed":
        missed = ", ".join(execution.missed[:3])
        said.append(
            f"none of the changed lines ran in {evidence.question.scenario}: it says nothing of them ({missed})"
        )
    elif execution.state == "unknown" and execution.reason != "not asked":
        said.append(f"not known whether the changed lines ran: {execution.reason}")
    if evidence.not_counted:
        said.append(f"instructions were not counted: {evidence.not_counted}")
    said += _say_open_parts(verdict)
    said += guards.doubtful(*evidence.guards, names=("base", "head"))
    if not any(evidence.guards):
        said.append("the program prints no guards: a change of behaviour could look like a change of speed")
    return said + explain(verdict)
