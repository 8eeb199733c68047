"""New points against a series' history: has its level changed by more than the margin?"""

import math
from dataclasses import replace

import numpy as np

from dart_perf.model.judgement import Judgement, Status
from dart_perf.stats.decide import decide
from dart_perf.stats.difference import largest_size
from dart_perf.stats.estimate import Estimate
from dart_perf.stats.regime import SHORTEST, current_regime
from dart_perf.stats.samples import Values, check_margin, read_samples, sign_of_worse
from dart_perf.stats.smoothing import Prediction, locate_blocks, predict_block
from dart_perf.units import Better

COMFORTABLE = 20
"""Points of a regime below which its spread is uncertain enough to say so (house rule)."""
FEW_NEW = 3
"""New points below which a spike looks like a change."""


def judge(history: Values, new: Values, *, margin: float = 0.05, better: Better = "lower") -> Judgement:
    """Judge `new` points, shape (k,), against `history`, shape (n,), both in order and in base units.

    The new points are no part of their reference, which is the level of the current regime: what came after the last
    level change. Interval and levels as in `stats.decide`, then against now.

    Raises:
        InvalidInput: a value or argument is not usable; the message names it.
    """
    return decide(estimate_level(history, new, margin=margin, better=better), margin)


def estimate_level(
    history: Values, new: Values, *, margin: float = 0.05, better: Better = "lower"
) -> Estimate | Judgement:
    """Return what `judge` decides on, for `multiple.decide_all`; a judgement where the points are too few.

    Raises:
        InvalidInput: as `judge`.
    """
    past, now = read_samples(history, "history"), read_samples(new, "new")
    sign = sign_of_worse(better)
    check_margin(margin)
    if past.size < SHORTEST or now.size == 0:
        return _too_few(past.size, now.size, margin, "")
    size = None if min(past.min(), now.min()) > 0 else largest_size(past, now)
    scaled, fresh = (np.log(side) if size is None else side / size for side in (past, now))
    start = current_regime(scaled)
    origin = scaled[start]  # counting from a point of the series keeps a constant series free of rounding
    regime = scaled[start:] - origin
    changed = f"; the level changed at point {start} (from 0)" if start else ""
    if regime.size < SHORTEST:
        return _too_few(regime.size, now.size, margin, changed)
    prediction = predict_block(regime, now.size)
    shift = float(locate_blocks(fresh[np.newaxis, :] - origin, prediction.scale)[0]) - prediction.level
    made = _estimate(prediction, sign * shift, regime.size, now.size)
    made = replace(made, warnings=_say_few(regime.size, now.size, changed))
    if size is None:
        return made
    note = "a value is 0 or less: judged by the difference, there is no ratio"
    return replace(
        made, difference=shift * size, reference=abs(origin + prediction.level), warnings=(*made.warnings, note)
    )


def _estimate(prediction: Prediction, shift: float, past: int, now: int) -> Estimate:
    """Split the error: the points' own spread shrinks with more new points; what blocks miss beyond it does not."""
    own = prediction.point_error / math.sqrt(now)
    beyond = math.sqrt(max(0.0, prediction.block_error**2 - own**2))
    return Estimate(
        shift, own, beyond, prediction.degrees, prediction.point_error, past, now,
        paired=False, randomised=False,
    )  # fmt: skip


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
