"""dart-perf-intelligence as people and CI run it."""

import json
import subprocess
from collections.abc import Callable

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
