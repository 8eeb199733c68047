"""Trends in percent a run."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dart_perf.errors import InvalidInput
from dart_perf.stats.slope import fit_slope


def trend(seed: int, n: int, percent: float, spread: float = 0.02) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.asarray(5.0 * np.exp(np.arange(n) * np.log1p(percent / 100.0) + rng.normal(0.0, spread, n)))


@pytest.mark.parametrize("n", [8, 30, 200, 1000, 10_000])
@pytest.mark.parametrize("percent", [-0.02, 0.0, 0.02, 0.5])
def test_the_interval_holds_a_planted_trend_whatever_the_length(n: int, percent: float) -> None:
    found = fit_slope(trend(n, n, percent))
    assert found.points == n
    assert found.low is not None
    assert found.high is not None
    assert found.low <= percent <= found.high


def test_an_exact_trend_is_told_to_the_last_digit() -> None:
    found = fit_slope(3.0 * 1.01 ** np.arange(50.0))
    assert found.percent_per_run == pytest.approx(1.0)
    assert found.low == pytest.approx(1.0)
    assert found.high == pytest.approx(1.0)
    assert found.p_value == pytest.approx(0.0, abs=1e-12)


def test_fewer_than_eight_points_show_no_trend_and_say_so() -> None:
    found = fit_slope([1.0, 2.0, 3.0])
    assert (found.percent_per_run, found.low, found.high, found.p_value) == (None, None, None, None)
    assert found.warnings == ("3 points: a trend needs at least 8",)


@pytest.mark.parametrize("value", [0.0, 3.0])
def test_a_constant_series_has_no_trend(value: float) -> None:
    found = fit_slope([value] * 20)
    assert (found.percent_per_run, found.low, found.high, found.p_value) == (0.0, 0.0, 0.0, 1.0)


def test_values_of_zero_give_a_trend_in_percent_of_their_mean_size() -> None:
    found = fit_slope(np.arange(21.0))
    assert found.percent_per_run == pytest.approx(10.0)
    assert "mean size" in found.warnings[0]


def test_a_value_that_is_no_number_is_named() -> None:
    with pytest.raises(InvalidInput, match=r"values\[1\] is nan"):
        fit_slope([1.0, float("nan")])


def test_likeness_of_neighbours_widens_the_interval() -> None:
    rng = np.random.default_rng(3)
    noise = rng.normal(0.0, 0.02, 300)
    like = noise.copy()
    for t in range(1, 300):
        like[t] = 0.7 * like[t - 1] + np.sqrt(1 - 0.7**2) * noise[t]
    apart, together = (fit_slope(np.exp(x[100:])) for x in (noise, like))
    assert (together.high or 0) - (together.low or 0) > 1.3 * ((apart.high or 0) - (apart.low or 0))


@given(st.integers(0, 1000), st.integers(8, 60), st.floats(1e-6, 1e6))
def test_the_unit_does_not_matter_and_reversing_turns_the_sign(seed: int, n: int, factor: float) -> None:
    values = trend(seed, n, 0.1)
    plain, scaled, turned = fit_slope(values), fit_slope(factor * values), fit_slope(1.0 / values)
    assert scaled.percent_per_run == pytest.approx(plain.percent_per_run, rel=1e-6, abs=1e-9)
    assert scaled.high == pytest.approx(plain.high, rel=1e-6, abs=1e-9)
    assert 1 + (turned.low or 0) / 100 == pytest.approx(1 / (1 + (plain.high or 0) / 100))
