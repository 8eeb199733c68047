"""dart-perf-baseline --backfill as a person runs it: what it prints, what it ends with, and how it is ended."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dart_perf.measure import worktree
from dart_perf.workflows.scenarios import trust_project
from tests import golden
from tests.workflows.past import LAST, Past, made

Run = Callable[..., subprocess.CompletedProcess[str]]
SAID = "interrupted; what had been stored before is kept: see dart-perf-baseline --list\n"


@pytest.fixture
def past(tmp_path: Path) -> Past:
    return made(tmp_path)


@pytest.fixture
def run(past: Past, commands: Path, command_environment: dict[str, str]) -> Run:
    def ended(*arguments: str) -> subprocess.CompletedProcess[str]:
        argv = [str(commands / "dart-perf-baseline"), "--backfill", *arguments]
        return subprocess.run(
            argv, cwd=past.root, env=command_environment, capture_output=True, text=True, check=False, timeout=120
        )

    return ended


def test_the_text_says_what_was_measured_what_was_there_and_what_failed(past: Past, run: Run) -> None:
    span = f"{past.commits[2]}..{past.commits[4]}"
    planned = run(span, "--dry-run")
    assert (planned.returncode, past.project.store.run_ids()) == (0, ())
    done = run(span, "--format", "json", "--output", "record.json")
    assert done.returncode == 0, done.stderr
    assert "building" in done.stderr
    record = json.loads((past.root / "record.json").read_text())
    assert [commit["position"] for commit in record["measured"]] == [2, 4]
    again = run(span)
    known = run(span, "--dry-run", "--format", "json")
    assert json.loads(known.stdout)["seconds"] > 0
    said = planned.stdout + "\n" + done.stdout + "\n" + again.stdout
    for number, commit in enumerate(past.commits):
        said = said.replace(commit, f"<commit {number}>").replace(commit[:12], f"<commit {number}>")
    times = [f" in {commit['seconds']:.0f} s" for commit in record["measured"]]
    for time in times:
        said = said.replace(time, " in <n> s")
    golden.check("backfill.txt", said.replace(sys.executable, "<python>"))


def test_a_range_of_which_nothing_can_be_measured_ends_with_four(past: Past, run: Run) -> None:
    path = past.root / "dart-perf.toml"
    path.write_text(path.read_text().replace('["{python}", "build.py"]', '["false"]'))
    trust_project(past.project)
    done = run(f"{past.commits[LAST]}..")
    assert done.returncode == 4
    assert "1 commit of work: 0 measured in random order, 0 there before, 1 NOT measured" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("HEAD~1..", "--scenario", "nope"), "scenario 'nope' does not exist"),
        (("HEAD~1..", "--every", "0"), "--every"),
        (("HEAD~1..", "--margin", "0.1"), "--backfill has no use for --margin"),
        (("",), "--backfill was given an empty A..B"),
    ],
)
def test_what_cannot_be_done_ends_with_two(run: Run, arguments: tuple[str, ...], said: str) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


@pytest.mark.parametrize(
    ("number", "code", "moment"), [("SIGINT", 130, "checking out"), ("SIGTERM", 143, "block 1 of 3, work")]
)
def test_a_backfill_that_is_ended_leaves_no_worktree_and_says_how_to_go_on(
    past: Past, commands: Path, command_environment: dict[str, str], number: str, code: int, moment: str
) -> None:
    launch = (
        "import os, signal, sys; from dart_perf.cli import output; lines = output._lines;\n"
        "def watched():\n"
        "    tell = lines()\n"
        "    def report(done, total, message):\n"
        f"        message.endswith({moment!r}) and os.kill(os.getpid(), signal.{number})\n"
        "        tell(done, total, message)\n"
        "    return report\n"
        "output._lines = watched; from dart_perf.cli.start import baseline;"
        "sys.argv = ['x', '--backfill', 'HEAD~1..']; baseline()"
    )
    argv = [str(commands / "python"), "-c", launch]
    done = subprocess.run(
        argv, cwd=past.root, env=command_environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.endswith("0 measured and stored; repeat the call to go on with the rest\n" + SAID)
    assert worktree.known(past.root) == {str(past.root)}
    assert list((past.project.home / "worktrees").iterdir()) == []
    assert past.project.store.run_ids() == ()
