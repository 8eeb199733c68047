"""DART's records: a commit and its parent, exact counts, and guards that must agree."""

import json
from pathlib import Path
from typing import Any

import pytest

from dart_perf.errors import InvalidInput
from dart_perf.ingest import read
from dart_perf.ingest.native import write
from dart_perf.model.measurement import Run

DATA = Path(__file__).with_name("data")


def side(instructions: Any = 100, **more: Any) -> dict[str, Any]:
    return {"ir_per_step": instructions, "guards": {"hash": "0x1", "finite": True, "contacts": 3}} | more


def row(**more: Any) -> dict[str, Any]:
    return {"row": "s3w", "det": "ode", "version": 1, "status": "ok", "threads": 1, "head": side()} | more


def record(*rows: Any, **about: Any) -> str:
    run = {"commit": "b" * 40, "parent": "a" * 40, "branch": "main", "env": {}} | about
    return json.dumps({"schema": "dart-perf/1", "run": run, "results": rows})


def head(*rows: Any) -> Run:
    return read(record(*rows))[-1]


def test_commit_and_parent_are_two_runs_of_one_environment() -> None:
    parent, commit = read(DATA / "dart_perf_record.json")
    assert (parent.commit, commit.commit) == (
        "7c7285ab3d7c47a8f4296ffb0cd6b153380c15bb",
        "59ed16dbce512b0dc34d8499c22a3491e79bbf36",
    )
    assert (parent.branch, parent.version) == (None, None)
    assert (commit.branch, commit.version) == ("main", "v6.19.5-325-g59ed16dbc")
    assert parent.environment == commit.environment
    assert parent.measurements[-1] == commit.measurements[-1]
    assert parent.guards == commit.guards


def test_counts_are_exact_and_every_column_has_its_unit() -> None:
    _, commit = read(DATA / "dart_perf_record.json")
    assert {m.metric.name: (m.metric.unit, m.metric.assumption, m.samples[0]) for m in commit.measurements} == {
        "instructions": ("1", "exact", 150438735.2),
        "allocations": ("1", "exact", 15750.0),
        "allocated_bytes": ("B", "none", 2454390.4),
        "peak_rss": ("B", "none", 154264 * 1024),
        "wall_time": ("s", "none", 61.4662 * 1e-3),
    }
    assert any("advisory" in text for text in commit.warnings)
    assert [item.what for item in commit.left_out] == ["results[0].head.max_penetration s3w{det=ode,version=1}"]


def test_row_detector_and_version_are_the_identity() -> None:
    run = head(row(), row(det="dart"), row(version=2), row(row="dyn", det=""), row(threads=4))
    assert [m.benchmark.label for m in run.measurements] == [
        "s3w{det=ode,version=1}", "s3w{det=dart,version=1}", "s3w{det=ode,version=2}", "dyn{version=1}",
        "s3w{det=ode,threads=4,version=1}",
    ]  # fmt: skip


def test_what_was_computed_and_what_was_given_are_guards() -> None:
    run = head(row(head=side(time_advanced=True), input_sha="0xab"))
    assert {guard.name.partition("} ")[2]: guard.value for guard in run.guards} == {
        "hash": "0x1", "finite": "true", "contacts": 3, "time_advanced": "true", "input_sha": "0xab",
    }  # fmt: skip
    (many,) = read(record(row(head=side(guards={"hash": {"a": "0x1", "b": "0x2"}}))))
    assert [guard.name.partition("} ")[2] for guard in many.guards] == ["hash a", "hash b"]


@pytest.mark.parametrize("value", [2**63 - 1, 2**64, -(10**30), 0.1, "a\nb"])
def test_whatever_was_computed_can_be_stored(value: Any) -> None:
    run = head(row(head=side(guards={"x": value})))
    assert run.id
    assert read(write([run])) == (run,)


def test_the_records_fingerprint_stands_in_the_environment() -> None:
    _, commit = read(DATA / "dart_perf_record.json")
    place = commit.environment
    assert place.cpu_model == "AMD EPYC 9V74 80-Core Processor"
    assert (place.interpreter, place.build_type, place.os) == ("GNU 13.3.0", "perf-1", None)
    assert place.libraries["valgrind"] == "3.22.0"
    assert place.libraries["fingerprint"].startswith("07fe2c8bea")


@pytest.mark.parametrize("found", [row(), row(parent=None)])
def test_a_nightly_record_has_no_parent(found: dict[str, Any]) -> None:
    assert [run.commit for run in read(record(found, parent=""))] == ["b" * 40]


def test_a_row_that_did_not_work_is_left_out_on_both_sides() -> None:
    broken = row(det="x", status="broken", error="no guards", parent=side())
    parent, commit = read(record(row(parent=side()), broken, row(det="y", parent=None, head=None)))
    assert [len(run.measurements) for run in (parent, commit)] == [1, 1]
    assert [(item.what, item.reason) for item in commit.left_out] == [
        ("results[1] s3w{det=x,version=1}", "status 'broken' 'no guards'"),
        ("results[2].head s3w{det=y,version=1}", "it was not measured for the head"),
    ]
    assert [run.commit for run in read(record(row(), broken))] == ["b" * 40]  # nothing of the parent is left


def test_columns_that_were_not_measured_are_null() -> None:
    run = head(row(head=side(allocs_per_step=None, guards=None, cases=["a"])))
    assert [m.metric.name for m in run.measurements] == ["instructions"]
    assert (run.guards, run.left_out) == ((), ())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (record(), "no measurement: nothing in it"),
        (record(row(head=side("many"))), r"results\[0\]\.head\.ir_per_step: found 'many', allowed is a number"),
        (record(row(head=side(guards={"hash": [1]}))), r"head\.guards\.hash: found \[1\], allowed is a number"),
        (record(row(det=[1])), r"results\[0\]\.det: found \[1\], allowed is a text or an integer"),
        (record(row(row="")), r"results\[0\]\.row: found '', allowed is the benchmark's name"),
        (record(row(head=3)), r"results\[0\]\.head: found 3, allowed is an object"),
        (record(row(), commit="a b"), "commit: String should match pattern"),
        ('{"schema": "dart-perf/2"}', "schema: found 'dart-perf/2', allowed is 'dart-perf/1'"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(text: str, problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem):
        read(text, "dart-perf-record")
