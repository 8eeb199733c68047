"""A plan promises what a comparison will say: repetitions of one process are no runs."""

import math
import statistics

import pytest

from dart_perf.analysis.comparison import Question, compare_runs
from dart_perf.analysis.planning import Goal, plan_series, spread_of
from dart_perf.model.judgement import Status
from dart_perf.model.measurement import Run
from dart_perf.report.comparison import text
from dart_perf.stats.processes import PROCESS_LEAST
from dart_perf.stats.sessions import prior_between
from tests.analysis.runs import CPU, measured, run

KEY = "step cpu_time"
GOAL = Goal(effect=1.1, margin=0.05, power=0.8, runs=10)


def file(level: float = 1e-3, *, n: int = 10, seed: int = 1, processes: int | None = 1) -> Run:
    """Return results of a file: `n` samples of that many processes; None where it does not say."""
    indices = () if processes is None else tuple(i % processes for i in range(n))
    samples = measured(CPU, level, n=n, seed=seed).model_copy(update={"processes": indices})
    return run(samples).model_copy(update={"processes": ()})


@pytest.mark.parametrize("processes", [1, None])
def test_the_spread_of_one_process_is_assumed_as_a_comparison_assumes_it(processes: int | None) -> None:
    assert spread_of([file(processes=processes)], [], KEY) == pytest.approx(math.sqrt(2.0) * PROCESS_LEAST)


def test_no_runs_are_promised_that_the_detector_says_would_not_tell() -> None:
    (entry,) = plan_series([file()], [], GOAL)
    said = compare_runs(Question(None, "old", "new", 0.05), [file()], [file(1.1e-3, seed=2)])
    assert said.status is Status.INCONCLUSIVE
    assert "more runs of this kind would not tell" in said.summary
    assert entry.runs_needed is None
    assert entry.minimum_detectable_effect is not None
    assert entry.minimum_detectable_effect > 1.2


def test_one_repetition_is_told_in_processes_as_its_series_counts_them() -> None:
    said = compare_runs(Question(None, "old", "new", 0.2), [file()], [file(n=1)])
    assert said.status is Status.INSUFFICIENT_DATA
    assert "n 1+1; about 3 processes a side needed" in text(said)
    assert (
        "1 baseline and 1 current processes: at least 3 a side are needed, and repetitions of one process count"
        in text(said)
    )
    assert "about 3 processes a side would tell" in said.summary
    assert "side by side with compare_with_baseline" in said.next_step


def test_an_effect_that_files_can_show_takes_processes_and_sessions_into_account() -> None:
    (entry,) = plan_series([file()], [], Goal(effect=1.37, margin=0.05, power=0.8, runs=10))
    assert prior_between(entry.spread) >= PROCESS_LEAST
    assert entry.runs_needed is not None
    assert entry.runs_needed > 3


def test_files_of_one_process_each_spread_as_their_processes_do() -> None:
    baseline = [file(1e-3 * (1 + i / 50), seed=i) for i in range(5)]
    found = spread_of(baseline, [], KEY)
    fastest = [math.log(min(m.samples)) for one in baseline if (m := one.measurement(KEY))]
    assert found == pytest.approx(math.sqrt(2.0) * statistics.stdev(fastest))


def test_two_processes_or_one_sample_know_no_spread() -> None:
    assert spread_of([file(processes=2)], [], KEY) is None
    assert spread_of([file(n=1)], [], KEY) is None


def test_what_was_measured_here_is_planned_side_by_side() -> None:
    (entry,) = plan_series([run(measured(CPU, 1e-3))], [], GOAL)
    assert entry.runs_needed == 3
