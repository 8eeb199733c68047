"""hyperfine: every process is a sample, and a failed command never looks like a fast one."""

import json
from pathlib import Path
from typing import Any

import pytest

from dart_perf.errors import InvalidInput
from dart_perf.ingest import read
from dart_perf.model.measurement import Run

DATA = Path(__file__).with_name("data")


def row(command: str = "make", **fields: Any) -> dict[str, Any]:
    return {"command": command, "mean": 2.0, "times": [1.0, 3.0], "exit_codes": [0, 0]} | fields


def document(*rows: Any) -> str:
    return json.dumps({"results": rows})


def one(*rows: Any) -> Run:
    (run,) = read(document(*rows), "hyperfine")
    return run


def test_a_failed_command_has_times_that_are_no_samples() -> None:
    (run,) = read(DATA / "hyperfine.json")
    assert [(m.key, m.samples, m.processes) for m in run.measurements] == [
        ("quick wall_time", (0.0035260570000000004, 0.0032715110000000004), (0, 2)),
        ("true wall_time", (0.0012819320000000002, 0.0010830100000000001, 0.001022958, 0.001013978), (0, 1, 2, 3)),
    ]
    failed = {item.what: item.reason for item in run.left_out}
    assert failed["results[0] quick times[1]"] == "exit code 1: the time of a failure means nothing"
    assert failed['results[1] sh -c "exit 3" times[0]'] == "exit code 3: the time of a failure means nothing"
    assert run.warnings == ("left out as no measurement: 6 failure, 3 mean",)


def test_a_command_that_a_signal_ended_failed() -> None:
    run = one(row(exit_codes=[None, 0]))
    assert run.measurements[0].samples == (3.0,)
    assert run.left_out[0].reason == "a signal ended the command; its time means nothing"


def test_commands_that_all_failed_are_refused() -> None:
    with pytest.raises(InvalidInput, match=r"no measurement: .*2 failure.*Look whether every command failed"):
        one(row(exit_codes=[1, 1]))


def test_without_exit_codes_the_reader_is_told() -> None:
    old = {k: v for k, v in row().items() if k != "exit_codes"}
    assert "a command that failed may stand among the times" in one(old).warnings[0]


def test_user_and_system_time_are_means_and_no_samples() -> None:
    run = one(row(user=0.1, system=0.2))
    assert [m.metric.name for m in run.measurements] == ["wall_time"]
    assert [(i.what, i.reason) for i in run.left_out] == [
        ("results[0] make user, system", "means of all processes, no samples")
    ]


def test_every_time_is_a_process_of_its_own() -> None:
    assert one(row()).measurements[0].processes == (0, 1)


def test_parameters_tell_commands_of_one_name_apart() -> None:
    (run,) = read(DATA / "hyperfine_parameters.json")
    assert [m.benchmark.label for m in run.measurements] == ["sleep{n=1}", "sleep{n=2}"]
    old = one(row("a", parameter="1"), row("a", parameter="2"))
    assert [m.benchmark.params for m in old.measurements] == [{"parameter": "1"}, {"parameter": "2"}]


def test_commands_that_share_a_name_are_left_out() -> None:
    run = one(row("a"), row("b"), row("b"))
    assert [m.benchmark.name for m in run.measurements] == ["a"]
    assert "2 values have this name" in run.left_out[0].reason


def test_the_memory_of_each_process_is_read_where_it_succeeded() -> None:
    run = one(row(memory_usage_byte=[4096, 8192], exit_codes=[1, 0]))
    assert [(m.metric.name, m.metric.unit, m.samples) for m in run.measurements] == [
        ("wall_time", "s", (3.0,)),
        ("peak_rss", "B", (8192.0,)),
    ]


def test_a_time_of_nothing_is_left_out_by_its_place() -> None:
    run = one(row(times=[1.0, 2.0, 0.0], exit_codes=[9, 0, 0]))
    assert run.left_out[1].what == "results[0].times[2] make"
    assert run.left_out[1].reason == "0: it failed, or was too short for the clock"


def test_a_summary_without_times_is_left_out() -> None:
    run = one(row(), {"command": "b", "mean": 1.0, "exit_codes": []})
    assert run.left_out[0].reason == "its times were not exported, only statistics of them"


def test_a_command_that_is_too_long_for_a_name_is_left_out() -> None:
    run = one(row(), row("x" * 400))
    assert "more than 300 characters" in run.left_out[0].reason


def test_the_file_says_nothing_of_machine_time_or_code() -> None:
    run = one(row())
    assert (run.producer, run.when, run.commit, run.environment.cores) == ("hyperfine", None, None, None)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (document(), "no measurement: nothing in it"),
        (document(3), r"results\[0\]: found 3, allowed is an object"),
        (document(row(command="")), r"results\[0\]\.command: found '', allowed is the benchmark's name"),
        (document(row(times=["1"], exit_codes=[0])), r"times\[0\]: found '1', allowed is a number"),
        (document(row(exit_codes=[0])), r"exit_codes: 1 exit codes for 2 times"),
        (document(row(exit_codes=[0, "1"])), r"exit_codes\[1\]: found '1', allowed is an integer"),
        (document(row(memory_usage_byte=[1])), r"memory_usage_byte: 1 values for 2 times"),
        (document(row(parameters={"n": 1})), r"parameters\.n: found 1, allowed is a text"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(text: str, problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem):
        read(text, "hyperfine")
