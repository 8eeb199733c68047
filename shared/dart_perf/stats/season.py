"""A movement that comes back: one line of the spectrum that stands out of what autocorrelated noise has.

The periodogram of the residuals is divided by the spectrum of AR(1) noise of their own lag-1 autocorrelation (the
red-noise null of Mann and Lees, Climatic Change 33 (1996) 409), so that slow wandering is no season; the largest
ordinate is tested by Fisher's g (Proc. R. Soc. A 125 (1929) 54), whose first term bounds the probability.
"""

import math
from dataclasses import dataclass

import numpy as np

from dart_perf.stats.autocorrelation import lag_one
from dart_perf.stats.location import clip_outliers
from dart_perf.stats.samples import Floats

FEWEST = 40
"""Points below which four cycles of a weekly or nightly rhythm and their noise are not told apart."""
CYCLES = 4
"""Cycles that must have been seen: two or three are what wandering noise shows by chance."""
FINE = 2
"""Frequencies looked at between two that n points resolve."""
SHORTEST_PERIOD = 3.0
"""Runs; a period of two is alternation, e.g. of two machines."""
LEVEL = 1e-4
"""Probability of the largest ordinate by chance. A season is named in 0 of 15,000 series of noise (five kinds; 60, 200
and 1,000 runs) and in 0 of 452 real ones; benchmarks/patterns.py."""
SMALLEST_SHARE = 0.25
"""Share of the variance around the levels below which nobody who looks at the series sees it."""
SMALLEST_SWING = 0.01
"""Log ratio of crest to trough below which it does not matter (a third of the least change that is called)."""


@dataclass(frozen=True, slots=True)
class Cycle:
    """A sinusoid on the log scale."""

    period: float
    """Points."""
    swing: float
    """Crest minus trough."""
    share: float
    """Of the variance."""


def find_cycle(residuals: Floats) -> Cycle | None:
    """Return the cycle of residuals around their levels, shape (n,), on the log scale; None where there is none."""
    n = residuals.size
    if n < FEWEST:
        return None
    kept, _ = clip_outliers(residuals - np.median(residuals))
    kept = kept - np.mean(kept)
    variance = float(np.mean(kept**2))
    if variance == 0.0:
        return None
    # Twice as fine as n points resolve: a period between two frequencies would else be found at 40 % of its power.
    power = np.abs(np.fft.rfft(kept, FINE * n)) ** 2 / n
    ordinates = np.arange(FINE * CYCLES, FINE * min(int(n / SHORTEST_PERIOD), (n - 1) // 2) + 1)
    rho = lag_one(kept)
    turns = 2.0 * np.pi * ordinates / (FINE * n)
    white = power[ordinates] * (1.0 - 2.0 * rho * np.cos(turns) + rho**2) / (1.0 - rho**2)
    best = int(np.argmax(white))
    if _by_chance(float(white[best] / np.sum(white)) * FINE, ordinates.size) > LEVEL:
        return None
    frequency = int(ordinates[best]) / (FINE * n)
    if not _in_both_halves(kept, frequency):
        return None
    amplitude = 2.0 * math.sqrt(float(power[ordinates[best]]) / n)
    share = min(1.0, amplitude**2 / 2.0 / variance)
    found = Cycle(1.0 / frequency, 2.0 * amplitude, share)
    return found if found.share >= SMALLEST_SHARE and found.swing >= SMALLEST_SWING else None


def without_cycle(logs: Floats, cycle: Cycle) -> Floats:
    """Return values on the log scale, shape (n,), without the wave of that period that fits them best."""
    turns = 2.0 * np.pi * np.arange(logs.size) / cycle.period
    waves = np.column_stack([np.ones(logs.size), np.cos(turns), np.sin(turns)])
    weights = np.linalg.lstsq(waves, logs, rcond=None)[0]
    rest: Floats = logs - waves[:, 1:] @ weights[1:]
    return rest


def _by_chance(largest: float, count: int) -> float:
    """Return the bound on the probability of a share of all power as large as this, over `count` frequencies.

    The finer grid is counted as if its ordinates were independent, and a share of it is that of `count / FINE`.
    """
    return count * float(max(0.0, 1.0 - largest) ** (count / FINE - 1))


def _in_both_halves(values: Floats, frequency: float) -> bool:
    """Return whether each half moves by the same wave: as much as half of the share, and not in opposite phase."""
    turns = np.exp(-2j * np.pi * frequency * np.arange(values.size))
    middle = values.size // 2
    first, second = (
        2.0 * np.mean((values - np.mean(values[part]))[part] * turns[part])
        for part in (slice(None, middle), slice(middle, None))
    )
    smallest = math.sqrt(SMALLEST_SHARE * float(np.mean(values**2)))
    return bool(min(abs(first), abs(second)) >= smallest and (first * np.conj(second)).real > 0.0)
