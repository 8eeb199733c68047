"""JMH: the mode says what is better, a fork is a process, and NaN is a text."""

import json
from pathlib import Path
from typing import Any

import pytest

from dart_perf.errors import InvalidInput, UnknownUnit
from dart_perf.ingest import read
from dart_perf.model.measurement import Run

DATA = Path(__file__).with_name("data")


def score(raw: Any = ((1.0, 2.0), (3.0,)), unit: Any = "us/op", **more: Any) -> dict[str, Any]:
    return {
        "score": 2.0,
        "scoreError": "NaN",
        "scoreConfidence": ["NaN", "NaN"],
        "scoreUnit": unit,
        "rawData": raw,
    } | more


def row(mode: str = "avgt", primary: Any = None, **more: Any) -> dict[str, Any]:
    return {"jmhVersion": "1.37", "benchmark": "org.x.Sort.quick", "mode": mode, "threads": 1, "forks": 2} | {
        "primaryMetric": primary or score(unit="ops/ms" if mode == "thrpt" else "us/op"), "secondaryMetrics": {},
    } | more  # fmt: skip


def one(*rows: Any) -> Run:
    (run,) = read(json.dumps(rows), "jmh")
    return run


@pytest.mark.parametrize(
    ("mode", "metric", "better", "samples"),
    [
        ("thrpt", "throughput", "higher", (1e3, 2e3, 3e3)),
        ("avgt", "wall_time", "lower", (1e-6, 2e-6, 3e-6)),
        ("ss", "single_shot_time", "lower", (1e-6, 2e-6, 3e-6)),
    ],
)
def test_the_mode_says_which_way_is_better(mode: str, metric: str, better: str, samples: tuple[float, ...]) -> None:
    (found,) = one(row(mode)).measurements
    assert (found.metric.name, found.metric.better) == (metric, better)
    assert found.samples == pytest.approx(samples)


def test_a_unit_that_contradicts_the_mode_is_refused() -> None:
    with pytest.raises(UnknownUnit, match="is better lower, but the source says better = 'higher'"):
        one(row("thrpt", score(unit="us/op")))


def test_a_fork_is_a_process() -> None:
    run = one(row())
    assert run.measurements[0].processes == (0, 0, 1)
    assert run.warnings == ()
    assert one(row(primary=score([[1.0, 2.0]]))).warnings == (
        "all iterations of a benchmark come from one fork: they are not independent",
    )


def test_a_histogram_of_single_calls_gives_the_mean_of_each_iteration() -> None:
    primary = {"scoreUnit": "us/op", "rawDataHistogram": [[[[1.0, 3], [5.0, 1]], [[4.0, 2]]], [[[6.0, 1]]]]}
    run = one(row("sample", primary))
    assert run.measurements[0].metric.name == "sampled_time"
    assert run.measurements[0].samples == pytest.approx((2e-6, 4e-6, 6e-6))
    assert run.measurements[0].processes == (0, 0, 1)
    assert "each value is the mean of one iteration" in run.warnings[0]


@pytest.mark.parametrize("pairs", [[], [[1.0, 0]], [[10**400, 1]], [[1.0, 10**400]], [[1e308, 1e308]]])
def test_a_histogram_without_a_mean_is_left_out(pairs: Any) -> None:
    primary = {"scoreUnit": "us/op", "rawDataHistogram": [[pairs, [[4.0, 2]]]]}
    run = one(row("sample", primary))
    assert run.measurements[0].samples == pytest.approx((4e-6,))
    assert len(run.left_out) == 1


def test_a_score_error_that_is_the_text_nan_disturbs_nothing() -> None:
    assert len(one(row()).measurements[0].samples) == 3


@pytest.mark.parametrize("value", ["NaN", "+INF", "-INF", 0.0, -1.0])
def test_a_value_that_is_none_is_left_out_and_keeps_the_others_at_their_forks(value: Any) -> None:
    run = one(row(primary=score([[1.0, value], [3.0]])))
    assert run.measurements[0].samples == pytest.approx((1e-6, 3e-6))
    assert run.measurements[0].processes == (0, 1)
    assert [item.what for item in run.left_out] == ["[0].primaryMetric.rawData[1] org.x.Sort/quick"]


def test_parameters_and_threads_are_part_of_the_identity() -> None:
    run = one(row(), row(params={"n": "8"}), row(params={"n": "9"}), row(threads=4))
    assert [m.benchmark.label for m in run.measurements] == [
        "org.x.Sort/quick", "org.x.Sort/quick{n=8}", "org.x.Sort/quick{n=9}", "org.x.Sort/quick{-t=4}",
    ]  # fmt: skip
    (real,) = read(DATA / "jmh.json")
    assert real.measurements[0].benchmark.params == {"paramA": "17", "paramB": "33"}


def test_two_rows_of_one_identity_are_nobodys() -> None:
    run = one(row(), row(), row("thrpt"))
    assert [m.metric.name for m in run.measurements] == ["throughput"]
    assert "whose they are nobody knows" in run.left_out[0].reason


def test_secondary_metrics_count_where_they_are_costs_of_an_operation() -> None:
    secondary = {
        "·gc.alloc.rate.norm": score([[24.0]], "B/op"),
        "gc.alloc.rate": score([[900.0]], "MB/sec"),
        "·gc.count": score([[3.0]], "counts"),
        "gc.time": score([[3.0]], "ms"),
        "instructions:u": score([[70.5]], "#/op"),
        "IPC": score([[2.5]], "insns/clk"),
        "get": score([[5.0]], "ops/us"),
        "quick:·p0.99": score([[5.0]], "us/op"),
    }
    run = one(row(secondaryMetrics=secondary))
    assert {m.metric.name: (m.metric.unit, m.metric.better, m.samples) for m in run.measurements[1:]} == {
        "allocated_bytes": ("B", "lower", (24.0,)),
        "instructions:u": ("1", "lower", (70.5,)),
        "get": ("1/s", "higher", (5.0 / 1e-6,)),
    }
    kinds = {item.what.split("'")[1]: item.reason.split(":")[0].split(",")[0] for item in run.left_out}
    assert kinds == {
        "gc.alloc.rate": "a profiler's rate or total",
        "·gc.count": "a profiler's rate or total",
        "gc.time": "a profiler's rate or total",
        "IPC": "a profiler's rate or total",
        "quick:·p0.99": "a percentile",
    }


def test_the_virtual_machine_becomes_the_environment_and_two_of_them_two_runs() -> None:
    (run,) = read(DATA / "jmh.json")
    place = run.environment
    assert place.interpreter == "Java HotSpot(TM) 64-Bit Server VM 25.202-b08"
    assert place.libraries == {"jdk": "1.8.0_202", "jmh": "1.29"}
    assert (place.os, place.cores, run.when, run.commit) == (None, None, None, None)
    runs = read(json.dumps([row(jdkVersion="17"), row(jdkVersion="21")]), "jmh")
    assert [run.environment.libraries["jdk"] for run in runs] == ["17", "21"]


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([], "the text: no measurement: nothing in it"),
        ({}, "found {}, allowed is a list"),
        ([row("warm")], r"\[0\]\.mode: found 'warm', allowed are thrpt, avgt, sample, ss"),
        ([row(primary=score([]))], "1 statistics. .*jmh.json.rawData=false"),
        ([row(primary=score(3))], r"\[0\]\.primaryMetric\.rawData: found 3, allowed is a list"),
        ([row(primary=score([["x"]]))], r"rawData: found 'x', allowed is a number"),
        ([row(primary=score(unit=3))], r"scoreUnit: found 3, allowed is a text"),
        ([row(threads="2")], r"\[0\]\.threads: found '2'"),
        ([row(benchmark="")], r"\[0\]\.benchmark: found '', allowed is the benchmark's name"),
        (
            [row("sample", {"scoreUnit": "s/op", "rawDataHistogram": [[[[1]]]]})],
            r"\[0\]\[0\]: found \[1\], allowed are",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_place(rows: Any, problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem):
        read(json.dumps(rows), "jmh")


def test_of_rates_beside_the_score_the_reader_is_told_that_their_direction_is_that_of_a_group() -> None:
    run = one(row("thrpt", secondaryMetrics={"errors": score([[2.0]], "ops/ms")}))
    assert [m.metric.better for m in run.measurements] == ["higher", "higher"]
    assert any("'errors' is read as better higher" in text and "@AuxCounters" in text for text in run.warnings)
