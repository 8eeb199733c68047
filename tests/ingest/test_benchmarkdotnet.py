"""BenchmarkDotNet: only the workload's results are repetitions, in ns an operation."""

import json
from pathlib import Path
from typing import Any

import pytest

from dart_perf.errors import InvalidInput
from dart_perf.ingest import read
from dart_perf.model.measurement import Run

DATA = Path(__file__).with_name("data")
NS = 1e-9


def took(nanoseconds: Any, mode: str = "Workload", stage: str = "Result", launch: Any = 1, operations: Any = 2) -> Any:
    return {
        "IterationMode": mode, "IterationStage": stage, "LaunchIndex": launch, "IterationIndex": 1,
        "Operations": operations, "Nanoseconds": nanoseconds,
    }  # fmt: skip


def row(*measurements: Any, **more: Any) -> dict[str, Any]:
    return {
        "DisplayInfo": "Sort.Quick: DefaultJob", "Namespace": "Bench", "Type": "Sort", "Method": "Quick",
        "Parameters": "", "Statistics": {"OriginalValues": [7.0, 8.0]}, "Measurements": list(measurements),
    } | more  # fmt: skip


def one(*rows: Any, **host: Any) -> Run:
    (run,) = read(json.dumps({"Title": "t", "HostEnvironmentInfo": host, "Benchmarks": rows}), "auto")
    return run


def metrics(run: Run) -> dict[str, tuple[str, str, tuple[float, ...]]]:
    return {m.metric.name: (m.metric.unit, m.metric.better, m.samples) for m in run.measurements}


def test_only_the_results_of_the_workload_are_repetitions() -> None:
    run = one(
        row(
            took(1.0, "Overhead", "Jitting"), took(1.0, stage="Jitting"), took(1.0, stage="Pilot"),
            took(1.0, "Overhead", "Warmup"), took(1.0, stage="Warmup"), took(1.0, "Overhead", "Actual"),
            took(11.0, stage="Actual"), took(13.0, stage="Actual"), took(99.0, stage="Actual"),
            took(10.0), took(12.0, launch=2), took(5.0, "New", "Thing"),
        )
    )  # fmt: skip
    assert metrics(run) == {"wall_time": ("s", "lower", (5 * NS, 6 * NS))}
    assert run.measurements[0].processes == (1, 2)
    reasons = {item.what.removeprefix("Benchmarks[0].Measurements "): item.reason for item in run.left_out}
    assert reasons["1 x Overhead Warmup Bench.Sort/Quick"] == "the harness itself was measured"
    assert reasons["1 x Workload Warmup Bench.Sort/Quick"] == "warm-up"
    assert reasons["3 x Workload Actual Bench.Sort/Quick"].startswith("it stands again as a result")
    assert reasons["1 x New Thing Bench.Sort/Quick"].startswith("known are Workload and Overhead")
    assert len(reasons) == 8
    assert run.warnings[0] == "Bench.Sort/Quick: BenchmarkDotNet removed 1 outliers before it wrote the results"


def test_without_results_the_original_values_are_the_repetitions() -> None:
    (run,) = read(DATA / "benchmarkdotnet.json")
    assert [(m.key, len(m.samples), m.processes) for m in run.measurements] == [
        ("Sample.Benchmarks/Fib10 wall_time", 14, ()),
        ("Sample.Benchmarks/Fib20 wall_time", 13, ()),
    ]
    assert run.measurements[0].samples[0] == 24.805462032556534 * NS
    brief = row()
    del brief["Measurements"]
    assert metrics(one(brief)) == {"wall_time": ("s", "lower", (7 * NS, 8 * NS))}


def test_means_alone_are_no_samples_and_a_failed_benchmark_has_none() -> None:
    means = row(Method="Means", Statistics={"Mean": 7.0, "ConfidenceInterval": {"Level": 12}})
    run = one(row(), means, row(Method="Broken", Statistics=None))
    assert [m.benchmark.name for m in run.measurements] == ["Quick"]
    assert [(item.what, item.reason.split(":")[0]) for item in run.left_out] == [
        ("Benchmarks[1] Bench.Sort/Means", "only statistics of its times were exported"),
        ("Benchmarks[2] Bench.Sort/Broken", "it has no statistics"),
    ]
    with pytest.raises(InvalidInput, match="means alone are no samples: use the full JSON exporter"):
        one(means)


@pytest.mark.parametrize("level", [12, 0.999, "L999", None])
def test_the_level_of_an_interval_may_be_a_number_or_an_enum(level: Any) -> None:
    statistics = {"OriginalValues": [7.0], "ConfidenceInterval": {"Level": level}}
    assert metrics(one(row(Statistics=statistics))) == {"wall_time": ("s", "lower", (7 * NS,))}


def test_what_an_operation_allocates_is_a_metric() -> None:
    run = one(row(Memory={"Gen0Collections": 3, "TotalOperations": 9, "BytesAllocatedPerOperation": 64}))
    assert metrics(run)["allocated_bytes"] == ("B", "lower", (64.0,))
    assert list(metrics(one(row(Memory={"BytesAllocatedPerOperation": None})))) == ["wall_time"]


def test_metrics_of_diagnosers_say_their_own_direction() -> None:
    def metric(name: str, unit: str, greater: Any, value: Any = 3.0) -> dict[str, Any]:
        return {"Value": value, "Descriptor": {"Id": name, "Unit": unit, "TheGreaterTheBetter": greater}}

    found = [
        metric("Allocated Memory", "B", False), metric("Gen0Collects", "Count", False), metric("Hits", "", True),
        metric("Load", "workers", False), metric("Odd", "Count", None), metric("Empty", "Count", True, None),
    ]  # fmt: skip
    run = one(row(Memory={"BytesAllocatedPerOperation": 64}, Metrics=found))
    assert metrics(run) == {
        "wall_time": ("s", "lower", (7 * NS, 8 * NS)),
        "allocated_bytes": ("B", "lower", (64.0,)),
        "Gen0Collects": ("1", "lower", (3.0,)),
        "Hits": ("1", "higher", (3.0,)),
        "Load [workers]": ("1", "lower", (3.0,)),
    }
    assert [item.what for item in run.left_out] == [
        "Benchmarks[0].Metrics[4] Bench.Sort/Quick", "Benchmarks[0].Metrics[5] Bench.Sort/Quick",
    ]  # fmt: skip
    assert metrics(one(row(Metrics=found[:1])))["Allocated Memory"] == ("B", "lower", (3.0,))


@pytest.mark.parametrize(
    ("parameters", "shown", "label"),
    [
        ("N=8&Kind=a", "Sort.Quick: DefaultJob [N=8, Kind=a]", "Bench.Sort/Quick{Kind=a,N=8}"),
        ("N=8&9", "", 'Bench.Sort/Quick{parameters="N=8&9"}'),
        ("N=1&N=2", "", 'Bench.Sort/Quick{parameters="N=1&N=2"}'),
        ("", "Sort.Quick: Job-AXQRFB(Runtime=.NET 8.0) [N=8]", 'Bench.Sort/Quick{job="Runtime=.NET 8.0"}'),
        ("", "Sort.Quick: ShortRun", "Bench.Sort/Quick{job=ShortRun}"),
        ("T=a: b", "Sort.Quick: DefaultJob [T=a: b]", "Bench.Sort/Quick{T=a: b}"),
        ("T=x [y", "Sort.Quick: Job-A(Runtime=9) [T=x [y]", 'Bench.Sort/Quick{T=x [y,job="Runtime=9"}'),
    ],
)  # fmt: skip
def test_parameters_and_the_job_are_part_of_the_identity(parameters: str, shown: str, label: str) -> None:
    (found,) = one(row(Parameters=parameters, DisplayInfo=shown)).measurements
    assert found.benchmark.label == label


def test_jobs_stay_apart_whatever_their_parameters_hold() -> None:
    shown = [f"Sort.Quick: Job-{i}(Runtime=.NET {i}) [Url=http: //x]" for i in (8, 9)]
    run = one(*(row(Parameters="Url=http: //x", DisplayInfo=text) for text in shown))
    assert [m.benchmark.params["job"] for m in run.measurements] == ["Runtime=.NET 8", "Runtime=.NET 9"]


def test_what_diagnosers_say_of_a_failure_is_no_measurement() -> None:
    failed = row(Method="Broken", Statistics=None, Memory={"BytesAllocatedPerOperation": 0}, Metrics=[])
    run = one(row(Memory={"BytesAllocatedPerOperation": 64}), failed)
    assert {m.benchmark.name for m in run.measurements} == {"Quick"}
    assert "it failed, and what is said of its memory means nothing" in run.left_out[-1].reason


def test_the_host_becomes_the_environment() -> None:
    (run,) = read(DATA / "benchmarkdotnet.json")
    place = run.environment
    assert run.producer == "BenchmarkDotNet 0.12.1"
    assert (place.cpu_model, place.cores) == ("Intel Core i7-7820HQ CPU 2.90GHz (Kaby Lake)", 8)
    assert (place.architecture, place.build_type) == ("X64", "RELEASE")
    assert place.os == "macOS Catalina 10.15.4 (19E287) [Darwin 19.4.0]"
    assert place.interpreter == ".NET Core 3.0.0 (CoreCLR 4.700.19.46205, CoreFX 4.700.19.46214)"
    assert (run.when, run.commit, run.version) == (None, None, None)


def test_a_debugger_and_a_debug_build_are_said() -> None:
    said = one(row(), HasAttachedDebugger=True, Configuration="DEBUG").warnings
    assert [text.partition(":")[0] for text in said] == ["a debugger was attached", "a debug build was measured"]


@pytest.mark.parametrize(
    ("benchmarks", "problem"),
    [
        ([], "no measurement: nothing in it"),
        (3, "Benchmarks: found 3, allowed is a list"),
        ([3], r"Benchmarks\[0\]: found 3, allowed is an object"),
        ([row(Method=None)], r"Benchmarks\[0\]\.Method: found None, allowed is the method's name"),
        ([row(took("1"))], r"Measurements\[0\]\.Nanoseconds: found '1', allowed is a number"),
        ([row(took(1.0, operations=None))], r"Measurements\[0\]\.Operations: found None"),
        ([row(took(1.0, launch=-1))], r"Measurements\[0\]\.LaunchIndex: found -1"),
        ([row(Statistics={"OriginalValues": ["7"]})], r"Statistics\.OriginalValues: found '7', allowed is a number"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(benchmarks: Any, problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem):
        read(json.dumps({"HostEnvironmentInfo": {}, "Benchmarks": benchmarks}), "benchmarkdotnet")


def test_operations_that_are_none_leave_the_repetition_out() -> None:
    run = one(row(took(1.0, operations=0), took(4.0)))
    assert metrics(run) == {"wall_time": ("s", "lower", (2 * NS,))}
    assert run.left_out[0].reason == "1.0 ns in 0 operations"
