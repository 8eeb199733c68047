"""The machine that measures: what makes timings from two places comparable, and how busy it is."""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from dart_perf.model.environment import Environment

CPUINFO = Path("/proc/cpuinfo")
ASKING_SECONDS = 10.0
"""Bound on asking a program for its version or the system for its processor; they answer in milliseconds."""
DESCRIBE = """
import json, platform, sys
from importlib import metadata
found = {}
for name in sys.argv[1:]:
    try:
        found[name] = metadata.version(name)
    except metadata.PackageNotFoundError:
        pass
minor = ".".join(platform.python_version_tuple()[:2])  # the minor version owns the bytecode that is run
print(json.dumps([platform.python_implementation() + " " + minor, found]))
"""


def environment(*, interpreter: str = "", libraries: Iterable[str] = ()) -> Environment:
    """Return this machine and what runs the measured program on it.

    `interpreter` is that program, i.e. the first item of a resolved argv (this interpreter where it is empty): a
    Python is asked for its version and for the versions of the distributions `libraries`, as far as it has them;
    of another program nothing is stated.
    """
    name, versions = _describe(interpreter or sys.executable, tuple(libraries))
    return Environment(
        cpu_model=cpu_model(),
        cores=os.cpu_count(),
        os=platform.system().lower() or None,
        architecture=platform.machine().lower() or None,
        interpreter=name,
        libraries=versions,
    )


def _describe(program: str, libraries: tuple[str, ...]) -> tuple[str | None, dict[str, str]]:
    """Return interpreter and library versions as `program` itself says them; nothing where it is no Python."""
    if not Path(program).name.startswith(("python", "pypy")):
        return None, {}
    try:
        said = json.loads(ask(program, "-c", DESCRIBE, *libraries))
        return str(said[0]), {str(name): str(version) for name, version in said[1].items()}
    except (ValueError, LookupError, AttributeError):
        return None, {}


def cpu_model() -> str | None:
    """Return the processor's name, or None where the system does not say."""
    try:
        lines = CPUINFO.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ask("/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string") or platform.processor() or None
    for key in ("model name", "Model", "Hardware"):
        for line in lines:
            name, _, value = line.partition(":")
            if name.strip() == key and value.strip():
                return " ".join(value.split())
    return platform.processor() or None


def load_average() -> float | None:
    """Return the load average of the last minute, or None where the system has none."""
    try:
        return os.getloadavg()[0]
    except (OSError, AttributeError):
        return None


def ask(*argv: str) -> str:
    """Return what a program prints; it runs in "/", because `python -c` imports from the folder it runs in."""
    try:
        done = subprocess.run(
            argv, cwd="/", stdin=subprocess.DEVNULL, capture_output=True, timeout=ASKING_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace").strip()
