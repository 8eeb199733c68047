"""asv: every combination of parameters is a benchmark, and what failed or was skipped is none."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dart_perf.errors import InvalidInput
from dart_perf.ingest import read
from dart_perf.ingest.table import read_as
from dart_perf.model.measurement import Run

RESULTS = Path(__file__).with_name("data") / "asv" / "results"
SAMPLES = RESULTS / "vm" / "decaa376.json"
COLUMNS = ["result", "params", "version", "started_at", "duration", "stats_ci_99_a", "samples"]


def document(results: Any, **fields: Any) -> str:
    plain = {"commit_hash": "a" * 40, "params": {}, "result_columns": COLUMNS, "results": results, "version": 2}
    return json.dumps(plain | fields)


def one(results: Any, **fields: Any) -> Run:
    (run,) = read(document(results, **fields))
    return run


def beside(tmp_path: Path, results: Any, benchmarks: Any, **fields: Any) -> Run:
    path = tmp_path / "results" / "vm" / "a.json"
    path.parent.mkdir(parents=True)
    path.write_text(document(results, **fields))
    (tmp_path / "results" / "benchmarks.json").write_text(json.dumps(benchmarks))
    (run,) = read(path)
    return run


def test_every_combination_of_parameters_is_a_benchmark() -> None:
    (run,) = read(SAMPLES)
    assert [(m.key, m.metric.unit, len(m.samples)) for m in run.measurements] == [
        ("suite.Suite/time_loop{fn='sin',n=10} wall_time", "s", 8),
        ("suite.Suite/time_loop{fn='sqrt',n=10} wall_time", "s", 8),
        ("suite.Suite/mem_list{fn='sin',n=10} memory", "B", 1),
        ("suite.Suite/mem_list{fn='sqrt',n=10} memory", "B", 1),
        ("suite.Suite/mem_list{fn='sin',n=1000} memory", "B", 1),
        ("suite/peakmem_small peak_rss", "B", 1),
    ]
    assert run.measurements[0].samples[:2] == (1.5177996829152107e-05, 2.1089981601107866e-06)
    assert all(m.metric.better == "lower" for m in run.measurements)


def test_null_is_a_failure_and_nan_a_skip() -> None:
    (run,) = read(SAMPLES)
    assert [(i.what, i.reason) for i in run.left_out if "track" not in i.what] == [
        ("results.suite.Suite.time_loop[2] suite.Suite/time_loop{fn='sin',n=1000}", "it failed, or was not run"),
        (
            "results.suite.Suite.time_loop[3] suite.Suite/time_loop{fn='sqrt',n=1000}",
            "it was skipped for these parameters",
        ),
        ("results.suite.time_fail", "it failed, or was not run"),
        (
            "results.suite.Suite.mem_list[3] suite.Suite/mem_list{fn='sqrt',n=1000}",
            "it was skipped for these parameters",
        ),
    ]


def test_the_direction_of_a_tracked_value_is_unknown() -> None:
    (run,) = read(SAMPLES)
    (tracked,) = (i for i in run.left_out if "track" in i.what)
    assert tracked.reason == "a tracked value: it does not say whether lower or higher is better"


def test_without_recorded_samples_the_one_value_is_the_sample_and_the_reader_is_told() -> None:
    (run,) = read(RESULTS / "vm" / "decaa376-no-samples.json")
    assert run.measurements[0].samples == (1.945500116562471e-06,)
    assert "times without --record-samples: asv's median of the repetitions is the only sample" in run.warnings
    assert not any("record-samples" in text for text in read(SAMPLES)[0].warnings)


def test_infinite_intervals_and_cut_off_columns_are_no_problem() -> None:
    run = one({"b.time_x": [[2.0], [], "v", 5, 1.0, [float("-inf")], [[1.0, 3.0]]], "b.time_y": [[4.0], []]})
    assert [(m.benchmark.label, m.samples) for m in run.measurements] == [
        ("b/time_x", (1.0, 3.0)),
        ("b/time_y", (4.0,)),
    ]


def test_columns_are_found_by_their_name() -> None:
    run = one({"b.time_x": [[[1.0]], [2.0], []]}, result_columns=["samples", "result", "params"])
    assert run.measurements[0].samples == (1.0,)


def test_what_is_measured_stands_in_the_file_above(tmp_path: Path) -> None:
    about = {"b.gauge": {"type": "peakmemory", "unit": "bytes", "param_names": ["n"], "version": "1"}, "version": 2}
    run = beside(tmp_path, {"b.gauge": [[7.0, 8.0], [["1", "2"]], "1"]}, about)
    assert [(m.key, m.metric.unit) for m in run.measurements] == [
        ("b/gauge{n=1} peak_rss", "B"),
        ("b/gauge{n=2} peak_rss", "B"),
    ]


def test_without_that_file_the_name_says_it_and_the_reader_is_told() -> None:
    results = {"b.time_x": [[1.0], []], "b.mem_x": [[8.0], []], "b.peakmem_x": [[9.0], [["1"]]], "b.gauge": [[1.0], []]}
    run = one(results)
    assert [m.key for m in run.measurements] == [
        "b/time_x wall_time", "b/mem_x memory", "b/peakmem_x{param1=1} peak_rss",
    ]  # fmt: skip
    assert "no benchmarks.json beside the results" in run.warnings[0]
    assert run.left_out[0].reason == "its type None is not known"


def test_files_beyond_the_allowed_folder_are_not_read() -> None:
    (run,) = read_as(SAMPLES, "asv", within=RESULTS / "vm")
    assert "no benchmarks.json beside the results" in run.warnings[0]


def test_a_result_of_older_code_is_left_out(tmp_path: Path) -> None:
    about = {"b.time_x": {"type": "time", "version": "2"}, "b.time_y": {"type": "time", "version": "2"}}
    run = beside(tmp_path, {"b.time_x": [[1.0], [], "1"], "b.time_y": [[1.0], [], "2"]}, about)
    assert [m.benchmark.name for m in run.measurements] == ["time_y"]
    assert run.left_out[0].reason == "its code changed since; asv shows such results no more"


def test_the_time_is_when_it_started_and_not_the_date_of_the_commit() -> None:
    (run,) = read(SAMPLES)
    assert run.when == datetime(2026, 11, 22, 13, 44, 38, 700000, UTC)
    assert one({"b.time_x": [[1.0], []]}, date=1795355042000).when is None


def test_commit_and_machine_are_read() -> None:
    (run,) = read(SAMPLES)
    assert (run.producer, run.commit, run.branch, run.dirty) == (
        "asv",
        "decaa3763be50f6066607b1f360b2206c07c78d1",
        None,
        None,
    )
    found = run.environment
    assert (found.cpu_model, found.cores) == ("Intel(R) Xeon(R) Processor", 2)
    assert (found.os, found.architecture, found.interpreter) == ("linux", "x86_64", None)


def test_requirements_and_variables_are_part_of_the_environment() -> None:
    row = {"b.time_x": [[1.0], []]}
    run = one(row, python="3.12", requirements={"numpy": "2.1", "six": ""}, env_vars={"OMP_NUM_THREADS": "1"})
    assert run.environment.libraries == {"numpy": "2.1"}
    assert run.environment.interpreter == "Python 3.12"
    assert "asv set environment variables: OMP_NUM_THREADS=1" in run.warnings


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (document({}), "no measurement: nothing in it"),
        (document({"b.time_x": [None, []]}), "no measurement: .*1 failure"),
        (document({}, version=1), r"version: found 1, allowed is 2\. Convert the results with `asv update`"),
        (document({"b.time_x": 3}), r"results\.b\.time_x: found 3, allowed is a list"),
        (document({"b.time_x": [[1.0]] * 9}), "9 values for 7 columns"),
        (document({"b.time_x": [[1.0], [["1", "2"]]]}), "1 results and 1 lists of samples for 2 combinations"),
        (document({"b.time_x": [[1.0], [["1"] * 1000] * 9]}), "combinations of parameters"),
        (document({"b.time_x": [["1"], []]}), r"results\.b\.time_x\.result\[0\]: found '1', allowed is a number"),
        (document({"b.time_x": [[1.0], [], "v", "then"]}), r"started_at: found 'then', allowed are milliseconds"),
        (document({"b.time_x": [[1.0], []]}, commit_hash=3), r"commit_hash: found 3, allowed is a text"),
        (document({"b.time_x": [[1.0], []]}, params=[]), r"params: found \[\], allowed is an object"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_place(text: str, problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem):
        read(text, "asv")
