"""A person at a shell is told commands, never tools of the servers."""

import re
import subprocess
from collections.abc import Callable

import pytest

from dart_perf.cli.wording import for_a_shell
from tests.conftest import Toy

Command = Callable[..., subprocess.CompletedProcess[str]]
TOOLS = re.compile(r"\b(capture|update|validate|compare_with)_baseline\b|\blist_baselines\b|argument|\bcall again\b")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--list"], "Capture one with dart-perf-baseline --capture"),
        (["--compare", "--scenario", "toy"], "promote one with dart-perf-baseline --promote"),
        (["--roll-back"], "--scenario is missing"),
        (["--roll-back", "--scenario", "toy"], "has no earlier baseline to roll back to"),
        (["--update"], "--from-results is missing"),
        (["--capture", "--scenario", "toy"], "next: edit, then dart-perf-baseline --compare --scenario toy\n"),
    ],
)
def test_a_remedy_is_a_command(command: Command, arguments: list[str], said: str) -> None:
    done = command("dart-perf-baseline", *arguments)
    assert said in done.stdout + done.stderr
    assert not TOOLS.search(done.stdout + done.stderr)


def test_a_candidate_comes_with_the_command_that_promotes_it(toy: Toy, command: Command) -> None:
    command("dart-perf-baseline", "--capture", "--scenario", "toy")
    toy.says(2e-3)
    done = command("dart-perf-baseline", "--capture", "--scenario", "toy", "--format", "markdown")
    found = re.search(r"dart-perf-baseline --promote (\S+) --why", done.stdout)
    assert found, done.stdout
    assert command("dart-perf-baseline", "--promote", found[1]).returncode == 0


def test_a_doubtful_verdict_names_the_command_that_measures_both_sides(toy: Toy, command: Command) -> None:
    old, new = toy.results("old.json", 1e-3), toy.results("new.json", 1.06e-3)
    done = command("dart-regression-detector", "--analyze", "--input", new, "--baseline", old)
    assert done.returncode == 3
    assert not TOOLS.search(done.stdout + done.stderr)


def test_an_option_is_called_one(toy: Toy, command: Command) -> None:
    done = command("dart-perf-baseline", "--import", toy.results("one.json", 1e-3), "--scenario", "other")
    assert done.returncode == 2
    assert "Leave the option out." in done.stderr


def test_files_and_scenarios_keep_their_names() -> None:
    text = "'capture_baseline' in out/capture_baseline.json, list_baselines.json: see list_baselines."
    assert for_a_shell(text) == (
        "'capture_baseline' in out/capture_baseline.json, list_baselines.json: see dart-perf-baseline --list."
    )
