"""The repositories that verify_cases.py judges: a package in src layout, its benchmark, and edits of known effect.

Four modules do four kinds of work: a plain loop, allocations, a regular expression, sorting. How many steps each does
is a number in its source, fixed by verify_calibration.py so that a process takes about 80 ms of CPU time, start-up
included. An edit that is planted changes the number of steps of one module; one that is not adds a comment.
"""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CALIBRATION = Path(__file__).parent / "results" / "verify_calibration.json"
ARMS = {"same": (40, 1.0), "slower": (40, 1.10), "faster": (40, 0.90), "slight": (20, 1.02)}
"""Number of cases, and the ratio of CPU time that is planted, by arm."""
MODULES = {
    "loops": '''"""Plain loops."""


def work() -> int:
    """Return a checksum of numbers."""
    total = 0
    for step in range({steps}):
        total = (total * 31 + step) % 65_521
    return total
''',
    "rows": '''"""Small objects that come and go."""


def work() -> int:
    """Return how many values the newest rows hold."""
    kept: list[dict[str, object]] = [{{}}] * 512
    for step in range({steps}):
        kept[step % 512] = {{"name": str(step), "values": [step, step + 1], "place": (step, 2)}}
    return sum(len(row) for row in kept)
''',
    "names": '''"""Names in a text."""

import re

NAME = re.compile(r"\\b([a-z]+)_(\\d+)\\b(?=[,;])")
TEXT = "alpha_1, beta_22; gamma 3, delta_44: epsilon_5;"


def work() -> int:
    """Return the number of names that were found."""
    found = 0
    for step in range({steps}):
        found += len(NAME.findall(TEXT, step % 7))
    return found
''',
    "order": '''"""Numbers in order."""


def work() -> int:
    """Return a checksum of sorted numbers."""
    total = 0
    for step in range({steps}):
        total += sorted([(number * 7919 + step) % 101 for number in range(24)])[step % 24]
    return total
''',
}
"""Source of each module by the kind of its work; `steps` is the amount."""
BENCH = '''"""Do the work of every module once."""

from workshop import loops, names, order, rows

print(loops.work() + names.work() + order.work() + rows.work())
'''
PYPROJECT = """[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "workshop"
version = "1.0"

[tool.hatch.build.targets.wheel]
packages = ["src/workshop"]
"""
SCENARIO = """[scenario.work]
argv = ["{python}", "{root}/bench.py"]
format = "none"
variables = { PYTHONPATH = "{root}/src" }
metrics = ["cpu_time", "wall_time"]
benchmark_files = ["bench.py"]
timeout_seconds = 60
"""
GIT = ("git", "-c", "user.name=Benchmark", "-c", "user.email=benchmark@example.org", "-c", "commit.gpgsign=false")
GIT_ENVIRONMENT = os.environ | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}


@dataclass(frozen=True, slots=True)
class Case:
    """One edit to judge."""

    arm: str
    number: int

    @property
    def name(self) -> str:
        return f"{self.arm}-{self.number:02d}"

    @property
    def module(self) -> str:
        """Module that is edited: every kind of work in turn."""
        return sorted(MODULES)[self.number % len(MODULES)]

    @property
    def dirty(self) -> bool:
        """Whether the edit stays in the working tree: every second round over the modules; else it is committed."""
        return self.number // len(MODULES) % 2 == 1


def cases(arms: Iterator[str] | list[str]) -> list[Case]:
    """Return the cases of these arms, one of each arm in turn, so that a part of them covers all arms."""
    wanted = list(arms)
    longest = max(ARMS[arm][0] for arm in wanted)
    return [Case(arm, number) for number in range(longest) for arm in wanted if number < ARMS[arm][0]]


def read_calibration() -> dict[str, Any]:
    """Return what verify_calibration.py found.

    `steps` by module, `planted` steps by arm and module, and `checks`, one for every processor: the `ratios` of CPU
    time that these steps make there.
    """
    found: dict[str, Any] = json.loads(CALIBRATION.read_text())
    return found


def git(folder: Path, *arguments: str) -> str:
    """Run git in `folder` and return what it printed."""
    done = subprocess.run(
        [*GIT, *arguments], cwd=folder, env=GIT_ENVIRONMENT, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def write_package(folder: Path, steps: Mapping[str, int]) -> None:
    """Write package and benchmark with so many steps a module."""
    package = folder / "src" / "workshop"
    package.mkdir(parents=True, exist_ok=True)
    (package / "__init__.py").write_text('"""Work of four kinds."""\n')
    for module, source in MODULES.items():
        (package / f"{module}.py").write_text(source.format(steps=steps[module]))
    (folder / "bench.py").write_text(BENCH)


def write_repository(folder: Path, steps: Mapping[str, int]) -> None:
    """Make the repository whose branch main every case starts from."""
    write_package(folder, steps)
    (folder / "dart-perf.toml").write_text(SCENARIO)
    (folder / "pyproject.toml").write_text(PYPROJECT)
    (folder / ".gitignore").write_text("__pycache__/\n.dart-perf/\n")
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message=Do four kinds of work")


def edited(case: Case, source: str, steps: int) -> str:
    """Return the module's source as the case leaves it; the comment tells one case's tree from another's."""
    head, body = source.split("\n\n\n", 1)
    planted = MODULES[case.module].format(steps=steps).split("\n\n\n", 1)[1] if case.arm != "same" else body
    if case.arm == "same" and case.number % 3 == 0:
        return f"{head}\n\n\n{body}\n# Looked at once more ({case.name}).\n"
    return f"{head}\n\n\n# Looked at once more ({case.name}).\n{planted}"


def write_case(repository: Path, folder: Path, case: Case, planted: Mapping[str, int]) -> None:
    """Clone `repository` into `folder` and edit it: on a branch, committed or left in the working tree."""
    git(repository, "clone", "--quiet", str(repository), str(folder))
    git(folder, "switch", "--quiet", "--create", case.name)
    path = folder / "src" / "workshop" / f"{case.module}.py"
    path.write_text(edited(case, path.read_text(), planted.get(f"{case.arm}-{case.module}", 0)))
    if not case.dirty:
        git(folder, "commit", "--quiet", "--all", f"--message=Look at {case.module} once more")
