import math
from typing import Any

import numpy as np
import pytest

from dart_perf.errors import InvalidInput
from dart_perf.model.judgement import Status
from dart_perf.stats.sequence import judge_pairs
from dart_perf.stats.sequence_plan import plan_pairs

Generator = np.random.Generator


def made(seed: int = 1) -> Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize(
    ("effect", "margin", "status"),
    [
        (1.1, 0.05, Status.REGRESSION_DETECTED),
        (1 / 1.1, 0.05, Status.IMPROVEMENT_DETECTED),
        (1.0, 0.05, Status.NORMAL),
        (1.02, 0.01, Status.REGRESSION_DETECTED),
    ],
)
def test_as_many_pairs_as_planned_decide_as_often_as_asked(effect: float, margin: float, status: Status) -> None:
    plan = plan_pairs(0.05, effect=effect, margin=margin, power=0.8, rng=made())
    assert plan.pairs is not None
    runs = made(2).normal(math.log(effect), 0.05, (200, plan.pairs))
    right = sum(judge_pairs(run, margin=margin).status == status for run in runs)
    assert 140 <= right <= 180  # 99.9 % of binomial(200, .8) and what the plan itself is off by


def test_recorded_noise_is_planned_with_as_it_was_recorded() -> None:
    recorded = made(3).standard_t(3, 200) * 0.05
    plan = plan_pairs(recorded, effect=1.1, margin=0.05, rng=made())
    assert (plan.noise, plan.warnings) == (200, ())
    assert plan.pairs is not None
    fresh = made(4).standard_t(3, (200, plan.pairs)) * 0.05 + math.log(1.1)
    right = sum(judge_pairs(run, margin=0.05).status == Status.REGRESSION_DETECTED for run in fresh)
    assert 130 <= right <= 190  # the recorded spread is known to a tenth


def test_half_of_the_runs_take_no_longer_than_most_of_them() -> None:
    plan = plan_pairs(0.08, effect=1.1, margin=0.05, power=0.9, rng=made())
    assert plan.typical is not None
    assert plan.pairs is not None
    assert plan.typical < plan.pairs


def test_more_noise_less_effect_and_more_power_take_more_pairs() -> None:
    def pairs(noise: float = 0.05, effect: float = 1.1, power: float = 0.8) -> int:
        found = plan_pairs(noise, effect=effect, margin=0.05, power=power, rng=made()).pairs
        assert found is not None
        return found

    assert pairs() < pairs(noise=0.1)
    assert pairs() < pairs(effect=1.08)
    assert pairs() < pairs(power=0.95)


def test_programs_that_never_vary_take_the_fewest_pairs_there_are() -> None:
    assert plan_pairs(0.0, effect=1.1, margin=0.05, rng=made()).pairs == 10
    assert plan_pairs([0.0] * 5, effect=1.1, margin=0.05, rng=made()).pairs == 10


def test_what_takes_more_than_anybody_measures_has_no_number() -> None:
    plan = plan_pairs(0.3, effect=1.1, margin=0.05, rng=made(), most=100)
    assert (plan.pairs, plan.effect) == (None, 1.1)


def test_few_recorded_pairs_are_said() -> None:
    plan = plan_pairs([0.01, -0.02, 0.03], effect=1.1, margin=0.05, rng=made())
    assert plan.warnings == ("the noise is known from 3 pairs only",)


def test_the_same_noise_gives_the_same_plan() -> None:
    first, second = (plan_pairs([0.01, -0.02, 0.03], effect=1.1, margin=0.05, rng=made(7)) for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"effect": 1.05}, "on the margin"),
        ({"effect": 1 / 1.05}, "on the margin"),
        ({"effect": 0.0}, "finite ratio above 0"),
        ({"power": 0.4}, "power is 0.4"),
        ({"most": 0}, "most is 0"),
        ({"noise": -1.0}, "a spread is"),
        ({"noise": [0.1, 0.2]}, "holds 2 differences"),
        ({"level": 0.7}, "level is 0.7"),
        ({"margin": -1.0}, "margin is"),
    ],
)
def test_what_cannot_be_planned_is_refused(change: dict[str, Any], said: str) -> None:
    arguments: dict[str, Any] = {"noise": 0.05, "effect": 1.1, "margin": 0.05} | change
    with pytest.raises(InvalidInput, match=said):
        plan_pairs(arguments.pop("noise"), **arguments, rng=made())
