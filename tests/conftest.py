"""A toy project: its benchmark prints values that the test chose, so that verdicts do not depend on the machine."""

import json
import os
import random
import signal
import sys
from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dart_perf.workflows.project import Project, open_project
from dart_perf.workflows.scenarios import trust_project

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # tests that run in a shell's background: programs inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)

PROGRAM = """
import json, os, pathlib, random, sys
said = json.loads((pathlib.Path(__file__).parent / "toy.json").read_text())
if said.get("fails"):
    sys.exit("toy is broken on purpose")
rng = random.Random(os.getpid())
samples = [said["seconds"] * rng.gauss(1.0, 0.004) for _ in range(5)]
measurement = {"benchmark": {"name": "step", "group": "dynamics"},
               "metric": {"name": "cpu_time", "unit": "s"}, "samples": samples}
print(json.dumps({"schema": "dart-perf/results/1", "producer": "toy", "version": "1.0",
                  "measurements": [measurement], "guards": [{"name": "contacts", "value": said["contacts"]}]}))
"""

TOML = """
[scenario.toy]
argv = ["{python}", "{root}/toy.py"]
files = ["toy.py", "toy.json"]
metrics = ["cpu_time"]
repetitions = 6
group = "dynamics"

[scenario.toy_without_files]
argv = ["{python}", "{root}/toy.py"]
metrics = ["cpu_time"]
repetitions = 6
"""


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@dataclass(frozen=True)
class Toy:
    """The project and a hand on what its benchmark says."""

    root: Path
    project: Project

    def says(self, seconds: float = 1e-3, contacts: int = 12, *, fails: bool = False) -> None:
        """Change the program."""
        said = {"seconds": seconds, "contacts": contacts, "fails": fails}
        (self.root / "toy.json").write_text(json.dumps(said))

    def results(self, name: str, seconds: float, count: int = 12, *, commit: str | None = None) -> str:
        """Write a file of results in the native format, one process a sample, and return its name."""
        rng = random.Random(name)
        samples = [seconds * rng.gauss(1.0, 0.004) for _ in range(count)]
        measurement = {
            "benchmark": {"name": "step", "group": "dynamics"},
            "metric": {"name": "cpu_time", "unit": "s"},
            "samples": samples,
        }
        run: dict[str, object] = {"schema": "dart-perf/results/1", "producer": "toy", "measurements": [measurement]}
        run |= {"scenario": "toy", "commit": commit} if commit else {"scenario": "toy"}
        (self.root / name).write_text(json.dumps(run))
        return name


@pytest.hookimpl(wrapper=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Generator[None]:
    """Where CI=true, a skipped test is a failure: CI has what every test needs."""
    yield
    skipped = len(terminalreporter.stats.get("skipped", []))
    if skipped and os.environ.get("CI") == "true":
        terminalreporter.write_line(f"{skipped} tests were skipped, which CI does not allow: see the reasons above")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """End with an error where CI skipped something."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") == "true" and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(autouse=True)
def _own_machine(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep trust and lock of a test apart from the user's and from other tests'."""
    folder = tmp_path_factory.mktemp("machine")
    monkeypatch.setenv("DART_PERF_STATE", str(folder / "state"))
    monkeypatch.setenv("DART_PERF_LOCK", str(folder / "measure.lock"))
    for name in ("DART_PERF_PROJECT", "DART_PERF_HOME", "DART_PERF_WHO"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def toy(tmp_path: Path) -> Toy:
    """A trusted toy project with a clock, a seed and a name of its own."""
    (tmp_path / "toy.py").write_text(PROGRAM)
    (tmp_path / "dart-perf.toml").write_text(TOML)
    opened = open_project(tmp_path, {})
    project = Project(opened.root, opened.home, opened.store, now=Clock(), rng=random.Random(7), who="tester")
    made = Toy(tmp_path, project)
    made.says()
    trust_project(project)
    return made


@pytest.fixture
def command_environment() -> dict[str, str]:
    """What a command or server of a test runs with."""
    return dict(os.environ) | {"DART_PERF_WHO": "tester", "NO_COLOR": "1", "COLUMNS": "120"}


@pytest.fixture
def commands() -> Path:
    """Return the folder of the installed commands."""
    return Path(sys.executable).parent
