"""Places where a series steps from one level to another, each proven by the points around it alone.

Candidates are the places where neighbouring windows of 8, 16 or 32 points differ most, by their two-sample t (moving
sums: Eichinger and Kirch, Bernoulli 24 (2018) 526). What decides is nearer: up to `NEAR` points either side, none of
them beyond a neighbouring change, must separate by rank, by robust spreads and by the smallest effect of interest. A
failing candidate is given up, the weakest of its neighbourhood first, and what is left is looked at again.
"""

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
import scipy  # its `special` takes 0.3 s to load, and does so at the first use

from dart_perf.stats.location import MAD_TO_SD
from dart_perf.stats.samples import Floats
from dart_perf.stats.windows import doubling_windows, remove_spikes

Places = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

SHORTEST = 8
"""Points of a level (house rule: fewer are no reference)."""
WIDEST = 32
"""Points of the widest window that candidates are sought with."""
SEPARATION = 4
"""Points either side of a candidate that lie lower."""
CANDIDATE = 4.0
"""t from which a place is a candidate."""
NEAR = 15
"""Points either side that decide."""
SHIFT = 5
"""Points by which the best fit may move a candidate in one round."""
RANK = 0.9
"""Share of pairs of one point before and one after that must differ in the direction of the change."""
SPREADS = 2.5
"""Robust standard deviations that the levels must lie apart."""
ROUNDS = 4
"""Rounds of giving up the weakest; what fails after them is given up at once."""
REACH = 39 + ROUNDS * (4 * NEAR + 2 * SHIFT) + NEAR + SHIFT
"""Points from a place beyond which nothing bears on it: the windows, then in every round the fit between neighbours and
what the neighbours of a failing neighbour say."""
LOCATION = 7.35
"""Fall of twice the log likelihood that ends the 95 % range of a place: Eo and Morley, Quant. Econ. 6 (2015) 463."""
TINY = 1e-12
"""Keeps the quotient by a spread of nothing finite."""


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


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What the points near each place say; every array has shape (m,)."""

    before: Floats
    after: Floats
    strength: Floats
    """1 or more where every demand is met, else the product of the shares that are."""
    passed: Flags
    p_values: Floats


def find_steps(values: Floats, min_effect: float, *, logs: bool) -> Steps:
    """Return the steps of `values`, shape (n,)."""
    smooth = remove_spikes(values)
    places = find_candidates(smooth)
    for _ in range(ROUNDS):
        moved = np.unique(fit_places(smooth, places))
        evidence = weigh(values, moved, min_effect, logs=logs)
        kept = moved[~weakest_failing(moved, evidence)]
        if kept.size == places.size and bool(np.all(kept == places)):
            break
        places = kept
    places = places[weigh(values, places, min_effect, logs=logs).passed]
    evidence = weigh(values, places, min_effect, logs=logs)
    first, last = locate(smooth, places)
    return Steps(places, first, last, evidence.before, evidence.after, evidence.p_values)


def join_steps(old: Steps, recent: Steps, *, start: int, settled: int) -> Steps:
    """Return the old steps before the place `settled`, then the recent ones from there on; they count from `start`."""
    keep, take = old.places < settled, recent.places + start >= settled
    shifts = {"places": start, "first": start, "last": start}
    return Steps(
        **{
            field.name: np.concatenate(
                [getattr(old, field.name)[keep], getattr(recent, field.name)[take] + shifts.get(field.name, 0)]
            )
            for field in fields(Steps)
        }
    )


def find_candidates(values: Floats) -> Places:
    """Return the places where windows of some width differ by more than `CANDIDATE`, and most in their surroundings."""
    best = np.zeros(values.size + 1)
    for width, means, squares in doubling_windows(values, WIDEST):
        if width < SHORTEST or values.size < 2 * width:
            continue
        spread = np.sqrt((squares[:-width] + squares[width:]) / (width - 1)) + TINY
        t = np.abs(means[width:] - means[:-width]) / spread * np.sqrt(width / 2.0)
        inside = best[width : values.size - width + 1]
        np.maximum(inside, t * np.sqrt(2.0), out=inside)
    padded = np.pad(best, SEPARATION)
    highest = np.lib.stride_tricks.sliding_window_view(padded, 2 * SEPARATION + 1).max(axis=1)
    return np.flatnonzero((best >= CANDIDATE) & (best >= highest))


def fit_places(values: Floats, places: Places) -> Places:
    """Return each place moved to where two levels fit best, by least squares, between its neighbours."""
    if not places.size:
        return places
    best: Places = np.argmax(_gains(values, places)[0], axis=1) - SHIFT
    return places + best


def locate(values: Floats, places: Places) -> tuple[Places, Places]:
    """Return the first and last point at which the new level may begin, for each place."""
    if not places.size:
        return places, places
    gains, spare = _gains(values, places)
    variance = np.maximum((spare[0] - gains[:, SHIFT]) / np.maximum(spare[1] - 2, 1), TINY)
    likely = (gains >= gains[:, SHIFT : SHIFT + 1] - LOCATION * variance[:, None]) & (gains >= 0)
    likely[:, SHIFT] = True
    return places + np.argmax(likely, axis=1) - SHIFT, places + SHIFT - np.argmax(likely[:, ::-1], axis=1)


def _gains(values: Floats, places: Places) -> tuple[Floats, tuple[Floats, Places]]:
    """Return the squares that a split `SHIFT` before to `SHIFT` after each place explains, shape (m, 2 SHIFT + 1).

    Also all squares near the place, and how many points they are of.
    """
    start, stop = bounds(places, values.size, NEAR + SHIFT)
    offsets = np.arange(-NEAR - SHIFT, NEAR + SHIFT)
    index = places[:, None] + offsets
    inside = (index >= start[:, None]) & (index < stop[:, None])
    centre = values[places]
    near = np.where(inside, values[np.clip(index, 0, values.size - 1)] - centre[:, None], 0.0)
    sums = np.cumsum(near, axis=1)
    counts: Places = np.cumsum(inside, axis=1, dtype=np.int64)
    split = slice(NEAR - 1, NEAR + 2 * SHIFT)
    left, right = counts[:, split], counts[:, -1:] - counts[:, split]
    early, late = sums[:, split], sums[:, -1:] - sums[:, split]
    gain = early**2 / np.maximum(left, 1) + late**2 / np.maximum(right, 1)
    gain[np.minimum(left, right) <= 1] = -1.0
    return gain, (np.sum(near**2, axis=1), counts[:, -1])


def bounds(places: Places, n: int, reach: int) -> tuple[Places, Places]:
    """Return where the points before and after each place begin and end: its neighbours, at most `reach` away."""
    start = np.maximum(np.concatenate([[0], places[:-1]]), places - reach)
    stop = np.minimum(np.concatenate([places[1:], [n]]), places + reach)
    return start, stop


def weigh(values: Floats, places: Places, min_effect: float, *, logs: bool) -> Evidence:
    """Return what the points near each place say of a step there."""
    n = values.size
    start, stop = bounds(places, n, NEAR)
    steps = np.arange(NEAR)
    left, right = places[:, None] - 1 - steps, places[:, None] + steps
    early = np.where(left >= start[:, None], values[np.maximum(left, 0)], np.nan)
    late = np.where(right < stop[:, None], values[np.minimum(right, n - 1)], np.nan)
    shorter = np.minimum(places - start, stop - places)
    before, early_spread = _median_and_spread(early, places - start)
    after, late_spread = _median_and_spread(late, stop - places)
    pairs = (places - start) * (stop - places)
    above = np.count_nonzero(late[:, :, None] > early[:, None, :], axis=(1, 2)) / np.maximum(pairs, 1)
    below = np.count_nonzero(late[:, :, None] < early[:, None, :], axis=(1, 2)) / np.maximum(pairs, 1)
    rank = 0.5 + np.abs(above - below) / 2.0
    size = np.abs(after - before)
    floor = np.log1p(min_effect) if logs else min_effect * np.maximum(np.abs(after), np.abs(before))
    demands = (
        shorter / SHORTEST,
        rank / RANK,
        size / (SPREADS * np.maximum(early_spread, late_spread) + TINY),
        size / np.maximum(floor, TINY),
    )
    strength = np.prod([np.minimum(demand, 1.0) for demand in demands], axis=0)
    worst = np.maximum(early_spread, late_spread)
    error = worst * np.sqrt((1.0 / np.maximum(places - start, 1) + 1.0 / np.maximum(stop - places, 1)) * np.pi / 2.0)
    p_values = 2.0 * scipy.special.stdtr(np.maximum(stop - start - 2, 1), -size / (error + TINY))
    return Evidence(before, after, strength, strength >= 1.0, p_values)


def weakest_failing(places: Places, evidence: Evidence) -> Flags:
    """Return which places fail and are the weakest, of ties the first, of those that fail within 2 `NEAR`."""
    failing = ~evidence.passed
    where, strength = places[failing], evidence.strength[failing]
    close = np.abs(where[:, None] - where[None, :]) <= 2 * NEAR
    weaker = (strength[None, :] < strength[:, None]) | (
        (strength[None, :] == strength[:, None]) & (where[None, :] < where[:, None])
    )
    flags = np.zeros(places.size, dtype=np.bool_)
    flags[np.flatnonzero(failing)] = ~np.any(close & weaker, axis=1)
    return flags


def _median_and_spread(rows: Floats, counts: Places) -> tuple[Floats, Floats]:
    """Return the median and the robust standard deviation of the first `counts` of each sorted row, NaN being last."""
    centre = _median(rows, counts)
    return centre, _median(np.abs(rows - centre[:, None]), counts) * MAD_TO_SD


def _median(rows: Floats, counts: Places) -> Floats:
    ordered = np.sort(rows, axis=1)
    row = np.arange(rows.shape[0])
    return (ordered[row, (counts - 1) // 2] + ordered[row, counts // 2]) / 2.0
