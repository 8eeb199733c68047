"""The commands that verify a change and judge a receipt again, as a person runs them."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.workflows.verified import FAR, TOML, repository, source

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def detector(tmp_path: Path, commands: Path, command_environment: dict[str, str]) -> Run:
    """Run dart-regression-detector in a toy repository whose working tree has a remark more."""
    folder = tmp_path / "verified"
    folder.mkdir()
    repository(folder)
    source(folder, note="# a remark\n")
    place = {"DART_PERF_PROJECT": str(folder), "DART_PERF_HOME": str(folder / ".dart-perf")}
    environment = command_environment | place
    subprocess.run([str(commands / "dart-perf-baseline"), "--trust"], cwd=folder, env=environment, check=True)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        argv = [str(commands / "dart-regression-detector"), *arguments]
        return subprocess.run(argv, cwd=folder, env=environment, capture_output=True, text=True, check=False)

    return run


def test_an_edit_is_verified_and_its_receipt_judged_again_from_a_file(detector: Run, tmp_path: Path) -> None:
    done = detector("--verify-change", "--margin", str(FAR))
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("NORMAL: work within the margin: ")
    assert lines[-1] == "next: go on: no slower than the margin allows"
    assert "checking out head" in done.stderr
    (file,) = (tmp_path / "verified" / ".dart-perf" / "receipts").iterdir()
    again = detector("--replay", str(file), "--format", "json")
    assert again.returncode == 0, again.stderr
    told = json.loads(again.stdout)
    assert (told["status"], told["same"]) == ("NORMAL", True)


def test_a_receipt_that_was_edited_is_refused(detector: Run, tmp_path: Path) -> None:
    detector("--verify-change", "--margin", str(FAR))
    (file,) = (tmp_path / "verified" / ".dart-perf" / "receipts").iterdir()
    file.write_text(file.read_text().replace('"NORMAL"', '"IMPROVEMENT_DETECTED"'))
    done = detector("--replay", str(file))
    assert done.returncode == 2
    assert "does not have the digest it was sealed with" in done.stderr


def test_an_open_verdict_ends_with_3_and_says_how_to_go_on(detector: Run) -> None:
    done = detector("--verify-change", "--scenario", "work", "--margin", "0.0001", "--budget", "1", "--format", "json")
    assert done.returncode == 3, done.stderr
    assert json.loads(done.stdout)["status"] in {"INCONCLUSIVE", "INSUFFICIENT_DATA"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--verify-change", "--scenario", "nothing"], "scenario 'nothing' does not exist"),
        (["--verify-change", "--base", "nowhere"], "nowhere"),
        (["--verify-change", "--base", "--help"], "--help"),
        (["--verify-change", "--scenario", "standard_robot"], "is built in"),
        (["--verify-change", "--window", "3"], "--verify-change has no use for --window"),
        (["--replay", "receipt-0123456789abcdef"], "no receipt 'receipt-0123456789abcdef'"),
    ],
)
def test_what_cannot_be_verified_is_refused_with_what_to_do(detector: Run, arguments: list[str], said: str) -> None:
    done = detector(*arguments)
    assert done.returncode in {2, 4}
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_ctrl_c_loses_no_pair(tmp_path: Path, commands: Path, command_environment: dict[str, str]) -> None:
    folder = tmp_path / "stopped"
    folder.mkdir()
    project = repository(folder, TOML.replace("variables", 'environment = ["STOP"]\nvariables'))
    source(folder, note="# a remark\n")
    stop = "import os, pathlib, signal; n = pathlib.Path('../count'); n.write_text(n.read_text() + 'x' if n.exists() "
    stop += "else 'x')\nif len(n.read_text()) == 12: os.kill(int(os.environ['STOP']), signal.SIGINT)\n"
    bench = folder / "bench.py"
    bench.write_text(stop + bench.read_text())
    launch = (
        "import os, sys; os.environ['STOP'] = str(os.getpid()); from dart_perf.cli.start import detector;"
        "sys.argv = ['x', '--verify-change', '--margin', '2']; detector()"
    )
    environment = command_environment | {"DART_PERF_PROJECT": str(folder), "DART_PERF_HOME": str(project.home)}
    subprocess.run([str(commands / "dart-perf-baseline"), "--trust"], cwd=folder, env=environment, check=True)
    done = subprocess.run(
        [str(commands / "python"), "-c", launch],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 130
    assert "pairs are kept; the same call goes on with them" in done.stderr
