"""--export-history writes the history whole or not at all, and --import reads it back."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from dart_perf.store import open_store
from dart_perf.workflows.imports import import_results
from tests.conftest import Toy

Command = Callable[..., subprocess.CompletedProcess[str]]
FILE = "performance_history.json"


@pytest.fixture
def filled(toy: Toy) -> Toy:
    for number in range(4):
        import_results(toy.project, toy.results(f"{number}.json", 1e-3, commit=f"{number}" * 8))
    return toy


def test_an_exported_history_is_imported_into_another_store(
    filled: Toy, command: Command, command_environment: dict[str, str]
) -> None:
    done = command("dart-perf-intelligence", "--export-history", FILE)
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "exported 1 series with 4 points of 4 runs")
    assert done.stderr.endswith(f"written to {FILE}\n")
    command_environment["DART_PERF_HOME"] = str(filled.root / "other")
    again = command("dart-perf-baseline", "--import", FILE)
    assert again.returncode == 0, again.stderr
    other = open_store(f"file:{filled.root / 'other'}")
    assert other.series() == filled.project.store.series()
    assert other.runs() == filled.project.store.runs()


def test_options_choose_what_is_exported_and_the_record_is_printed_apart(filled: Toy, command: Command) -> None:
    done = command("dart-perf-intelligence", "--export-history", FILE, "--window", "2", "--format", "json")
    assert done.returncode == 0, done.stderr
    size = (filled.root / FILE).stat().st_size
    assert json.loads(done.stdout) | {"next_step": ""} == {
        "summary": "exported 1 series with 2 points of 2 runs", "series": 1, "points": 2, "runs": 2, "bytes": size,
        "warnings": [], "next_step": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((FILE, "--benchmark", "nothing*"), 4, "no series matches benchmark 'nothing*'"),
        (("missing/x.json",), 2, "the folder"),
        ((FILE, "--limit", "3"), 2, "--export-history has no use for --limit"),
        ((FILE, "--commits", "abc"), 2, "is no range of commits"),
    ],
)
def test_what_cannot_be_exported_leaves_the_file_as_it_was(
    filled: Toy, command: Command, arguments: tuple[str, ...], code: int, said: str
) -> None:
    (filled.root / FILE).write_text("before")
    before = sorted(filled.root.iterdir())
    done = command("dart-perf-intelligence", "--export-history", *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert ((filled.root / FILE).read_text(), sorted(filled.root.iterdir())) == ("before", before)


@pytest.mark.parametrize(("number", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_an_export_that_is_ended_leaves_nothing(
    filled: Toy, commands: Path, command_environment: dict[str, str], number: str, code: int
) -> None:
    before = sorted(filled.root.iterdir())
    launch = (
        "import os, signal, sys; from dart_perf.store.files import FileStore; whole = FileStore.run;"
        f"FileStore.run = lambda store, name: (os.kill(os.getpid(), signal.{number}), whole(store, name))[1];"
        f"from dart_perf.cli.start import intelligence; sys.argv = ['x', '--export-history', {FILE!r}]; intelligence()"
    )
    argv = [str(commands / "python"), "-c", launch]
    done = subprocess.run(
        argv, cwd=filled.root, env=command_environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout) == (code, "")
    assert sorted(filled.root.iterdir()) == before
