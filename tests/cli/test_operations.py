"""The care of a store as people do it: every command of docs/operations.md, and what refuses to be done."""

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dart_perf.store import open_store
from tests.conftest import Toy
from tests.workflows.past import made

Command = Callable[..., subprocess.CompletedProcess[str]]
PAGE = (Path(__file__).resolve().parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
SECTIONS = {
    title: [line for block in re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL) for line in block.splitlines()]
    for title, text in re.findall(r"^## ([^\n]*)\n(.*?)(?=^## |\Z)", PAGE, flags=re.MULTILINE | re.DOTALL)
}
Shell = Callable[[str], subprocess.CompletedProcess[str]]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return an empty project in a folder that holds nothing else."""
    (tmp_path / "place" / "project").mkdir(parents=True)
    return tmp_path / "place" / "project"


@pytest.fixture
def shell(place: Path, commands: Path, command_environment: dict[str, str]) -> Shell:
    """Run a line of the page in the project, as a shell without any features would."""
    ann = {"GIT_AUTHOR_NAME": "ann", "GIT_AUTHOR_EMAIL": "a@b.c", "GIT_COMMITTER_NAME": "ann"}
    quiet = {"GIT_COMMITTER_EMAIL": "a@b.c", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    path = {"PATH": f"{commands}{os.pathsep}{os.environ['PATH']}"}

    def run(line: str, cwd: Path = place) -> subprocess.CompletedProcess[str]:
        words, environment = shlex.split(line), command_environment | ann | quiet | path
        while re.fullmatch(r"[A-Z_]+=.*", words[0]):
            name, _, value = words.pop(0).partition("=")
            environment[name] = value
        program = shutil.which(words[0], path=environment["PATH"])
        assert program is not None, words[0]
        done = subprocess.run(
            [program, *words[1:]], cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=120
        )
        conflicts = line.startswith("git merge") and "CONFLICT" in done.stdout
        assert done.returncode == conflicts, f"{line}\n{done.stdout}{done.stderr}"
        return done

    return run


def results(folder: Path, *days: int, scenario: str = "toy") -> str:
    """Write a file of one run a day and return its name."""
    metric = {"benchmark": {"name": "step"}, "metric": {"name": "cpu_time", "unit": "s"}}
    runs = [
        {
            "producer": "toy", "scenario": scenario, "version": "1.0", "when": f"2020-01-{day:02d}T12:00:00Z",
            "commit": f"{day:040x}", "measurements": [metric | {"samples": [1e-3 * (1 + 0.001 * day)] * 6}],
        }
        for day in days
    ]  # fmt: skip
    (folder / "r.json").write_text(json.dumps({"schema": "dart-perf/results/1", "runs": runs}))
    return "r.json"


@pytest.fixture
def project(place: Path, shell: Any) -> Path:
    """Return a project in version control with a branch `feature`, and ../laptop, each with a store of its own."""
    laptop = place.parent / "laptop"
    laptop.mkdir()
    shell("git init --quiet --initial-branch main")
    shell(f"dart-perf-baseline --import {results(place, *range(1, 7))}")
    shell(f"dart-perf-baseline --update --from-results {results(place, 7)}")
    shell("git add .dart-perf")
    shell("git commit --quiet -m start")
    shell("git checkout --quiet -b feature")
    shell(f"dart-perf-baseline --update --from-results {results(place, 8)}")
    shell("git add .dart-perf")
    shell("git commit --quiet -m feature")
    shell("git checkout --quiet main")
    shell(f"dart-perf-baseline --update --from-results {results(laptop, 20)}", laptop)
    shell(f"dart-perf-baseline --update --from-results {results(laptop, 21, scenario='other')}", laptop)
    return place


def ids(folder: Path) -> set[str]:
    return {entry.id for entry in open_store(f"file:{folder}").baselines()}


def test_every_command_of_the_page_does_what_it_says(project: Path, shell: Any) -> None:
    home, beside = project / ".dart-perf", project.parent
    (first,) = ids(home)
    said = {"Backup": "", "Restore": ""}
    for line in SECTIONS.pop("Backup"):
        said["Backup"] += shell(line).stdout
    assert "proven" in said["Backup"]
    assert "baselines/toy/" in said["Backup"]
    assert ids(beside / "speed-copy") == {first}
    for line in SECTIONS.pop("Restore"):
        said["Restore"] += shell(line).stdout
    assert "sound: 1 baselines, 7 runs" in said["Restore"]
    assert (ids(home), ids(beside / "damaged")) == ({first}, {first})
    assert first in [shell(line) for line in SECTIONS.pop("Move")][-1].stdout
    (merge,) = SECTIONS.pop("Merge")
    assert "2 new and 0 known runs, 2 new baselines" in shell(merge).stdout
    assert ids(home) == {first} | ids(beside / "laptop/.dart-perf")
    exported, known = (shell(line).stdout for line in SECTIONS.pop("Export"))
    assert exported.startswith("exported 1 series with 9 points of 9 runs")
    assert "nothing new: 0 new and" in known
    dry, both, applied = (shell(line).stdout for line in SECTIONS.pop("Prune"))
    assert dry.startswith("would go: 0 of 9 runs")
    assert both.startswith("would go: 0 of 9 runs")
    assert applied.startswith("removed: 6 of 9 runs")
    assert "nothing to do: the store has schema 2" in "".join(shell(line).stdout for line in SECTIONS.pop("Upgrade"))
    shell("git add .dart-perf")
    shell("git commit --quiet -m merged")
    (log,) = home.glob("baselines/toy/*/log.jsonl")
    log.write_bytes(log.read_bytes()[:-40])
    restored, sound = (shell(line).stdout for line in SECTIONS.pop("When `--validate` finds damage"))
    assert (restored, sound.startswith("sound: 3 baselines, 3 runs")) == ("", True)
    shell(f"dart-perf-baseline --import {results(project, 9)}")
    last = [shell(line).stdout for line in SECTIONS.pop("Version control")]
    assert any(text.startswith("sound: 4 baselines, 11 runs") for text in last)
    assert shell("git status --porcelain .dart-perf").stdout == ""
    assert SECTIONS.keys() == {"Backfill"}


def test_a_backfill_is_planned_and_done_as_the_page_says(place: Path, shell: Any) -> None:
    past = made(place)
    past.git("tag", "v1.0", past.commits[4])
    planned, done = (shell(line).stdout for line in SECTIONS["Backfill"])
    assert planned.startswith("v1.0..HEAD, every 10: 2 commits of work: 2 to measure")
    assert done.startswith("v1.0..HEAD, every 10: 2 commits of work: 2 measured in random order, 0 there before")
    assert len(past.project.store.run_ids()) == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--prune"], "say what may go"),
        (["--prune", "--older-than", "soon"], "'soon' is no age"),
        (["--prune", "--keep", "0"], "--keep"),
        (["--prune", "--keep", "5", "--apply", "--dry-run"], "--apply removes and --dry-run does not"),
        (["--prune", "--keep", "5", "--scenario", "toy"], "--prune has no use for --scenario"),
        (["--merge", "nowhere"], "is no store"),
        (["--merge", "toy.py"], "is a file"),
        (["--restore", "nowhere.tar.gz"], "is not empty"),
        (["--backup", "toy.py"], "exists already"),
        (["--upgrade", "--apply"], "--upgrade has no use for --apply"),
    ],
)
def test_what_cannot_be_done_ends_with_two_and_changes_nothing(
    toy: Toy, command: Command, arguments: list[str], said: str
) -> None:
    command("dart-perf-baseline", "--update", "--from-results", toy.results("r.json", 1e-3))
    before = {path: path.read_bytes() for path in toy.root.rglob("*") if path.is_file()}
    done = command("dart-perf-baseline", *arguments)
    assert done.returncode == 2, done.stdout
    assert said in done.stderr
    assert {path: path.read_bytes() for path in toy.root.rglob("*") if path.is_file()} == before


def test_a_backup_of_nothing_ends_with_four(command: Command) -> None:
    done = command("dart-perf-baseline", "--backup", "b.tar.gz")
    assert (done.returncode, "nothing is stored" in done.stderr) == (4, True)


def test_the_record_of_a_prune_is_printed_as_json(toy: Toy, command: Command) -> None:
    command("dart-perf-baseline", "--update", "--from-results", toy.results("r.json", 1e-3))
    done = command("dart-perf-baseline", "--prune", "--keep", "1", "--format", "json")
    said = json.loads(done.stdout)
    assert (said["applied"], said["runs"], said["stay"]) == (False, 0, ["1: a baseline stands on it"])
