"""New points against the history of their series."""

from dataclasses import replace

import numpy as np
import pytest

from dart_perf.model.judgement import Judgement, Status
from dart_perf.stats.autocorrelation import lag_one, variance_inflation
from dart_perf.stats.decide import decide
from dart_perf.stats.estimate import Estimate
from dart_perf.stats.judge import estimate_level, judge
from dart_perf.stats.location import locate
from dart_perf.stats.multiple import decide_all
from dart_perf.stats.onset import Onset, find_onset
from dart_perf.stats.regime import current_regime
from dart_perf.stats.smoothing import predict_block, smooth

Q, N = Status.INCONCLUSIVE, Status.NORMAL


def series(seed: int, n: int = 60, spread: float = 0.02) -> np.ndarray:
    return np.asarray(10.0 * np.exp(np.random.default_rng(seed).normal(0.0, spread, n)))


@pytest.mark.parametrize(
    ("factor", "status"),
    [(1.3, Status.REGRESSION_DETECTED), (1 / 1.3, Status.IMPROVEMENT_DETECTED), (1.0, N), (1.1, Q)],
)
def test_a_step_beyond_the_margin_is_called_and_a_step_on_it_is_not(factor: float, status: Status) -> None:
    values = series(1, 70)
    said = judge(values[:60], factor * values[60:], margin=0.1)
    assert said.status == status
    assert said.ratio == pytest.approx(factor, rel=0.03)


@pytest.mark.parametrize(("n", "k"), [(0, 5), (7, 5), (100, 0)])
def test_fewer_than_eight_points_or_none_new_are_insufficient(n: int, k: int) -> None:
    said = judge(series(2, n), series(3, k))
    assert said.status == Status.INSUFFICIENT_DATA
    assert "at least 8 of the current level and 1 new one are needed" in said.warnings[0]


def test_fewer_than_twenty_points_and_fewer_than_three_new_ones_are_said() -> None:
    warnings = " ".join(judge(series(4, 12), series(5, 1)).warnings)
    assert "only 12 points" in warnings
    assert "a passing spike looks like a change" in warnings
    assert judge(series(4, 40), series(5, 5)).warnings == ()


def test_the_reference_is_the_level_after_the_last_change() -> None:
    stepped = np.concatenate([series(6, 60), 1.5 * series(7, 40)])
    assert judge(stepped, 1.5 * series(8, 10), margin=0.1).status == N
    assert judge(stepped, series(8, 10), margin=0.1).status == Status.IMPROVEMENT_DETECTED


def test_a_change_so_recent_that_no_reference_is_left_is_insufficient_and_named() -> None:
    stepped = np.concatenate([series(9, 60), 1.5 * series(10, 5)])
    said = judge(stepped, 1.5 * series(11, 5))
    assert said.status == Status.INSUFFICIENT_DATA
    assert "the level changed at point 60" in said.warnings[0]


def test_the_tested_points_are_no_part_of_their_reference() -> None:
    history = series(12)
    near, far = (judge(history, factor * series(13, 5), margin=0.1) for factor in (1.0, 4.0))
    assert near.minimum_detectable_effect == far.minimum_detectable_effect
    assert far.ratio == pytest.approx(4 * (near.ratio or 0))


def test_a_wandering_level_widens_the_interval_though_neighbours_differ_no_more() -> None:
    rng = np.random.default_rng(14)
    white = rng.normal(0.0, 0.02, 100)
    wandering = white + np.cumsum(rng.normal(0.0, 0.008, 100))
    widths = []
    for logs in (white, wandering):
        said = judge(np.exp(logs), [1.0] * 10, margin=0.5)
        assert said.low is not None
        assert said.high is not None
        widths.append(said.high / said.low)
    assert widths[1] > widths[0]


def test_ten_new_points_tell_more_than_three() -> None:
    history = series(15, 100)
    effects = [judge(history, series(16, k)).minimum_detectable_effect for k in (1, 3, 10)]
    assert effects == sorted(effects, reverse=True)  # type: ignore[type-var]  # none is None here


def test_one_outlier_among_the_new_points_is_no_regression() -> None:
    new = series(17, 7)
    new[3] *= 5
    assert judge(series(18, 80), new, margin=0.1).status == N


def test_false_alarms_on_quiet_series_stay_below_the_level() -> None:
    rng = np.random.default_rng(19)
    said = []
    for _ in range(400):
        noise = rng.normal(0.0, 0.05, 120)
        for t in range(1, 120):  # AR(1), lag-one autocorrelation .5
            noise[t] += 0.5 * noise[t - 1]
        values = np.exp(noise)
        said.append(judge(values[:110], values[110:], margin=0.03).status)
    assert said.count(Status.REGRESSION_DETECTED) <= 10  # 2.5 % of 400 a side
    assert said.count(Status.IMPROVEMENT_DETECTED) <= 10


@pytest.mark.parametrize(
    ("history", "new", "status", "difference"),
    [
        ([0.0] * 10, [0.0] * 3, N, 0.0), ([0.0] * 10, [2.0] * 3, Status.REGRESSION_DETECTED, 2.0),
        ([3.0] * 10, [0.0] * 3, Status.IMPROVEMENT_DETECTED, -3.0),
    ],
)  # fmt: skip
def test_a_series_that_holds_zero_is_judged_by_its_difference(
    history: list[float], new: list[float], status: Status, difference: float
) -> None:
    said = judge(history, new)
    assert (said.status, said.ratio) == (status, None)
    assert said.difference == pytest.approx(difference)


def test_a_regime_begins_where_the_level_changed_last() -> None:
    rng = np.random.default_rng(20)
    values = rng.normal(0.0, 0.02, 90) + np.repeat([0.0, 0.3, 0.1], 30)
    assert abs(current_regime(values) - 60) <= 1
    assert current_regime(values[:30]) == 0
    assert current_regime(np.zeros(50)) == 0


def test_white_noise_is_hardly_ever_split() -> None:
    rng = np.random.default_rng(21)
    assert sum(current_regime(rng.normal(0.0, 0.05, 100)) > 0 for _ in range(200)) <= 4


def test_autocorrelation_is_measured_and_its_inflation_is_that_of_ar1() -> None:
    rng = np.random.default_rng(22)
    noise = rng.normal(0.0, 1.0, 20000)
    for t in range(1, noise.size):
        noise[t] += 0.5 * noise[t - 1]
    assert lag_one(noise) == pytest.approx(0.5, abs=0.03)
    assert lag_one(np.zeros(5)) == 0.0
    assert lag_one(np.array([1.0, -1.0, 1.0, -1.0])) == 0.0
    assert variance_inflation(0.5) == pytest.approx(3.0)


def test_smoothing_weighs_each_point_by_its_age_and_the_weights_sum_to_one() -> None:
    levels, slower = smooth(np.array([1.0, 2.0, 4.0]), (0.5, 0.1))
    assert levels.tolist() == pytest.approx([1.0, (0.5 * 1 + 2) / 1.5, (0.25 * 1 + 0.5 * 2 + 4) / 1.75])
    assert slower[-1] < levels[-1]
    assert smooth(np.full(300, 3.0), (0.3,))[0].tolist() == pytest.approx([3.0] * 300)


@pytest.mark.parametrize("length", [1, 3, 10, 50])
def test_the_predicted_error_of_a_block_is_finite_for_any_length(length: int) -> None:
    made = predict_block(np.random.default_rng(23).normal(0.0, 1.0, 8), length)
    assert 0 < made.block_error < 10
    assert made.degrees > 1


def test_the_winsorised_mean_ignores_a_far_value_but_keeps_a_second_mode() -> None:
    quiet = np.array([1.0, 1.1, 0.9, 1.05, 0.95, 1.0, 1.02, 0.98, 1.01, 0.99])
    far = quiet.copy()
    far[0] = 100.0
    assert locate(far).mean == pytest.approx(1.0, abs=0.05)
    modes = np.array([1.0, 1.01, 1.02, 0.99, 0.98, 1.0, 1.01, 3.0, 3.0, 3.0])
    assert locate(modes).mean == pytest.approx(float(modes.mean()))


def test_the_interval_of_the_winsorised_mean_covers_a_heavy_tailed_centre() -> None:
    rng = np.random.default_rng(24)
    inside = 0
    for _ in range(1000):
        where = locate(rng.standard_t(3, 10))
        inside += abs(where.mean) <= 2.306 * np.sqrt(where.squared_error)  # t with 8 degrees of freedom
    assert inside >= 935


@pytest.mark.parametrize(
    ("new", "onset"),
    [
        ([1.0] * 5, Onset.FIRST), ([0.0] * 4 + [1.0] * 6, Onset.LATER), ([-1.0] * 10, Onset.NONE),
        ([0.1, -0.1, 0.05] * 3, Onset.NONE), ([1.0], Onset.FIRST), ([0.0, 0.0, 1.0], Onset.NONE),
    ],
)  # fmt: skip
def test_a_step_has_an_onset_with_the_new_points_or_among_them_and_noise_has_none(
    new: list[float], onset: Onset
) -> None:
    old = np.tile([0.1, -0.1, 0.05, -0.05, 0.0], 4)
    assert find_onset(old, np.array(new), rises=True) is onset
    assert find_onset(-old, -np.array(new), rises=False) is onset


def test_a_level_that_the_last_old_points_had_already_has_no_onset() -> None:
    old = np.concatenate([np.zeros(20), np.ones(5)])
    assert find_onset(old, np.ones(10), rises=True) is Onset.NONE


def test_without_an_onset_nothing_is_called_worse_and_it_is_said_what_to_ask() -> None:
    made = estimate_level(series(25, 60), 1.5 * series(26, 10), margin=0.02)
    assert isinstance(made, Estimate)
    assert decide(made, 0.02).status == Status.REGRESSION_DETECTED
    by_and_by = decide(replace(made, onset=Onset.NONE), 0.02)
    assert by_and_by.status == Q
    assert "not at once" in by_and_by.warnings[-1]
    assert "ask for the trend" in by_and_by.warnings[-1]


def test_a_doubling_that_begins_among_the_new_points_is_called() -> None:
    new = series(26, 10)
    new[4:] *= 2
    assert judge(series(27, 80), new, margin=0.1).status == Status.REGRESSION_DETECTED


def test_one_new_value_of_a_history_that_never_varied_proves_nothing_and_three_do() -> None:
    one, three = (judge([3.0] * 30, [4.0] * k) for k in (1, 3))
    assert (one.status, three.status) == (Q, Status.REGRESSION_DETECTED)
    assert judge([3.0] * 30, [3.0]).status == N
    counted = estimate_level([3.0] * 30, [4.0], exact=True)
    assert decide(counted).status == Status.REGRESSION_DETECTED
    assert all("coarse clock" in " ".join(said.warnings) for said in (one, three))


def test_a_known_regime_gives_the_same_judgement_as_one_that_is_found() -> None:
    values = np.concatenate([series(28, 50), 1.5 * series(29, 50)])
    found = estimate_level(values, 1.5 * series(30, 10))
    assert estimate_level(values, 1.5 * series(30, 10), start=50) == found
    long = np.concatenate([series(31, 900), values])
    assert isinstance(found, Estimate)
    assert estimate_level(long, 1.5 * series(30, 10)) == found


def test_among_a_thousand_series_one_point_must_lie_farther_away_than_ten() -> None:
    """Real noise has single spikes of any size; ten points are no spike."""
    rng = np.random.default_rng(5)
    quiet = [np.exp(rng.normal(0.0, 0.01, 110)) for _ in range(999)]
    raised = np.exp(rng.normal(0.0, 0.01, 110)) * np.where(np.arange(110) < 100, 1.0, 1.3)

    def said(count: int) -> Judgement:
        items = [estimate_level(v[:100], v[100 : 100 + count]) for v in (raised, *quiet)]
        return decide_all(items)[0]

    assert said(1).status is Status.INCONCLUSIVE
    assert "alone it would be REGRESSION_DETECTED" in said(1).warnings[-1]
    assert said(10).status is Status.REGRESSION_DETECTED
