"""Where a level changed, given that it did."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dart_perf.errors import InvalidInput
from dart_perf.stats.split import REACH, locate_split

SEEDS = 200


@pytest.mark.parametrize("after", [3, 5, 8])
@pytest.mark.parametrize("sds", [2, 4])
def test_the_true_place_lies_in_the_range(after: int, sds: int) -> None:
    covered = 0
    for seed in range(SEEDS):
        values = np.exp(0.01 * np.random.default_rng(seed).normal(size=40))
        values[-after:] *= np.exp(0.01 * sds)
        _, first, last = locate_split(values)
        covered += first <= 40 - after <= last
    assert covered >= 0.95 * SEEDS


def test_a_step_without_noise_has_one_place() -> None:
    assert locate_split([1.0] * 20 + [2.0] * 4) == (20, 20, 20)


@given(st.integers(0, 300), st.integers(1, 9))
def test_indices_are_those_of_the_whole_series(before: int, after: int) -> None:
    values = [1.0] * (before + 2) + [3.0] * after
    place, first, last = locate_split(values)
    assert 0 < first <= place <= last < len(values)
    if before + 2 < REACH - after:
        assert place == before + 2


@given(st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=40), st.floats(0.1, 10))
def test_the_answer_does_not_depend_on_the_unit(values: list[float], unit: float) -> None:
    if min(values) <= 0:
        values = [abs(value) + 1.0 for value in values]
    place, first, last = locate_split(values)
    scaled = locate_split([value * unit for value in values])
    assert first <= scaled[0] <= last or scaled[1] <= place <= scaled[2]


def test_too_few_values_are_refused() -> None:
    with pytest.raises(InvalidInput, match="no place for a change"):
        locate_split([1.0, 2.0])
