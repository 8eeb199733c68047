"""Noise of processes as machines make it, and rules that look after every pair, for verify_statistics.py.

A rule takes differences, a row for each run, and a bound, and returns at which pair each run has refuted that the
location lies at or below the bound (one above all pairs: never). The other side is the rule on negated values.
"""

import math
import pathlib
from collections.abc import Callable

import numpy as np
from scipy.signal import lfilter
from scipy.special import ndtri, stdtrit

from dart_perf.stats.betting import Counts, fewest_table
from dartpy_ab import SAME, Floats, load, names

Rule = Callable[[Floats, float, float], Counts]
Source = Callable[[int, int, np.random.Generator], Floats]
"""Runs, processes, rng -> log times of processes in the order they ran, shape (runs, processes)."""

STAKES = np.array([0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 0.95])
"""Shares of its capital that the smooth peer bets, mixed."""
SIDE = 0.05
"""Sd of one process of the made noise, log scale; a pair's is 7 %."""
AIMED = 50
"""Pairs at which the mean peer's bounds are tightest."""
FIRST = 10
"""Pairs from which peers that need a variance are looked at."""


def first(refuted: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Counts:
    found: Counts = np.where(refuted.any(axis=1), np.argmax(refuted, axis=1) + 1, refuted.shape[1] + 1)
    return found


def median_rule(differences: Floats, bound: float, level: float) -> Counts:
    """Do what `dart_perf.stats.sequence` does."""
    needed = fewest_table(differences.shape[1], level)[1 : differences.shape[1] + 1]
    return first(np.cumsum(differences > bound, axis=1, dtype=np.int32) >= needed)


def smooth_rule(differences: Floats, bound: float, level: float) -> Counts:
    """Bet on the difference itself, cut at one robust sd of the pairs before it: needs symmetry, not only a median."""
    count = differences.shape[1]
    scale = np.full(differences.shape, np.nan)
    looks = [4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 256, 512, 1024, 2048]
    for start, stop in zip(looks, [*looks[1:], count], strict=True):
        if start < count:
            seen = differences[:, :start]
            spread = np.median(np.abs(seen - np.median(seen, axis=1, keepdims=True)), axis=1, keepdims=True)
            scale[:, start:stop] = np.where(spread > 0, 1.4826 * spread, np.nan)
    away = differences - bound
    score = np.where(np.isnan(scale), np.sign(away), np.clip(away / scale, -1.0, 1.0))
    capital = np.zeros(differences.shape)
    for stake in STAKES:
        capital += np.exp(np.minimum(np.cumsum(np.log1p(stake * score), axis=1), 300.0)) / STAKES.size
    return first(capital >= 1.0 / level)


def mean_rule(differences: Floats, bound: float, level: float) -> Counts:
    """Use the asymptotic confidence sequence of the mean, normal mixture, two-sided at 2 level.

    Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, Ann. Statist. 52 (2024) 2613.
    """
    pairs, mean, sd = moments(differences)
    alpha = 2.0 * level
    rho = (-2.0 * math.log(alpha) + math.log(-2.0 * math.log(alpha)) + 1.0) / AIMED
    width = sd * np.sqrt(2.0 * (pairs * rho + 1.0) / (pairs**2 * rho) * np.log(np.sqrt(pairs * rho + 1.0) / alpha))
    return first((mean - width > bound) & (pairs >= FIRST))


def t_rule(differences: Floats, bound: float, level: float) -> Counts:
    """Ask an ordinary one-sided t test of the pairs after each of them."""
    pairs, mean, sd = moments(differences)
    quantile = -stdtrit(np.maximum(pairs - 1.0, 1.0), level)
    return first((mean - quantile * sd / np.sqrt(pairs) > bound) & (pairs >= 3))


def moments(differences: Floats) -> tuple[Floats, Floats, Floats]:
    """Return 1 ... n, and the running mean and sd of each row."""
    pairs = np.arange(1.0, differences.shape[1] + 1.0)
    mean = np.cumsum(differences, axis=1) / pairs
    squares = np.cumsum(differences**2, axis=1) - pairs * mean**2
    return pairs, mean, np.sqrt(np.maximum(squares, 0.0) / np.maximum(pairs - 1.0, 1.0))


def rank_rule(before: Floats, after: Floats, bound: float, level: float, every: int) -> Counts:
    """Ask an ordinary one-sided Mann-Whitney test (normal approximation) of all values after each block of `every`."""
    runs, count = before.shape
    above = np.zeros(runs)
    refuted = np.zeros((runs, count), dtype=np.bool_)
    moved = after - bound
    for n in range(count):
        above += np.count_nonzero(moved[:, n : n + 1] > before[:, : n + 1], axis=1)
        above += np.count_nonzero(moved[:, :n] > before[:, n : n + 1], axis=1)
        size = n + 1.0
        if size % every == 0:
            z = (above - size**2 / 2.0 - 0.5) / math.sqrt(size**2 * (2.0 * size + 1.0) / 12.0)
            refuted[:, n] = z > -ndtri(level)
    return first(refuted)


def in_pairs(processes: Floats, rng: np.random.Generator) -> Floats:
    """Return log(head / base) of neighbours, which of them is head drawn at random."""
    gap = processes[:, 1::2] - processes[:, ::2]
    return gap * (2.0 * rng.integers(2, size=gap.shape) - 1.0)


def in_blocks(processes: Floats, every: int) -> tuple[Floats, Floats]:
    """Return base and head of blocks of `every` processes that take turns, base first."""
    turns = processes.reshape(processes.shape[0], -1, 2, every)
    before, after = (turns[:, :, side].reshape(processes.shape[0], -1) for side in (0, 1))
    return before, after


def normal(runs: int, count: int, rng: np.random.Generator) -> Floats:
    return SIDE * rng.standard_normal((runs, count))


def heavy(runs: int, count: int, rng: np.random.Generator) -> Floats:
    return SIDE * rng.standard_t(2, (runs, count))


def disturbed(runs: int, count: int, rng: np.random.Generator) -> Floats:
    hit = rng.random((runs, count)) < 0.1
    return normal(runs, count, rng) + hit * rng.exponential(0.4, (runs, count))


def autoregressive(rho: float, sd: float) -> Source:
    def made(runs: int, count: int, rng: np.random.Generator) -> Floats:
        steps = sd * math.sqrt(1.0 - rho**2) * rng.standard_normal((runs, count))
        steps[:, 0] /= math.sqrt(1.0 - rho**2)
        level: Floats = lfilter([1.0], [1.0, -rho], steps, axis=1)
        return level

    return made


def with_level(level: Source) -> Source:
    return lambda runs, count, rng: normal(runs, count, rng) + level(runs, count, rng)


def drifting(runs: int, count: int, rng: np.random.Generator) -> Floats:
    del rng
    return np.broadcast_to(0.2 * np.arange(count) / count, (runs, count))


def recorded(path: pathlib.Path) -> Source:
    """Return a bootstrap of two arms of one dartpy version: a benchmark for each run, blocks drawn with their two."""
    arms = load(path, "cpu minimum")
    sides = [np.log(np.stack([arms[arm, name] for arm in SAME], axis=-1)) for name in names(arms, *SAME)]
    blocks = np.stack([side - side.mean() for side in sides])

    def made(runs: int, count: int, rng: np.random.Generator) -> Floats:
        chosen = rng.integers(blocks.shape[0], size=(runs, 1))
        drawn = rng.integers(blocks.shape[1], size=(runs, count // 2))
        processes: Floats = blocks[chosen, drawn].reshape(runs, count)
        return processes

    return made


def sources(path: pathlib.Path) -> dict[str, Source]:
    return {
        "dartpy A/A, CPU": recorded(path),
        "normal": normal,
        "t, 2 degrees": heavy,
        "one in ten slowed by 40 %": disturbed,
        "AR(1) .8": autoregressive(0.8, SIDE),
        "load wanders, AR(1) .98": with_level(autoregressive(0.98, 0.2)),
        "drift of 20 %": with_level(drifting),
    }
