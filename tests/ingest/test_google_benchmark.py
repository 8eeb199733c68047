"""Google Benchmark: repetitions are measurements, and nothing that only looks like one is."""

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dart_perf.errors import InvalidInput, UnknownUnit
from dart_perf.ingest import read
from dart_perf.model.measurement import Run

DATA = Path(__file__).with_name("data")


def table(run: Run) -> dict[str, tuple[str, tuple[float, ...]]]:
    return {m.key: (m.metric.unit, m.samples) for m in run.measurements}


def document(*rows: dict[str, Any], **context: Any) -> str:
    return json.dumps({"context": context, "benchmarks": rows})


def row(**fields: Any) -> dict[str, Any]:
    return {
        "name": "BM_X", "run_name": "BM_X", "run_type": "iteration", "repetition_index": 0, "iterations": 9,
        "real_time": 2.0, "cpu_time": 1.0, "time_unit": "us",
    } | fields  # fmt: skip


def test_only_repetitions_are_measurements() -> None:
    (run,) = read(DATA / "gbench_traps.json")
    us = 1e-6
    assert table(run) == {
        "BM_Step/8/threads:1 wall_time": ("s", (20.0 * us, 22.0 * us, 21.0 * us)),
        "BM_Step/8/threads:1 cpu_time": ("s", (10.0 * us, 11.0 * us, 10.5 * us)),
        "BM_Step/8/threads:1 items_per_second": ("1/s", (8e5, 8e5 + 1, 8e5 + 2)),
        "BM_Copy wall_time": ("s", (1.5e-3,)),
        "BM_Copy cpu_time": ("s", (1.25e-3,)),
        "BM_Copy bytes_per_second": ("B/s", (6.5e8,)),
        "BM_Copy allocations": ("1", (3.0,)),
        "BM_Copy peak_heap": ("B", (4096.0,)),
        "BM_Quick wall_time": ("s", (5.0 * 1e-9,)),
    }


def test_rates_are_better_higher_and_counts_exact() -> None:
    (run,) = read(DATA / "gbench_traps.json")
    metrics = {m.metric.name: m.metric for m in run.measurements}
    assert metrics["items_per_second"].better == metrics["bytes_per_second"].better == "higher"
    assert metrics["wall_time"].better == metrics["peak_heap"].better == "lower"
    assert metrics["allocations"].assumption == "exact"


def test_what_is_left_out_is_named_with_its_reason() -> None:
    (run,) = read(DATA / "gbench_traps.json")
    found = {item.what: item.reason for item in run.left_out}
    assert found["benchmarks[6] BM_Step/8/threads:1_cv"] == "cv of repetitions, computed and not measured"
    assert found["benchmarks[7] BM_Step_BigO"] == "a fit of complexity over several benchmarks, no repetition"
    assert found["benchmarks[9] BM_Broken"] == "it failed: 'no detector'; its time means nothing"
    assert found["benchmarks[11] BM_Skipped"] == "it was skipped: 'not here'; its time means nothing"
    assert found["benchmarks[13] BM_Quick cpu_time"] == "0: it failed, or was too short for the clock"
    assert "whether lower or higher is better" in found["BM_Step/8/threads:1 dofs"]
    assert run.warnings[-1] == (
        "left out as no measurement: 4 aggregate, 2 complexity, 1 counter, 2 error, 1 skipped, 1 value"
    )


def test_the_head_of_the_file_becomes_the_environment() -> None:
    (run,) = read(DATA / "gbench_traps.json")
    assert (run.producer, run.when) == ("google-benchmark v1.9.1", datetime(2026, 2, 3, 3, 5, 6, tzinfo=UTC))
    environment = run.environment
    assert (environment.cores, environment.build_type, environment.libraries) == (8, "release", {"benchmark": "v1.9.1"})
    assert environment.cpu_model is environment.os is environment.architecture is environment.interpreter is None


def test_repetitions_of_one_process_say_so() -> None:
    (run,) = read(DATA / "gbench_traps.json")
    assert run.measurements[0].processes == (0, 0, 0)
    assert "all repetitions of a benchmark come from one process: they are not independent" in run.warnings


def test_a_file_of_an_old_version_is_read() -> None:
    (run,) = read(DATA / "gbench_old.json")
    assert table(run)["fib_10 wall_time"] == ("s", (215.0 * 1e-9, 216.0 * 1e-9))
    assert table(run)["fib_20/threads:2 cpu_time"] == ("s", (54.0 * 1e-6,))
    assert len(run.left_out) == 4
    assert run.when is None
    texts = " ".join(run.warnings)
    for part in ("debug build", "frequency scaling", "has no time zone", "load average 9 on 4 cores", "with threads"):
        assert part in texts


def test_a_counter_of_a_repetition_may_have_the_name_of_a_fit() -> None:
    (run,) = read(document(row(rms=0.3)))
    assert set(table(run)) == {"BM_X wall_time", "BM_X cpu_time"}
    assert [entry.what for entry in run.left_out] == ["BM_X rms"]


def test_before_rows_said_what_they_are_a_name_may_end_in_max() -> None:
    old = {k: v for k, v in row().items() if k not in {"run_type", "run_name"}}
    (run,) = read(document(old | {"name": "BM_vector_max"}, old | {"name": "BM_X"}, old | {"name": "BM_X_max"}))
    assert {m.benchmark.name for m in run.measurements} == {"BM_vector_max", "BM_X"}
    assert [entry.what for entry in run.left_out] == ["benchmarks[2] BM_X_max"]


def test_means_are_no_samples() -> None:
    with pytest.raises(
        InvalidInput, match=r"no measurement: .*2 aggregate.*without --benchmark_report_aggregates_only"
    ):
        read(DATA / "gbench_aggregates_only.json")


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_rows_changes_nothing(seed: int) -> None:
    plain = json.loads((DATA / "gbench_traps.json").read_text())
    expected = table(read(DATA / "gbench_traps.json")[0])
    random.Random(seed).shuffle(plain["benchmarks"])
    assert table(read(json.dumps(plain))[0]) == expected


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([row(family_index=0), row(family_index=1, repetition_index=1)], "several benchmarks have this name"),
        ([row(), row(cpu_time=9.0)], "repetition 0 stands there 2 times"),
        ([row(run_type="warmup")], "run_type 'warmup' is not known"),
        ([{k: v for k, v in row().items() if k not in {"real_time", "cpu_time"}}], "neither a time nor a rate"),
        ([row(real_time=-1.0, cpu_time=-2.0)], "-1.0 is negative"),
        ([row(real_time=float("nan"), cpu_time=float("inf"))], "nan is not finite"),
        ([row(real_time=0, cpu_time=0)], "0: it failed, or was too short"),
    ],
)
def test_what_nobody_can_attribute_is_left_out(rows: list[dict[str, Any]], reason: str) -> None:
    good = row(name="BM_Good", run_name="BM_Good")
    (run,) = read(document(good, *rows))
    assert {m.benchmark.name for m in run.measurements} == {"BM_Good"}
    assert any(reason in item.reason for item in run.left_out)
    with pytest.raises(InvalidInput, match="no measurement"):
        read(document(*rows))


def test_a_counter_that_repeats_a_key_makes_its_row_ambiguous() -> None:
    text = document(row(name="BM_Good", run_name="BM_Good"), row()).replace(
        '"real_time": 2.0, "cpu_time": 1.0, "time_unit": "us"}]', '"real_time": 2.0, "real_time": 3.0}]'
    )
    (run,) = read(text)
    assert [(item.what, item.reason[:35]) for item in run.left_out] == [
        ("benchmarks[1] BM_X", "the key 'real_time' stands there tw")
    ]


def test_repetitions_in_different_units_are_one_series() -> None:
    (run,) = read(document(row(real_time=2000.0, time_unit="ns"), row(repetition_index=1)))
    assert table(run)["BM_X wall_time"][1] == pytest.approx((2e-6, 2e-6))


def test_a_huge_file_names_some_and_counts_all() -> None:
    rows = [row(name=f"BM_{i}_mean", run_name=f"BM_{i}", run_type="aggregate") for i in range(500)]
    (run,) = read(document(row(), *rows))
    assert (len(run.left_out), run.left_out_unnamed, run.left_out_count) == (200, 300, 500)
    assert run.warnings[-1] == "left out as no measurement: 500 aggregate; the first 200 are named"


WRONG: list[tuple[Callable[[], str], str]] = [
    (lambda: '{"context": {}, "benchmarks": []}', "no measurement: no rows"),
    (lambda: '{"context": {}, "benchmarks": 3}', "allowed is an object with the lists"),
    (lambda: '{"context": 3, "benchmarks": []}', "context: found 3, allowed is an object"),
    (lambda: '{"context": {}, "benchmarks": [[]]}', r"benchmarks\[0\]: found \[\], allowed is an object"),
    (lambda: document(row(run_name=None)), r"benchmarks\[0\]\.name: found None, allowed is the benchmark's name"),
    (lambda: document(row(real_time="2")), r"benchmarks\[0\]\.real_time: found '2', allowed is a number"),
    (lambda: document(row(time_unit="fortnight")), r"benchmarks\[0\]\.time_unit: unit 'fortnight' is not known"),
    (lambda: document(row(time_unit="MB")), r"benchmarks\[0\]\.time_unit: found 'MB', allowed are 'ns'"),
    (lambda: document(row(time_unit=9)), r"benchmarks\[0\]\.time_unit: found 9"),
    (lambda: document(row(repetition_index=[1])), r"\[0\]\.repetition_index: found \[1\], allowed is an integer"),
    (lambda: document(row(), num_cpus="many"), r"context\.num_cpus: found 'many', allowed is the number of cores"),
    (lambda: document(row(), library_build_type=1), r"context\.library_build_type: found 1, allowed is a string"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "problem"), WRONG)
def test_what_is_wrong_is_named_with_its_place(text: Callable[[], str], problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem):
        read(text(), "google-benchmark")


def test_an_unknown_time_unit_is_an_unknown_unit() -> None:
    with pytest.raises(UnknownUnit):
        read(document(row(time_unit="fortnight")))


@pytest.mark.parametrize("name", ["BM_a\nREGRESSION_DETECTED: x", "BM_\x1b[31m", "BM_" + "x" * 400])
def test_a_name_that_no_record_takes_is_refused_with_its_place(name: str) -> None:
    row = {
        "name": name, "run_name": name, "run_type": "iteration", "repetitions": 1, "repetition_index": 0,
        "threads": 1, "iterations": 10, "real_time": 1.0, "cpu_time": 1.0, "time_unit": "ns",
    }  # fmt: skip
    with pytest.raises(InvalidInput, match="Mend the document"):
        read(json.dumps({"context": {"num_cpus": 2}, "benchmarks": [row]}))
