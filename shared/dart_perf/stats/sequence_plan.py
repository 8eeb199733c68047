"""How many pairs an effect takes under `sequence.judge_pairs`: the rule itself, run on recorded noise many times."""

import math
from dataclasses import dataclass

import numpy as np

from dart_perf.errors import InvalidInput
from dart_perf.stats.betting import Counts, check_level, fewest_table
from dart_perf.stats.levels import FEWEST_RUNS, LEVEL, POWER
from dart_perf.stats.power import LEAST_POWER
from dart_perf.stats.samples import Floats, Values, check_margin, read_samples
from dart_perf.stats.sequence_power import MOST_PAIRS

SIMULATED = 1000
"""Runs of the rule: the share that decides by a pair is known to 1.3 % (one standard error at a power of .8)."""
FIRST_LOOK = 128
"""Pairs simulated at first; the runs go on, twice as long each time, until enough of them decided."""
FEW_NOISE = 20
"""Recorded differences below which a plan warns: the sd of as many is known to a sixth, 1 / sqrt(2 n)."""
SAME = 1e-9
"""Distance of log ratios below which an effect lies on the margin; rounding."""


@dataclass(frozen=True, slots=True)
class PairPlan:
    """What to measure, and what it will show."""

    pairs: int | None
    """Pairs by which the right verdict is there with `power`; None where the most that were asked for are too few."""
    typical: int | None
    """Pairs by which it is there in half of the runs; None as above."""
    effect: float
    """True ratio, head over base."""
    margin: float
    power: float
    noise: int
    """Recorded differences that the plan stands on; 0: a spread was given."""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Noise:
    """What pairs without a change differ by: one of the values, with either sign, and a little more.

    The order of both sides is random, so either sign is as likely; the little more keeps a few recorded differences
    from being all there are (smoothed bootstrap, shrunk to the same variance: Silverman and Young, Biometrika 74 (1987)
    469; bandwidth: Silverman, Density Estimation, 1986, equation 3.31).
    """

    values: Floats
    kernel: float
    shrink: float

    def draw(self, rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
        """Return that many differences, log ratios."""
        at = rng.integers(self.values.size, size=shape)
        signs = 2.0 * rng.integers(2, size=shape) - 1.0
        drawn: Floats = self.shrink * (signs * self.values[at] + self.kernel * rng.standard_normal(shape))
        return drawn


def plan_pairs(
    noise: Values | float,
    *,
    effect: float,
    margin: float,
    power: float = POWER,
    level: float = LEVEL,
    rng: np.random.Generator,
    most: int = MOST_PAIRS,
) -> PairPlan:
    """Return the pairs by which `judge_pairs` gives the right verdict on a true ratio `effect` with `power`.

    Args:
        noise: log ratios of pairs that differ by nothing but noise, shape (n,), n >= 3; or their sd, then normal.
        effect: true ratio, above 0 and not on the margin; within it the right verdict is NORMAL.
        margin: largest relative change that does not matter.
        power: share of runs that have the right verdict by then, in [0.5, 1).
        level: one-sided level of each bound.
        rng: draws the noise.
        most: pairs that nobody would measure more than, at least 1.

    Raises:
        InvalidInput: an argument is out of its range.
    """
    source, bound = _noise(noise), math.log1p(check_margin(margin))
    _check(effect, bound, power, most)
    table = fewest_table(most, check_level(level))
    drawn = np.empty((SIMULATED, 0))
    length, share = 0, 0.0
    while share < power and length < most:
        length = min(max(2 * length, FIRST_LOOK), most)
        more = source.draw(rng, (SIMULATED, length - drawn.shape[1])) + math.log(effect)
        drawn = np.concatenate([drawn, more], axis=1)
        decided = deciding_pairs(drawn, math.log(effect), bound, table)
        share = float(np.mean(decided <= length))
    count = 0 if isinstance(noise, float | int) else source.values.size
    return PairPlan(
        pairs=_by(decided, power, length),
        typical=_by(decided, LEAST_POWER, length),
        effect=effect,
        margin=margin,
        power=power,
        noise=count,
        warnings=(f"the noise is known from {count} pairs only",) if 0 < count < FEW_NOISE else (),
    )


def deciding_pairs(differences: Floats, truth: float, bound: float, table: Counts) -> Counts:
    """Return the pair at which each run gives the verdict that `truth` calls for; one above all where it does not.

    Args:
        differences: log ratios, a row for each run, shape (runs, pairs).
        truth: the log ratio they vary around.
        bound: the margin on the log scale.
        table: `betting.fewest_table` for at least as many pairs.
    """
    never = differences.shape[1] + 1
    wanted = table[1:never]

    def first(sides: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Counts:
        refuted = np.cumsum(sides, axis=1, dtype=np.int32) >= wanted
        at: Counts = np.where(refuted.any(axis=1), np.argmax(refuted, axis=1) + 1, never)
        return at

    worse, better = first(differences > bound), first(differences < -bound)
    normal = np.maximum(first(differences >= -bound), first(differences <= bound))
    right, *wrong = (
        (worse, better, normal) if truth > bound else (better, worse, normal) if truth < -bound
        else (normal, worse, better)
    )  # fmt: skip
    return np.where(right < np.minimum(*wrong), right, never)


def _by(decided: Counts, share: float, length: int) -> int | None:
    """Return the pair by which `share` of the runs have decided; None where they have not by `length`."""
    found = int(np.sort(decided)[math.ceil(share * decided.size) - 1])
    return found if found <= length else None


def _noise(noise: Values | float) -> Noise:
    if isinstance(noise, float | int):
        if not (math.isfinite(noise) and noise >= 0):
            raise InvalidInput(f"noise is {noise}: a spread is a finite sd of at least 0, on the log scale.")
        return Noise(np.zeros(1), float(noise), 1.0)
    values = read_samples(noise, "noise")
    if values.size < FEWEST_RUNS:
        raise InvalidInput(f"noise holds {values.size} differences: give {FEWEST_RUNS} or more, or a spread.")
    both = np.concatenate([values, -values])
    spread, middle = float(np.std(both)), float(np.subtract(*np.quantile(both, (0.75, 0.25)))) / 1.34
    kernel = 0.9 * (min(spread, middle) or spread) * both.size**-0.2
    return Noise(values, kernel, 1.0 if spread == 0.0 else 1.0 / math.hypot(1.0, kernel / spread))


def _check(effect: float, bound: float, power: float, most: int) -> None:
    if not (math.isfinite(effect) and effect > 0):
        raise InvalidInput(f"effect is {effect}: it must be a finite ratio above 0, e.g. 1.1.")
    if abs(abs(math.log(effect)) - bound) < SAME:
        raise InvalidInput(f"effect is {effect:g}, on the margin: no number of pairs tells on which side. Move either.")
    if not LEAST_POWER <= power < 1:
        raise InvalidInput(f"power is {power}: it must lie in [{LEAST_POWER}, 1), e.g. 0.8.")
    if most < 1:
        raise InvalidInput(f"most is {most}: at least 1 pair is measured.")
