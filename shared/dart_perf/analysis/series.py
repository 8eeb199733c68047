"""One series on two sides: from runs to what `stats` estimates."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from dart_perf.analysis import reduction
from dart_perf.model.judgement import Judgement, Status
from dart_perf.model.measurement import Measurement, Run
from dart_perf.stats.compare import estimate
from dart_perf.stats.estimate import Estimate
from dart_perf.stats.exact import estimate_exact
from dart_perf.stats.sessions import FEWEST_SESSIONS, between_sessions_sd

Design = Literal["paired", "interleaved", "then-and-now"]


@dataclass(frozen=True, slots=True)
class Sides:
    """The values of one series, one a process, on both sides."""

    key: str
    measurement: Measurement
    """The current side's, for benchmark and metric."""
    baseline: tuple[float, ...]
    current: tuple[float, ...]
    item: Estimate | Judgement

    @property
    def centres(self) -> tuple[float, float]:
        """Central values of both sides in base units."""
        return median(self.baseline), median(self.current)


def design_of(baseline: Sequence[Run], current: Sequence[Run]) -> Design:
    """Return `paired` where every process of both sides shares a session and block with one of the other side."""
    before = [(p.session, p.block) for run in baseline for p in run.processes]
    after = [(p.session, p.block) for run in current for p in run.processes]
    if before and sorted(before) == sorted(after) and len(set(before)) == len(before):
        return "paired"
    shared = bool(before and after) and {s for s, _ in before} == {s for s, _ in after} and len({*before}) < len(before)
    return "interleaved" if shared else "then-and-now"


def sides_of(baseline: Sequence[Run], current: Sequence[Run], key: str, *, margin: float, design: Design) -> Sides:
    """Return series `key`, which both sides have, with its estimate; a judgement where it cannot be estimated."""
    first = next(m for run in baseline if (m := run.measurement(key)))
    last = next(m for run in current if (m := run.measurement(key)))
    if first.metric != last.metric:
        said = f"{_said(first)} in the baseline, {_said(last)} in the current runs: mend the source of one"
        refused = Judgement(status=Status.INCOMPARABLE, margin=margin, warnings=(said,))
        return Sides(key, last, _values(baseline, key), _values(current, key), refused)
    if design == "paired" and last.metric.assumption != "exact":
        before, after = _pairs(baseline, current, key)
    else:
        before, after = _values(baseline, key), _values(current, key)
    return Sides(key, last, before, after, _estimated(baseline, before, after, last, margin, design))


def _estimated(
    baseline: Sequence[Run],
    before: tuple[float, ...],
    after: tuple[float, ...],
    measurement: Measurement,
    margin: float,
    design: Design,
) -> Estimate | Judgement:
    better = measurement.metric.better
    if measurement.metric.assumption == "exact":
        return estimate_exact(before, after, margin=margin, better=better)
    between = 0.0 if design != "then-and-now" else _between(baseline, measurement.key)
    paired = design == "paired"
    return estimate(before, after, margin=margin, better=better, paired=paired, between_sessions=between)


def _between(baseline: Sequence[Run], key: str) -> float | None:
    """Return the spread between the baseline's sessions, where it has enough of them to say."""
    sessions = [v for v in reduction.by_session(baseline, key).values() if len(v) > 1 and min(v) > 0]
    return between_sessions_sd(sessions) if len(sessions) >= FEWEST_SESSIONS else None


def _values(runs: Sequence[Run], key: str) -> tuple[float, ...]:
    return tuple(v for run in runs if (m := run.measurement(key)) for v in reduction.values(m))


def _pairs(baseline: Sequence[Run], current: Sequence[Run], key: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the values of both sides in the order of the blocks that both have."""
    before, after = _blocks(baseline, key), _blocks(current, key)
    common = sorted(before.keys() & after.keys())
    return tuple(before[place] for place in common), tuple(after[place] for place in common)


def _blocks(runs: Sequence[Run], key: str) -> dict[tuple[str, int], float]:
    return {
        place: value
        for run in runs
        if (m := run.measurement(key))
        for place, value in reduction.by_block(run, m).items()
    }


def _said(measurement: Measurement) -> str:
    metric = measurement.metric
    return f"{measurement.key} is in {metric.unit}, {metric.better} is better, {metric.assumption}"
