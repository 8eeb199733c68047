"""The custom lists of github-action-benchmark: their direction stands outside the file."""

import json
from pathlib import Path
from typing import Any

import pytest

from dart_perf.errors import InvalidInput
from dart_perf.ingest import read

DATA = Path(__file__).with_name("data")


@pytest.mark.parametrize("file", ["custom_smaller.json", "custom_bigger.json"])
def test_without_a_direction_the_caller_is_asked_for_one(file: str) -> None:
    with pytest.raises(
        InvalidInput,
        match=r"does not say whether lower or higher is better\. "
        r"Give format='customSmallerIsBetter' or format='customBiggerIsBetter'\.",
    ):
        read(DATA / file)


def test_the_format_says_which_way_is_better() -> None:
    (smaller,) = read(DATA / "custom_smaller.json", "customSmallerIsBetter")
    (bigger,) = read(DATA / "custom_bigger.json", "customBiggerIsBetter")
    found = {
        (m.benchmark.name.rpartition(" - ")[2], m.metric.name): m for m in (*smaller.measurements, *bigger.measurements)
    }
    assert {key: (m.metric.unit, m.metric.better, m.samples) for key, m in found.items()} == {
        ("CPU Load", "value [Percent]"): ("1", "lower", (50.0,)),
        ("Memory Used", "value [Megabytes]"): ("1", "lower", (100.0,)),
        ("Throughput", "rate"): ("1/s", "higher", (70.0,)),
        ("Free Memory", "value [Megabytes]"): ("1", "higher", (150.0,)),
    }


def test_units_in_free_text_are_kept_and_that_is_said() -> None:
    (run,) = read(DATA / "custom_smaller.json", "customSmallerIsBetter")
    assert run.warnings[0] == "unit 'Percent' is not known: its values are kept as plain numbers of that unit"


def test_a_size_may_be_better_either_way() -> None:
    (run,) = read(json.dumps([{"name": "free", "unit": "MB", "value": 3}]), "customBiggerIsBetter")
    (found,) = run.measurements
    assert (found.metric.name, found.metric.unit, found.metric.better) == (
        "value [MB (higher is better)]",
        "1",
        "higher",
    )


@pytest.mark.parametrize(
    ("form", "unit", "reason"),
    [
        ("customBiggerIsBetter", "ms", "'ms' is better lower, and customBiggerIsBetter says higher"),
        ("customSmallerIsBetter", "MB/s", "'MB/s' is better higher, and customSmallerIsBetter says lower"),
        ("customBiggerIsBetter", "allocs", "'allocs' is better lower, and customBiggerIsBetter says higher"),
    ],
)
def test_a_time_or_rate_that_contradicts_the_format_is_left_out(form: str, unit: str, reason: str) -> None:
    rows = [{"name": "a", "unit": unit, "value": 3}, {"name": "b", "unit": "points", "value": 3}]
    (run,) = read(json.dumps(rows), form)
    assert [m.benchmark.name for m in run.measurements] == ["b"]
    assert [(item.what, item.reason) for item in run.left_out] == [("[0] a", f"{reason}: mend the one that is wrong")]


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ({}, "allowed is a list of objects with name, unit and value"),
        ([], "no measurement: nothing in it"),
        ([3], r"\[0\]: found 3, allowed is an object"),
        ([{"name": "a", "unit": "s", "value": "3"}], "no measurement: left out as no measurement: 1 value"),
        ([{"name": "a", "unit": None, "value": 3}], r"\[0\]\.unit: found None, allowed is a text"),
        ([{"name": 3, "unit": "s", "value": 3}], r"\[0\]\.name: found 3, allowed is the benchmark's name"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(document: Any, problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem):
        read(json.dumps(document), "customSmallerIsBetter")
