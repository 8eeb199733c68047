"""How many instructions one whole process takes, counted by valgrind's cachegrind; what it starts is counted too."""

import re
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from dart_perf.errors import MeasurementFailed
from dart_perf.measure.counting import FIXED
from dart_perf.measure.process import run

SLOWER = 60.0
"""Time of a process under cachegrind, in its CPU time without: 28 to 43 for dartpy (n 8,
benchmarks/results/verify_dartpy.md), and more on a machine where it waits for others."""
_TOTAL = re.compile(r"^==\d+== I\s+refs:\s+([\d,]+)\s*$", re.MULTILINE)
_OPTIONS = ("--command-line-only=yes", "--vgdb=no", "--trace-children=yes", "--tool=cachegrind", "--cache-sim=no")


def count_whole(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    timeout: float,
    clock: Callable[[], datetime],
    cancelled: Callable[[], bool] = lambda: False,
) -> int:
    """Return the instructions of one run of `argv` from start to end.

    Raises:
        MeasurementFailed: there is no valgrind, it or the program failed, or its log holds no number.
        Cancelled: as asked.
    """
    program = shutil.which("valgrind", path=env.get("PATH"))
    if program is None:
        raise MeasurementFailed("valgrind is not on PATH. Install it to have instructions counted beside the time.")
    with tempfile.TemporaryDirectory(prefix="dart-perf-counts-") as folder:
        logs = Path(folder)
        command = [program, *_OPTIONS, "--cachegrind-out-file=/dev/null", f"--log-file={logs}/%p.log", *argv]
        run(command, cwd=cwd, env=FIXED | dict(env), timeout=timeout, clock=clock, cancelled=cancelled)
        said = [path.read_text(errors="replace") for path in sorted(logs.iterdir())]
    found = [int(match[1].replace(",", "")) for text in said for match in _TOTAL.finditer(text)]
    if not found:
        raise MeasurementFailed(f"valgrind counted nothing of {list(argv)}. Run it under cachegrind by hand.")
    return sum(found)
