"""dart-perf-intelligence as people and CI run it."""

import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Toy
from tests.histories import flat, history, step, stored

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.parametrize(("ratio", "code", "word"), [(1.25, 1, "1 of 2"), (1.0, 0, "0 of 2"), (0.8, 0, "0 of 2")])
def test_trends_end_with_what_they_come_to(toy: Toy, command: Command, ratio: float, code: int, word: str) -> None:
    stored(toy.root, history({"solve": step(30, ratio), "load": flat()}, range(60)))
    done = command("dart-perf-intelligence", "--analyze-trends")
    assert (done.returncode, done.stdout[:6]) == (code, word), done.stdout + done.stderr


def test_trends_are_printed_as_the_record_that_the_tool_returns(toy: Toy, command: Command) -> None:
    stored(toy.root, history({"solve": step(30, 1.25), "load": flat()}, range(60)))
    arguments = ("--analyze-trends", "--benchmark", "so*", "--window", "50", "--format", "json", "--output", "t.json")
    done = command("dart-perf-intelligence", *arguments)
    said = json.loads((toy.root / "t.json").read_bytes())
    assert (done.returncode, said["worse"], said["window"], len(said["trends"])) == (1, 1, 50, 1)


def test_no_history_ends_with_four(command: Command) -> None:
    done = command("dart-perf-intelligence", "--analyze-trends")
    assert (done.returncode, done.stdout) == (4, "")
    assert "the store holds no series" in done.stderr


def results(toy: Toy, name: str, seconds: float) -> str:
    """Write a file of results of the history's two benchmarks on the history's machine."""
    (run,) = history({"solve": flat(seconds), "load": flat()}, [60])
    said = run.model_dump(mode="json", exclude_defaults=True) | {"schema": "dart-perf/results/1"}
    (toy.root / name).write_text(json.dumps(said))
    return name


@pytest.mark.parametrize(("seconds", "code"), [(1e-3, {0, 3}), (2e-3, {1})])
def test_trends_with_new_results_are_written_as_json_and_end_with_the_verdict(
    toy: Toy, command: Command, seconds: float, code: set[int]
) -> None:
    project = stored(toy.root, history({"solve": flat(), "load": flat()}, range(60)))
    old = toy.results("base.json", 1e-3)
    arguments = ("--input", toy.results("new.json", seconds), "--baseline", old, "--output", "analysis.json")
    done = command("dart-perf-intelligence", "--analyze-trends", *arguments)
    assert done.returncode in code, done.stdout + done.stderr
    said = json.loads((toy.root / "analysis.json").read_bytes())
    assert done.stdout.startswith(said["detection"]["status"])
    assert (said["results"], said["appended"], said["trends"]) == ("new.json", 0, None)  # another benchmark
    assert len(project.store.runs()) == 60


def test_new_results_are_the_newest_points_of_their_history_and_are_not_stored(toy: Toy, command: Command) -> None:
    project = stored(toy.root, history({"solve": flat(), "load": flat()}, range(60)))
    arguments = ("--input", results(toy, "now.json", 1.5e-3), "--output", "found.json")
    done = command("dart-perf-intelligence", "--analyze-trends", *arguments)
    said = json.loads((toy.root / "found.json").read_bytes())
    assert done.returncode == 1, done.stdout + done.stderr
    assert (said["detection"]["status"], said["appended"], said["new"]) == ("REGRESSION_DETECTED", 2, [])
    assert {entry["points"] for entry in said["trends"]["trends"]} == {61}
    assert len(project.store.runs()) == 60


def test_a_round_prints_what_stands_and_ends_with_what_it_comes_to(toy: Toy, command: Command) -> None:
    stored(toy.root, history({"solve": step(30, 1.25), "load": flat()}, range(60)))
    once = ("--analyze-periodic", "--interval", "900", "--rounds", "1")
    done = command("dart-perf-intelligence", *once)
    assert done.returncode == 1
    assert [line.split(" ")[1:3] for line in done.stdout.splitlines()] == [["round", "1:"], ["", "new:"]]
    said = json.loads(command("dart-perf-intelligence", *once, "--format", "json").stdout)
    assert (said["number"], said["worse"], len(said["news"])) == (1, 1, 1)


def test_a_periodic_analysis_ends_with_sigterm(toy: Toy, commands: Path, command_environment: dict[str, str]) -> None:
    stored(toy.root, history({"solve": flat()}, range(10)))
    argv = [str(commands / "dart-perf-intelligence"), "--analyze-periodic", "--interval", "7200"]
    with subprocess.Popen(
        argv, cwd=toy.root, env=command_environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        assert "round 1: 0 of 1 series worse" in running.stdout.readline()
        os.kill(running.pid, signal.SIGTERM)
        _, said = running.communicate(timeout=20)
    assert (running.returncode, "Traceback" in said) == (143, False)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--analyze-trends", "--baseline", "old.json"], "--baseline and --margin judge the results of --input"),
        (["--analyze-trends", "--interval", "5"], "--analyze-trends has no use for --interval"),
        (["--analyze-periodic", "--output", "x.json"], "--analyze-periodic has no use for --output"),
        (["--analyze-periodic", "--interval", "0"], "--interval"),
        (["--analyze-trends", "--window", "0"], "--window"),
        ([], "choose exactly one of --analyze-trends"),
    ],
)
def test_wrong_usage_ends_with_two(command: Command, arguments: list[str], said: str) -> None:
    done = command("dart-perf-intelligence", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
