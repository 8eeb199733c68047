"""The commands as people and CI run them: real processes, exit codes, files that parse."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dart_perf.model.baseline import State
from dart_perf.workflows.imports import import_results
from tests import golden
from tests.conftest import Toy
from tests.workflows.histories import one_run, stepped, store

Command = Callable[..., subprocess.CompletedProcess[str]]


def test_capture_seals_a_baseline_and_copies_it_out(toy: Toy, command: Command) -> None:
    done = command("dart-perf-baseline", "--capture", "--scenario", "toy", "--why", "a start", "--output", "base.json")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("captured toy/")
    assert [entry.state for entry in toy.project.store.baselines("toy")] == [State.CURRENT]
    assert json.loads((toy.root / "base.json").read_bytes())
    judged = command(
        "dart-regression-detector", "--analyze", "--input", toy.results("r.json", 2e-3), "--baseline", "base.json"
    )
    assert judged.returncode == 1, judged.stderr


def test_update_from_results_makes_a_candidate(toy: Toy, command: Command) -> None:
    assert command("dart-perf-baseline", "--update", "--from-results", toy.results("one.json", 1e-3)).returncode == 0
    assert command("dart-perf-baseline", "--update", "--from-results", toy.results("two.json", 1.1e-3)).returncode == 0
    assert [entry.state for entry in toy.project.store.baselines("toy")] == [State.CURRENT, State.CANDIDATE]


def test_validate_holds_the_baseline_against_a_commit(toy: Toy, command: Command) -> None:
    command("dart-perf-baseline", "--update", "--from-results", toy.results("one.json", 1e-3))
    missing = command("dart-perf-baseline", "--validate", "--against-commit", "feedc0de")
    assert missing.returncode == 4
    assert "no stored run of commit 'feedc0de'" in missing.stderr
    command("dart-perf-baseline", "--import", toy.results("two.json", 2.5e-3, commit="feedc0de01"))
    found = command("dart-perf-baseline", "--validate", "--against-commit", "feedc0de", "--format", "json")
    assert found.returncode == 1, found.stderr
    assert json.loads(found.stdout)["status"] == "REGRESSION_DETECTED"
    assert "proving the runs (0/" in found.stderr  # it takes seconds where there is much to prove


@pytest.mark.parametrize(
    ("seconds", "threshold", "code"), [(1e-3, "1.5", 0), (2.4e-3, "1.2", 1), (1.25e-3, "1.2", 3), (0.4e-3, "1.2", 0)]
)
def test_analyze_ends_with_the_verdict(toy: Toy, command: Command, seconds: float, threshold: str, code: int) -> None:
    old, new = toy.results("current_baseline.json", 1e-3), toy.results("perf_results.json", seconds)
    arguments = ("--analyze", "--input", new, "--baseline", old, "--alert-threshold", threshold)
    done = command("dart-regression-detector", *arguments)
    assert done.returncode == code, done.stdout + done.stderr


@pytest.mark.parametrize(("arguments", "code"), [((), 1), (("--benchmark", "a"), 0), (("--commits", "9..8"), 2)])
def test_analyze_judges_the_newest_stored_points(
    toy: Toy, command: Command, arguments: tuple[str, ...], code: int
) -> None:
    store(toy.project, [one_run(i, stepped("b", 26, 1.2)) for i in range(30)])
    done = command("dart-regression-detector", "--analyze", "--window", "25", *arguments)
    assert done.returncode == code, done.stdout + done.stderr
    assert ("newest 5 points of each series" in done.stdout) == (code < 2)


def test_analyze_judges_results_by_their_history_alone(toy: Toy, command: Command) -> None:
    for index in range(12):
        import_results(toy.project, toy.results(f"r{index:02}.json", 1e-3, commit=f"{index:040x}"))
    done = command("dart-regression-detector", "--analyze", "--input", toy.results("new.json", 2e-3))
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout.startswith("REGRESSION_DETECTED: 1 of 1 series worse")


def test_what_is_new_is_held_against_the_baselines(toy: Toy, command: Command) -> None:
    arguments = ("dart-perf-intelligence", "--baseline-compare", "--new-vs-old")
    assert command(*arguments).returncode == 4
    command("dart-perf-baseline", "--update", "--from-results", toy.results("one.json", 1e-3))
    command("dart-perf-baseline", "--update", "--from-results", toy.results("two.json", 3e-3))
    done = command(*arguments, "--format", "json")
    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout)["comparisons"][0]["scenario"] == "toy"
    assert "Give --new-vs-old with it" in command(*arguments[:2]).stderr


def test_the_gate_ends_with_its_verdict_and_writes_the_comment(toy: Toy, command: Command) -> None:
    store(toy.project, [one_run(i, stepped("b", 26, 1.2)) for i in range(30)])
    arguments = ("--gate", "--pull-request", "report.md", "--format", "json")
    failed = command("dart-regression-detector", *arguments)
    assert failed.returncode == 1, failed.stderr
    assert json.loads(failed.stdout)["verdict"] == "FAIL"
    assert (toy.root / "report.md").read_text().startswith("<!-- dart-perf:report -->\n### Performance: FAIL")
    (toy.root / "body.md").write_text("Perf-Regression-Rationale: b: it must check\n")
    passed = command("dart-regression-detector", *arguments, "--rationale-from", "body.md", "--window", "100")
    assert passed.returncode == 0, passed.stderr
    again = (toy.root / "report.md").read_text().splitlines()[-1].split()
    assert again == ["dart-regression-detector", "--gate", "--window", "100", "--rationale-from", "body.md"]
    assert command(*again).returncode == 0
    assert command("dart-regression-detector", "--gate", "--input", "nothing.json").returncode == 4
    assert command("dart-regression-detector", "--gate", "--policy", "nothing.toml").returncode == 2


def test_analyze_prints_the_record_that_the_tool_returns(toy: Toy, command: Command) -> None:
    old, new = toy.results("old.json", 1e-3), toy.results("new.json", 2e-3)
    done = command("dart-regression-detector", "--analyze", "--input", new, "--baseline", old, "--format", "json")
    said: dict[str, Any] = json.loads(done.stdout)
    assert said["status"] == "REGRESSION_DETECTED"
    assert said["series"][0]["judgement"]["ratio"] == pytest.approx(2, rel=0.02)


def test_analyze_writes_markdown_for_people_and_text_to_the_terminal(toy: Toy, command: Command) -> None:
    old, new = toy.results("old.json", 1e-3), toy.results("new.json", 2e-3)
    arguments = ("--analyze", "--input", new, "--baseline", old, "--format", "markdown", "--output", "report.md")
    done = command("dart-regression-detector", *arguments)
    assert done.stdout.startswith("REGRESSION_DETECTED: ")
    assert (toy.root / "report.md").read_text().startswith("**REGRESSION_DETECTED**: 1 of 1 series worse")


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("dart-perf-baseline", [], "choose exactly one of --capture"),
        ("dart-perf-baseline", ["--capture", "--list"], "found --capture and --list"),
        ("dart-perf-baseline", ["--capture"], "--scenario is missing"),
        ("dart-regression-detector", ["--analyze", "--baseline", "toy"], "no results"),
        ("dart-regression-detector", ["--analyze", "--input", "x.json"], "'x.json' does not exist"),
        ("dart-regression-detector", ["--plan"], "--baseline is missing"),
        ("dart-regression-detector", ["--plan", "--window", "9"], "--plan has no use for --window"),
        ("dart-regression-detector", ["--analyze", "--alert-threshold", "1.2", "--margin", "0.1"], "same thing twice"),
        ("dart-perf-monitor", [], "nothing to do"),
        ("dart-perf-monitor", ["--print-config", "cursor", "--project", "nowhere"], "nowhere does not exist"),
        ("dart-perf-baseline", ["--nonsense"], "No such option: --nonsense"),
        ("dart-regression-detector", ["--analyze", "--alert-threshold", "much"], "--alert-threshold"),
    ],
)
def test_wrong_usage_ends_with_two_and_says_what_to_do(
    command: Command, name: str, arguments: list[str], said: str
) -> None:
    done = command(name, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_a_missing_baseline_ends_with_four(command: Command) -> None:
    assert command("dart-perf-baseline", "--compare", "--scenario", "toy").returncode == 4


def test_changed_behaviour_ends_with_six(toy: Toy, command: Command) -> None:
    command("dart-perf-baseline", "--capture", "--scenario", "toy")
    toy.says(contacts=99)
    assert command("dart-perf-baseline", "--compare", "--scenario", "toy").returncode == 6


def test_an_untrusted_file_runs_nothing(toy: Toy, command: Command) -> None:
    path = toy.root / "dart-perf.toml"
    path.write_text(path.read_text() + "\n# changed\n")
    done = command("dart-perf-baseline", "--capture", "--scenario", "toy")
    assert done.returncode == 2
    assert "dart-perf-baseline --trust" in done.stderr
    assert command("dart-perf-baseline", "--trust").returncode == 0
    assert command("dart-perf-baseline", "--capture", "--scenario", "toy").returncode == 0


@pytest.mark.parametrize(
    "name", ["dart-perf-baseline", "dart-regression-detector", "dart-perf-monitor", "dart-perf-intelligence"]
)
def test_help_shows_examples(command: Command, name: str) -> None:
    done = command(name, "--help")
    assert done.returncode == 0
    assert "Examples:" in done.stdout
    assert "<bool>" not in done.stdout
    lines = [line.rstrip() for line in done.stdout.splitlines()]
    golden.check(f"help/{name}.txt", "\n".join(lines) + "\n")


@pytest.mark.parametrize("client", ["claude-code", "claude-desktop", "cursor", "vscode"])
def test_the_printed_configuration_starts_both_servers(toy: Toy, command: Command, client: str) -> None:
    done = command("dart-perf-monitor", "--print-config", client)
    said = json.loads(done.stdout)
    entries = said["servers" if client == "vscode" else "mcpServers"]
    assert list(entries) == ["performance-monitor", "regression-detector"]
    for entry in entries.values():
        assert Path(entry["command"]).is_absolute()
        assert os.access(entry["command"], os.X_OK)
        assert entry["env"]["DART_PERF_PROJECT"] == str(toy.root)
