"""Ctrl-C ends with 130 and one true line, whenever it comes."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from dart_perf.workflows import baselines
from tests.conftest import Toy

Command = Callable[..., subprocess.CompletedProcess[str]]
SAID = "interrupted; what had been stored before is kept: see dart-perf-baseline --list\n"


def capture(toy: Toy, python: Path, environment: dict[str, str], before: str) -> subprocess.CompletedProcess[str]:
    """Capture the toy in a process that runs the statement `before` first."""
    launch = (
        f"import os, sys; {before};"
        "from dart_perf.cli.start import baseline; sys.argv = ['x', '--capture', '--scenario', 'toy']; baseline()"
    )
    argv = [str(python), "-c", launch]
    return subprocess.run(argv, cwd=toy.root, env=environment, capture_output=True, text=True, check=False, timeout=60)


def test_an_interruption_while_measuring_stores_nothing(
    toy: Toy, command: Command, commands: Path, command_environment: dict[str, str]
) -> None:
    program = toy.root / "toy.py"
    program.write_text("import os, signal, time; os.kill(int(os.environ['STOP']), signal.SIGINT); time.sleep(60)\n")
    path = toy.root / "dart-perf.toml"
    path.write_text(path.read_text().replace("repetitions = 6", 'repetitions = 6\nenvironment = ["STOP"]', 1))
    command("dart-perf-baseline", "--trust")
    done = capture(toy, commands / "python", command_environment, "os.environ['STOP'] = str(os.getpid())")
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr.endswith(SAID)
    assert toy.project.store.runs() == ()


def test_an_interruption_after_sealing_does_not_deny_what_was_stored(
    toy: Toy, commands: Path, command_environment: dict[str, str]
) -> None:
    before = "from dart_perf.cli import output; output.say = lambda text: os.kill(os.getpid(), 2)"
    done = capture(toy, commands / "python", command_environment, before)
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr.endswith(SAID)
    assert len(toy.project.store.baselines("toy")) == 1


@pytest.mark.parametrize(("number", "code"), [("SIGTERM", 143), ("SIGHUP", 129)])
def test_a_backup_that_is_ended_puts_away_what_it_had_begun(
    toy: Toy, commands: Path, command_environment: dict[str, str], number: str, code: int
) -> None:
    baselines.update(toy.project, "from_results", why="x", results=toy.results("one.json", 1e-3))
    (toy.root / "elsewhere").mkdir()
    launch = (
        "import os, signal, sys; from dart_perf.store import archive;"
        f"archive.pack = lambda *a, **k: os.kill(os.getpid(), signal.{number});"
        "from dart_perf.cli.start import baseline;"
        "sys.argv = ['x', '--backup', 'elsewhere/b.tar.gz']; baseline()"
    )
    argv = [str(commands / "python"), "-c", launch]
    done = subprocess.run(
        argv, cwd=toy.root, env=command_environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.endswith(SAID)
    assert list((toy.root / "elsewhere").iterdir()) == []


@pytest.mark.parametrize(
    "name", ["dart-perf-baseline", "dart-regression-detector", "dart-perf-monitor", "dart-perf-intelligence"]
)
def test_an_interruption_while_a_command_loads_is_no_traceback(
    tmp_path: Path, commands: Path, command_environment: dict[str, str], name: str
) -> None:
    (tmp_path / "typer.py").write_text("raise KeyboardInterrupt\n")
    environment = command_environment | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [str(commands / name), "--help"], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", SAID)
