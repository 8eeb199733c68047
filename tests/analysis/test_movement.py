"""Patterns of one series: each is named where it was planted, and in noise, also autocorrelated, none is."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dart_perf.analysis.movement import movement_of
from dart_perf.model.trend import Movement
from dart_perf.stats.samples import Floats

N, SPREAD = 200, 0.01
Course = Callable[[Floats], Any]


def noise(seed: int, n: int = N, rho: float = 0.0) -> Floats:
    """Return AR(1) noise of spread 1."""
    shocks = np.random.default_rng(seed).normal(0.0, math.sqrt(1 - rho**2), n)
    for k in range(1, n):
        shocks[k] += rho * shocks[k - 1]
    return shocks


def named(movement: Movement) -> set[str]:
    """Return the kinds of pattern that a series has."""
    found = {"drift": movement.drift, "seasonal": movement.season, "spread": movement.spread, "spike": movement.spikes}
    return {kind for kind, what in found.items() if what} | ({"step"} if movement.changes else set())


PLANTED: dict[str, tuple[set[str], Course]] = {
    "nothing": (set(), lambda k: 0.0 * k),
    "a step": ({"step"}, lambda k: np.where(k < 120, 0.0, 0.1)),
    "a drift": ({"drift"}, lambda k: 0.0008 * k),
    "a week": ({"seasonal"}, lambda k: 0.03 * np.sin(2 * np.pi * k / 7)),
    "a long season, which looks like steps": ({"seasonal"}, lambda k: 0.05 * np.sin(2 * np.pi * k / 24.5)),
    "a season behind a step": ({"seasonal", "step"}, lambda k: 0.03 * np.sin(2 * np.pi * k / 7) + 0.2 * (k > 90)),
    "a passing spike": ({"spike"}, lambda k: np.where((k >= 100) & (k < 104), 0.3, 0.0)),
    "a single outlier, which is no pattern": (set(), lambda k: np.where(k == 100, 0.5, 0.0)),
}


@pytest.mark.parametrize("name", PLANTED)
@pytest.mark.parametrize("rho", [0.0, 0.5])
def test_a_planted_pattern_is_named_and_no_other(name: str, rho: float) -> None:
    kinds, course = PLANTED[name]
    values = np.exp(course(np.arange(N, dtype=np.float64)) + SPREAD * noise(3, rho=rho))
    assert named(movement_of(values)) == kinds


@pytest.mark.parametrize("rho", [0.0, 0.5])
def test_growing_spread_is_named(rho: float) -> None:
    sizes = SPREAD * np.exp(np.linspace(0.0, math.log(5.0), N))
    movement = movement_of(np.exp(sizes * noise(4, rho=rho)))
    assert named(movement) == {"spread"}
    assert movement.spread == pytest.approx(3.0, rel=0.4)  # thirds of a fivefold growth differ by 5^(2/3) = 2.9


@pytest.mark.parametrize("rho", [0.0, 0.5])
@pytest.mark.parametrize("n", [60, 200])
def test_noise_has_no_pattern(rho: float, n: int) -> None:
    found = [named(movement_of(np.exp(SPREAD * noise(seed, n, rho)))) for seed in range(60)]
    assert sum(map(bool, found)) <= 1  # benchmarks/patterns.py: at most 1 in 200 of each kind at this spread


def test_a_drift_is_told_by_its_slope_and_both_ends() -> None:
    movement = movement_of(np.exp(0.001 * np.arange(N, dtype=np.float64) + SPREAD * noise(5)))
    assert movement.drift == pytest.approx(math.exp(0.199), rel=0.03)
    assert movement.slope is not None
    assert movement.slope.percent_per_run == pytest.approx(0.1, rel=0.1)


def test_a_season_is_told_by_its_period_and_swing() -> None:
    season = movement_of(
        np.exp(0.03 * np.sin(2 * np.pi * np.arange(N, dtype=np.float64) / 7) + SPREAD * noise(6))
    ).season
    assert season is not None
    assert season.period == pytest.approx(7.0, rel=0.02)
    assert season.swing == pytest.approx(math.exp(0.06), rel=0.02)


@pytest.mark.parametrize("values", [[0.0] * 30, [-1.0, 1.0] * 20, [5.0] * 30, [1.0] * 7])
def test_values_without_ratios_constant_or_few_have_no_pattern(values: list[float]) -> None:
    movement = movement_of(np.array(values))
    assert named(movement) == set()
    assert movement.points == len(values)


@given(factor=st.sampled_from([1e-9, 0.3, 7.0, 1e12]), name=st.sampled_from(sorted(PLANTED)))
def test_the_unit_changes_nothing(factor: float, name: str) -> None:
    values = np.exp(PLANTED[name][1](np.arange(N, dtype=np.float64)) + SPREAD * noise(7))
    one, other = movement_of(values), movement_of(factor * values)
    assert [c.index for c in one.changes] == [c.index for c in other.changes]
    assert named(one) == named(other)
    assert other.level == pytest.approx(factor * one.level)
