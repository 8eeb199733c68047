"""From an estimate and a margin to a verdict: levels, power, families, probabilities."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest

from dart_perf.errors import InvalidInput
from dart_perf.model.judgement import Judgement, Status
from dart_perf.stats.claims import weigh_claims
from dart_perf.stats.compare import compare, estimate
from dart_perf.stats.decide import TOO_CLOSE, decide, runs_to_settle
from dart_perf.stats.estimate import Estimate, Tail, combine_degrees
from dart_perf.stats.levels import LEVEL, MOST_TO_SETTLE, claim_level, detectable, quantile, runs_needed, tail
from dart_perf.stats.multiple import decide_all, step_up
from dart_perf.stats.power import plan, plan_samples
from dart_perf.stats.probability import probability_above

R, I, N, Q = (  # noqa: E741 -- the four answers
    Status.REGRESSION_DETECTED,
    Status.IMPROVEMENT_DETECTED,
    Status.NORMAL,
    Status.INCONCLUSIVE,
)


def unit(log_ratio: float, error: float, *, randomised: bool = True, degrees: float = 1e6, n: int = 10) -> Estimate:
    spread = error * math.sqrt(n)
    return Estimate(log_ratio, error, 0.0, degrees, spread, n, n, paired=True, randomised=randomised)


@pytest.mark.parametrize(
    ("fine", "wide", "randomised", "level"),
    [
        (False, False, False, 0.025), (True, False, False, 0.025), (False, True, False, 0.005),
        (True, True, False, 0.001), (False, True, True, 0.025), (True, True, True, 0.005),
    ],
)  # fmt: skip
def test_a_wide_interval_needs_a_stricter_level(fine: bool, wide: bool, randomised: bool, level: float) -> None:
    assert claim_level(fine=fine, wide=wide, randomised=randomised) == level


@pytest.mark.parametrize(("beyond", "randomised", "status"), [(2.2, True, R), (2.2, False, Q), (2.7, False, R)])
def test_then_against_now_a_wide_interval_must_clear_the_margin_by_more(
    beyond: float, randomised: bool, status: Status
) -> None:
    error, bound = 0.05, math.log1p(0.05)  # 2 x 1.96 x 0.05 is wider than 0.049
    assert decide(unit(bound + beyond * error, error, randomised=randomised), 0.05).status == status


@pytest.mark.parametrize(("in_errors", "status"), [(2.30, Q), (2.35, R)])
def test_a_claim_excludes_no_change_at_one_percent_however_small_the_margin(in_errors: float, status: Status) -> None:
    error = 10.0 * math.log1p(0.05)  # 2.326 errors is the normal quantile of .99; the margin is a tenth of one
    assert decide(unit(in_errors * error, error), 0.05).status == status


def test_normal_needs_the_whole_interval_inside_the_margin() -> None:
    error, bound = 0.01, math.log1p(0.05)
    assert decide(unit(bound - 1.9 * error, error), 0.05).status == Q
    assert decide(unit(bound - 2.0 * error, error), 0.05).status == N


def test_quantiles_and_tails_are_those_of_student() -> None:
    assert quantile(0.025, 9) == pytest.approx(2.262157, abs=1e-6)  # any table of the t distribution
    assert quantile(0.005, 1e6) == pytest.approx(2.575829, abs=1e-4)
    assert tail(2.262157, 1.0, 9) == pytest.approx(0.025, abs=1e-6)
    assert (tail(0.1, 0.0, 9), tail(0.0, 0.0, 9), tail(-0.1, 0.0, 9)) == (0.0, 1.0, 1.0)


def test_known_variance_beside_an_estimated_one_adds_degrees_of_freedom() -> None:
    assert combine_degrees(0.1, 9, 0.0) == pytest.approx(9)
    assert combine_degrees(0.1, 9, 0.1) == pytest.approx(36)


@pytest.mark.parametrize("paired", [True, False])
@pytest.mark.parametrize(("margin", "spread"), [(0.05, 0.05), (0.02, 0.03), (0.10, 0.3)])
def test_the_planned_runs_call_the_planned_effect_as_often_as_promised(
    margin: float, spread: float, paired: bool
) -> None:
    promised = plan(spread, margin=margin, paired=paired)
    assert promised.runs is not None
    rng = np.random.default_rng(11)
    said = []
    for _ in range(400):
        a, b = rng.normal(0.0, spread / math.sqrt(2.0), (2, promised.runs))
        current = promised.effect * np.exp(b)
        between = None if paired else 0.0
        said.append(compare(np.exp(a), current, margin=margin, paired=paired, between_sessions=between).status == R)
    assert 0.73 <= np.mean(said) <= 0.88  # 0.8, three standard errors of 400 either side, and a step of one run


def test_the_detectable_ratio_of_a_judgement_is_what_the_plan_says_for_its_runs() -> None:
    item = unit(0.0, 0.05 / math.sqrt(10), degrees=9)
    assert decide(item, 0.05).minimum_detectable_effect == pytest.approx(plan(0.05, runs=10).effect)
    assert decide(item, 0.05).runs_needed == plan(0.05).runs


@pytest.mark.parametrize("margin", [0.01, 0.05, 0.2])
def test_runs_needed_is_the_smallest_number_that_reaches_the_target(margin: float) -> None:
    item = unit(0.0, 0.2)
    found = runs_needed(item, margin)
    assert found is not None
    assert detectable(item.with_runs(found), margin) <= 2 * math.log1p(margin)
    assert detectable(item.with_runs(found - 1), margin) > 2 * math.log1p(margin)


def test_no_number_of_runs_is_named_where_sessions_or_a_zero_margin_forbid_it() -> None:
    assert runs_needed(replace(unit(0.0, 0.01), between_error=0.1, randomised=False), 0.05) is None
    assert plan(0.02, paired=False, between_sessions=0.05).runs is None
    assert "no number of runs" in plan(0.02, paired=False, between_sessions=0.05).warnings[0]
    assert decide(unit(0.0, 0.01), 0.0).runs_needed is None


THREE_PAIRS = Estimate(
    math.log(1.032), 0.00456, 0.0, 2.0, 0.0079, 3, 3, paired=True, randomised=True
)  # 1.032x [1.012, 1.053]: unchanged code, three pairs
FAR = replace(unit(math.log(1.4), 0.09, n=12), between_error=0.08, randomised=False)


@pytest.mark.parametrize("item", [THREE_PAIRS, FAR, unit(0.02, 0.015), unit(-0.02, 0.015)])
def test_where_the_planned_runs_did_not_tell_those_that_settle_this_ratio_are_named(item: Estimate) -> None:
    said = decide(item)
    assert said.status == Q
    planned = runs_needed(item, 0.05)
    assert planned is None or planned <= item.n_baseline
    assert said.runs_needed is not None
    assert said.runs_needed > item.n_baseline
    assert decide(item.with_runs(said.runs_needed)).status != Q
    assert said.runs_needed == item.n_baseline + 1 or decide(item.with_runs(said.runs_needed - 1)).status == Q
    assert not any("more runs" in warning or "no number of runs" in warning for warning in said.warnings)


@pytest.mark.parametrize("off", [0.0, 0.0003])
def test_too_close_to_the_margin_is_said_where_no_reasonable_number_of_runs_settles_it(off: float) -> None:
    item = unit(math.log1p(0.05) - off, 0.01)
    assert runs_to_settle(item, 0.05) is None
    said = decide(item)
    assert (said.status, said.runs_needed, TOO_CLOSE in said.warnings) == (Q, None, True)
    assert decide(item.with_runs(MOST_TO_SETTLE)).status == Q


def test_a_claim_withheld_among_many_series_names_the_runs_at_which_it_is_made_for_sure() -> None:
    inside = unit(0.015, 0.0165, n=40)
    assert decide(inside).status == N
    said = decide_all([inside, *[unit(0.04, 0.05)] * 20])[0]
    assert said.status == Q
    assert said.runs_needed is not None
    assert said.runs_needed > 40
    wanted = weigh_claims(inside.with_runs(said.runs_needed), 0.05).within
    assert wanted <= 0.05 / 2 / 21


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"spread": -1.0}, "spread is -1.0"), ({"spread": 0.1, "effect": 1.04}, "effect is 1.04"),
        ({"spread": 0.1, "effect": 1.5, "runs": 5}, "both given"), ({"spread": 0.1, "runs": 2}, "runs is 2"),
        ({"spread": 0.1, "power": 1.0}, "power is 1.0"), ({"spread": 0.1, "margin": -1.0}, "margin is -1.0"),
        ({"spread": 0.1, "between_sessions": math.inf}, "between_sessions inf"),
    ],
)  # fmt: skip
def test_a_plan_refuses_what_makes_no_sense(arguments: dict[str, float], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        plan(**arguments)  # type: ignore[arg-type]  # the table holds plain numbers


def test_a_plan_from_samples_says_how_well_their_spread_is_known() -> None:
    rng = np.random.default_rng(3)
    made = plan_samples(np.exp(rng.normal(0, 0.1, 10)), np.exp(rng.normal(0, 0.1, 10)), paired=True)
    assert made.runs is not None
    assert "is known from 10 runs: it may be" in made.warnings[-1]
    with pytest.raises(InvalidInput, match="at least 3 values above 0"):
        plan_samples([1.0, 2.0], [1.0, 2.0])


def test_more_power_or_a_smaller_effect_takes_more_runs() -> None:
    runs = [plan(0.1, power=power).runs or 0 for power in (0.5, 0.8, 0.95)]
    assert runs[0] < runs[1] < runs[2]
    assert (plan(0.1, effect=1.08).runs or 0) > (plan(0.1, effect=1.2).runs or 0)


@pytest.mark.parametrize(
    ("p_values", "level"),
    [([], 0.0), ([0.5, 0.9], 0.0), ([0.04], 0.05), ([0.01, 0.04, 0.03, 0.5], 0.0125), ([0.01, 0.02, 0.03], 0.05)],
)
def test_step_up_rejects_as_benjamini_and_hochberg(p_values: list[float], level: float) -> None:
    assert step_up(p_values, 0.05) == pytest.approx(level)


def test_one_series_is_judged_as_it_is_alone() -> None:
    for log_ratio, error in itertools.product((-0.3, -0.1, 0.0, 0.06, 0.1, 0.3), (0.001, 0.02, 0.1)):
        item = unit(log_ratio, error)
        assert decide_all([item]) == (decide(item),)


def test_finished_judgements_pass_through_in_place_and_count_in_no_family() -> None:
    finished = Judgement(status=Status.INSUFFICIENT_DATA, margin=0.05)
    item = unit(0.2, 0.05)
    assert decide_all([finished, item, finished]) == (finished, decide(item), finished)
    assert decide(finished) is finished


def test_among_many_series_a_lone_weak_claim_is_withheld_and_it_is_said() -> None:
    weak = unit(math.log1p(0.05) + 2.2 * 0.05, 0.05)
    quiet = [unit(0.0, 0.05)] * 50
    said = decide_all([weak, *quiet])[0]
    assert (decide(weak).status, said.status) == (R, Q)
    assert any("alone it would be REGRESSION_DETECTED; among 51 series" in w for w in said.warnings)


def test_selected_series_keep_intervals_beyond_the_margin_and_wider_than_alone() -> None:
    rng = np.random.default_rng(5)
    items = [unit(float(x), 0.03) for x in (*rng.normal(0.25, 0.05, 10), *rng.normal(0.0, 0.03, 40))]
    said = decide_all(items)
    selected = [(j, decide(i)) for i, j in zip(items, said, strict=True) if j.status == R]
    assert len(selected) >= 5
    for jointly, alone in selected:
        assert jointly.low is not None
        assert alone.low is not None
        assert 1.05 < jointly.low < alone.low


def test_false_discoveries_stay_below_q_and_planted_changes_are_found() -> None:
    rng = np.random.default_rng(9)
    shares, found = [], []
    for _ in range(200):
        truth = np.where(np.arange(60) < 12, math.log1p(0.05) + 0.1, math.log1p(0.05))  # the rest on the very margin
        said = decide_all([unit(float(x), 0.02) for x in rng.normal(truth, 0.02)])
        called = np.array([j.status == R for j in said])
        shares.append(called[12:].sum() / max(1, called.sum()))
        found.append(called[:12].mean())
    assert np.mean(shares) <= 0.025 + 0.01  # q / 2 a direction
    assert np.mean(found) > 0.95


def test_a_small_p_that_its_tail_does_not_carry_is_claimed_alone_but_not_among_many() -> None:
    sure = unit(0.3, 0.02)
    doubtful = replace(sure, tail=Tail(0.05, 4.0))
    assert decide_all([doubtful]) == decide_all([sure])
    crowd = [unit(0.0, 0.02)] * 200
    assert decide_all([sure, *crowd])[0].status == Status.REGRESSION_DETECTED
    assert decide_all([doubtful, *crowd])[0].status == Status.INCONCLUSIVE
    assert [said.status for said in decide_all([doubtful] * 50)] == [Status.REGRESSION_DETECTED] * 50


def test_normal_is_a_family_of_its_own() -> None:
    inside = unit(0.0, math.log1p(0.05) / 2.1)
    assert decide(inside).status == N
    assert decide_all([inside, *[unit(0.04, 0.05)] * 20])[0].status == Q
    assert {j.status for j in decide_all([inside] * 20)} == {N}


@pytest.mark.parametrize(
    ("margins", "q", "said"), [([0.1], 0.05, "1 margins for 2 series"), (0.1, 0.0, "q is 0"), (-0.1, 0.05, "margin is")]
)
def test_a_family_refuses_margins_and_rates_that_do_not_fit(margins: object, q: float, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        decide_all([unit(0.0, 0.1)] * 2, margins, q)  # type: ignore[arg-type]  # the table holds plain values


def test_each_series_keeps_its_own_margin() -> None:
    item = unit(0.15, 0.001)
    assert [j.status for j in decide_all([item] * 3, [0.05, 0.1617, 0.5])] == [R, Q, N]


def test_claims_are_made_at_one_level_with_the_stricter_ones_folded_in() -> None:
    error, bound = 0.05, math.log1p(0.05)
    at_strict = weigh_claims(unit(bound + 2.5758 * error, error, randomised=False), 0.05)
    assert at_strict.worse == pytest.approx(LEVEL, rel=1e-3)


def test_probability_worse_is_small_for_nothing_half_at_the_margin_and_one_far_beyond() -> None:
    assert probability_above(0.0, 0.01, 100, 0.05) < 0.01
    assert 0.3 < probability_above(0.05, 0.01, 100, 0.05) < 0.6
    assert probability_above(0.3, 0.01, 100, 0.05) > 0.999
    assert (probability_above(0.06, 0.0, 9, 0.05), probability_above(0.04, 0.0, 9, 0.05)) == (1.0, 0.0)


def test_a_noisy_regression_is_less_probable_than_a_quiet_one_of_the_same_ratio() -> None:
    said = [probability_above(0.1, error, 20, 0.05) for error in (0.01, 0.05, 0.2, 1.0)]
    assert said == sorted(said, reverse=True)


def test_the_probability_comes_true_as_often_as_it_says() -> None:
    rng = np.random.default_rng(21)
    said, true = [], []
    for _ in range(1500):
        ratio = 1.0 if rng.random() < 0.5 else math.exp(rng.normal(0.0, 0.25))
        a, b = np.exp(rng.normal(0.0, 0.1, (2, 10)))
        item = estimate(a, ratio * b, between_sessions=0.0)
        said.append(decide(item).probability_worse or 0.0)
        true.append(ratio > 1.05)
    said_, true_ = np.array(said), np.array(true)
    for low, high in ((0.0, 0.1), (0.1, 0.3), (0.3, 0.7), (0.7, 0.95), (0.95, 1.01)):
        here = (said_ >= low) & (said_ < high)
        error = math.sqrt(0.25 / max(1, int(here.sum())))
        assert here.sum() > 20
        assert abs(said_[here].mean() - true_[here].mean()) < 3 * error
