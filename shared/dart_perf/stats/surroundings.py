"""The points near a place, as rows: up to `NEAR` before it and as many after, none beyond a neighbouring change."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dart_perf.stats.candidate import TINY, Places
from dart_perf.stats.location import MAD_TO_SD
from dart_perf.stats.samples import Floats

Flags = npt.NDArray[np.bool_]

NEAR = 12
"""Points either side that decide. 11 to 15 found 190, 190, 185, 189 and 184 of 214 labelled changes at 9, 8, 9, 11 and
9 false ones."""


@dataclass(frozen=True, slots=True, eq=False)
class Surroundings:
    """The points near m places; they lie in columns, the first of the new level in column `NEAR`."""

    columns: Places
    """Index in the series of every point, shape (m, 2 NEAR), clipped to the series."""
    inside: Flags
    """Which of them count, shape (m, 2 NEAR)."""
    before: Places
    """How many count before the place, shape (m,), at least 1; likewise `after`."""
    after: Places
    ends: Flags
    """Whether the points after the place end with the series, shape (m,)."""


def surround(places: Places, n: int, reach: int = NEAR) -> Surroundings:
    """Return the surroundings of `places`, in order and each within 1 .. n - 1, in a series of `n` points."""
    edged = np.concatenate([[0], places, [n]])
    start = np.maximum(edged[:-2], places - reach)
    stop = np.minimum(edged[2:], places + reach)
    columns = places[:, None] + np.arange(-reach, reach)
    inside = (columns >= start[:, None]) & (columns < stop[:, None])
    return Surroundings(np.clip(columns, 0, n - 1), inside, places - start, stop - places, stop == n)


def medians(rows: Floats, counts: Places) -> tuple[Floats, Floats]:
    """Return the median of each row's `counts` finite values, the others being inf, and their robust spread."""
    index = np.arange(rows.shape[0])
    low, high = (counts - 1) // 2, counts // 2
    ordered = np.sort(rows, axis=1)
    centres = (ordered[index, low] + ordered[index, high]) / 2.0
    ordered = np.sort(np.abs(rows - centres[:, None]), axis=1)
    return centres, (ordered[index, low] + ordered[index, high]) * (MAD_TO_SD / 2.0)


def levels(values: Floats, near: Surroundings) -> tuple[Floats, Floats, Floats]:
    """Return the medians before and after each place and the pooled robust spread around them, shape (m,) each."""
    rows = np.where(near.inside, values[near.columns], np.inf)
    half, m = rows.shape[1] // 2, rows.shape[0]
    sides = np.concatenate([rows[:, :half], rows[:, half:]])
    centres, spreads = medians(sides, np.concatenate([near.before, near.after]))
    pooled = np.sqrt((spreads[:m] ** 2 + spreads[m:] ** 2) / 2.0)
    return centres[:m], centres[m:], pooled


def ranks(values: Floats, near: Surroundings) -> Floats:
    """Return the share of pairs, one point before and one after, that differ as the most do; ties count half."""
    rows = np.where(near.inside, values[near.columns], np.nan)
    half = rows.shape[1] // 2
    early, late = rows[:, None, :half], rows[:, half:, None]
    excess = np.count_nonzero(late > early, axis=(1, 2)) - np.count_nonzero(late < early, axis=(1, 2))
    return np.asarray(0.5 + np.abs(excess) / (2.0 * near.before * near.after))


@dataclass(frozen=True, slots=True, eq=False)
class Fits:
    """Least squares near m places; every array has shape (m,)."""

    by_step: Floats
    """Squares left by two levels."""
    by_line: Floats
    """Squares left by a line and no step."""
    t_beyond_line: Floats
    """t of the step, in its own direction, when a common slope is fitted too."""
    t_mean: Floats
    """t of the difference of the two means."""
    lag_one: Floats
    """Autocorrelation of the residuals around the two levels."""


def fit(values: Floats, near: Surroundings) -> Fits:
    """Fit two levels, a line, and both together to the points near each place.

    With everything centred, the step s, the position t and the values y have these products: the squares explained are
    (s.y)^2 / s.s, (t.y)^2 / t.t, and for both the solution of the two normal equations.
    """
    count = near.before + near.after
    half = near.inside.shape[1] // 2

    def centred(rows: Floats) -> Floats:
        kept = np.where(near.inside, rows, 0.0)
        return np.where(near.inside, kept - (kept.sum(axis=1) / count)[:, None], 0.0)

    index = np.arange(2 * half)
    step = centred(np.broadcast_to((index >= half).astype(np.float64), near.inside.shape))
    line = centred(np.broadcast_to(index.astype(np.float64), near.inside.shape))
    y = centred(values[near.columns] - values[near.columns[:, half], None])
    ss, tt, st = (step * step).sum(axis=1), (line * line).sum(axis=1), (step * line).sum(axis=1)
    sy, ty, yy = (step * y).sum(axis=1), (line * y).sum(axis=1), (y * y).sum(axis=1)
    free = ss * tt - st**2
    beyond = (sy * tt - ty * st) / free
    residual = y - (sy / ss)[:, None] * step
    by_step, by_line = (residual**2).sum(axis=1), np.maximum(yy - ty**2 / tt, 0.0)
    left = np.maximum(by_line - beyond**2 * free / tt, 0.0) / (count - 3)
    products = (residual[:, 1:] * residual[:, :-1]).sum(axis=1)
    return Fits(
        by_step,
        by_line,
        beyond * np.sign(sy) * np.sqrt(free / tt) / (np.sqrt(left) + TINY),
        np.abs(sy) / (np.sqrt(by_step * ss / (count - 2)) + TINY),
        np.clip(products / (by_step + TINY**2), 0.0, 0.8),
    )
