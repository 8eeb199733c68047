import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dart_perf.errors import InvalidInput
from dart_perf.model.judgement import Status
from dart_perf.stats.betting import fewest_on_one_side, log_capital
from dart_perf.stats.sequence import Sequence, attempt_level, bounds, judge_pairs

MIRROR = {
    Status.REGRESSION_DETECTED: Status.IMPROVEMENT_DETECTED,
    Status.IMPROVEMENT_DETECTED: Status.REGRESSION_DETECTED,
}
DECIDED = {*MIRROR, Status.NORMAL}
steady = settings(derandomize=True, deadline=None, max_examples=60)
seeds = st.integers(min_value=0, max_value=2**32 - 1)
ratios = st.floats(min_value=0.5, max_value=2.0)
spreads = st.floats(min_value=0.0, max_value=0.3)
levels = st.floats(min_value=1e-6, max_value=0.4)
margins = st.floats(min_value=0.0, max_value=0.5)
any_differences = st.lists(st.floats(min_value=-5, max_value=5), max_size=80)


def pairs(seed: int, ratio: float = 1.0, spread: float = 0.05, n: int = 80) -> list[float]:
    return [float(value) for value in np.random.default_rng(seed).normal(math.log(ratio), spread, n)]


@pytest.mark.parametrize(
    ("ratio", "margin", "status"),
    [
        (1.1, 0.05, Status.REGRESSION_DETECTED),
        (0.9, 0.05, Status.IMPROVEMENT_DETECTED),
        (1.0, 0.05, Status.NORMAL),
        (1.02, 0.05, Status.NORMAL),
        (1.05, 0.05, Status.INCONCLUSIVE),
        (1.02, 0.0, Status.REGRESSION_DETECTED),
    ],
)
def test_what_was_planted_is_said(ratio: float, margin: float, status: Status) -> None:
    judged = judge_pairs(pairs(1, ratio, 0.03, 200), margin=margin)
    assert judged.status == status
    assert judged.low is not None
    assert judged.high is not None
    assert judged.low <= ratio <= judged.high


@pytest.mark.parametrize("count", [0, 1, 2])
def test_fewer_than_three_pairs_are_too_few_and_it_says_what_is_the_least(count: int) -> None:
    judged = judge_pairs([0.5] * count, margin=0.05)
    assert judged.status == Status.INSUFFICIENT_DATA
    assert judged.runs_needed == 10
    assert judge_pairs([0.5] * 9, margin=0.05).status == Status.INCONCLUSIVE
    assert judge_pairs([0.5] * 10, margin=0.05).status == Status.REGRESSION_DETECTED


def test_pairs_that_are_all_equal_on_a_coarse_clock_are_no_change() -> None:
    judged = judge_pairs([0.0] * 12, margin=0.0)
    assert (judged.status, judged.low, judged.high) == (Status.NORMAL, 1.0, 1.0)


def test_bounds_are_open_until_all_pairs_on_one_side_would_show_something() -> None:
    low, high = bounds([0.1] * 12, level=0.025)
    assert np.isinf(low[:9]).all()
    assert np.isinf(high[:9]).all()
    assert low[9:].tolist() == [0.1] * 3 == high[9:].tolist()


def test_a_bound_is_refuted_exactly_where_the_bets_have_made_one_over_the_level() -> None:
    for n in (10, 37, 200, 1000):
        fewest = fewest_on_one_side(n, 0.025)
        capital = np.exp(log_capital(np.array([n, n]), np.array([fewest, fewest - 1])))
        assert capital[0] >= 40 > capital[1]


def test_on_a_fair_coin_the_capital_keeps_its_mean() -> None:
    for n in (1, 7, 40):
        above = np.arange(n + 1)
        chances = np.array([math.comb(n, int(k)) for k in above]) / 2.0**n
        assert np.sum(chances * np.exp(log_capital(np.full(n + 1, n), above))) == pytest.approx(1.0)


def test_a_ratio_that_moves_while_it_is_measured_makes_the_bounds_contradict_only_after_the_verdict() -> None:
    values = [-0.06] * 10 + [0.04] * 300
    low, high = bounds(values, level=0.025)
    assert low[-1] > high[-1]
    judged = judge_pairs(values, margin=0.05)
    assert (judged.status, judged.runs_needed) == (Status.IMPROVEMENT_DETECTED, 10)


def test_what_came_after_the_deciding_pair_is_counted_and_not_judged() -> None:
    values = pairs(2, 1.2, 0.02)
    judged = judge_pairs(values, margin=0.05)
    assert judged.runs_needed is not None
    assert judged.warnings == (f"{80 - judged.runs_needed} pairs after the one that decided are not judged",)
    alone = judge_pairs(values[: judged.runs_needed], margin=0.05)
    assert alone.model_copy(update={"warnings": judged.warnings}) == judged
    assert judge_pairs(values[: judged.runs_needed - 1], margin=0.05).status == Status.INCONCLUSIVE


def test_an_open_verdict_says_what_it_excludes_and_how_many_pairs_are_needed() -> None:
    judged = judge_pairs(pairs(3, 1.08, 0.06, 30), margin=0.05)
    assert judged.status == Status.INCONCLUSIVE
    assert judged.warnings == (
        "the interval excludes 1: it is worse, but not shown to be by more than the margin of 0.05",
    )
    assert judged.runs_needed is not None
    assert judged.runs_needed > 30


def test_a_ratio_on_the_margin_needs_no_number_of_pairs() -> None:
    both = [math.log1p(0.05) + 0.01 * sign for sign in (-1, 1)] * 200
    judged = judge_pairs(both, margin=0.05)
    assert judged.runs_needed is None
    assert "too close to the margin" in judged.warnings[-1]


def test_attempts_spend_the_level_and_no_more() -> None:
    spent = [attempt_level(k, 0.025) for k in range(1, 5000)]
    assert spent[0] == pytest.approx(0.0152, abs=1e-4)
    assert all(later < earlier for earlier, later in pairwise(spent))
    assert 0.0249 < sum(spent) < 0.025


@pytest.mark.parametrize("level", [0.0, 0.5, -0.1, math.nan])
def test_a_level_must_lie_between_nothing_and_a_coin(level: float) -> None:
    for asked in (
        lambda: Sequence(level),
        lambda: attempt_level(1, level),
        lambda: judge_pairs([], margin=0, level=level),
    ):
        with pytest.raises(InvalidInput, match="level is"):
            asked()


def test_what_is_not_a_number_is_refused_with_its_place() -> None:
    with pytest.raises(InvalidInput, match=r"differences\[1\] is nan"):
        judge_pairs([0.0, math.nan], margin=0.05)
    with pytest.raises(InvalidInput, match="difference is inf"):
        Sequence(0.025).append(math.inf)
    with pytest.raises(InvalidInput, match="margin is -1"):
        judge_pairs([0.0] * 3, margin=-1)
    with pytest.raises(InvalidInput, match="attempts are counted from 1"):
        attempt_level(0, 0.025)


@given(values=any_differences, level=levels)
@steady
def test_pair_by_pair_gives_the_numbers_of_the_whole(values: list[float], level: float) -> None:
    sequence = Sequence(level)
    steps = [sequence.append(value) for value in values]
    low, high = bounds(values, level=level)
    assert steps == list(zip(low.tolist(), high.tolist(), strict=True))


@given(values=any_differences, level=levels, at=st.integers(min_value=0, max_value=80))
@steady
def test_the_bounds_of_a_beginning_are_the_beginning_of_the_bounds(values: list[float], level: float, at: int) -> None:
    for whole, part in zip(bounds(values, level=level), bounds(values[:at], level=level), strict=True):
        assert whole[:at].tolist() == part.tolist()


@given(values=any_differences, two=st.tuples(levels, levels))
@steady
def test_bounds_only_close_and_a_stricter_level_opens_them(values: list[float], two: tuple[float, float]) -> None:
    (low, high), (lower, higher) = (bounds(values, level=level) for level in (max(two), min(two)))
    assert np.all(low >= lower)
    assert np.all(high <= higher)
    for side in (low, -high):
        assert all(earlier <= later for earlier, later in pairwise(side.tolist()))


@given(values=any_differences, margin=margins)
@steady
def test_any_differences_give_a_sound_record(values: list[float], margin: float) -> None:
    judged = judge_pairs(values, margin=margin)  # a record refuses NaN and infinity by itself
    if judged.ratio is not None:
        low, high = 0.0 if judged.low is None else judged.low, math.inf if judged.high is None else judged.high
        assert low <= judged.ratio <= high
    if judged.status == Status.REGRESSION_DETECTED:
        assert judged.low is not None
        assert math.log(judged.low) == pytest.approx(max(math.log(judged.low), math.log1p(margin)))
    if judged.minimum_detectable_effect is not None:
        assert judged.minimum_detectable_effect >= 1 + margin - 1e-12


@given(seed=seeds, ratio=ratios, spread=spreads, margin=margins)
@steady
def test_swapping_the_sides_mirrors_the_verdict(seed: int, ratio: float, spread: float, margin: float) -> None:
    values = pairs(seed, ratio, spread)
    there, back = judge_pairs(values, margin=margin), judge_pairs([-v for v in values], margin=margin)
    assert back.status == MIRROR.get(there.status, there.status)
    assert (back.runs_needed, back.minimum_detectable_effect) == (there.runs_needed, there.minimum_detectable_effect)
    assert there.ratio is not None
    assert back.ratio == pytest.approx(1 / there.ratio)
    assert back.low == (None if there.high is None else pytest.approx(1 / there.high))
    assert back.high == (None if there.low is None else pytest.approx(1 / there.low))


@given(seed=seeds, ratio=ratios, spread=spreads, two=st.tuples(margins, margins))
@steady
def test_more_margin_never_makes_a_regression_and_never_unmakes_normal(
    seed: int, ratio: float, spread: float, two: tuple[float, float]
) -> None:
    values = pairs(seed, ratio, spread)
    less, more = (judge_pairs(values, margin=margin).status for margin in sorted(two))
    if more in MIRROR:
        assert less == more
    if less == Status.NORMAL:
        assert more == Status.NORMAL


@given(values=any_differences, margin=margins, more=any_differences)
@steady
def test_what_is_decided_stays_decided(values: list[float], margin: float, more: list[float]) -> None:
    before, after = judge_pairs(values, margin=margin), judge_pairs([*values, *more], margin=margin)
    if before.status in DECIDED:
        assert after.model_copy(update={"warnings": ()}) == before.model_copy(update={"warnings": ()})


@given(seed=seeds, ratio=ratios, scale=st.floats(min_value=1e-9, max_value=1e9))
@steady
def test_the_unit_of_the_times_changes_nothing(seed: int, ratio: float, scale: float) -> None:
    rng = np.random.default_rng(seed)
    base, head = np.exp(rng.normal(0, 0.05, (2, 80)))
    judged, scaled = (judge_pairs(np.log(ratio * s * head / (s * base)), margin=0.05) for s in (1.0, scale))
    assert (judged.status, judged.runs_needed) == (scaled.status, scaled.runs_needed)
    assert judged.ratio == pytest.approx(scaled.ratio)


@pytest.mark.parametrize("sharp", [False, True])
def test_however_often_one_looks_a_bound_is_false_in_no_more_runs_than_its_level(sharp: bool) -> None:
    """Of 2,000 runs of 300 looks, at the level .025: 99.99 % of binomial(2000, .025) lie at 78 or below."""
    rng = np.random.default_rng(5)
    noise = rng.standard_t(2, (2000, 300)) if sharp else rng.normal(0, 1, (2000, 300)) * (1 + np.arange(300))
    false = sum(bool(bounds(run, level=0.025)[0][-1] > 0) for run in noise)
    assert 10 < false <= 78
