"""What holds for change points, whatever the series."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dart_perf.errors import InvalidInput
from dart_perf.model.change import ChangePoint
from dart_perf.stats.changepoint import Segmenter, change_points
from dart_perf.stats.samples import Floats

steady = settings(derandomize=True, deadline=None, max_examples=60)


@st.composite
def histories(draw: st.DrawFn, least: int = 1, *, ties: bool = True) -> Floats:
    """Levels that last for 3 to 60 points, noise, and lone spikes; with ties also without noise, or rounded."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    levels = draw(st.lists(st.sampled_from([0.5, 0.9, 1.0, 1.05, 1.2, 3.0]), min_size=least, max_size=6))
    lengths = draw(st.lists(st.integers(3, 60), min_size=len(levels), max_size=len(levels)))
    spread = draw(st.sampled_from([0.003, 0.02, 0.1] + [0.0] * ties))
    values = np.repeat(levels, lengths) * np.exp(rng.normal(0.0, spread, sum(lengths)))
    values[rng.random(values.size) < draw(st.sampled_from([0.0, 0.03]))] *= 2.0
    return np.asarray(np.round(values, draw(st.sampled_from([15] + [2] * ties))))


def places(found: tuple[ChangePoint, ...]) -> list[int]:
    return [change.index for change in found]


@steady
@given(histories())
def test_changes_are_in_order_inside_the_series_and_within_their_ranges(values: Floats) -> None:
    found = change_points(values)
    assert places(found) == sorted(set(places(found)))
    for change in found:
        assert 1 <= change.first <= change.index <= change.last < values.size
        assert 0 <= change.p_value <= 1
        assert change.ratio == pytest.approx(change.after / change.before)
        assert abs(np.log(change.after / change.before)) >= np.log(1.03) * (1 - 1e-9)


@steady
@given(histories(ties=False), st.floats(1e-9, 1e9))
def test_the_unit_changes_nothing(values: Floats, unit: float) -> None:
    assert places(change_points(values * unit)) == places(change_points(values))


@steady
@given(histories(ties=False))
def test_the_inverse_changes_at_the_same_points_the_other_way(values: Floats) -> None:
    found, inverse = change_points(values), change_points(1.0 / values)
    assert places(inverse) == places(found)
    assert [c.ratio for c in inverse] == pytest.approx([1.0 / c.ratio for c in found if c.ratio])


@steady
@given(histories())
def test_values_turned_round_zero_change_at_the_same_points(values: Floats) -> None:
    shifted = values - 1.0
    found, turned = change_points(shifted), change_points(-shifted)
    assert places(turned) == places(found)
    assert [c.before for c in turned] == [-c.before for c in found]


@steady
@given(st.floats(-1e300, 1e300), st.integers(0, 200))
def test_a_constant_never_changes(value: float, n: int) -> None:
    assert change_points([value] * n) == ()


@settings(derandomize=True, deadline=None, max_examples=12)
@given(histories(least=4), st.sampled_from([0.0, 1.0, 100.0]), st.sampled_from([0.0, 0.03]))
def test_at_every_point_a_growing_series_has_the_answer_of_the_whole(
    values: Floats, offset: float, min_effect: float
) -> None:
    segmenter = Segmenter(min_effect=min_effect)
    for n, value in enumerate((values - offset).tolist(), start=1):
        assert segmenter.append(value) == change_points(values[:n] - offset, min_effect=min_effect)


@pytest.mark.parametrize(("seed", "alike"), [(0, 0.0), (1, 0.0), (2, 0.8)])
def test_beyond_its_reach_a_long_series_grows_by_the_answer_of_the_whole(seed: int, alike: float) -> None:
    rng = np.random.default_rng(seed)
    steps = np.cumsum((rng.random(1200) < 0.02) * rng.choice([-0.3, 0.3], 1200))
    noise = rng.normal(0.0, 0.05, 1200)
    for k in range(1, noise.size):
        noise[k] += alike * noise[k - 1]
    values = np.exp(steps + noise + (rng.random(1200) < 0.03))
    segmenter = Segmenter()
    for n, value in enumerate(values.tolist(), start=1):
        grown = segmenter.append(value)
        if n % 23 == 0 or n == values.size:
            assert grown == change_points(values[:n])
    assert len(grown) > 5


@steady
@given(st.integers(0, 2**32 - 1), st.lists(st.integers(0, 12), min_size=1, max_size=8), st.floats(0.2, 20.0))
def test_lone_spikes_change_nothing(seed: int, gaps: list[int], factor: float) -> None:
    values = np.exp(np.random.default_rng(seed).normal(0.0, 0.01, 160))
    values[80:] *= 1.2
    spiked = values.copy()
    for place in (np.cumsum(np.array(gaps) + 7) - 1).tolist():
        if not 73 <= place <= 87:
            spiked[place] *= factor
    assert places(change_points(spiked)) == places(change_points(values)) == [80]


@steady
@given(st.integers(0, 2**32 - 1), st.floats(0.1, 1.0), st.integers(100, 300))
def test_a_drift_is_no_chain_of_steps(seed: int, rise: float, n: int) -> None:
    noise = np.random.default_rng(seed).normal(0.0, 0.005, n)
    assert len(change_points(np.exp(np.linspace(0.0, rise, n) + noise))) <= 1


@settings(derandomize=True, deadline=None, max_examples=10)
@given(histories(), st.data())
def test_what_is_not_finite_is_refused_and_leaves_a_growing_series_as_it_was(
    values: Floats, data: st.DataObject
) -> None:
    segmenter = Segmenter()
    for value in values.tolist():
        before = segmenter.append(value)
    with pytest.raises(InvalidInput, match="finite"):
        segmenter.append(data.draw(st.sampled_from([float("nan"), float("inf")])))
    assert segmenter.append(float(values[-1])) == change_points([*values, values[-1]])
    assert before == change_points(values)
