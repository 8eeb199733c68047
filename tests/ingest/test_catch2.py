"""Catch2: means are all there is, and a benchmark that failed has none."""

from pathlib import Path

import pytest

from dart_perf.errors import InvalidInput
from dart_perf.ingest import read

DATA = Path(__file__).with_name("data")
MEAN = "each value is the mean that Catch2 computed: the XML holds no repetitions, so nothing is known of their spread"


def report(*inside: str, success: str = "true") -> str:
    result = f'<OverallResult success="{success}"/>'
    return f'<Catch2TestRun name="t"><TestCase name="c">{"".join(inside)}{result}</TestCase></Catch2TestRun>'


def bench(name: str = "b", inside: str = '<mean value="12.5"/>') -> str:
    return f'<BenchmarkResults name="{name}">{inside}</BenchmarkResults>'


def test_a_mean_in_nanoseconds_is_the_one_sample_and_that_is_said() -> None:
    (run,) = read(DATA / "catch2_3.xml")
    assert [(m.key, m.metric.unit, m.samples) for m in run.measurements] == [
        ("sums/accumulate 200 wall_time", "s", (232.112 * 1e-9,)),
        ("sums/inner/most/accumulate 200 wall_time", "s", (1.5e6 * 1e-9,)),
    ]
    assert run.producer == "catch2 3.8.0"
    assert run.warnings == (MEAN,)


def test_version_2_keeps_its_cases_in_a_group() -> None:
    (run,) = read(DATA / "catch2_2.xml")
    assert run.producer == "catch2 2"
    assert [m.key for m in run.measurements] == ["sums/small/accumulate wall_time", "sums/large/accumulate wall_time"]


def test_what_failed_has_no_time() -> None:
    (run,) = read(DATA / "catch2_2.xml")
    reasons = {item.what: item.reason for item in run.left_out}
    assert reasons["throws/broken"] == "it failed: 'no detector'"
    assert reasons["fails/accumulate 100"].startswith("its test case failed")
    (run,) = read(report(bench("good"), bench("broken", '<failed message="x"/>'), bench("empty", "")))
    assert [(item.what, item.reason) for item in run.left_out] == [
        ("c/broken", "it failed: 'x'"),
        ("c/empty", "it has no mean"),
    ]


def test_a_failure_that_stands_alone_is_named() -> None:
    (run,) = read(report(bench("good"), '<Section name="s"><failed message="no &lt;gpu>"/></Section>'))
    assert [(item.what, item.reason) for item in run.left_out] == [("TestCase c/s", "a benchmark failed: 'no <gpu>'")]


def test_a_test_without_benchmarks_is_named() -> None:
    (run,) = read(DATA / "catch2_2.xml")
    assert {item.what: item.reason for item in run.left_out}["TestCase plain"] == "it holds no benchmark"


def test_a_benchmark_that_sections_run_again_is_nobodys() -> None:
    (run,) = read(DATA / "catch2_2.xml")
    reasons = {item.what: item.reason for item in run.left_out}
    assert reasons["sums/accumulate 200 wall_time"].startswith("2 values have this name")


def test_sections_may_be_nested_deeply() -> None:
    deep = '<Section name="s">' * 2000 + "</Section>" * 2000
    (run,) = read(report(bench(), deep))
    assert len(run.measurements) == 1


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (report(), "no measurement: left out as no measurement: 1 test. Look whether .* --skip-benchmarks was given"),
        (report(bench(), success="false"), "no measurement: left out as no measurement: 1 failed"),
        (report(bench(inside='<mean value="fast"/>')), "BenchmarkResults b mean: found 'fast', allowed is a number"),
        (report(bench(inside="<mean/>")), "BenchmarkResults b mean: found ''"),
        (report(bench("")), "BenchmarkResults : found '', allowed is the benchmark's name"),
        (report(bench())[:-20], "not XML"),
        ('<Catch name="t"><Group><TestCase name="c"></TestCase></Group></Catch>', "TestCase c: it has no result"),
        ("<other/>", "found <'other'>, allowed are <Catch> and <Catch2TestRun>"),
        ("nothing", "not XML"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(text: str, problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem):
        read(text, "catch2")


@pytest.mark.parametrize("value", ["nan", "inf", "0", "-3"])
def test_a_mean_that_is_none_is_left_out(value: str) -> None:
    (run,) = read(report(bench("good"), bench(inside=f'<mean value="{value}"/>')))
    assert [m.benchmark.name for m in run.measurements] == ["good"]
    assert len(run.left_out) == 1
