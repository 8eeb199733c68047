"""New points against a series' history: has its level changed by more than the margin?"""

import math
from dataclasses import replace

import numpy as np

from dart_perf.model.judgement import Judgement, Status
from dart_perf.stats.decide import decide
from dart_perf.stats.difference import largest_size
from dart_perf.stats.estimate import Estimate, Tail
from dart_perf.stats.levels import FEW_NEW
from dart_perf.stats.onset import find_onset
from dart_perf.stats.regime import SHORTEST, current_regime
from dart_perf.stats.samples import Floats, Values, check_margin, read_samples, sign_of_worse
from dart_perf.stats.smoothing import LONGEST, Prediction, locate_blocks, predict_block
from dart_perf.units import Better

COMFORTABLE = 20
"""Points of a regime below which its spread is uncertain enough to say so (house rule)."""
TAIL_WEIGHT = 4.0
"""Degrees of freedom that what is usual for series (`smoothing.WANDER_WEIGHT`) counts for in the tail. Of 60,000
stationary null series resampled from quiet windows 63 had p below 2.5e-5 at a margin of 5 % without the tail, 9 with
its error alone, 1, 0 and 0 with weights of 8, 4 and 0, which call 35, 31 and 28 % of steps of 10 % at that level."""
SPIKES = 0.004
"""What `Tail.spikes` is for one new point; for k of them it falls with k^1.5. Of 30,000 stationary null series a k,
resampled from quiet windows, 10 lay beyond 23, 6, 7, 5 and 5 errors either way (k = 1, 2, 3, 4, 5), and 3 beyond 93,
31, 16, 8 and 6: a tail like 1 / z, which no t has. Without it 130, 19, 17, 10 and 7 had p below 2.5e-5,
where 1.5 are due."""
STEADY = "the history never varied: its noise is taken as 0; a coarse clock looks like this"


def judge(history: Values, new: Values, *, margin: float = 0.05, better: Better = "lower") -> Judgement:
    """Judge `new` points, shape (k,), against `history`, shape (n,), both in order and in base units.

    The new points are no part of their reference, which is the level of the current regime: what came after the last
    level change. Interval and levels as in `stats.decide`, then against now.

    Raises:
        InvalidInput: a value or argument is not usable; the message names it.
    """
    return decide(estimate_level(history, new, margin=margin, better=better), margin)


def estimate_level(
    history: Values,
    new: Values,
    *,
    margin: float = 0.05,
    better: Better = "lower",
    start: int | None = None,
    exact: bool = False,
) -> Estimate | Judgement:
    """Return what `judge` decides on, for `multiple.decide_all`; a judgement where the points are too few.

    `start` is the first point of the current regime, from 0, where it is known already; None finds it. Of an `exact`
    metric a history that never varied has no noise; of another, one or two new points prove nothing against it.

    Raises:
        InvalidInput: as `judge`.
    """
    past, now = read_samples(history, "history"), read_samples(new, "new")
    sign = sign_of_worse(better)
    check_margin(margin)
    if past.size < SHORTEST or now.size == 0:
        return _too_few(past.size, now.size, margin, "")
    older = 0 if start is None else start
    if start is None:  # what counts are the newest points: a level that changed before them changes nothing
        older = max(0, past.size - LONGEST)
    past = past[older:]
    size = None if min(past.min(initial=1.0), now.min()) > 0 else largest_size(past, now)
    scaled, fresh = (np.log(side) if size is None else side / size for side in (past, now))
    first = current_regime(scaled) if start is None else 0
    changed = f"; the level changed at point {older + first} (from 0)" if first or start else ""
    if scaled.size - first < SHORTEST:
        return _too_few(scaled.size - first, now.size, margin, changed)
    origin = float(scaled[first])  # counting from a point of the series keeps a constant series free of rounding
    regime, fresh = scaled[first:] - origin, fresh - origin
    prediction = predict_block(regime, now.size)
    made = _estimate(prediction, regime, fresh, sign, exact=exact)
    made = replace(made, warnings=(*_say_few(regime.size, now.size, changed), *made.warnings))
    if size is None:
        return made
    note = "a value is 0 or less: judged by the difference, there is no ratio"
    return replace(
        made,
        difference=sign * made.log_ratio * size,
        reference=abs(origin + prediction.level),
        warnings=(*made.warnings, note),
    )


def _estimate(prediction: Prediction, regime: Floats, fresh: Floats, sign: int, *, exact: bool) -> Estimate:
    """Split the error: the points' own spread shrinks with more new points; what blocks miss beyond it does not."""
    shift = float(locate_blocks(fresh[np.newaxis, :], prediction.scale)[0]) - prediction.level
    own = prediction.point_error / math.sqrt(fresh.size)
    beyond = math.sqrt(max(0.0, prediction.block_error**2 - own**2))
    notes: tuple[str, ...] = ()
    if prediction.block_error == 0.0 and not exact:
        if fresh.size < FEW_NEW:
            beyond = abs(shift)  # one point of a series that never varied: its noise is unknown, not 0
        notes = (STEADY,)
    return Estimate(
        sign * shift, own, beyond, prediction.degrees, prediction.point_error, regime.size, fresh.size,
        paired=False, randomised=False, warnings=notes, onset=find_onset(regime, fresh, rises=shift > 0),
        tail=_tail(prediction, fresh, own),
    )  # fmt: skip


def _tail(prediction: Prediction, fresh: Floats, own: float) -> Tail:
    """Say how far the error can be trusted for small p: as far as the regime's own blocks, and the new points agree.

    New points that differ more than old ones are partly on another level, and their mean lies anywhere between.
    """
    excess = float(np.var(fresh, ddof=1)) / fresh.size - own**2 if fresh.size > 1 else 0.0
    return Tail(
        math.sqrt(prediction.block_error**2 + max(0.0, excess)),
        prediction.own_degrees + TAIL_WEIGHT,
        SPIKES / fresh.size**1.5,
    )


def _say_few(past: int, now: int, changed: str) -> tuple[str, ...]:
    notes = []
    if past < COMFORTABLE:
        notes.append(f"the reference has only {past} points{changed}: its spread is uncertain below {COMFORTABLE}")
    if now < FEW_NEW:
        notes.append(f"{now} new point{'s' if now > 1 else ''}: a passing spike looks like a change until {FEW_NEW}")
    return tuple(notes)


def _too_few(past: int, now: int, margin: float, changed: str) -> Judgement:
    found = f"{past} points of history{changed} and {now} new ones"
    note = f"{found}: at least {SHORTEST} of the current level and 1 new one are needed"
    return Judgement(status=Status.INSUFFICIENT_DATA, margin=margin, runs_needed=max(1, now), warnings=(note,))
