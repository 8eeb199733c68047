"""nanobench: epochs are samples as they stand, and a counter the system does not give is no zero."""

import json
from pathlib import Path
from typing import Any

import pytest

from dart_perf.errors import InvalidInput
from dart_perf.ingest import read
from dart_perf.model.measurement import Run

DATA = Path(__file__).with_name("data")


def epoch(elapsed: Any = 2e-9, **counters: Any) -> dict[str, Any]:
    return {"iterations": 1000, "elapsed": elapsed} | counters


def row(name: str = "hash", *epochs: Any, **fields: Any) -> dict[str, Any]:
    plain = {"title": "t", "name": name, "unit": "op", "batch": 1, "complexityN": -1, "epochs": 2}
    return plain | {"measurements": epochs or [epoch(), epoch(3e-9)]} | fields


def document(*rows: Any) -> str:
    return json.dumps({"results": rows})


def one(*rows: Any) -> Run:
    (run,) = read(document(*rows), "nanobench")
    return run


def test_epochs_are_already_divided_by_their_iterations() -> None:
    (run,) = read(DATA / "nanobench.json")
    first = run.measurements[0]
    assert first.key == "Benchmarking std::mt19937_64 and std::knuth_b/std::mt19937_64 wall_time"
    assert first.samples == (2.54708571428571e-08, 2.58467243510507e-08, 2.24097693351425e-08, 2.53405963302752e-08)


def test_counters_are_metrics_of_their_own_and_none_is_exact() -> None:
    (run,) = read(DATA / "nanobench.json")
    found = {m.metric.name: m.metric for m in run.measurements}
    assert set(found) == {"wall_time", "instructions", "cpu_cycles", "branches", "branch_misses"}
    assert {(m.better, m.assumption) for m in found.values()} == {("lower", "none")}


def test_a_counter_that_is_zero_throughout_is_left_out() -> None:
    (run,) = read(DATA / "nanobench.json")
    assert run.warnings[-1] == "left out as no measurement: 4 counter"
    assert run.left_out[0].reason == "0 in every epoch: it did not happen, or the system does not count it"
    some = one(row("x", epoch(pagefaults=0), epoch(pagefaults=2)))
    assert {m.metric.name: m.samples for m in some.measurements}["page_faults"] == (0.0, 2.0)


def test_a_batch_divides_as_in_the_tools_own_table() -> None:
    run = one(row("x", epoch(8e-9, instructions=16), batch=4, unit="byte"))
    assert [m.samples for m in run.measurements] == [(2e-9,), (4.0,)]
    assert run.warnings[0] == "t/x: an iteration is 4 byte; times and counts are of one byte"


def test_the_size_of_a_complexity_series_tells_its_benchmarks_apart() -> None:
    run = one(row(complexityN=10), row(complexityN=1000001))
    assert [m.benchmark.label for m in run.measurements] == ["t/hash{N=10}", "t/hash{N=1000001}"]


def test_epochs_of_one_process_say_so() -> None:
    run = one(row())
    assert run.measurements[0].processes == (0, 0)
    assert "all epochs of a benchmark come from one process: they are not independent" in run.warnings


def test_benchmarks_that_share_a_name_are_left_out() -> None:
    run = one(row("a"), row("b"), row("b"))
    assert [m.benchmark.name for m in run.measurements] == ["a"]


def test_what_an_epoch_lacks_is_said() -> None:
    run = one(row("a", epoch(), {"iterations": 1}), row("b", epoch(instructions=1), epoch()), row("c", measurements=[]))
    assert [(i.what, i.reason) for i in run.left_out] == [
        ("results[0].measurements t/a elapsed", "1 epochs lack it"),
        ("results[1].measurements t/b instructions", "1 epochs lack it"),
        ("results[2] t/c", "it has no epochs"),
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (document(), "no measurement: nothing in it"),
        (document(row(measurements=[])), "no measurement: .*1 statistics"),
        (document(row("x", epoch("2"))), r"results\[0\]\.measurements\[0\]\.elapsed: found '2', allowed is a number"),
        (document(row(batch=0)), r"batch: found 0\.0, allowed is a positive number"),
        (document(row(batch=float("nan"))), r"batch: found nan, allowed is a positive number"),
        (document(row(batch="4")), r"batch: found '4', allowed is a number"),
        (document(row(complexityN=[])), r"complexityN: found \[\], allowed is a number"),
        (document(row("x", epoch(-1.0))), "no measurement: .*1 value"),
        (document(3), r"results\[0\]: found 3, allowed is an object"),
        ('{"results": [{"title": "a "quoted" name"}]}', "not JSON"),  # its template does not escape names
    ],
)
def test_what_is_wrong_is_named_with_its_place(text: str, problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem):
        read(text, "nanobench")
