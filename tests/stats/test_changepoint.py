"""Change points: what is one, what is none, and one answer whether a series grows or is read at once."""

import math

import numpy as np
import pytest

from dart_perf.errors import InvalidInput
from dart_perf.stats.changepoint import Segmenter, change_points
from dart_perf.stats.samples import Floats


def noisy(levels: list[float], length: int = 60, spread: float = 0.01, seed: int = 1) -> Floats:
    rng = np.random.default_rng(seed)
    return np.concatenate([level * np.exp(rng.normal(0.0, spread, length)) for level in levels])


def test_a_step_is_named_with_its_place_levels_and_ratio() -> None:
    (change,) = change_points(noisy([100.0, 112.0]))
    assert change.first <= 60 <= change.last
    assert change.index == 60
    assert change.before == pytest.approx(100.0, rel=0.01)
    assert change.after == pytest.approx(112.0, rel=0.01)
    assert change.ratio == pytest.approx(1.12, rel=0.01)
    assert change.p_value < 1e-6


def test_a_step_down_has_a_ratio_below_one() -> None:
    (change,) = change_points(noisy([112.0, 100.0]))
    assert change.ratio is not None
    assert change.ratio < 1


def test_a_series_without_values_has_no_change() -> None:
    assert change_points([]) == ()


def test_a_step_below_the_smallest_effect_is_not_named() -> None:
    values = noisy([100.0, 102.0], spread=0.001)
    assert change_points(values) == ()
    assert [c.index for c in change_points(values, min_effect=0.01)] == [60]


def test_values_of_zero_are_judged_by_differences_and_have_no_ratio() -> None:
    (change,) = change_points([0.0] * 20 + [1.0] * 20)
    assert (change.index, change.before, change.after, change.ratio) == (20, 0.0, 1.0, None)


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_refused_by_place(wrong: float) -> None:
    with pytest.raises(InvalidInput, match=r"values\[1\]"):
        change_points([1.0, wrong, 1.0])
    with pytest.raises(InvalidInput, match="finite"):
        Segmenter().append(wrong)


@pytest.mark.parametrize("wrong", [math.nan, -0.01])
def test_an_impossible_smallest_effect_is_refused(wrong: float) -> None:
    with pytest.raises(InvalidInput, match="min_effect"):
        change_points([1.0], min_effect=wrong)


def test_a_growing_series_gets_the_answer_of_the_whole_at_every_point() -> None:
    values = noisy([100.0, 112.0, 90.0, 0.5, 100.0, 130.0] * 3, length=40)
    segmenter = Segmenter()
    for n, value in enumerate(values.tolist(), start=1):
        grown = segmenter.append(value)
        if n % 11 == 0 or n == values.size:
            assert grown == change_points(values[:n])
    assert len(grown) == 17


def test_a_level_of_four_points_is_named_while_it_is_the_newest_and_plain() -> None:
    values = noisy([100.0, 130.0])
    assert change_points(values[:63]) == ()
    assert [change.index for change in change_points(values[:64])] == [60]


def test_an_episode_that_did_not_last_is_none() -> None:
    values = noisy([100.0])
    values[30:36] *= 1.5
    assert change_points(values) == ()


def test_a_step_beside_a_spike_lies_within_its_range() -> None:
    values = noisy([100.0, 130.0])
    values[59] *= 3.0
    (change,) = change_points(values)
    assert change.first <= 60 <= change.last


def test_noise_that_wanders_and_comes_back_is_rarely_a_change() -> None:
    noise = np.random.default_rng(1).normal(0.0, 0.017, (100, 400))
    for k in range(1, 400):
        noise[:, k] += 0.5 * noise[:, k - 1]
    assert sum(len(change_points(np.exp(series))) for series in noise) <= 25


def test_noise_of_two_modes_is_no_change() -> None:
    rng = np.random.default_rng(2)
    values = np.where(rng.random(500) < 0.3, 120.0, 100.0) * np.exp(rng.normal(0.0, 0.005, 500))
    assert change_points(values) == ()


def test_old_changes_stay_as_they_were_when_a_new_one_comes() -> None:
    values = noisy([100.0, 112.0, 130.0], length=600)
    assert change_points(values[:1500])[:1] == change_points(values)[:1]


def test_a_ratio_beyond_the_largest_number_is_none() -> None:
    (change,) = change_points([1e-300] * 20 + [1e300] * 20)
    assert change.ratio is None
    assert change.after == pytest.approx(1e300)


@pytest.mark.parametrize("extreme", [5e-324, -1.7e308, 1.7e308])
def test_extreme_values_are_judged(extreme: float) -> None:
    assert [change.index for change in change_points([1.0] * 20 + [extreme] * 20)] == [20]
