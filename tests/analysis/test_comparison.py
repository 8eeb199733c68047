"""Runs against runs: guards first, environments second, speed last; nothing is dropped."""

from collections.abc import Sequence

import pytest

from dart_perf.analysis.comparison import Question, compare_runs
from dart_perf.model.comparison import Comparison
from dart_perf.model.judgement import Status
from dart_perf.model.measurement import Guard, Metric, Run
from dart_perf.report.comparison import markdown, text
from tests import golden
from tests.analysis.runs import CPU, HERE, INSTRUCTIONS, RATE, WALL, measured, run

QUESTION = Question(scenario="robot", baseline="old", current="new", margin=0.05)
GUARD = Guard(name="contacts", value=12)


def compared(baseline: Run | Sequence[Run], current: Run, question: Question = QUESTION) -> Comparison:
    before = [baseline] if isinstance(baseline, Run) else baseline
    return compare_runs(question, before, [current])


def statuses(comparison: Comparison) -> dict[str, Status]:
    return {f"{s.benchmark} {s.metric}": s.judgement.status for s in comparison.series}


def test_processes_that_share_their_blocks_are_paired() -> None:
    same = compared(run(measured(CPU, 1e-3)), run(measured(CPU, 1e-3, seed=2)))
    other = compared(run(measured(CPU, 1e-3)), run(measured(CPU, 1e-3, seed=2), session="s2"))
    assert (same.design, same.status) == ("paired", Status.NORMAL)
    assert (other.design, other.status) == ("then-and-now", Status.INCONCLUSIVE)


def test_higher_is_better_is_turned_so_that_above_one_is_worse() -> None:
    comparison = compared(run(measured(RATE, 1000.0)), run(measured(RATE, 500.0)))
    assert comparison.status is Status.REGRESSION_DETECTED
    assert comparison.series[0].judgement.ratio == pytest.approx(2.0, rel=0.02)


def test_cpu_time_decides_and_wall_time_is_reported_unless_the_scenario_says_otherwise() -> None:
    before = run(measured(CPU, 1e-3), measured(WALL, 1e-3))
    after = run(measured(CPU, 1e-3, seed=2), measured(WALL, 2e-3))
    by_cpu = compared(before, after)
    by_wall = compared(before, after, Question("robot", "old", "new", 0.05, "wall"))
    assert by_cpu.status is Status.NORMAL
    assert [s.metric for s in by_cpu.series if not s.decides] == ["wall_time"]
    assert by_wall.status is Status.REGRESSION_DETECTED


def test_a_changed_guard_withholds_every_verdict_on_speed() -> None:
    before = run(measured(CPU, 1e-3), guards=(GUARD,))
    after = run(measured(CPU, 2e-4), guards=(Guard(name="contacts", value=3),))
    comparison = compared(before, after)
    assert comparison.status is Status.BEHAVIOUR_CHANGED
    assert comparison.guards == ("contacts: 12 -> 3",)
    assert set(statuses(comparison).values()) == {Status.BEHAVIOUR_CHANGED}


def test_a_guard_within_its_tolerance_is_the_same() -> None:
    before = run(measured(CPU, 1e-3), guards=(Guard(name="state", value=1.0, tolerance=1e-6),))
    after = run(measured(CPU, 1e-3, seed=2), guards=(Guard(name="state", value=1.0 + 1e-9),))
    assert compared(before, after).status is Status.NORMAL


def test_a_guard_that_only_one_side_has_is_said() -> None:
    comparison = compared(run(measured(CPU, 1e-3), guards=(GUARD,)), run(measured(CPU, 1e-3, seed=2)))
    assert "guard contacts is in the baseline only" in comparison.warnings


def test_timings_of_two_machines_are_refused_with_both_named_and_counts_are_judged() -> None:
    there = HERE.model_copy(update={"cpu_model": "B"})
    before = run(measured(CPU, 1e-3), measured(INSTRUCTIONS, 1e6, spread=0))
    after = run(measured(CPU, 1e-3), measured(INSTRUCTIONS, 1.2e6, spread=0), environment=there, session="s2")
    comparison = compared(before, after)
    assert statuses(comparison) == {
        "step instructions": Status.REGRESSION_DETECTED,
        "step cpu_time": Status.INCOMPARABLE,
    }
    assert "environments differ, cpu_model: 'A' against 'B' (baseline against current)" in comparison.warnings


def test_timings_alone_of_two_machines_are_incomparable() -> None:
    there = HERE.model_copy(update={"interpreter": "CPython 3.12"})
    comparison = compared(run(measured(CPU, 1e-3)), run(measured(CPU, 1e-3), environment=there))
    assert comparison.status is Status.INCOMPARABLE
    assert "interpreter: 'CPython 3.11' against 'CPython 3.12'" in comparison.summary


def test_another_version_of_what_is_measured_is_no_other_environment() -> None:
    comparison = compared(run(measured(CPU, 1e-3)), run(measured(CPU, 1e-3, seed=2), version="2.0"))
    assert comparison.status is Status.NORMAL


def test_an_exact_count_that_grew_beyond_the_margin_is_a_regression_without_a_test() -> None:
    before, after = run(measured(INSTRUCTIONS, 1e6, spread=0, n=3)), run(measured(INSTRUCTIONS, 1.06e6, spread=0, n=3))
    comparison = compared(before, after)
    judgement = comparison.series[0].judgement
    assert comparison.status is Status.REGRESSION_DETECTED
    assert (judgement.low, judgement.high) == pytest.approx((1.06, 1.06))


def test_a_count_that_was_zero_has_a_difference_and_no_ratio() -> None:
    allocations = Metric(name="allocations", unit="1", better="lower", assumption="exact")
    comparison = compared(run(measured(allocations, 0.0, spread=0)), run(measured(allocations, 1.0, spread=0)))
    judgement = comparison.series[0].judgement
    assert (comparison.status, judgement.ratio, judgement.difference) == (Status.REGRESSION_DETECTED, None, 1.0)


def test_a_metric_whose_direction_changed_is_refused_with_both_sides() -> None:
    turned = CPU.model_copy(update={"better": "higher"})
    comparison = compared(run(measured(CPU, 1e-3)), run(measured(turned, 1e-3)))
    assert comparison.status is Status.INCOMPARABLE
    assert "step cpu_time is in s, lower is better, none in the baseline" in comparison.summary


def test_series_of_one_side_only_are_named() -> None:
    before = run(measured(CPU, 1e-3), measured(CPU, 1e-3, name="gone"))
    comparison = compared(before, run(measured(CPU, 1e-3, seed=2), measured(CPU, 1e-3, name="new")))
    assert (comparison.missing, comparison.added) == (("gone cpu_time",), ("new cpu_time",))


def test_nothing_in_common_is_no_all_clear() -> None:
    comparison = compared(run(measured(CPU, 1e-3, name="a")), run(measured(CPU, 1e-3, name="b")))
    assert comparison.status is Status.INSUFFICIENT_DATA
    assert comparison.summary == "both sides have no series in common"


def test_two_processes_a_side_are_too_few() -> None:
    comparison = compared(run(measured(CPU, 1e-3, n=2)), run(measured(CPU, 9e-3, n=2)))
    assert comparison.status is Status.INSUFFICIENT_DATA


def test_an_improvement_is_called_only_where_nothing_is_unclear() -> None:
    noisy = measured(CPU, 1e-3, name="noisy", spread=0.2)
    before = run(measured(CPU, 1e-3), noisy)
    after = run(measured(CPU, 5e-4), measured(CPU, 1e-3, name="noisy", spread=0.2, seed=3))
    comparison = compared(before, after)
    assert statuses(comparison)["step cpu_time"] is Status.IMPROVEMENT_DETECTED
    assert comparison.status is Status.INCONCLUSIVE


def test_among_many_quiet_series_the_slower_one_is_named_first() -> None:
    before = run(*(measured(CPU, 1e-3, name=f"b{i}") for i in range(40)))
    after = run(*(measured(CPU, 1.5e-3 if i == 7 else 1e-3, name=f"b{i}", seed=2) for i in range(40)))
    comparison = compared(before, after)
    assert comparison.series[0].benchmark == "b7"
    assert list(statuses(comparison).values()).count(Status.REGRESSION_DETECTED) == 1


def test_a_busy_machine_is_said() -> None:
    quiet = run(measured(CPU, 1e-3, seed=2))
    busy = tuple(process.model_copy(update={"load_before": 3.14}) for process in quiet.processes)
    comparison = compared(run(measured(CPU, 1e-3)), quiet.model_copy(update={"processes": busy}))
    assert comparison.warnings == ("the machine was busy: load average up to 3.1 on 2 cores while measuring",)


def test_three_sessions_replace_the_assumed_difference_between_sessions() -> None:
    sessions = [run(measured(CPU, 1e-3, seed=i), session=f"s{i}") for i in range(4)]
    now = run(measured(CPU, 1.3e-3), session="now")
    assumed, known = compared(sessions[0], now), compared(sessions, now)
    width = [c.series[0].judgement.high / c.series[0].judgement.low for c in (known, assumed)]  # type: ignore[operator]  # both have intervals
    assert width[0] < width[1]


CASES = {
    "regression": (run(measured(CPU, 1e-3)), run(measured(CPU, 1.3e-3))),
    "normal": (run(measured(CPU, 1e-3)), run(measured(CPU, 1e-3, seed=2))),
    "inconclusive": (run(measured(CPU, 1e-3)), run(measured(CPU, 1.05e-3, seed=2), session="s2")),
    "behaviour": (
        run(measured(CPU, 1e-3), guards=(GUARD,)),
        run(measured(CPU, 2e-4), guards=(Guard(name="contacts", value=3),)),
    ),
    "incomparable": (
        run(measured(CPU, 1e-3)),
        run(measured(CPU, 1e-3), environment=HERE.model_copy(update={"cores": 8})),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_text_and_the_markdown_are_the_golden_ones(name: str) -> None:
    comparison = compared(*CASES[name])
    golden.check(f"comparison.{name}.txt", text(comparison) + "\n")
    golden.check(f"comparison.{name}.md", markdown(comparison))
