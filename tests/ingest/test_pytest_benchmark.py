"""pytest-benchmark: rounds are samples, and statistics of them are none."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dart_perf.errors import InvalidInput
from dart_perf.ingest import read
from dart_perf.model.measurement import Run

DATA = Path(__file__).with_name("data")


def row(name: str = "test_x", **fields: Any) -> dict[str, Any]:
    return {
        "group": None, "name": name, "fullname": f"bench.py::{name}", "extra_info": {},
        "options": {"timer": "perf_counter"}, "stats": {"rounds": 2, "data": [2e-6, 3e-6], "iterations": 5},
    } | fields  # fmt: skip


def document(*rows: Any, **fields: Any) -> str:
    return json.dumps({"machine_info": {}, "commit_info": {}, "benchmarks": rows} | fields)


def one(*rows: Any, **fields: Any) -> Run:
    (run,) = read(document(*rows, **fields))
    return run


def test_the_rounds_of_a_real_file_are_read() -> None:
    (run,) = read(DATA / "pytest_benchmark.json")
    assert [(m.key, m.metric.unit, m.metric.better, len(m.samples)) for m in run.measurements] == [
        ("test_sort.py/test_sort[100] wall_time", "s", "lower", 31),
        ("test_sort.py/test_sort[1000] wall_time", "s", "lower", 59),
        ("test_sort.py::TestJoin/test_join wall_time", "s", "lower", 5),
        ("test_sort.py/test_cpu_clock cpu_time", "s", "lower", 5),
    ]
    assert run.measurements[0].samples[0] == 7.385999197140336e-07
    assert run.measurements[3].benchmark.group == "cpu"
    assert (run.producer, run.when) == ("pytest-benchmark 5.3.1", datetime(2026, 11, 22, 13, 34, 42, 373387, UTC))
    assert (run.commit, run.branch, run.dirty) == ("812ecdfe664647d2bb95a8b516cd0b16d3b20f31", "master", False)


def test_the_machine_becomes_the_environment() -> None:
    (run,) = read(DATA / "pytest_benchmark.json")
    found = run.environment
    assert (found.cpu_model, found.cores) == ("Intel(R) Xeon(R) Processor", 2)
    assert (found.os, found.architecture, found.interpreter) == ("linux", "x86_64", "CPython 3.11")
    old = one(row(), machine_info={"cpu": {"brand": "Intel i7"}}).environment
    assert (old.cpu_model, old.cores, old.os) == ("Intel i7", None, None)


def test_rounds_are_already_divided_by_their_iterations() -> None:
    assert one(row()).measurements[0].samples == (2e-6, 3e-6)


def test_operations_a_second_are_computed_and_no_metric() -> None:
    run = one(row(stats={"data": [2.0], "ops": 0.5, "mean": 2.0, "min": 2.0}))
    assert [m.metric.name for m in run.measurements] == ["wall_time"]


def test_rounds_of_one_process_say_so() -> None:
    run = one(row())
    assert run.measurements[0].processes == (0, 0)
    assert "all rounds of a benchmark come from one process: they are not independent" in run.warnings


def test_statistics_alone_are_refused_with_the_option_that_keeps_the_rounds() -> None:
    with pytest.raises(InvalidInput, match=r"no measurement: .*2 statistics.*--benchmark-save-data"):
        read(DATA / "pytest_benchmark_stats_only.json")


def test_a_benchmark_with_statistics_alone_is_left_out_among_others() -> None:
    run = one(row(), row("test_y", stats={"mean": 2.0}), row("test_z", stats=None))
    assert [(item.what, item.reason) for item in run.left_out] == [
        ("benchmarks[1] bench.py/test_y", "its rounds were not saved, only statistics of them"),
        ("benchmarks[2] bench.py/test_z", "its rounds were not saved, only statistics of them"),
    ]


@pytest.mark.parametrize("commit", ["unversioned", "unknown", None, ""])
def test_outside_a_repository_neither_commit_nor_dirty_is_known(commit: str | None) -> None:
    run = one(row(), commit_info={"id": commit, "dirty": False, "branch": "(unknown)"})
    assert (run.commit, run.branch, run.dirty) == (None, None, None)


def test_a_detached_head_is_no_branch() -> None:
    run = one(row(), commit_info={"id": "a" * 40, "dirty": True, "branch": "(detached head)"})
    assert (run.commit, run.branch, run.dirty) == ("a" * 40, None, True)


@pytest.mark.parametrize(
    ("timer", "metric", "first"),
    [
        ("time", "wall_time", 2e-6),
        ("perf_counter_ns", "wall_time", 2e-15),
        ("process_time", "cpu_time", 2e-6),
        ("thread_time_ns", "cpu_time", 2e-15),
    ],
)
def test_the_clock_says_what_is_measured_and_in_which_unit(timer: str, metric: str, first: float) -> None:
    (found,) = one(row(options={"timer": timer})).measurements
    assert found.metric.name == metric
    assert found.samples[0] == pytest.approx(first)


@pytest.mark.parametrize("timer", ["count_instructions", None])
def test_what_a_clock_of_the_users_counts_nobody_knows(timer: str | None) -> None:
    run = one(row(), row("test_y", options={"timer": timer}))
    assert [item.reason for item in run.left_out] == [
        f"its timer {timer or ''!r} is not known: what it counts, nobody knows"
    ]


def test_numbers_among_the_extra_information_have_no_direction() -> None:
    run = one(row(extra_info={"size": 3, "note": "x", "flag": True}))
    assert [item.what for item in run.left_out] == ["benchmarks[0] bench.py/test_x extra_info.size"]


def test_the_parameters_of_a_test_are_its_name_because_their_values_may_not_repeat() -> None:
    run = one(row("test_x[a]", params={"o": "UNSERIALIZABLE[<object at 0x7f00>]"}), row("test_x[b]"))
    assert [m.key for m in run.measurements] == ["bench.py/test_x[a] wall_time", "bench.py/test_x[b] wall_time"]


def test_tests_that_share_a_name_are_left_out() -> None:
    run = one(row(), row("test_y"), row("test_y"))
    assert [m.key for m in run.measurements] == ["bench.py/test_x wall_time"]
    assert "2 values have this name" in run.left_out[0].reason


def test_missing_rounds_are_said() -> None:
    run = one(row(stats={"rounds": 9, "data": [1.0]}))
    assert "benchmarks[0].stats.rounds is 9, but 1 rounds stand there" in run.warnings


def test_a_time_without_zone_is_open() -> None:
    run = one(row(), datetime="2015-06-05T23:05:05")
    assert run.when is None
    assert any("has no time zone" in text for text in run.warnings)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (document(), "no measurement: nothing in it"),
        (document(7), r"benchmarks\[0\]: found 7, allowed is an object"),
        (document(row(stats={"data": "x"})), r"benchmarks\[0\]\.stats\.data: found 'x', allowed is a list"),
        (document(row(stats={"data": ["..."]})), r"stats\.data: found '\.\.\.', allowed is a number"),
        (document(row("", fullname=None)), r"benchmarks\[0\]\.name: found '', allowed is the"),
        (document(row(), machine_info=[]), r"machine_info: found \[\], allowed is an object"),
        (document(row(), machine_info={"cpu": {"count": 0}}), r"cpu\.count: found 0, allowed is the number of cores"),
        (document(row(), machine_info={"system": "x" * 400}), r"machine_info\.system: .* at most 300 characters"),
        (document(row(), commit_info={"id": "a" * 40, "dirty": 1}), r"dirty: found 1, allowed are true and false"),
        (document(row()).replace('"options"', '"stats": {}, "options"'), "the key 'stats' stands there twice"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(text: str, problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem):
        read(text)
