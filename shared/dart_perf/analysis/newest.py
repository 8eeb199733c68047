"""The newest points of many series, each against the current level of its own history: one verdict over the family."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from dart_perf.analysis.comparison import mark_deciding, worst_first
from dart_perf.analysis.departure import doubted
from dart_perf.analysis.series import NO_TIME
from dart_perf.model.comparison import SeriesVerdict
from dart_perf.model.history import SeriesEntry
from dart_perf.model.judgement import Judgement, Status
from dart_perf.stats.estimate import Estimate
from dart_perf.stats.exact import estimate_exact
from dart_perf.stats.judge import estimate_level
from dart_perf.stats.levels import FEWEST_RUNS
from dart_perf.stats.looks import false_alerts
from dart_perf.stats.multiple import decide_all
from dart_perf.stats.regime import SHORTEST
from dart_perf.units import Base, Better

Floats = npt.NDArray[np.float64]
NOT_REPEATED = "the value does not repeat: judged as a noisy one, though its metric is exact"


@dataclass(frozen=True, slots=True, eq=False)
class Newest:
    """One series: its newest points, and those before them."""

    entry: SeriesEntry
    label: str
    """How the benchmark is called in the answer; with the environment where several are judged."""
    history: Floats
    """Shape (n,), base units, in order."""
    new: Floats
    """Shape (k,), k >= 1."""
    margin: float
    repeats: Floats
    """Repetitions within the last new point, shape (r,); empty but for an exact metric."""
    decides: Literal["cpu", "wall"] = "cpu"
    """Which time decides where both are measured."""

    @property
    def values(self) -> Floats:
        """All points, shape (n + k,)."""
        return np.concatenate([self.history, self.new])


def split_at(count: int, newest: int) -> int:
    """Return how many of `count` points are history; of a short series fewer than `newest` are judged, never none."""
    return max(count - newest, min(SHORTEST, count - 1))


def estimate_points(
    history: Floats, new: Floats, repeats: Floats, *, margin: float, better: Better, unit: Base, exact: bool
) -> Estimate | Judgement:
    """Return what `multiple.decide_all` decides on; a judgement where nothing can be estimated.

    Args:
        history: points of the series before the new ones, shape (n,), n >= 0, base units.
        new: shape (k,), k >= 1.
        repeats: repetitions within the last new point, for an exact metric; shape (r,), r >= 0.
        margin: largest relative change that does not matter.
        better: which direction is.
        unit: of the values.
        exact: the metric repeats, so no test is run while it does.

    Raises:
        InvalidInput: a value cannot be judged; the message names it.
    """
    if unit == "s" and min(new.min(), history.min(initial=np.inf)) <= 0:
        return Judgement(status=Status.INSUFFICIENT_DATA, margin=margin, warnings=(NO_TIME,))
    if exact and history.size:
        return _estimate_exact(history, new, repeats, margin, better)
    found = estimate_level(history, new, margin=margin, better=better)
    return found.model_copy(update={"runs_needed": SHORTEST}) if isinstance(found, Judgement) else found


def _estimate_exact(
    history: Floats, new: Floats, repeats: Floats, margin: float, better: Better
) -> Estimate | Judgement:
    """Hold the value that repeats at the end of the new points against the one that repeated before them.

    Where the history does not repeat, the points are judged as noisy ones. A value that is new and was not repeated yet
    is held against all before it.
    """
    before, after = _repeated(history), _repeated(new)
    if before.size < FEWEST_RUNS:
        found = estimate_level(history, new, margin=margin, better=better)
        return replace(found, warnings=(*found.warnings, NOT_REPEATED)) if isinstance(found, Estimate) else found
    if after.size < FEWEST_RUNS and repeats.size >= FEWEST_RUNS and np.ptp(repeats) == 0.0:
        after = repeats
    if after.size < FEWEST_RUNS and after[0] == before[0]:
        after = np.repeat(after[0], FEWEST_RUNS)  # the value that the history repeats, again
    if after.size >= FEWEST_RUNS:
        return estimate_exact(before, after, margin=margin, better=better)
    known = np.concatenate([history, new[: -after.size]])
    return estimate_level(known, after, margin=margin, better=better, exact=True)


def _repeated(values: Floats) -> Floats:
    """Return the values at the end that are equal to the last one."""
    other = np.flatnonzero(values != values[-1])
    return values[other[-1] + 1 :] if other.size else values


def judge_newest(items: Sequence[Newest], estimates: Sequence[Estimate | Judgement]) -> tuple[SeriesVerdict, ...]:
    """Return a verdict for each item, as one family, worst first; `estimates` are what `estimate_points` gives."""
    judgements = decide_all(estimates, [item.margin for item in items])
    verdicts = [_verdict(*each) for each in zip(items, estimates, judgements, strict=True)]
    decided = [
        verdict
        for side in ("cpu", "wall")
        for verdict in mark_deciding([v for v, i in zip(verdicts, items, strict=True) if i.decides == side], side)
    ]
    return worst_first(decided)


def expected_false_alerts(items: Sequence[Newest], estimates: Sequence[Estimate | Judgement]) -> float | None:
    """Return how many of 1,000 such looks at a series would call what did not change, the mean over noisy series.

    Of each judged alone: among many fewer are. None where no series is noisy.
    """
    each = [
        false_alerts(item.new.size, item.margin)
        for item, found in zip(items, estimates, strict=True)
        if isinstance(found, Estimate) and found.standard_error > 0.0
    ]
    return sum(each) / len(each) if each else None


def _verdict(item: Newest, estimated: Estimate | Judgement, judgement: Judgement) -> SeriesVerdict:
    past = estimated.n_baseline if isinstance(estimated, Estimate) else item.history.size
    if isinstance(estimated, Estimate) and item.entry.metric.assumption != "exact":
        judgement = doubted(judgement, item.history[-past:], item.new)
    before, after = _levels(item, judgement, past)
    return SeriesVerdict(
        benchmark=item.label,
        metric=item.entry.metric.name,
        unit=item.entry.metric.unit,
        decides=True,
        baseline=before,
        current=after,
        baseline_runs=past,
        current_runs=item.new.size,
        judgement=judgement.model_copy(update={"margin": item.margin}),
    )


def _levels(item: Newest, judgement: Judgement, past: int) -> tuple[float, float]:
    """Return the level before and after; the ratio of the two is the one that is judged, where there is one.

    The level before is that of the `past` points of the reference: the new ones may lie on two levels.
    """
    if not item.history.size:
        after = float(np.median(item.new))
        return after, after
    before = float(np.median(item.history[-past:] if past else item.history))
    if judgement.ratio is not None:
        return before, before * (judgement.ratio if item.entry.metric.better == "lower" else 1 / judgement.ratio)
    if judgement.difference is not None:
        return before, before + judgement.difference
    return before, float(np.median(item.new))
