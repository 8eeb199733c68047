"""Run one program to its end and say what it cost: wall and CPU time, peak memory, load of the machine.

The program runs through `launcher.py` in a process group of its own. Whatever ends the wait - its end, the time-out, a
cancelled call, Ctrl-C, the death of this process - ends the whole group. It is never run by a shell.
"""

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from dart_perf.errors import InvalidInput, MeasurementFailed
from dart_perf.measure.launch import Launch, failure, say_status
from dart_perf.measure.machine import load_average
from dart_perf.measure.results import place_for_results, read_results

SAFE = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "SYSTEMROOT")
"""Environment variables that every program gets: it finds programs, its home and its locale, and no secrets."""


@dataclass(frozen=True, slots=True)
class Output:
    """What one process said and cost."""

    stdout: bytes
    """What it printed; what it wrote into the file that `{results}` stands for, where its argv names that."""
    stderr: str
    """Last part of standard error."""
    exit_status: int
    """0, or minus the number of the signal that ended it."""
    started: datetime
    wall_seconds: float
    cpu_seconds: float
    """User and system time of the process and of the children it waited for."""
    peak_rss_bytes: int
    """Largest resident set; nothing below the launcher's own 10 MB can be seen."""
    load_before: float | None
    load_after: float | None


def environment_for(names: Sequence[str] = (), source: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment of a program: a short safe list and the variables it `names`.

    PYTHONHASHSEED is not fixed here: one seed would measure one layout of memory as if it were the program. OpenMP and
    BLAS thread counts are left as the scenario wants them.

    Raises:
        InvalidInput: a named variable is not set.
    """
    given = os.environ if source is None else source
    missing = [name for name in names if name not in given]
    if missing:
        raise InvalidInput(
            f"environment variables the scenario needs are not set: {', '.join(missing)}. "
            "Set them where dart-perf runs, or take them out of the scenario's `environment`."
        )
    return {name: given[name] for name in (*SAFE, *names) if name in given}


def run(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    timeout: float,
    clock: Callable[[], datetime],
    cancelled: Callable[[], bool] = lambda: False,
) -> Output:
    """Run `argv` in `cwd` with exactly `env` for at most `timeout` seconds, and return its output and cost.

    `{results}` in it becomes the path of a file that does not exist yet, and what it then holds is the output.

    Raises:
        MeasurementFailed: it could not be started, failed, was ended by a signal, wrote too much or took too long.
        Cancelled: `cancelled` said so; the program was ended.
    """
    with place_for_results([_find(argv[0], env), *argv[1:]]) as (command, place):
        load_before, started = load_average(), clock()
        running = Launch(command, cwd, env)
        try:
            running.wait(timeout, cancelled)
        finally:
            running.close()
        output = _output(running, started, load_before)
        if output.exit_status != 0:
            report = b"" if place is None else running.stdout
            what = say_status(output.exit_status)
            raise failure(command, what, running.stderr, "Run it by hand and mend it", report)
        if place is None:
            return output
        written = read_results(place)
    if isinstance(written, str):
        raise failure(command, written, running.stderr, "Mend argv", running.stdout)
    return replace(output, stdout=written)


def _output(running: Launch, started: datetime, load_before: float | None) -> Output:
    cost = running.cost()
    return Output(
        stdout=bytes(running.stdout),
        stderr=running.stderr.decode("utf-8", "replace"),
        exit_status=int(cost["status"]),
        started=started,
        wall_seconds=float(cost["wall_seconds"]),
        cpu_seconds=float(cost["cpu_seconds"]),
        peak_rss_bytes=int(cost["peak_rss_bytes"]),
        load_before=load_before,
        load_after=load_average(),
    )


def _find(program: str, env: Mapping[str, str]) -> str:
    """Return the path of a program that is named without one."""
    if os.sep in program:
        return program
    path = shutil.which(program, path=env.get("PATH", os.defpath))
    if path is None:
        raise MeasurementFailed(f"{program!r} is not on PATH. Install it, or give its path in the scenario's argv.")
    return path
