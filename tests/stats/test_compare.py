"""Samples against samples: what is called, what is left open, and what is said about it."""

import numpy as np
import pytest

from dart_perf.errors import InvalidInput
from dart_perf.model.judgement import Judgement, Status
from dart_perf.stats.compare import compare, estimate
from dart_perf.stats.estimate import Estimate
from dart_perf.stats.exact import compare_exact
from dart_perf.stats.sessions import between_sessions_sd, prior_between

TEN = [10.0, 10.2, 9.9, 10.1, 10.0, 9.8, 10.1, 10.0, 10.2, 9.9]
R, I, N, Q = (  # noqa: E741 -- the four answers
    Status.REGRESSION_DETECTED,
    Status.IMPROVEMENT_DETECTED,
    Status.NORMAL,
    Status.INCONCLUSIVE,
)


def times(factor: float) -> list[float]:
    return [factor * x for x in TEN]


@pytest.mark.parametrize(
    ("factor", "margin", "paired", "between", "status"),
    [
        (1.0, 0.05, False, 0.0, N), (1.2, 0.05, False, 0.0, R), (1 / 1.2, 0.05, False, 0.0, I),
        (1.2, 0.2, False, 0.0, Q), (1.05, 0.05, False, 0.0, Q), (1.04, 0.10, False, 0.0, N),
        (1.02, 0.05, True, None, N), (1.06, 0.05, True, None, R), (1 / 1.06, 0.05, True, None, I),
        (1.0, 0.05, False, None, Q), (1.2, 0.05, False, None, Q), (2.0, 0.05, False, None, R),
        (0.5, 0.05, False, None, I), (1.0, 0.5, False, None, N), (1.2, 0.05, False, 0.01, R),
    ],
)  # fmt: skip
def test_the_verdict_follows_factor_margin_and_design(
    factor: float, margin: float, paired: bool, between: float | None, status: Status
) -> None:
    said = compare(TEN, times(factor), margin=margin, paired=paired, between_sessions=between)
    assert said.status == status
    assert said.ratio == pytest.approx(factor)


def test_higher_is_better_turns_the_ratio_so_that_above_one_is_worse() -> None:
    said = compare(TEN, times(2.0), better="higher")
    assert said.status == I
    assert said.ratio == pytest.approx(0.5)


def test_then_against_now_says_that_a_prior_is_in_use_and_a_measured_sd_does_not() -> None:
    assert any("a prior from measured programs" in w for w in compare(TEN, TEN).warnings)
    assert not any("prior" in w for w in compare(TEN, TEN, between_sessions=0.02).warnings)
    assert not any("prior" in w for w in compare(TEN, TEN, paired=True).warnings)


def test_the_prior_grows_with_the_spread_of_the_runs() -> None:
    assert prior_between(0.0) == prior_between(0.1) == 0.05
    assert prior_between(0.8) > prior_between(0.4) > 0.05


def test_an_interval_that_excludes_one_is_said_though_it_does_not_clear_the_margin() -> None:
    said = compare(TEN, times(1.045), between_sessions=0.0)
    assert said.status == Q
    assert any("the interval excludes 1: it is worse" in w for w in said.warnings)


def test_no_number_of_runs_helps_where_sessions_differ_by_more_than_the_margin() -> None:
    said = compare(TEN, times(1.05))
    assert said.runs_needed is None
    assert any("side by side" in w for w in said.warnings)


@pytest.mark.parametrize(("n", "m"), [(0, 0), (0, 5), (1, 1), (2, 10), (10, 2)])
def test_too_few_runs_are_insufficient_and_say_how_many_it_takes(n: int, m: int) -> None:
    said = compare(TEN[:n], TEN[:m])
    assert said.status == Status.INSUFFICIENT_DATA
    assert said.ratio is None
    assert said.runs_needed is not None
    assert said.runs_needed >= 3
    assert f"{n} baseline and {m} current runs" in said.warnings[0]


def test_too_few_repetitions_of_one_process_are_counted_as_processes() -> None:
    said = compare(TEN, TEN[:1], processes=(1, 1)).warnings[0]
    assert said.startswith("1 baseline and 1 current processes: at least 3 a side are needed")
    assert "repetitions of one process count as one" in said
    assert "measured side by side" in said
    assert compare(TEN[:2], TEN[:2], processes=(2, 2)).warnings[0].startswith("2 baseline and 2 current processes: at")
    assert "side by side" not in compare(TEN[:2], TEN[:2], between_sessions=0.0).warnings[0]


def test_an_outlier_does_not_hide_a_doubling_nor_make_a_regression() -> None:
    spiked = [*times(2.0)[:9], 500.0]
    assert compare(TEN, spiked, paired=True).status == R
    assert compare(TEN, [*TEN[:9], 500.0], between_sessions=0.0).status in {N, Q}


@pytest.mark.parametrize(
    ("before", "after", "status", "difference"),
    [
        ([0.0] * 3, [0.0] * 3, N, 0.0), ([0.0] * 3, [1.0] * 3, R, 1.0), ([1.0] * 3, [0.0] * 3, I, -1.0),
        ([-5.0] * 4, [-5.0] * 4, Q, 0.0), ([0.0, 1.0, 0.0, 1.0], [0.0, 1.0, 1.0, 1.0], Q, 0.25),
    ],
)  # fmt: skip
def test_a_side_with_zero_has_a_difference_and_no_ratio(
    before: list[float], after: list[float], status: Status, difference: float
) -> None:
    said = compare(before, after)
    assert (said.status, said.ratio, said.low, said.high) == (status, None, None, None)
    assert said.difference == pytest.approx(difference)


def test_the_difference_is_current_minus_baseline_whichever_direction_is_better() -> None:
    said = compare([0.0] * 3, [4.0] * 3, better="higher")
    assert said.status == I
    assert said.difference == pytest.approx(4.0)


def test_pairs_need_two_sides_of_one_length() -> None:
    with pytest.raises(InvalidInput, match="10 baseline and 9 current values are no pairs"):
        compare(TEN, TEN[:9], paired=True)


@pytest.mark.parametrize("bad", [["a", "b", "c"], [[1.0, 2.0], [3.0, 4.0]], None, [10**400] * 3])
def test_what_is_no_flat_list_of_numbers_is_refused(bad: object) -> None:
    with pytest.raises(InvalidInput, match="baseline must be a flat list of numbers"):
        compare(bad, TEN)  # type: ignore[arg-type]  # what an agent may send


def test_a_constant_side_is_known_no_better_than_the_steps_of_the_other() -> None:
    flat, stepped = [10.0] * 6, [10.0, 10.0, 11.0, 10.0, 11.0, 10.0]
    item = estimate(flat, stepped, between_sessions=0.0)
    assert isinstance(item, Estimate)
    assert item.spread**2 > np.var(np.log(stepped), ddof=1)


def test_values_that_never_vary_are_taken_as_exact_and_it_is_said() -> None:
    said = compare([5.0] * 4, [6.0] * 4, paired=True)
    assert said.status == R
    assert any("coarse clock" in w for w in said.warnings)


@pytest.mark.parametrize("wrong", [-0.1, float("nan")])
def test_a_between_session_sd_must_be_sound(wrong: float) -> None:
    with pytest.raises(InvalidInput, match="between_sessions is"):
        compare(TEN, TEN, between_sessions=wrong)


def sessions(rng: np.random.Generator, count: int, sd: float) -> list[np.ndarray]:
    return [np.exp(rng.normal(0.0, sd) + rng.normal(0.0, 0.02, 10)) for _ in range(count)]


def test_the_sd_between_sessions_is_found_where_there_are_many() -> None:
    rng = np.random.default_rng(7)
    assert between_sessions_sd(sessions(rng, 60, 0.15)) == pytest.approx(0.15, rel=0.25)


def test_few_quiet_sessions_stay_near_the_prior_and_many_leave_it() -> None:
    rng = np.random.default_rng(8)
    few, many = (between_sessions_sd(sessions(rng, count, 0.0)) for count in (3, 100))
    assert many < 0.02 < few < 0.05


def test_two_sessions_cannot_say_how_sessions_differ() -> None:
    with pytest.raises(InvalidInput, match="give at least 3"):
        between_sessions_sd([TEN, TEN])
    with pytest.raises(InvalidInput, match="session 1 needs"):
        between_sessions_sd([TEN, [1.0, 0.0], TEN])


@pytest.mark.parametrize(
    ("before", "after", "status", "ratio"),
    [
        ([100, 100, 100], [100, 100, 100], N, 1.0), ([100, 100, 100], [104, 104, 104], N, 1.04),
        ([100, 100, 100], [106, 106, 106], R, 1.06), ([106, 106, 106], [100, 100, 100], I, 1 / 1.06),
        ([0, 0, 0], [1, 1, 1], R, None), ([1, 1, 1], [0, 0, 0], I, None), ([0, 0, 0], [0, 0, 0], N, None),
        ([100, 100], [100, 100], Status.INSUFFICIENT_DATA, None),
    ],
)  # fmt: skip
def test_an_exact_metric_that_repeats_is_decided_without_a_test(
    before: list[float], after: list[float], status: Status, ratio: float | None
) -> None:
    said = compare_exact(before, after)
    assert said.status == status
    assert said.ratio == (None if ratio is None else pytest.approx(ratio))
    assert said.low == said.ratio == said.high


def test_an_exact_metric_that_does_not_repeat_is_judged_as_noisy_and_it_is_said() -> None:
    before, after = [100000, 100010, 100005], [100020, 100030, 100010]
    said: Judgement = compare_exact(before, after)
    assert said.status == N
    assert said.low is not None
    assert said.high is not None
    assert said.low < said.high
    assert any("does not repeat" in w for w in said.warnings)
    assert compare_exact(before, [1.2 * x for x in after]).status == R


def test_processes_that_ran_slow_as_a_whole_do_not_hide_a_planted_change() -> None:
    # Microseconds of a world step, 14 pairs on a shared machine: about a third of the processes ran 1.65 times slow.
    before = [87.48, 65.09, 66.08, 64.13, 63.59, 64.30, 102.6, 106.1, 65.57, 71.10, 69.04, 65.89, 64.16, 107.4]
    after = [82.12, 81.98, 81.32, 137.0, 84.43, 84.00, 86.48, 82.44, 85.74, 84.56, 89.42, 82.96, 131.1, 134.9]
    judgement = compare(before, after, paired=True)
    assert judgement.status is Status.REGRESSION_DETECTED
    assert judgement.low is not None
    assert judgement.high is not None
    assert judgement.low < 1.25 < judgement.high


@pytest.mark.parametrize(("slow", "factor", "paired"), [(3, 2.0, True), (4, 10.0, True), (2, 2.0, False)])
def test_processes_that_a_change_made_slow_are_not_cleared_as_outliers(slow: int, factor: float, paired: bool) -> None:
    rng = np.random.default_rng(1)
    before, after = np.exp(rng.normal(0.0, 0.005, (2, 10)))
    after[:slow] *= factor
    judgement = compare(before, after, margin=0.05, paired=paired)
    assert judgement.status is Status.INCONCLUSIVE
    assert f"{slow} of 10" in str(judgement.warnings)
    assert "look at them" in str(judgement.warnings)


def test_outliers_on_both_sides_are_said_and_cleared() -> None:
    rng = np.random.default_rng(1)
    before, after = np.exp(rng.normal(0.0, 0.005, (2, 20)))
    before[3] *= 1.5
    after[5] *= 1.5
    judgement = compare(before, after, margin=0.05, paired=True)
    assert judgement.status is Status.NORMAL
    assert "2 of 20 pairs lie far from the others and were pulled in" in judgement.warnings


def test_a_difference_that_is_no_number_is_refused() -> None:
    with pytest.raises(InvalidInput, match="in a larger unit"):
        compare([-1e308] * 3, [1e308] * 3)


def test_pairs_that_differ_equally_are_not_called_equal_values() -> None:
    assert "the differences of the pairs are all equal" in str(compare([1, 2, 1], [2, 4, 2], paired=True).warnings)
