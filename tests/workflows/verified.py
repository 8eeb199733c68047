"""A toy repository whose program does as much work as its source says, and prints what it computes."""

import subprocess
from pathlib import Path

from dart_perf.workflows.project import Project
from dart_perf.workflows.scenarios import trust_project
from tests.workflows.past import git, opened

TOML = """
[scenario.work]
argv = ["{python}", "{root}/bench.py"]
benchmark_files = ["bench.py"]
metrics = ["cpu_time", "wall_time"]
variables = {PYTHONPATH = "{root}/src", PATH = "/nowhere"}  # without valgrind, which takes seconds
"""
BENCH = """
import json
from package import core
print(json.dumps({"schema": "dart-perf/results/1", "producer": "toy", "guards": [
    {"name": "result", "value": core.work()}], "measurements": [
    {"benchmark": {"name": "work"}, "metric": {"name": "cpu_time", "unit": "s"}, "samples": [1.0]}]}))
"""
SOURCE = '''"""Work."""


def work():
    total = 0
    for i in range(STEPS):
        total += i & 1
    return RESULT
'''
FAR = 2.0
"""Margin within which two equal programs lie on any machine that is not on fire."""


def source(folder: Path, steps: int = 20_000, result: int | str = 1, note: str = "") -> None:
    """Write the program's source: so much work, that result."""
    text = SOURCE.replace("STEPS", str(steps)).replace("RESULT", str(result)) + note
    (folder / "src" / "package" / "core.py").write_text(text)


def repository(folder: Path, toml: str = TOML, seed: int = 7) -> Project:
    """Make a repository with one commit on main, trusted; return its project."""
    git(folder, "init", "--quiet", "--initial-branch=main")
    (folder / "src" / "package").mkdir(parents=True)
    (folder / "src" / "package" / "__init__.py").write_text("")
    source(folder)
    (folder / "bench.py").write_text(BENCH)
    (folder / "dart-perf.toml").write_text(toml)
    (folder / ".gitignore").write_text(".dart-perf/\n__pycache__/\n")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "First")
    found = opened(folder, seed)
    trust_project(found)
    return found


def state(folder: Path) -> tuple[str, bytes, str]:
    """Return what must not change: status, index, branches."""
    said = subprocess.run(["git", "-C", str(folder), "status", "--porcelain"], capture_output=True, check=True).stdout  # noqa: S607 -- git is what it is about
    return said.decode(), (folder / ".git" / "index").read_bytes(), git(folder, "branch", "--all")
