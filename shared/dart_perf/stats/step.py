"""Places where a series steps from one level to another, each shown by the points around it alone.

Candidates are placed by least squares and weighed by what lies near them, never beyond a neighbouring candidate. One
that fails is given up, the weakest of its neighbourhood first, and what is left is placed and weighed again. At last a
step must explain more than a drift does.
"""

from dataclasses import dataclass, fields

import numpy as np
import scipy  # its `special` takes 0.3 s to load, and does so at the first use

from dart_perf.stats.candidate import LATEST, TINY, Places, find_candidates
from dart_perf.stats.placement import SHIFT, WIDEST_RANGE, fit_places, locate
from dart_perf.stats.samples import Floats
from dart_perf.stats.surroundings import NEAR, Flags, Surroundings, fit, levels, ranks, surround
from dart_perf.stats.windows import remove_spikes

SHORTEST = 10
"""Points of a level that lasts: shorter episodes are what labels leave out. In 270 series with 214 labelled changes,
8 to 12 points found 190, 190, 189, 180, 180 at 12, 10, 7, 6, 6 false ones (benchmarks/change_points.py, as below)."""
SPREADS = 2.7
"""Pooled robust standard deviations between the levels; 2.3 to 3.1 found 191, 189, 189, 188, 184 at 9, 7, 7, 7, 6."""
BRIEFEST, PLAIN_RANK, PLAIN_SPREADS = 8, 0.97, 8.0
"""The same for a level of 8 or 9 points, which must be plain; 5, 8, 12, 99 found 189, 189, 188, 187 at 8, 7, 7, 5."""
RANK = 0.8
"""Share of pairs of a point before and one after that must differ as the levels do; .75 to .9 found 190, 189, 185, 182
at 8, 7, 5, 5."""
LATE_SPREADS = 3.0
"""The same for a level that ends with the series and is too short yet, all of whose points must lie beyond the old one;
2.5, 3, 4 and never found 190, 189, 189, 186 at 8, 7, 7, 7."""
BEYOND_LINE = 2.5
"""t that a step must have beside a slope, to be no part of a drift; 1.5, 2.5, 3.5 found 189, 189, 186 at 9, 7, 6."""
BEST_LINE = 0.9
"""Largest share of the squares left by a line that the step may leave; .7 to 1 and any found 183, 187, 189, 189, 191 at
5, 7, 7, 7, 7, but with any a growth of 330 months (businv of the Turing data set) told 12 steps instead of 4."""
FAR = 30
"""Points either side, up to the neighbouring changes, of which as many pairs must differ: noise that wanders comes
back. 12 (not asked), 20, 25, 30, 35, 40 found 190, 189, 189, 189, 189, 189 at 9, 7, 7, 7, 7, 7; in AR(1) noise of .5
it lowers the false ones from 0.93 to 0.34 per 1,000. From 32 the Turing series lose .01 of F1.
A plain step is not asked: that costs nothing in any of these."""
CLOSE = 15
"""Points within which the weakest of the failing is given up first; 8, 15 and 30 found the same, within 2."""
ROUNDS = 4
"""Rounds of giving up; what still fails is then given up at once. More changed nothing in 270 series."""
ROUND_REACH = 2 * (NEAR + SHIFT) + CLOSE
REACH = 64 + ROUNDS * ROUND_REACH + 3 * NEAR + max(FAR, NEAR + WIDEST_RANGE)
"""Points from a place beyond which nothing bears on it: the windows, and in every round the neighbours, theirs, and the
rivals in giving up; at last the points that are ranked, or within which a range is sought."""


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """Accepted steps, in order; every array has shape (m,)."""

    places: Places
    """First point of the new level."""
    first: Places
    last: Places
    """The new level begins from `first` to `last`."""
    before: Floats
    """Median of the points before, on the scale of the series."""
    after: Floats
    p_values: Floats
    """Of no step at that place, not adjusted."""


NO_PLACES: Places = np.zeros(0, dtype=np.int64)
NO_STEPS = Steps(NO_PLACES, NO_PLACES, NO_PLACES, np.zeros(0), np.zeros(0), np.zeros(0))


def find_steps(values: Floats, min_effect: float, *, logs: bool) -> Steps:
    """Return the steps of `values`, shape (n,), on the log scale or not.

    `min_effect` is relative: to the lower level, or without logs to the larger of the two.
    """
    smooth = remove_spikes(values)
    places = find_candidates(smooth)
    for _ in range(ROUNDS):
        if not places.size:
            return NO_STEPS
        moved = fit_places(smooth, places)
        case = _weigh(values, moved, min_effect, logs=logs)
        if not case.failing.any() and moved.size == places.size and bool((moved == places).all()):
            return _accept(values, smooth, case)
        places = moved[~_weakest(case)]
    places = places[~_weigh(values, places, min_effect, logs=logs).failing] if places.size else places
    return _accept(values, smooth, _weigh(values, places, min_effect, logs=logs)) if places.size else NO_STEPS


def join_steps(old: Steps, recent: Steps, *, start: int, settled: int) -> Steps:
    """Return the old steps before the place `settled`, then the recent ones from there on; they count from `start`."""
    keep, take = old.places < settled, recent.places + start >= settled
    if not take.any() and keep.all():
        return old
    shifts = {"places": start, "first": start, "last": start}
    parts = (
        np.concatenate([getattr(old, field.name)[keep], getattr(recent, field.name)[take] + shifts.get(field.name, 0)])
        for field in fields(Steps)
    )
    return Steps(*parts)


@dataclass(frozen=True, slots=True, eq=False)
class _Case:
    """What speaks for a step at each of m places; every array has shape (m,)."""

    places: Places
    near: Surroundings
    before: Floats
    after: Floats
    spread: Floats
    """Robust, pooled."""
    strength: Floats
    """A t, from medians and robust spreads."""
    failing: Flags
    plain: Flags


def _weigh(values: Floats, places: Places, min_effect: float, *, logs: bool) -> _Case:
    near = surround(places, values.size)
    before, after, spread = levels(values, near)
    size, rank = np.abs(after - before), ranks(values, near)
    distance = size / (spread + TINY)
    shorter = np.minimum(near.before, near.after)
    smallest = np.log1p(min_effect) if logs else min_effect * np.maximum(np.abs(after), np.abs(before))
    lasting = (shorter >= SHORTEST) & (distance >= SPREADS) & (rank >= RANK)
    plain = (shorter >= BRIEFEST) & (distance >= PLAIN_SPREADS) & (rank >= PLAIN_RANK)
    late = near.ends & (near.before >= SHORTEST) & (near.after >= LATEST) & (distance >= LATE_SPREADS) & (rank >= 1.0)
    strength = distance / np.sqrt(1.0 / near.before + 1.0 / near.after)
    return _Case(places, near, before, after, spread, strength, ~(lasting | plain | late) | (size < smallest), plain)


def _weakest(case: _Case) -> Flags:
    """Return which places fail and are the weakest, of ties the first, of those that fail within `CLOSE`."""
    flags = np.zeros(case.places.size, dtype=np.bool_)
    index = np.flatnonzero(case.failing)
    where, weight = case.places[index], case.strength[index]
    close = np.abs(where[:, None] - where) <= CLOSE
    weaker = (weight < weight[:, None]) | ((weight == weight[:, None]) & (where < where[:, None]))
    flags[index] = ~np.any(close & weaker, axis=1)
    return flags


def _accept(values: Floats, smooth: Floats, case: _Case) -> Steps:
    """Return the places that outlast a wandering and explain more than a drift, with ranges, levels and p values."""
    fits = fit(smooth, case.near)
    kept = ~case.failing & (fits.t_beyond_line >= BEYOND_LINE) & (fits.by_step <= BEST_LINE * fits.by_line + TINY**2)
    kept &= case.plain | (ranks(values, surround(case.places, values.size, FAR)) >= RANK)
    first, last = locate(values, case.places, case.before, case.after, case.spread)
    t = fits.t_mean / np.sqrt((1.0 + fits.lag_one) / (1.0 - fits.lag_one))
    p_values = np.asarray(2.0 * scipy.special.stdtr(case.near.before + case.near.after - 2, -t), dtype=np.float64)
    return Steps(case.places[kept], first[kept], last[kept], case.before[kept], case.after[kept], p_values[kept])
