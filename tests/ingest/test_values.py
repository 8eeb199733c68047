"""What is a value does not depend on the format it stands in."""

import json

import pytest

from dart_perf.errors import InvalidInput
from dart_perf.ingest import read
from dart_perf.ingest.native import SCHEMA


def google_benchmark(unit: str, value: float) -> str:
    column = {"ns": "real_time", "items/s": "items_per_second", "B": "max_bytes_used", "allocs": "allocs_per_iter"}[
        unit
    ]
    row = {"name": "BM_X", "run_type": "iteration", "time_unit": "ns", "cpu_time": 1.0}
    return json.dumps({"context": {}, "benchmarks": [row | {column: value}]})


def custom(unit: str, value: float) -> str:
    return json.dumps([{"name": "kept", "unit": "ns", "value": 1}, {"name": "x", "unit": unit, "value": value}])


def native(unit: str, value: float) -> str:
    metric = {"name": "m", "unit": unit} | ({"better": "lower"} if unit == "1" else {})
    measurement = {"benchmark": {"name": "x"}, "metric": metric, "samples": [value]}
    return json.dumps({"schema": SCHEMA, "producer": "p", "measurements": [measurement]})


@pytest.mark.parametrize("unit", ["ns", "items/s", "B", "allocs"])
def test_no_time_rate_size_or_count_is_negative_in_any_format(unit: str) -> None:
    (run,) = read(google_benchmark(unit, -1.0))
    assert [left.reason for left in run.left_out] == ["-1.0 is negative"]
    if unit != "items/s":  # a rate has no place among what is better smaller
        (run,) = read(custom(unit, -1.0), "customSmallerIsBetter")
        assert [left.reason for left in run.left_out] == ["-1.0 is negative"]
    with pytest.raises(InvalidInput, match=r"samples\[0\]: found -1\.0 .*: no time, rate, size or count is negative"):
        read(native(unit, -1.0))


def test_a_plain_number_may_be_negative_in_any_format() -> None:
    for run in (*read(custom("1", -1.0), "customSmallerIsBetter"), *read(native("1", -1.0))):
        assert run.measurements[-1].samples == (-1.0,)
        assert run.left_out == ()


@pytest.mark.parametrize("unit", ["B", "allocs"])
def test_no_bytes_and_no_allocations_are_values(unit: str) -> None:
    for text, form in ((google_benchmark(unit, 0), "auto"), (custom(unit, 0), "customSmallerIsBetter")):
        (run,) = read(text, form)
        assert run.measurements[-1].samples == (0.0,)
