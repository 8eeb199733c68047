"""The commands for a project and a machine that are new to it."""

import json
import subprocess
import tomllib
from collections.abc import Callable

from tests.conftest import Toy

Command = Callable[..., subprocess.CompletedProcess[str]]


def test_doctor_ends_with_zero_also_with_limits(command: Command) -> None:
    done = command("dart-perf-baseline", "--doctor", "--quick", "--format", "json")
    assert done.returncode == 0, done.stderr
    assert {limit["name"] for limit in json.loads(done.stdout)["limits"]} >= {"governor", "valgrind", "store", "lock"}
    assert "\x1b" not in command("dart-perf-baseline", "--doctor", "--quick").stdout


def test_init_writes_a_file_that_trust_then_reads(toy: Toy, command: Command) -> None:
    (toy.root / "dart-perf.toml").unlink()
    (toy.root / "benchmarks").mkdir()
    (toy.root / "benchmarks" / "plain.py").write_text("if __name__ == '__main__':\n    sum(range(10**5))\n")
    looked = command("dart-perf-baseline", "--init", "--dry-run")
    assert list(tomllib.loads(looked.stdout)["scenario"]) == ["toy", "benchmarks_plain"]
    done = command("dart-perf-baseline", "--init")
    assert (done.returncode, done.stdout.splitlines()[-1].startswith("next: read it, then dart-perf-ba")) == (0, True)
    assert "NOT TRUSTED" in command("dart-perf-baseline", "--list-scenarios").stdout
    assert command("dart-perf-baseline", "--trust").returncode == 0
    captured = command("dart-perf-baseline", "--capture", "--scenario", "benchmarks_plain", "--processes", "3")
    assert captured.returncode == 0, captured.stderr
    again = command("dart-perf-baseline", "--init")
    assert (again.returncode, "stays as it is" in again.stdout) == (0, True)


def test_options_of_one_action_are_refused_by_others(command: Command) -> None:
    done = command("dart-perf-baseline", "--trust", "--dry-run")
    assert (done.returncode, "--trust has no use for --dry-run" in done.stderr) == (2, True)
