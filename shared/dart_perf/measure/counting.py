"""How a program is started: as it is, or through `counter.py` where its scenario counts instead of timing."""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from dart_perf.errors import MeasurementFailed
from dart_perf.measure.counter import METRICS
from dart_perf.measure.program import command
from dart_perf.measure.variables import environment_of
from dart_perf.model.scenario import Program, Scenario

COUNTER = Path(__file__).with_name("counter.py")
FIXED = {"PYTHONHASHSEED": "0", "PYTHONMALLOC": "malloc", "OMP_NUM_THREADS": "1"}
"""What a scenario may set otherwise. One seed, because counts would not repeat with several. Python's own allocator
hides allocations from valgrind, and one object more or less shifts its pools: 1.3 % of all instructions of a loop of
strings, against 0.02 % with the C library's. Threads that turn round while they wait are counted: the chain of dartpy
took 757.2 to 758.8 million with numpy's, always the same without (benchmarks/results/planted_counts.md)."""
ASKING_SECONDS = 10.0
"""Bound on asking valgrind for its version; it answers in milliseconds."""


def invocation(scenario: Scenario, program: Program, folder: Path) -> tuple[tuple[str, ...], Path, dict[str, str]]:
    """Return argv, working directory and environment of `program` whose `{root}` is `folder`.

    Raises:
        InvalidInput: the working directory or the environment is not as it must be.
        MeasurementFailed: it counts, and there is no valgrind.
    """
    argv, cwd = command(program, folder)
    environment = environment_of(program, folder)
    if not program.counts:
        return argv, cwd, environment
    options = [
        "--valgrind", _find_valgrind(scenario.name, environment), "--counts", *map(str, program.counts),
        "--metrics", *(name for name in scenario.metrics if name in METRICS),
        "--suite", scenario.name, "--group", scenario.group, "--format", program.format,
    ]  # fmt: skip
    return (sys.executable, "-I", "-S", str(COUNTER), *options, "--", *argv), cwd, FIXED | environment


def _find_valgrind(scenario: str, environment: Mapping[str, str]) -> str:
    found = shutil.which("valgrind", path=environment.get("PATH", os.defpath))
    if found is None:
        raise MeasurementFailed(
            f"scenario {scenario!r} counts with valgrind, which is not on PATH. Install it (e.g. apt-get install "
            "valgrind; there is none for Windows or newer macOS), or take a scenario without `counts`, which is timed."
        )
    return found


def versions(program: Program) -> dict[str, str]:
    """Return the versions of what decides beside the program how much is counted; nothing of one that is timed."""
    path = shutil.which("valgrind")
    if not program.counts or path is None:
        return {}
    said = subprocess.run(
        [path, "--version"], cwd="/", stdin=subprocess.DEVNULL, capture_output=True, timeout=ASKING_SECONDS, check=False
    )
    library = " ".join(platform.libc_ver()).strip()
    return {"valgrind": said.stdout.decode("utf-8", "replace").strip()} | ({"libc": library} if library else {})
