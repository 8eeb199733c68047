"""What a command refuses, before it measures anything."""

import subprocess
from collections.abc import Callable

import pytest

from tests.conftest import Toy

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--alert-threshold", "1e6", "a margin of 999999 is not possible"),
        ("--alert-threshold", "1", "a margin of 0 is not possible"),
        ("--margin", "inf", "a margin of inf is not possible"),
        ("--margin", "10.5", "Give one above 0 and at most 10"),
    ],
)
def test_a_margin_that_nothing_could_exceed_gives_no_verdict(
    toy: Toy, command: Command, option: str, value: str, said: str
) -> None:
    old, new = toy.results("old.json", 1e-3), toy.results("new.json", 3e-3)
    done = command("dart-regression-detector", "--analyze", "--input", new, "--baseline", old, option, value)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_a_margin_is_refused_before_anything_is_measured(toy: Toy, command: Command) -> None:
    command("dart-perf-baseline", "--update", "--from-results", toy.results("one.json", 1e-3))
    toy.says(fails=True)
    done = command("dart-perf-baseline", "--compare", "--scenario", "toy", "--margin", "nan")
    assert done.returncode == 2
    assert "a margin of nan is not possible. Give one above 0 and at most 10" in done.stderr


@pytest.mark.parametrize("margin", ["0", "nan", "11"])
def test_no_plan_is_made_for_a_margin_that_is_not_possible(toy: Toy, command: Command, margin: str) -> None:
    command("dart-perf-baseline", "--update", "--from-results", toy.results("one.json", 1e-3))
    done = command("dart-regression-detector", "--plan", "--baseline", "toy", "--margin", margin, "--effect", "20")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"a margin of {margin} is not possible" in done.stderr
