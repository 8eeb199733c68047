"""Runs against runs: guards first, environments second, speed last; nothing is dropped."""

import pytest

from dart_perf.analysis import reduction
from dart_perf.analysis.comparison import Question
from dart_perf.model.comparison import Comparison
from dart_perf.model.judgement import Status
from dart_perf.model.measurement import Guard, Metric, Run
from dart_perf.report.comparison import markdown, text
from tests import golden
from tests.analysis.runs import CPU, GUARD, HERE, INSTRUCTIONS, RATE, WALL, compared, measured, run


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


def test_a_guard_that_is_no_longer_computed_is_changed_behaviour() -> None:
    comparison = compared(run(measured(CPU, 1e-3), guards=(GUARD,)), run(measured(CPU, 1e-3, seed=2)))
    assert comparison.status is Status.BEHAVIOUR_CHANGED
    assert comparison.guards == ("contacts: 12 -> not computed",)


def test_a_guard_that_results_from_elsewhere_lack_could_not_be_checked() -> None:
    after = run(measured(CPU, 1e-3, seed=2)).model_copy(update={"processes": ()})
    comparison = compared(run(measured(CPU, 1e-3), guards=(GUARD,)), after)
    assert comparison.status is not Status.BEHAVIOUR_CHANGED
    unchecked = "guard contacts could not be checked: the current results hold no guard of that name"
    assert unchecked in comparison.warnings


def test_a_guard_that_only_the_current_side_has_is_said() -> None:
    comparison = compared(run(measured(CPU, 1e-3)), run(measured(CPU, 1e-3, seed=2), guards=(GUARD,)))
    assert comparison.status is Status.NORMAL
    assert "guard contacts could not be checked: the baseline holds no guard of that name" in comparison.warnings


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
    assert comparison.summary == "both sides have no series in common; missing in the current runs: a cpu_time"


@pytest.mark.parametrize(("level", "status"), [(1e-3, Status.INSUFFICIENT_DATA), (5e-4, Status.INSUFFICIENT_DATA),
                                               (2e-3, Status.REGRESSION_DETECTED)])  # fmt: skip
def test_a_series_that_vanished_clears_nothing_and_hides_no_regression(level: float, status: Status) -> None:
    before = run(measured(CPU, 1e-3), measured(CPU, 1e-3, name="gone"))
    comparison = compared(before, run(measured(CPU, level, seed=2)))
    assert comparison.status is status
    assert comparison.summary.endswith("missing in the current runs: gone cpu_time")
    assert status is Status.REGRESSION_DETECTED or "run what is missing (gone cpu_time)" in comparison.next_step


def test_a_reported_series_that_vanished_and_a_new_one_decide_nothing() -> None:
    before = run(measured(CPU, 1e-3), measured(WALL, 1e-3))
    after = run(measured(CPU, 1e-3, seed=2), measured(CPU, 1e-3, name="new"))
    comparison = compared(before, after)
    assert (comparison.status, comparison.missing) == (Status.NORMAL, ("step wall_time",))


def alone(
    level: float, *, n: int = 12, spread: float = 0.004, seed: int = 1, known: bool = True, metric: Metric = CPU
) -> Run:
    """Return samples of one process, as a file of results holds them."""
    some = measured(metric, level, n=n, spread=spread, seed=seed)
    there = run(some.model_copy(update={"processes": (0,) * n if known else ()}))
    return there.model_copy(update={"processes": ()})


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("margin", [0.05, 0.2])
@pytest.mark.parametrize(
    ("level", "spread", "status"),
    [(2e-3, 0.004, Status.REGRESSION_DETECTED), (2e-3, 0.03, Status.REGRESSION_DETECTED),
     (1.2e-3, 0.004, Status.INCONCLUSIVE), (1.7e-3, 0.15, Status.INCONCLUSIVE), (1e-3, 0.004, Status.INCONCLUSIVE)],
)  # fmt: skip
def test_samples_of_one_process_carry_what_processes_differ_by(
    level: float, spread: float, status: Status, margin: float, known: bool
) -> None:
    question = Question("robot", "old", "new", margin)
    before, after = alone(1e-3, spread=spread, known=known), alone(level, spread=spread, seed=2, known=known)
    comparison = compared(before, after, question)
    assert comparison.status is status
    assert (comparison.series[0].baseline_runs, comparison.series[0].current_runs) == (1, 1)
    assert reduction.ONE_PROCESS in comparison.warnings


def test_one_process_against_many_compares_levels_and_not_a_mean_with_a_minimum() -> None:
    noisy = measured(CPU, 1e-3, n=60, spread=0.1)
    many = run(noisy.model_copy(update={"processes": tuple(i // 6 for i in range(60))}))
    ratio = compared(many, alone(1e-3, n=60, spread=0.1, seed=2)).series[0].judgement.ratio
    assert ratio == pytest.approx(1.0, abs=0.05)


def test_three_files_of_one_process_each_are_three_processes() -> None:
    before = [alone(1e-3, seed=i) for i in range(3)]
    assert compared(before, alone(1e-3, seed=9)).series[0].baseline_runs == 3


@pytest.mark.parametrize("side", ["baseline", "current runs"])
def test_a_time_of_zero_is_no_measurement_and_no_improvement(side: str) -> None:
    some, none = run(measured(CPU, 1e-3)), run(measured(CPU, 0.0, spread=0))
    comparison = compared(some, none) if side == "current runs" else compared(none, some)
    assert comparison.status is Status.INSUFFICIENT_DATA
    assert f"no measurement: the program failed, or the clock is too coarse (found in the {side})" in text(comparison)


def test_a_difference_is_printed_in_its_unit() -> None:
    memory = Metric(name="extra", unit="B", better="lower")
    comparison = compared(run(measured(memory, 0.0, spread=0)), run(measured(memory, 2048.0, spread=0)))
    assert "difference 2 KiB" in text(comparison)
    assert "by 2 KiB" in comparison.summary


def test_a_run_held_against_itself_is_said_and_claims_no_random_order() -> None:
    same = run(measured(CPU, 1e-3))
    comparison = compared(same, same)
    assert "both sides are the same run" in comparison.warnings
    assert comparison.design == "then-and-now"


def test_another_unit_is_called_that_with_each_value_in_its_own() -> None:
    turned = Metric(name="cpu_time", unit="1/s", better="higher")
    comparison = compared(run(measured(CPU, 1e-3, spread=0)), run(measured(turned, 80.0, spread=0)))
    assert "other unit step cpu_time: " in text(comparison)
    assert "(1 ms -> 80/s)" in text(comparison)
    assert "| other unit |" in markdown(comparison)
    assert comparison.next_step.startswith("mend the source of step cpu_time")


@pytest.mark.parametrize("session", ["s1", "s2"])
@pytest.mark.parametrize(("metric", "sign"), [(CPU, 1), (RATE, -1)])
def test_the_values_shown_have_the_ratio_shown(session: str, metric: Metric, sign: int) -> None:
    shown = compared(
        run(measured(metric, 1e-3, spread=0.3)), run(measured(metric, 1e-3, spread=0.3, seed=2), session=session)
    ).series[0]
    assert shown.judgement.ratio == pytest.approx((shown.current / shown.baseline) ** sign)


@pytest.mark.parametrize(("spread", "said"), [(0.04, "processes="), (0.4, "it takes about")])
def test_no_more_processes_are_advised_than_a_tool_takes(spread: float, said: str) -> None:
    comparison = compared(run(measured(CPU, 1e-3, spread=spread)), run(measured(CPU, 1e-3, spread=spread, seed=2)))
    assert said in comparison.next_step


def test_runs_that_did_not_tell_are_not_offered_again_where_the_ratio_lies_on_the_margin() -> None:
    before, after = measured(CPU, 1e-3, n=40, spread=0.01), measured(CPU, 1.0515e-3, n=40, spread=0.01, seed=2)
    comparison = compared(run(before), run(after))
    assert comparison.status is Status.INCONCLUSIVE
    assert comparison.series[0].judgement.runs_needed is None
    assert "too close to the margin for more runs" in comparison.summary
    assert "a larger margin if such a change really does not matter" in comparison.next_step


def test_more_runs_are_advised_before_a_larger_margin_where_they_settle_this_ratio() -> None:
    ratios = (1.024, 1.032, 1.040)  # of unchanged code: 1.032x [1.012, 1.052]
    before = measured(CPU, 1e-3, n=3, spread=0)
    after = before.model_copy(update={"samples": tuple(1e-3 * ratio for ratio in ratios)})
    comparison = compared(run(before), run(after))
    needed = comparison.series[0].judgement.runs_needed
    assert comparison.status is Status.INCONCLUSIVE
    assert needed is not None
    assert 3 < needed < 10
    assert f"about {needed} processes a side would tell (0 decided)" in comparison.summary
    assert comparison.next_step == f"compare again with processes={needed}; do not read this as `fine`"
    assert "too close" not in text(comparison)


def test_a_slow_down_that_may_be_within_the_margin_is_not_called_no_regression() -> None:
    before, after = measured(CPU, 1e-3, spread=0.02), measured(CPU, 1.06e-3, spread=0.02, seed=2)
    comparison = compared(run(before), run(after))
    low = comparison.series[0].judgement.low
    assert low is not None
    assert low > 1
    assert comparison.status is Status.INCONCLUSIVE
    assert "no regression shown" not in comparison.summary
    assert comparison.summary.startswith("step cpu_time 1.0")
    assert "is worse, but not shown to be by more than 5 %" in comparison.summary


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
