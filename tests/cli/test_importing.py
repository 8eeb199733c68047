"""dart-perf-baseline --import: progress on stderr, the report on stdout, and an interruption that says what is kept."""

import json
import re
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from dart_perf.workflows.imports import import_results
from tests.cli.test_interruption import SAID
from tests.conftest import Toy
from tests.workflows.test_imports import filled, native

Command = Callable[..., subprocess.CompletedProcess[str]]


def test_a_folder_is_imported_with_its_progress(toy: Toy, command: Command) -> None:
    filled(toy.root / "out", {f"{i}.json": native(i + 1) for i in range(3)} | {"notes.md": "x"})
    done = command("dart-perf-baseline", "--import", "out", "--scenario", "toy")
    assert (done.returncode, done.stderr) == (0, "reading out (0/3)\nread out (3/3)\n")
    assert done.stdout.startswith("out: 3 new and 0 known runs, 3 measurements, 0 rows left out, 1 file skipped\n")
    again = command("dart-perf-baseline", "--import", "out", "--scenario", "toy", "--format", "json")
    assert (json.loads(again.stdout)["accepted"], json.loads(again.stdout)["known"]) == (0, 3)


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"a.json": native()}, 0),
        ({"a.json": native(), "b.json": "{"}, 2),
        ({"a.txt": "no results"}, 4),
        ({"a.md": ""}, 4),
    ],
)
def test_the_exit_code_says_whether_anything_was_refused_or_found(
    toy: Toy, command: Command, files: dict[str, str], code: int
) -> None:
    filled(toy.root / "out", files)
    assert command("dart-perf-baseline", "--import", "out").returncode == code


def test_a_branch_is_imported(toy: Toy, command: Command) -> None:
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-C", str(toy.root)]
    filled(toy.root, {"dev/bench/a.json": native()})
    for arguments in (["init", "-q", "-b", "gh-pages"], ["add", "dev"], ["commit", "-q", "-m", "x"]):
        subprocess.run([*git, *arguments], check=True)
    done = command("dart-perf-baseline", "--import", "dev/bench", "--ref", "gh-pages", "--input-format", "dart-perf")
    assert done.stdout == "gh-pages:dev/bench: 1 new and 0 known runs, 1 measurement, 0 rows left out\n"
    refused = command("dart-perf-baseline", "--list", "--ref", "gh-pages")
    assert "--list has no use for --ref" in refused.stderr


IMPORT = """
import os, signal, sys
from dart_perf.workflows import import_tally, imports
import_tally.BATCH = 2
runs, read = imports._runs, []
def reading(place, entry, form):
    read.append(entry)
    if len(read) == 6:
        os.kill(os.getpid(), signal.SIGINT)
    return runs(place, entry, form)
imports._runs = reading
from dart_perf.cli.start import baseline
sys.argv = ["x", "--import", "out"]
baseline()
"""


def test_an_interruption_leaves_a_valid_store_and_says_what_is_in_it(
    toy: Toy, commands: Path, command_environment: dict[str, str]
) -> None:
    filled(toy.root / "out", {f"{i}.json": native(i + 1) for i in range(9)})
    argv = [str(commands / "python"), "-c", IMPORT]
    done = subprocess.run(
        argv, cwd=toy.root, env=command_environment, capture_output=True, text=True, check=False, timeout=60
    )
    said = "4 of 9 files were stored before (4 new runs): import again to go on, nothing comes twice.\n"
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr.endswith(said + SAID)
    assert len(toy.project.store.runs()) == 4
    assert toy.project.store.validate().sound
    assert (import_results(toy.project, "out").accepted, len(toy.project.store.runs())) == (5, 9)


IN_BATCHES = """
import sys
from dart_perf.workflows import import_tally
from dart_perf.cli.start import baseline
import_tally.BATCH = 20
sys.argv = ["x", "--import", "out"]
baseline()
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_an_interruption_from_outside_loses_nothing_that_was_said(
    toy: Toy, commands: Path, command_environment: dict[str, str], number: signal.Signals, code: int
) -> None:
    filled(toy.root / "out", {f"{i}.json": native(i + 1) for i in range(2000)})
    argv = [str(commands / "python"), "-c", IN_BATCHES]
    with subprocess.Popen(argv, cwd=toy.root, env=command_environment, stderr=subprocess.PIPE, text=True) as importing:
        assert importing.stderr is not None
        assert importing.stderr.readline() == "reading out (0/2000)\n"
        importing.send_signal(number)
        said = importing.stderr.read()
    assert importing.returncode == code
    found = re.search(r"(\d+) of 2000 files were stored before \((\d+) new runs\)", said)
    assert found, said
    assert int(found[2]) <= len(toy.project.store.runs()) < 2000
    assert toy.project.store.validate().sound
    assert len(toy.project.store.runs()) + import_results(toy.project, "out").accepted == 2000
