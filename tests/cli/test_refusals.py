"""What a command refuses, before it measures anything."""

import json
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


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("dart-perf-baseline", ["--list", "--margin", "3"], "--list has no use for --margin. It takes --scenario, "),
        ("dart-perf-baseline", ["--trust", "--why", "not given"], "--trust has no use for --why. It takes --format, "),
        ("dart-perf-baseline", ["--validate", "--commit", "a", "--program", "b"], "has no use for --program"),
        ("dart-perf-baseline", ["--import", "x.json", "--from-results", "y"], "--import has no use for --from-results"),
        (
            "dart-regression-detector",
            ["--analyze", "--effect", "1.1", "--power", "0.8"],
            "--analyze has no use for --effect and --power. It takes --input, --input-format, --baseline, ",
        ),
        ("dart-regression-detector", ["--plan", "--input", "x.json"], "--plan has no use for --input"),
    ],
)
def test_an_option_that_would_be_ignored_is_refused(
    command: Command, name: str, arguments: list[str], said: str
) -> None:
    done = command(name, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


@pytest.mark.parametrize(
    ("flag", "what"),
    [("--import", "PATH"), ("--promote", "ID"), ("--withdraw", "ID"), ("--merge", "FOLDER"), ("--backup", "FILE")],
)
def test_an_action_on_nothing_is_told_that_what_it_was_given_is_empty(command: Command, flag: str, what: str) -> None:
    done = command("dart-perf-baseline", flag, "")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"error: {flag} was given an empty {what}. Give one; --help has examples.\n"


@pytest.mark.parametrize("why", ["", " \t"])
@pytest.mark.parametrize(
    "arguments",
    [["--capture", "--scenario", "toy"], ["--update", "--from-results", "r.json"], ["--prune", "--keep", "3"]],
)
def test_a_blank_reason_is_refused_and_nothing_is_stored(
    toy: Toy, command: Command, arguments: list[str], why: str
) -> None:
    toy.results("r.json", 1e-3)
    done = command("dart-perf-baseline", *arguments, "--why", why)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"error: the reason is blank (why = {why!r}). Say why, for whoever reads the log later.\n"
    assert not toy.project.home.exists()


def test_a_history_of_several_commits_is_told_the_command_that_imports_it(toy: Toy, command: Command) -> None:
    texts = [json.loads((toy.root / toy.results("r.json", 1e-3, commit=c * 40)).read_text()) for c in "ab"]
    runs = [{key: value for key, value in text.items() if key != "schema"} for text in texts]
    (toy.root / "both.json").write_text(json.dumps({"schema": texts[0]["schema"], "runs": runs}))
    done = command("dart-regression-detector", "--analyze", "--input", "both.json", "--baseline", "toy")
    assert "Import it with dart-perf-baseline --import FILE --format json, which names its runs" in done.stderr


@pytest.mark.parametrize("arguments", [["--list"], ["--list-scenarios"]])
def test_a_project_that_is_a_file_is_called_one(toy: Toy, command: Command, arguments: list[str]) -> None:
    done = command("dart-perf-baseline", *arguments, "--project", "dart-perf.toml")
    assert done.returncode == 2
    assert f"--project takes a folder, and dart-perf.toml is a file. Give {toy.root}." in done.stderr


def test_a_folder_below_the_project_is_told_where_the_project_is(toy: Toy, command: Command) -> None:
    below = toy.root / "source" / "below"
    below.mkdir(parents=True)
    done = command("dart-perf-baseline", "--list-scenarios", "--project", str(below))
    assert done.returncode == 0
    assert "toy" not in done.stdout
    note = f"note: the project is {below}, which has no dart-perf.toml; {toy.root} has one: --project {toy.root} uses"
    assert note in done.stderr
    assert command("dart-perf-baseline", "--list-scenarios").stderr == ""
