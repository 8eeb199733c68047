"""Results of a file against a baseline that the harness measured: what a file can never hold is not missing from it."""

from collections.abc import Callable

import pytest

from dart_perf.analysis.assembly import Origin, assemble
from dart_perf.analysis.comparison import Question, compare_runs
from dart_perf.model.comparison import Comparison
from dart_perf.model.judgement import Status
from dart_perf.model.measurement import Measurement, Run
from dart_perf.model.scenario import Scenario
from dart_perf.report.comparison import markdown, text
from tests.analysis.runs import CPU, HERE, WHEN, measured, run

RSS = "parse/process peak_rss"
WIDE, FINE = (Question("parse", "old", "new", margin) for margin in (0.2, 0.05))


def harness(*printed: Measurement, scenario: str = "parse") -> Run:
    """Return the run that the harness makes of programs that printed one sample a process of each series."""
    own = run(*printed).processes
    outputs = [
        (
            process,
            Run(
                producer="probe",
                measurements=tuple(
                    m.model_copy(update={"samples": (m.samples[process.index],), "processes": ()}) for m in printed
                ),
            ),
        )
        for process in own
    ]
    entry = Scenario(name=scenario, argv=("parse",))
    return assemble(Origin(entry, WHEN, HERE, "1.0", None, None, None), outputs)


def file(*printed: Measurement) -> Run:
    return run(*printed).model_copy(update={"processes": ()})


def compared(before: Run, after: Run, question: Question = WIDE) -> Comparison:
    return compare_runs(question, [before], [after])


def compared_with_file() -> Comparison:
    return compared(harness(measured(CPU, 1e-3)), file(measured(CPU, 1e-3, seed=2)))


def test_memory_that_only_the_harness_measures_is_not_missing_from_a_file() -> None:
    comparison = compared_with_file()
    assert comparison.status is Status.NORMAL
    assert "missing in the current runs" not in comparison.summary


@pytest.mark.parametrize("shown", [text, markdown])
def test_that_it_was_not_compared_is_said(shown: Callable[[Comparison], str]) -> None:
    comparison = compared_with_file()
    said = f"{RSS} was not compared: only dart-perf itself measures it, results of a file have none"
    assert comparison.missing == (RSS,)
    assert said in shown(comparison)


def test_it_is_missing_where_the_harness_measured_the_current_side_too() -> None:
    after = harness(measured(CPU, 1e-3, seed=2))
    without = after.model_copy(update={"measurements": after.measurements[:1]})
    comparison = compared(harness(measured(CPU, 1e-3)), without)
    assert comparison.status is Status.INSUFFICIENT_DATA
    assert comparison.summary.endswith(f"missing in the current runs: {RSS}")


def test_a_benchmark_of_the_program_that_is_called_process_is_missing_from_a_file() -> None:
    before = harness(measured(CPU, 1e-3), measured(CPU, 1e-3, name="process"))
    comparison = compared(before, file(measured(CPU, 1e-3, seed=2)))
    assert comparison.status is Status.INSUFFICIENT_DATA
    assert comparison.summary.endswith("missing in the current runs: process cpu_time")


def test_summary_and_next_step_agree_where_a_series_is_missing_and_another_is_open() -> None:
    before = run(measured(CPU, 1e-3, spread=0.04), measured(CPU, 1e-3, name="gone"))
    comparison = compared(before, run(measured(CPU, 1e-3, spread=0.04, seed=2)), FINE)
    needed = comparison.series[0].judgement.runs_needed
    assert f"about {needed} processes a side would tell" in comparison.summary
    assert comparison.next_step.startswith("run what is missing (gone cpu_time)")
    assert comparison.next_step.endswith(f"then compare again with processes={needed}")


def test_a_baseline_from_a_file_is_captured_before_it_is_measured_beside_the_new_program() -> None:
    now = run(measured(CPU, 1e-3, seed=2))
    stored, captured = (
        compared(before, now, FINE) for before in (file(measured(CPU, 1e-3)), run(measured(CPU, 1e-3), session="s0"))
    )
    assert stored.status is captured.status is Status.INCONCLUSIVE
    assert stored.next_step.startswith("capture the old program as a baseline, then measure both sides side by side")
    assert captured.next_step.startswith("measure both sides side by side")


def test_one_series_is_spoken_of_as_one() -> None:
    assert compared_with_file().summary == "the one series is shown to be within the margin of 20 %"
    opened = compared(file(measured(CPU, 1e-3)), run(measured(CPU, 1e-3, seed=2)), FINE)
    assert "1 of 1 series is undecided" in opened.summary
