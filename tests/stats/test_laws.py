"""What holds for every judging function, whatever the values."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dart_perf.model.judgement import Judgement, Status
from dart_perf.stats.compare import compare
from dart_perf.stats.exact import compare_exact
from dart_perf.stats.judge import judge
from dart_perf.units import Better

Judging = Callable[..., Judgement]
MIRROR = {
    Status.REGRESSION_DETECTED: Status.IMPROVEMENT_DETECTED,
    Status.IMPROVEMENT_DETECTED: Status.REGRESSION_DETECTED,
}


def pairs(a: list[float], b: list[float], margin: float = 0.05, better: Better = "lower") -> Judgement:
    return compare(a, b, margin=margin, better=better, paired=True)


def interleaved(a: list[float], b: list[float], margin: float = 0.05, better: Better = "lower") -> Judgement:
    return compare(a, b, margin=margin, better=better, between_sessions=0.0)


def then_and_now(a: list[float], b: list[float], margin: float = 0.05, better: Better = "lower") -> Judgement:
    return compare(a, b, margin=margin, better=better)


SAMPLES: list[Judging] = [pairs, interleaved, then_and_now]
JUDGES: list[Judging] = [*SAMPLES, compare_exact, judge]
every_judge = pytest.mark.parametrize("judging", JUDGES)
every_comparison = pytest.mark.parametrize("judging", SAMPLES)
steady = settings(derandomize=True, deadline=None, max_examples=60)

values = st.floats(min_value=1e-6, max_value=1e6)
sides = st.integers(min_value=8, max_value=14).flatmap(
    lambda n: st.tuples(*[st.lists(values, min_size=n, max_size=n)] * 2)
)
seeds = st.integers(min_value=0, max_value=2**32 - 1)
margins = st.floats(min_value=0.0, max_value=1.0)


def noisy(seed: int, spread: float, ratio: float = 1.0, n: int = 12) -> tuple[list[float], list[float]]:
    rng = np.random.default_rng(seed)
    logs = rng.normal(0.0, spread, (2, n))
    return np.exp(logs[0]).tolist(), (ratio * np.exp(logs[1])).tolist()


def nearly_equal(a: Judgement, b: Judgement) -> bool:
    ours, theirs = a.model_dump(exclude={"warnings"}), b.model_dump(exclude={"warnings"})
    return all(
        ours[key] == theirs[key]
        if not isinstance(ours[key], float) or theirs[key] is None
        else math.isclose(ours[key], theirs[key], rel_tol=1e-6, abs_tol=1e-6)
        for key in ours
    )


@every_judge
@given(both=sides, margin=margins)
@steady
def test_any_positive_values_give_a_sound_record(
    judging: Judging, both: tuple[list[float], list[float]], margin: float
) -> None:
    judgement = judging(*both, margin=margin)  # a record refuses NaN and infinity by itself
    assert judgement.status in {*MIRROR, Status.NORMAL, Status.INCONCLUSIVE, Status.INSUFFICIENT_DATA}
    if judgement.ratio is not None and judgement.low is not None and judgement.high is not None:
        assert judgement.low <= judgement.ratio <= judgement.high
    if judgement.status == Status.REGRESSION_DETECTED:
        assert judgement.low is not None
        assert judgement.low > 1 + margin
    if judgement.status == Status.IMPROVEMENT_DETECTED:
        assert judgement.high is not None
        assert judgement.high < 1 / (1 + margin)


@every_judge
@given(
    both=st.tuples(*[st.lists(st.floats(min_value=-1e3, max_value=1e3), min_size=8, max_size=10)] * 2).map(
        lambda two: (two[0][:8], two[1][:8])
    )
)
@steady
def test_zeros_and_negative_values_give_a_difference_or_a_ratio_never_nan(
    judging: Judging, both: tuple[list[float], list[float]]
) -> None:
    judgement = judging(*both)
    if judgement.status != Status.INSUFFICIENT_DATA:
        assert (judgement.ratio is None) == (min(*both[0], *both[1]) <= 0)
        assert (judgement.ratio is None) != (judgement.difference is None)


@every_judge
@given(seed=seeds, scale=st.floats(min_value=1e-9, max_value=1e9), ratio=st.sampled_from([0.5, 0.9, 1.0, 1.1, 2.0]))
@steady
def test_the_unit_of_the_values_changes_nothing(judging: Judging, seed: int, scale: float, ratio: float) -> None:
    before, after = noisy(seed, 0.04, ratio)
    scaled = judging([scale * x for x in before], [scale * x for x in after])
    assert nearly_equal(judging(before, after), scaled)


@every_judge
@given(seed=seeds, ratio=st.sampled_from([0.5, 0.9, 1.0, 1.1, 2.0]))
@steady
def test_higher_is_better_is_lower_is_better_of_the_inverse(judging: Judging, seed: int, ratio: float) -> None:
    before, after = noisy(seed, 0.04, ratio)
    inverse = judging([1 / x for x in before], [1 / x for x in after], better="higher")
    assert nearly_equal(judging(before, after), inverse)


@every_comparison
@given(seed=seeds, order=st.permutations(range(12)))
@steady
def test_the_order_of_runs_changes_nothing(judging: Judging, seed: int, order: list[int]) -> None:
    before, after = noisy(seed, 0.1, 1.1)
    assert nearly_equal(judging(before, after), judging([before[i] for i in order], [after[i] for i in order]))


@every_comparison
@given(seed=seeds, spread=st.floats(min_value=0.0, max_value=0.5), ratio=st.floats(min_value=0.3, max_value=3.0))
@steady
def test_swapping_the_sides_mirrors_the_verdict(judging: Judging, seed: int, spread: float, ratio: float) -> None:
    before, after = noisy(seed, spread, ratio)
    there, back = judging(before, after), judging(after, before)
    assert back.status == MIRROR.get(there.status, there.status)
    assert there.ratio is not None
    assert back.ratio == pytest.approx(1 / there.ratio)
    assert back.low == pytest.approx(1 / (there.high or 0))
    assert back.high == pytest.approx(1 / (there.low or 0))


@every_judge
@given(
    seed=seeds,
    spread=st.floats(min_value=0.0, max_value=0.3),
    ratio=st.floats(min_value=0.5, max_value=2.0),
    two=st.tuples(margins, margins),
)
@steady
def test_more_margin_never_makes_a_regression_and_never_unmakes_normal(
    judging: Judging, seed: int, spread: float, ratio: float, two: tuple[float, float]
) -> None:
    before, after = noisy(seed, spread, ratio)
    less, more = (judging(before, after, margin=margin).status for margin in sorted(two))
    if more in MIRROR:
        assert less == more
    if less == Status.NORMAL:
        assert more == Status.NORMAL


@every_judge
@given(seed=seeds, spread=st.floats(min_value=0.0, max_value=0.06))
@steady
def test_a_doubling_is_called_and_so_is_a_halving(judging: Judging, seed: int, spread: float) -> None:
    before, after = noisy(seed, spread)
    if judging is compare_exact:
        before, after = [100.0] * 3, [100.0] * 3
    assert judging(before, [2 * x for x in after]).status == Status.REGRESSION_DETECTED
    assert judging(before, [x / 2 for x in after]).status == Status.IMPROVEMENT_DETECTED


@every_judge
@given(side=st.lists(values, min_size=8, max_size=14), margin=margins)
@steady
def test_identical_sides_never_differ(judging: Judging, side: list[float], margin: float) -> None:
    if judging is judge:  # the same values, but one of them may be new
        side = [side[0]] * len(side)
    assert judging(side, side, margin=margin).status not in MIRROR


@every_judge
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_value_that_is_not_finite_is_refused_by_place_and_value(judging: Judging, bad: float) -> None:
    good = [1.0] * 8
    with pytest.raises(Exception, match=rf"\w+\[3\] is {bad}: only finite numbers") as caught:
        judging(good, [1.0, 1.0, 1.0, bad, 1.0, 1.0, 1.0, 1.0])
    assert type(caught.value).__name__ == "InvalidInput"


@every_judge
@pytest.mark.parametrize("margin", [-0.01, math.nan, math.inf])
def test_a_margin_must_be_a_finite_number_of_at_least_zero(judging: Judging, margin: float) -> None:
    with pytest.raises(Exception, match="margin is"):
        judging([1.0] * 8, [1.0] * 8, margin=margin)


@every_judge
def test_an_unknown_direction_is_refused(judging: Judging) -> None:
    with pytest.raises(Exception, match="better is 'faster'"):
        judging([1.0] * 8, [1.0] * 8, better="faster")
