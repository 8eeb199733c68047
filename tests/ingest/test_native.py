"""The native format: units become base units once, and what is wrong is named with its place."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dart_perf.errors import InvalidInput, UnknownUnit
from dart_perf.ingest import read
from dart_perf.ingest.native import SCHEMA, write
from dart_perf.model.measurement import Benchmark

DATA = Path(__file__).with_name("data")


def minimal(**fields: Any) -> dict[str, Any]:
    measurement = {"benchmark": {"name": "x"}, "metric": {"name": "cpu_time", "unit": "ns"}, "samples": [1, 2]}
    return {"schema": SCHEMA, "producer": "p", "measurements": [measurement | fields]}


def test_units_become_base_units_with_direction_and_assumption() -> None:
    (run,) = read(DATA / "native.json")
    found = {m.metric.name: (m.metric.unit, m.metric.better, m.metric.assumption, m.samples) for m in run.measurements}
    assert found == {
        "cpu_time": ("s", "lower", "none", (10 * 1e-6, 11.5 * 1e-6)),
        "peak_rss": ("B", "lower", "none", (1.5 * 2**20,)),
        "instructions": ("1", "lower", "exact", (123456.0,)),
        "throughput": ("1/s", "higher", "none", (2000.0,)),
        "error": ("1", "lower", "none", (0.05,)),
    }
    assert run.measurements[0].benchmark.label == "dynamics/step{n=8}"
    assert run.when == datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
    assert [(g.name, g.value) for g in run.guards] == [("contacts", 12), ("state", "0xabc"), ("energy", 1.5)]
    assert type(run.guards[0].value) is int


def test_the_smallest_document_is_read() -> None:
    (run,) = read(json.dumps(minimal()))
    assert (run.producer, run.measurements[0].samples) == ("p", (1e-9, 2e-9))


@pytest.mark.parametrize("count", [1, 3])
def test_writing_and_reading_gives_the_same_runs(count: int) -> None:
    (run,) = read(DATA / "native.json")
    runs = tuple(run.model_copy(update={"version": str(i)}) for i in range(count))
    assert read(write(runs)) == runs


def test_text_bytes_and_file_read_the_same(tmp_path: Path) -> None:
    text = json.dumps(minimal())
    path = tmp_path / "results.json"
    path.write_text("\ufeff" + text, encoding="utf-8")
    assert read(text) == read(text.encode()) == read(path) == read(path, "dart-perf")


def test_a_unit_without_direction_needs_one_beside_it() -> None:
    metric = {"name": "rtf", "unit": "x"}
    with pytest.raises(UnknownUnit, match=r"measurements\[0\]\.metric: .*Say better = 'lower' or 'higher'"):
        read(json.dumps(minimal(metric=metric)))
    (run,) = read(json.dumps(minimal(metric=metric | {"better": "higher"})))
    assert run.measurements[0].metric.better == "higher"


def test_a_source_may_say_that_its_count_wanders() -> None:
    metric = {"name": "instructions", "unit": "instructions", "assumption": "none"}
    assert read(json.dumps(minimal(metric=metric)))[0].measurements[0].metric.assumption == "none"


def edit(**fields: Any) -> Callable[[], str]:
    return lambda: json.dumps(minimal() | fields)


def one(**fields: Any) -> Callable[[], str]:
    return lambda: json.dumps(minimal(**fields))


WRONG: list[tuple[Callable[[], str], str]] = [
    (edit(schema="dart-perf/results/2"), r"schema: found 'dart-perf/results/2', allowed is 'dart-perf/results/1'"),
    (edit(measurements=[]), r"measurements: found \[\], allowed is a list of at least one measurement"),
    (edit(measurements=None), r"measurements: found None"),
    (edit(measurements=[3]), r"measurements\[0\]: found 3, allowed is an object"),
    (edit(producer=7), r"producer: Input should be a valid string, found 7"),
    (edit(commits="x"), r"commits: .*not permitted, found 'x'\. Known keys: producer, when, scenario"),
    (edit(guards=[{"name": "n", "value": 2**64}]), r"guards\[0\]\.value: an integer beyond 64 bits. Give it as"),
    (edit(guards=[{"name": "n", "value": True}]), r"guards\[0\]\.value"),
    (edit(guards=[{"value": 1}]), r"guards\[0\]\.name: Field required"),
    (edit(guards=7), r"guards: "),
    (edit(environment={"cores": 0}), r"environment\.cores: Input should be greater than or equal to 1, found 0"),
    (edit(when="yesterday"), r"when: Input should be a valid datetime"),
    (edit(runs=[]), r"runs: a document of several runs holds `schema` and a list `runs` and nothing else"),
    (one(samples=[]), r"measurements\[0\]\.samples: found \[\], allowed is a list of at least one number"),
    (one(samples=[1, "2"]), r"measurements\[0\]\.samples\[1\]: found '2', allowed is a number"),
    (one(samples=[True]), r"samples\[0\]: found True, allowed is a number"),
    (one(samples=[1, float("nan")]), r"samples\[1\]: found nan, allowed are finite numbers"),
    (one(samples=[float("-inf")]), r"samples\[0\]: found -inf, allowed are finite"),
    (lambda: json.dumps(minimal()).replace("[1, 2]", "[1e999]"), r"samples\[0\]: found inf, allowed are finite"),
    (one(samples=[10**400]), r"samples\[0\]: found 1000.*\.\.\., allowed are finite"),
    (one(samples=[5, -1]), r"samples\[1\]: found -1 ns: no time, rate, size or count is negative"),
    (one(samples=[1], processes=[0, 1]), r"1 samples but 2 process indices"),
    (one(metric={"name": "t", "unit": "parsec"}), r"measurements\[0\]\.metric: unit 'parsec' is not known"),
    (one(metric={"name": "t", "unit": 3}), r"measurements\[0\]\.metric\.unit: found 3, allowed is a string"),
    (one(metric={"name": "t", "unit": "s", "better": "up"}), r"metric\.better: found 'up', allowed are 'lower'"),
    (one(metric={"name": "t", "unit": "s", "better": "higher"}), r"is better lower, but the source says"),
    (one(metric={"name": "t", "unit": "ms", "assumption": "exact"}), r"metric\.assumption: found 'exact' for a time"),
    (one(metric={"unit": "s"}), r"measurements\[0\]\.metric\.name: Field required"),
    (one(benchmark={"name": ""}), r"measurements\[0\]\.benchmark\.name: String should have at least 1 character"),
    (edit(measurements=minimal()["measurements"] * 2), "measured twice in one run: x cpu_time"),
    (lambda: json.dumps({"schema": SCHEMA, "runs": [minimal()]}), r"runs\[0\]\.schema: .*not permitted"),
    (lambda: json.dumps({"schema": SCHEMA, "runs": [3]}), r"runs\[0\]: found 3, allowed is a run"),
    (lambda: f'{{"schema": "{SCHEMA}", "schema": "{SCHEMA}"}}', "the key 'schema' stands there twice"),
    (lambda: edit()().replace('"unit"', '"name": "a", "unit"'), r"measurements\[0\]\.metric: the key 'name'"),
    (lambda: json.dumps(minimal(benchmark={"name": "\ud800"})), r"line 1: half of a surrogate pair stands in a string"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "problem"), WRONG)
def test_what_is_wrong_is_named_with_its_place(text: Callable[[], str], problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem) as caught:
        read(text(), "dart-perf")
    assert str(caught.value).startswith("the text: ")


def test_parameters_that_hold_separators_never_make_two_benchmarks_one() -> None:
    first = Benchmark(name="x", params={"a": "1,b=2"})
    second = Benchmark(name="x", params={"a": "1", "b": "2"})
    assert (first.label, second.label) == ('x{a="1,b=2"}', "x{a=1,b=2}")
