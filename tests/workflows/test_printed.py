"""What a program printed is refused at the first process, with scenario, program and remedy."""

from pathlib import Path
from typing import get_args

import pytest

from dart_perf.analysis.assembly import NOT_NAMED
from dart_perf.errors import MeasurementFailed
from dart_perf.ingest import read
from dart_perf.measure.program import resolve
from dart_perf.model.scenario import ResultFormat, Scenario
from dart_perf.workflows.capture import capture_baseline
from dart_perf.workflows.measuring import Subject, measure_runs
from dart_perf.workflows.project import silent
from dart_perf.workflows.scenarios import trust_project
from tests.conftest import Toy

NAME = "toy_without_files"


def declare(toy: Toy, old: str, new: str) -> None:
    path = toy.root / "dart-perf.toml"
    path.write_text(path.read_text().replace(old, new))
    trust_project(toy.project)


def counted(toy: Toy, program: str) -> Path:
    ran = toy.root / "ran"
    (toy.root / "toy.py").write_text(f"open({str(ran)!r}, 'a').write('x')\n{program}")
    return ran


def refused(toy: Toy) -> str:
    with pytest.raises(MeasurementFailed) as raised:
        capture_baseline(toy.project, NAME, why="before")
    return str(raised.value)


def test_a_metric_that_nothing_produces_is_refused_at_the_first_process(toy: Toy) -> None:
    ran = counted(toy, (toy.root / "toy.py").read_text())
    declare(toy, '["cpu_time"]', '["cpu_tiem"]')
    assert "keeps cpu_tiem, but its program gave cpu_time, peak_rss. Mend `metrics`." in refused(toy)
    assert ran.read_text() == "x"


def test_a_metric_that_never_came_beside_others_that_did_is_a_warning(toy: Toy) -> None:
    declare(toy, '["cpu_time"]', '["cpu_time", "wall_time", "instrutions"]')
    warnings = capture_baseline(toy.project, NAME, why="before").warnings
    assert "`metrics` names instrutions, which its program did not give: mend the name" in warnings


def test_output_that_cannot_be_read_is_told_with_scenario_and_program(toy: Toy) -> None:
    counted(toy, "print('no numbers')")
    said = refused(toy)
    assert said.startswith(f"scenario {NAME!r}: [")
    assert "{root}/toy.py" in said
    assert "its output: line 1, column 1: not JSON" in said
    assert "the text" not in said
    assert 'set format = "none"' in said


def test_output_of_another_format_is_recognised(toy: Toy) -> None:
    declare(toy, '["cpu_time"]', '["cpu_time"]\nformat = "google-benchmark"')
    assert 'It looks like dart-perf: set format = "dart-perf" in the scenario.' in refused(toy)


def test_a_metric_that_is_given_and_not_named_is_said(toy: Toy) -> None:
    (toy.root / "toy.py").write_text((toy.root / "toy.py").read_text().replace('"cpu_time"', '"solver_time"'))
    declare(toy, '["cpu_time"]', '["peak_rss"]')
    captured = capture_baseline(toy.project, NAME, why="before")
    assert "its program also gives solver_time, which `metrics` does not name: add what is to be judged" in (
        captured.warnings
    )


DATA = Path(__file__).resolve().parents[1] / "ingest" / "data"
SAMPLES = {
    "dart-perf": "native.json",
    "cargo-bench": "cargo_bench.txt",
    "catch2": "catch2_3.xml",
    "go-test": "go_test_count.txt",
    "google-benchmark": "gbench_traps.json",
    "hyperfine": "hyperfine.json",
    "jmh": "jmh.json",
    "junit": "junit_pytest.xml",
    "nanobench": "nanobench.json",
    "pyperf": "pyperf.json",
    "pytest-benchmark": "pytest_benchmark.json",
}


@pytest.mark.parametrize("form", sorted(set(get_args(ResultFormat)) - {"none"}))
def test_every_format_that_a_scenario_may_name_is_one_run_of_its_program(toy: Toy, form: str) -> None:
    """Two processes that wrote the same, through a file: each value comes from its own process, and nobody warns."""
    sample = DATA / SAMPLES[form]
    argv = ("cp", str(sample), "{results}")
    metrics = tuple(sorted({m.metric.name for run in read(sample, form) for m in run.measurements}))
    entry = Scenario.model_validate({"name": "s", "argv": argv, "format": form, "metrics": metrics})
    program, _ = resolve(entry, toy.root)
    (run,) = measure_runs(toy.project, entry, [Subject("current", program, toy.root)], blocks=2, progress=silent)
    printed = [m for m in run.measurements if m.benchmark.name != "process"]
    assert printed
    assert all(sorted(set(m.processes)) == [0, 1] for m in printed)
    assert not [warning for warning in run.warnings if "one process" in warning]
    assert {left.what for left in run.left_out if left.reason == NOT_NAMED} == set()
