"""Evidence in, verdict out: what is judged, what is only told, and why two figures may disagree."""

import math
import random
from datetime import UTC, datetime, timedelta

import pytest

from dart_perf.analysis.verification import judge, judge_counts, pending
from dart_perf.analysis.verification_words import next_step, summary
from dart_perf.model.environment import Environment
from dart_perf.model.judgement import Status
from dart_perf.model.measurement import Guard
from dart_perf.model.verification import Counts, Evidence, Execution, FloorPair, Pair, Place, Question
from dart_perf.report.verification import scenario
from tests import golden

WHEN = datetime(2026, 1, 1, 12, tzinfo=UTC)
BASE = Place(label="aaaaaaaaaaaa", commit="a" * 40, tree="b" * 40)
HEAD = Place(label="working tree (1 file changed) on aaaaaaaaaaaa", commit="c" * 40, tree="d" * 40, dirty=True)


def question(decides: str = "cpu") -> Question:
    return Question.model_validate(
        {"scenario": "solve", "program": "e" * 64, "base": BASE, "head": HEAD, "decides": decides,
         "environment": Environment(cores=2)}
    )  # fmt: skip


def pairs(
    ratio: float,
    count: int,
    *,
    wall: float | None = None,
    inner: float | None = None,
    fresh: bool = False,
    seed: int = 1,
) -> tuple[Pair, ...]:
    rng = random.Random(seed)
    return tuple(
        Pair(
            order="base first" if rng.random() < 0.5 else "head first",
            cpu=(0.1, 0.1 * ratio * math.exp(rng.gauss(0, 0.02))),
            wall=(0.2, 0.2 * (wall or ratio) * math.exp(rng.gauss(0, 0.02))),
            started=WHEN + timedelta(seconds=n),
            seconds=0.5,
            load=1.5,
            inner={} if inner is None else {"solve/step": (0.01, 0.01 * inner * math.exp(rng.gauss(0, 0.02)))},
            fresh=fresh,
        )
        for n in range(count)
    )


def evidence(measured: tuple[Pair, ...], decides: str = "cpu", **more: object) -> Evidence:
    return Evidence.model_validate(
        {"question": question(decides), "margin": 0.05, "attempt": 1, "pairs": measured, **more}
    )


@pytest.mark.parametrize(
    ("ratio", "status"),
    [
        (1.2, Status.REGRESSION_DETECTED),
        (0.8, Status.IMPROVEMENT_DETECTED),
        (1.0, Status.NORMAL),
        (1.05, Status.INCONCLUSIVE),
    ],
)
def test_the_pairs_decide(ratio: float, status: Status) -> None:
    assert judge(evidence(pairs(ratio, 60))).status is status


def test_guards_come_before_speed() -> None:
    guards = ((Guard(name="contacts", value=711),), (Guard(name="contacts", value=0),))
    found = judge(evidence(pairs(1.5, 60), guards=guards, counts=Counts(base=100, head=150)))
    assert found.status is Status.BEHAVIOUR_CHANGED
    assert (found.judgement, found.counts, found.parts) == (None, None, ())
    assert found.guards == ("contacts: 711 -> 0",)


def test_a_guard_that_head_lacks_has_changed_and_one_that_is_new_could_not_be_checked() -> None:
    guard = (Guard(name="hash", value="x"),)
    assert judge(evidence((), guards=(guard, ()))).guards == ("hash: x -> not computed",)
    found = judge(evidence(pairs(1.0, 60), guards=((), guard)))
    assert (found.status, found.guards) == (Status.NORMAL, ())
    assert "guard hash could not be checked: the base holds no guard of that name" in found.warnings


def test_one_process_that_computes_something_else_has_changed_what_is_computed() -> None:
    values = tuple(Guard(name="contacts", value=value) for value in (711, 0))
    assert judge(evidence((), guards=(values[:1], values))).guards == ("contacts: 711 -> 711, 0",)
    found = judge(evidence(pairs(1.0, 60), guards=(values, values[:1])))
    assert found.status is Status.NORMAL
    assert "guard contacts varies within the base (711, 0)" in found.warnings


def test_the_time_that_the_scenario_names_decides_and_the_other_is_reported() -> None:
    measured = pairs(1.0, 60, wall=1.3)
    assert judge(evidence(measured)).status is Status.NORMAL
    by_wall = judge(evidence(measured, decides="wall"))
    assert by_wall.status is Status.REGRESSION_DETECTED
    assert by_wall.other is not None
    assert by_wall.other.status is Status.NORMAL
    assert by_wall.other.pairs_needed is None


def test_a_part_that_is_proven_worse_makes_the_whole_a_regression() -> None:
    found = judge(evidence(pairs(1.0, 60, inner=1.5)))
    assert found.status is Status.REGRESSION_DETECTED
    assert found.judgement is not None
    assert found.judgement.status is Status.NORMAL
    assert "is slower in solve/step" in summary([found])


def test_a_normal_whole_says_that_its_parts_are_not_known() -> None:
    found = judge(evidence(pairs(1.0, 60, inner=1 / 1.05)))
    assert found.status is Status.NORMAL
    assert "NORMAL is of the whole process: 1 of 1 benchmarks inside it are not known by themselves" in found.warnings
    assert not any("whole process" in warning for warning in judge(evidence(pairs(1.0, 60, inner=1.0))).warnings)


def test_a_part_that_looks_worse_is_waited_for_because_a_whole_may_repeat_for_a_fixed_time() -> None:
    early, late = evidence(pairs(1.0, 14, inner=1.08)), evidence(pairs(1.0, 60, inner=1.08))
    found = judge(early)
    assert found.judgement is not None
    assert (found.status, found.judgement.status) == (Status.INCONCLUSIVE, Status.NORMAL)
    assert pending(early) is not None
    assert "not known yet in solve/step" in summary([found])
    assert "until solve/step is decided" in next_step([found])
    assert judge(late).status is Status.REGRESSION_DETECTED


def test_a_part_that_is_undecided_but_does_not_look_worse_is_not_waited_for() -> None:
    assert judge(evidence(pairs(1.0, 20, inner=1.0))).status is Status.NORMAL


def test_the_first_variant_needs_no_confirmation_and_a_later_one_does() -> None:
    first = judge(evidence(pairs(0.8, 60)))
    later = evidence(pairs(0.8, 60), attempt=3)
    open_ = pending(later)
    assert first.status is Status.IMPROVEMENT_DETECTED
    assert first.seen is None
    assert open_ is not None
    assert open_.fresh
    assert judge(later).status is Status.INSUFFICIENT_DATA
    confirmed = judge(evidence((*pairs(0.8, 60), *pairs(0.8, 60, fresh=True, seed=2)), attempt=3))
    assert confirmed.status is Status.IMPROVEMENT_DETECTED
    assert confirmed.seen is not None
    assert "3 attempts, confirmed on fresh pairs" in summary([confirmed])


def test_an_early_variant_that_is_looked_at_again_after_others_needs_confirmation_too() -> None:
    chosen = evidence(pairs(0.8, 60), attempts=3)
    found, open_ = judge(chosen), pending(chosen)
    assert found.status is Status.INSUFFICIENT_DATA
    assert found.attempt == 3
    assert "about 10 more pairs (0.1 min) are needed" in next_step([found])  # the first pairs show how long one takes
    assert open_ is not None
    assert open_.fresh


def test_a_part_that_the_first_pairs_prove_worse_leaves_no_improvement_to_confirm() -> None:
    found = judge(evidence(pairs(0.8, 60, inner=1.5), attempt=2))
    assert found.status is Status.REGRESSION_DETECTED
    assert found.seen is None


def test_the_seconds_are_those_of_the_pairs_that_are_counted() -> None:
    found = judge(evidence((*pairs(0.8, 60), *pairs(1.05, 10, fresh=True, seed=2)), attempt=2))
    assert (found.pairs, found.seconds) == (10, 5.0)


def test_fresh_pairs_have_the_whole_level_however_many_attempts_there_were() -> None:
    first = evidence(pairs(0.8, 19), attempt=10)
    assert judge(first).status is Status.INCONCLUSIVE  # what the tenth may spend takes 20 pairs
    found = judge(evidence((*pairs(0.8, 60), *pairs(0.8, 10, fresh=True, seed=2)), attempt=10))
    assert (found.status, found.pairs) == (Status.IMPROVEMENT_DETECTED, 10)


def test_an_improvement_that_fresh_pairs_do_not_show_is_none() -> None:
    found = judge(evidence((*pairs(0.8, 60), *pairs(1.0, 60, fresh=True, seed=2)), attempt=2))
    assert found.status is Status.NORMAL


def test_a_later_attempt_needs_more_pairs() -> None:
    few = pairs(1.2, 12)
    assert judge(evidence(few)).status is Status.REGRESSION_DETECTED
    assert judge(evidence(few, attempt=10)).status is Status.INCONCLUSIVE


@pytest.mark.parametrize(
    ("head", "margin", "status"),
    [
        (1_020_000, 0.01, Status.REGRESSION_DETECTED),
        (980_000, 0.01, Status.IMPROVEMENT_DETECTED),
        (1_000_500, 0.01, Status.NORMAL),
        (1_010_500, 0.01, Status.INCONCLUSIVE),
    ],
)
def test_counts_are_held_against_the_margin_give_or_take_what_equal_programs_differ_by(
    head: int, margin: float, status: Status
) -> None:
    assert judge_counts(Counts(base=1_000_000, head=head), margin).status is status


@pytest.mark.parametrize(
    ("cpu", "wall", "counted", "said"),
    [
        (1.2, 1.2, 1.0, "each instruction takes longer"),
        (1.0, 1.0, 1.2, "each instruction takes less time"),
        (1.0, 1.3, 1.2, "waiting or in how many cores"),
    ],
)
def test_a_disagreement_of_time_and_counts_is_explained(cpu: float, wall: float, counted: float, said: str) -> None:
    counts = Counts(base=1_000_000, head=round(1_000_000 * counted))
    found = judge(evidence(pairs(cpu, 60, wall=wall), counts=counts))
    assert any(said in warning for warning in found.warnings)


def test_agreeing_counts_are_not_explained() -> None:
    found = judge(evidence(pairs(1.2, 60), counts=Counts(base=1_000_000, head=1_200_000)))
    assert not any("instructions say" in warning for warning in found.warnings)


def test_lines_that_did_not_run_are_said() -> None:
    execution = Execution(state="not executed", changed=3, missed=("src/a.py:10-12",), how="sys.settrace")
    found = judge(evidence(pairs(1.0, 60), execution=execution))
    assert "none of the changed lines ran in solve: it says nothing of them (src/a.py:10-12)" in found.warnings


def test_an_open_verdict_says_what_it_still_needs() -> None:
    found = judge(evidence(pairs(1.03, 20)))
    assert found.status is Status.INCONCLUSIVE
    assert found.judgement is not None
    assert found.judgement.pairs_needed is not None
    assert found.judgement.pairs_needed > found.pairs
    assert "more pairs" in next_step([found])


def test_the_text_of_a_scenario_is_the_golden_one() -> None:
    floor = tuple(FloorPair(when=WHEN, cpu=(0.1, 0.1 * (1 + n / 1000)), wall=(0.2, 0.2), load=1.0) for n in range(20))
    execution = Execution(state="executed", changed=3, executed=3, how="sys.monitoring")
    found = judge(
        evidence(
            pairs(1.2, 60, inner=1.4), counts=Counts(base=1_000_000, head=1_100_000), floor=floor, execution=execution,
            guards=((Guard(name="hash", value="x"),), (Guard(name="hash", value="x"),)),
        )
    )  # fmt: skip
    text = "\n".join([summary([found]), *scenario(found, named=True), *found.warnings, next_step([found])])
    golden.check("verification_scenario.txt", text + "\n")
