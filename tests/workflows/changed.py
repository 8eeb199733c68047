"""A toy repository with a main branch, a branch that changes it, and a build whose result names what was built."""

import subprocess
import sys
from pathlib import Path

from dart_perf.measure.snapshot import Snapshot, take
from dart_perf.workflows.project import Project
from dart_perf.workflows.scenarios import trust_project
from tests.workflows.past import git, opened

TOML = """
[scenario.work]
argv = ["{python}", "{root}/bench.py"]
benchmark_files = ["bench.py"]
build = ["{python}", "{root}/build.py"]
"""
BUILD = """
import pathlib, sys
here = pathlib.Path(__file__).parent
text = (here / "source.txt").read_text()
with (here / "builds.log").open("a") as log:
    log.write("built\\n")
if text.startswith("broken"):
    print("compiling source.txt")
    sys.exit("source.txt: error: expected a number")
(here / "built.txt").write_text(text)
"""
IGNORED = ".dart-perf/\nbuilt.txt\nbuilds.log\n__pycache__/\n"


def repository(root: Path, below: str = "") -> Path:
    """Make a repository with one commit on main whose project lies in the folder `below`; return that folder."""
    git(root, "init", "--quiet", "--initial-branch=main")
    folder = root / below
    folder.mkdir(parents=True, exist_ok=True)
    (root / ".gitignore").write_text(IGNORED)
    for name, text in {
        "source.txt": "1\n",
        "build.py": BUILD,
        "bench.py": "print(1)\n",
        "dart-perf.toml": TOML,
    }.items():
        (folder / name).write_text(text)
    commit(root, "First")
    return folder


def commit(root: Path, message: str) -> str:
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", message)
    return git(root, "rev-parse", "HEAD")


def project(folder: Path) -> Project:
    found = opened(folder, 7)
    trust_project(found)
    return found


def both(found: Project, base: str = "HEAD", head: str | None = None) -> tuple[Snapshot, Snapshot]:
    return take(found.root, base, home=found.home), take(found.root, head, home=found.home)


def run(source: str, *arguments: str) -> "subprocess.Popen[str]":
    """Start a Python program."""
    return subprocess.Popen([sys.executable, "-c", source, *arguments], stdout=subprocess.PIPE, text=True)
