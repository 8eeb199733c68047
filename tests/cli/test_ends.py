"""How a command ends where something fails that has nothing to do with speed: never with 1, which is a regression."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Toy

Shell = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def shell(toy: Toy, commands: Path, command_environment: dict[str, str]) -> Shell:
    """Run a line in the toy's folder, with two files of results that differ by a factor of three."""
    toy.results("old.json", 1e-3)
    toy.results("new.json", 3e-3)
    environment = command_environment | {"PATH": f"{commands}{os.pathsep}{command_environment['PATH']}"}

    def run(line: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["/bin/bash", "-c", line],
            cwd=toy.root,
            env=environment | variables,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            encoding="utf-8",
            errors="replace",
        )

    return run


ANALYZE = "dart-regression-detector --analyze --input new.json --baseline old.json"


@pytest.mark.parametrize("streams", ["2>/dev/full", "2>&-", ">&-", ">&- 2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize(("line", "code"), [(ANALYZE, 1), ("dart-perf-baseline --import new.json", 0)])
def test_streams_that_nobody_listens_to_change_no_verdict(
    shell: Shell, toy: Toy, streams: str, line: str, code: int
) -> None:
    done = shell(f"{line} {streams}")
    assert (done.returncode, done.stderr) == (code, done.stderr if "2>" not in streams else "")
    assert toy.project.store.validate().sound


@pytest.mark.parametrize("line", ["dart-perf-monitor --print-config cursor", "dart-perf-baseline --list"])
def test_a_reader_that_has_enough_is_no_failure(shell: Shell, line: str) -> None:
    done = shell(f"{line} 2>/dev/null | true; echo ${{PIPESTATUS[0]}}")
    assert (done.stdout, done.stderr) == ("0\n", "")


def test_an_answer_that_cannot_be_written_is_no_verdict(shell: Shell) -> None:
    done = shell(f"{ANALYZE} >/dev/full")
    assert done.returncode == 2
    assert "standard output cannot be written to: No space left on device. The answer was: REGRESSION" in done.stderr


def test_a_failure_that_nobody_foresaw_is_no_regression(shell: Shell, toy: Toy) -> None:
    (toy.root / "shadow" / "numpy").mkdir(parents=True)
    (toy.root / "shadow" / "numpy" / "__init__.py").write_text("raise RuntimeError('a broken installation')\n")
    done = shell(ANALYZE, PYTHONPATH=str(toy.root / "shadow"))
    assert (done.returncode, done.stdout) == (2, "")
    assert "RuntimeError: a broken installation" in done.stderr
    assert done.stderr.endswith("itself failed, which says nothing of speed. Report it with the lines above.\n")


def test_an_argument_that_is_no_text_is_refused(shell: Shell) -> None:
    done = shell(r"dart-perf-baseline --capture --scenario toy --why $'caf\xe9'")
    assert (done.returncode, done.stdout) == (2, "")
    assert r"error: the argument 'caf\udce9' is not UTF-8. " in done.stderr


def test_what_an_encoding_cannot_write_is_shown_all_the_same(shell: Shell, toy: Toy) -> None:
    (toy.root / "café.json").write_bytes((toy.root / "old.json").read_bytes())
    done = shell("dart-perf-baseline --import café.json", PYTHONIOENCODING="ascii", PYTHONUTF8="1")
    assert done.returncode == 0
    assert done.stdout.startswith(r"caf\xe9.json: 1 new")
