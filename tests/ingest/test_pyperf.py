"""pyperf: values are samples of the process they came from; calibration and warm-ups are none."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from dart_perf.errors import InvalidInput
from dart_perf.ingest import read
from dart_perf.model.measurement import Run

DATA = Path(__file__).with_name("data")


def benchmark(name: str = "sort", *runs: Any, **metadata: Any) -> dict[str, Any]:
    return {"metadata": {"name": name} | metadata, "runs": runs or [{"values": [1.0, 2.0]}]}


def document(*benchmarks: Any, **metadata: Any) -> str:
    return json.dumps({"version": "1.0", "metadata": metadata, "benchmarks": benchmarks})


def one(*benchmarks: Any, **metadata: Any) -> Run:
    (run,) = read(document(*benchmarks, **metadata), "pyperf")
    return run


def test_the_values_of_a_real_file_are_read() -> None:
    (run,) = read(DATA / "pyperf.json")
    (found,) = run.measurements
    assert (found.key, found.metric.unit, found.metric.better) == ("sort100 wall_time", "s", "lower")
    assert found.samples[:4] == (
        1.1275925140274978e-06, 1.122298751821127e-06, 1.2314752120823336e-06, 1.2454656753424498e-06,
    )  # fmt: skip
    assert run.producer == "pyperf 2.10.0"


def test_a_calibration_run_has_no_values_and_is_left_out() -> None:
    (run,) = read(DATA / "pyperf.json")
    assert [(i.what, i.reason) for i in run.left_out if "calibration" in i.reason] == [
        ("benchmarks[0].runs[0] sort100", "a calibration run, which has no values")
    ]


def test_warm_ups_are_no_values() -> None:
    (run,) = read(DATA / "pyperf.json")
    assert len(run.measurements[0].samples) == 9
    assert run.warnings[-1] == "left out as no measurement: 1 calibration, 3 warm-up"
    assert run.left_out[1].what == "benchmarks[0].runs[1].warmups sort100"


def test_values_say_which_process_they_came_from() -> None:
    (run,) = read(DATA / "pyperf.json")
    assert run.measurements[0].processes == (1, 1, 1, 2, 2, 2, 3, 3, 3)


def test_bytes_are_no_seconds() -> None:
    (run,) = read(DATA / "pyperf_memory.json")
    (found,) = run.measurements
    assert (found.metric.name, found.metric.unit, found.metric.better) == ("peak_memory", "B", "lower")
    assert found.samples == (13225984.0, 13193216.0)


def test_an_integer_has_no_direction() -> None:
    run = one(benchmark(), benchmark("count", unit="integer"))
    assert [m.benchmark.name for m in run.measurements] == ["sort"]
    assert run.left_out[0].reason == "it does not say whether lower or higher is better"


def test_the_machine_becomes_the_environment() -> None:
    found = read(DATA / "pyperf.json")[0].environment
    assert (found.cpu_model, found.cores) == ("Intel(R) Xeon(R) Processor", 2)
    assert (found.os, found.architecture, found.interpreter) == ("linux", "x86_64", "CPython 3.11")


@pytest.mark.parametrize(
    ("platform", "system", "architecture"),
    [
        ("macOS-14.5-arm64-arm-64bit", "darwin", "arm64"),
        ("Windows-10-10.0.19045-SP0", "windows", None),
        ("Linux-4.4.0-aarch64-with-glibc2.31", "linux", "aarch64"),
        (None, None, None),
    ],
)
def test_the_platform_is_spelled_as_elsewhere(platform: str | None, system: str, architecture: str | None) -> None:
    found = one(benchmark(platform=platform)).environment
    assert (found.os, found.architecture) == (system, architecture)


def test_machines_that_differ_between_benchmarks_are_left_open() -> None:
    run = one(benchmark("a", cpu_count=2, cpu_model_name="X"), benchmark("b", cpu_count=4, cpu_model_name="X"))
    assert (run.environment.cores, run.environment.cpu_model) == (None, "X")


def test_a_time_without_zone_is_open() -> None:
    (run,) = read(DATA / "pyperf.json")
    assert run.when is None
    assert "has no time zone or is no date: when it was measured is open" in run.warnings[0]


def test_what_all_benchmarks_share_may_stand_at_the_top_or_in_each() -> None:
    top = one({"runs": [{"values": [1.0]}]}, name="x", unit="byte")
    each = one(benchmark("x", {"values": [1.0], "metadata": {"unit": "byte"}}))
    assert top.measurements == each.measurements


def test_gzip_as_pyperf_writes_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "bench.json.gz"
    path.write_bytes(gzip.compress((DATA / "pyperf.json").read_bytes()))
    assert read(path) == read(DATA / "pyperf.json")


def test_benchmarks_that_share_a_name_are_left_out() -> None:
    run = one(benchmark("a"), benchmark("b"), benchmark("b"))
    assert [m.benchmark.name for m in run.measurements] == ["a"]
    assert "2 values have this name" in run.left_out[0].reason


def test_a_value_that_is_none_is_left_out_by_its_place() -> None:
    run = one(benchmark("a", {"values": [1.0]}, {"values": [2.0, float("inf"), 3.0]}))
    assert run.left_out[0].what == "benchmarks[0].runs[1].values[1] a"
    assert run.measurements[0].samples == (1.0, 2.0, 3.0)
    assert run.measurements[0].processes == (0, 1, 1)


def test_every_value_that_is_none_has_the_place_of_its_own_run() -> None:
    bad = float("inf")
    calibration = {"metadata": {"calibrate_loops": 4}}
    runs = ({"values": [bad, 1.0]}, calibration, {"values": [2.0, bad, bad]}, calibration, {"values": [bad]})
    places = [left.what for left in one(benchmark("a", *runs)).left_out if ".values[" in left.what]
    assert places == [f"benchmarks[0].runs[{i}].values[{k}] a" for i, k in ((0, 0), (2, 1), (2, 2), (4, 0))]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (document(), "no measurement: nothing in it"),
        (document(benchmark("a", {"warmups": [[1, 2.0]]})), "no measurement: .*1 calibration"),
        (document(benchmark("a", {"values": 3})), r"benchmarks\[0\]\.runs\[0\]\.values: found 3, allowed is a list"),
        (document(benchmark("a", {"values": ["3"]})), r"runs\[0\]\.values\[0\]: found '3', allowed is a number"),
        (document(benchmark("a", unit="fortnight")), r"metadata\.unit: found 'fortnight', allowed are second, byte"),
        (document(benchmark("")), r"benchmarks\[0\]\.metadata\.name: found '', allowed is the benchmark's name"),
        (document({"runs": [{"values": [1.0]}]}), r"metadata\.name: found None"),
        (document(benchmark()).replace('"1.0"', "6"), r"version: found 6, allowed is '1\.0'.*pyperf convert"),
        (document(benchmark(), cpu_count="2"), r"metadata\.cpu_count: found '2', allowed is the number of cores"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(text: str, problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem):
        read(text, "pyperf")
