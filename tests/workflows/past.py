"""A toy repository: a program whose work grows at a commit, one commit that does not build, one that behaves otherwise.

What the program says depends on its commit alone, so that no verdict depends on the machine.
"""

import random
import subprocess
from dataclasses import dataclass
from pathlib import Path

from dart_perf.workflows.project import Project, open_project
from dart_perf.workflows.scenarios import trust_project
from tests.conftest import Clock

TOML = """
[build]
steps = [["{python}", "build.py"], ["{python}", "{root}/build.py", "--again"]]

[scenario.work]
argv = ["{python}", "{root}/bench.py"]
metrics = ["cpu_time"]
repetitions = 3
benchmark_files = ["bench.py"]
version_file = "VERSION"
"""
BENCH = """
import json, pathlib, random, os
here = pathlib.Path(__file__).parent
built = json.loads((here / "built.json").read_text())
samples = [built["seconds"] * random.Random(os.getpid()).gauss(1.0, 0.004) for _ in range(3)]
measurement = {"benchmark": {"name": "step", "group": "work"}, "metric": {"name": "cpu_time", "unit": "s"},
               "samples": samples}
print(json.dumps({"schema": "dart-perf/results/1", "producer": "toy", "measurements": [measurement],
                  "guards": [{"name": "contacts", "value": built["contacts"]}]}))
"""
BUILD = """
import pathlib, sys
here = pathlib.Path(__file__).parent
text = (here / "source.json").read_text()
if text.startswith("broken"):
    print("compiling source.json")
    sys.exit("source.json: error: expected an object")
(here / "built.json").write_text(text)
"""
STEP = 5
"""From this commit on the program takes twice as long."""
BROKEN, OTHER, LAST = 3, 7, 8


@dataclass(frozen=True)
class Past:
    """The repository, its commits by number, and a project on it."""

    root: Path
    commits: tuple[str, ...]
    project: Project

    def git(self, *arguments: str) -> str:
        return git(self.root, *arguments)

    def again(self, seed: int) -> Project:
        """Return the project as another process would open it."""
        return opened(self.root, seed)


def git(root: Path, *arguments: str) -> str:
    argv = ["git", "-C", str(root), "-c", "user.name=tester", "-c", "user.email=tester@example.org", *arguments]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.strip()


def opened(root: Path, seed: int) -> Project:
    found = open_project(root, {})
    return Project(found.root, found.home, found.store, now=Clock(), rng=random.Random(seed), who="tester")


def source(number: int) -> str:
    """Return what commit `number` holds."""
    contacts = 12 if number < OTHER else 13
    text = f'{{"seconds": {1e-3 if number < STEP else 2e-3}, "contacts": {contacts}}}'
    return "broken" if number == BROKEN else text


def made(root: Path) -> Past:
    """Make the repository; the benchmark is younger than most of its commits."""
    git(root, "init", "--quiet", "--initial-branch=main")
    commits = []
    for number in range(LAST + 1):
        (root / "source.json").write_text(source(number))
        (root / "VERSION").write_text(f"1.{number}\n")
        (root / "build.py").write_text(BUILD)
        if number == LAST:
            (root / "bench.py").write_text(BENCH)
            (root / ".gitignore").write_text(".dart-perf/\nbuilt.json\n__pycache__/\n")
        git(root, "add", ".")
        git(root, "commit", "--quiet", "--message", f"Commit {number}")
        commits.append(git(root, "rev-parse", "HEAD"))
    (root / "dart-perf.toml").write_text(TOML)
    project = opened(root, 7)
    trust_project(project)
    return Past(root, tuple(commits), project)
