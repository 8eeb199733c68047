"""Building what a commit holds: command lines in turn, with one bound in time, and their last words on failure."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from dart_perf.errors import MeasurementFailed
from dart_perf.measure.launch import Launch, say_status

SAID_LINES = 8
"""Last lines of each stream that an error quotes: where make, cmake and ninja name the first error of a small build."""


class BuildFailed(MeasurementFailed):
    """What was to be measured does not build: nothing is said about its speed."""


def build(
    steps: Sequence[Sequence[str]],
    *,
    cwd: Path,
    env: Mapping[str, str],
    timeout: float,
    cancelled: Callable[[], bool] = lambda: False,
    holding: Sequence[int] = (),
) -> None:
    """Run the steps in `cwd`, for at most `timeout` seconds together; `holding` is as in `Launch`.

    Raises:
        BuildFailed: one failed or took too long; quotes the end of its output.
        MeasurementFailed: one could not be started, wrote too much, or was cancelled.
    """
    until = time.monotonic() + timeout
    for number, argv in enumerate(steps, start=1):
        named = f"build step {number} of {len(steps)}, {list(argv)},"
        running = Launch(argv, cwd, env, holding)
        try:
            running.wait(max(0.0, until - time.monotonic()), cancelled)
        except MeasurementFailed as error:
            if time.monotonic() < until:
                raise
            what = f"{named} was ended: the build took longer than {timeout:g} s. Raise build_timeout_seconds"
            raise _failed(what, running) from error
        finally:
            running.close()
        status = int(running.cost()["status"])
        if status != 0:
            raise _failed(f"{named} {say_status(status)}", running)


def _failed(what: str, running: Launch) -> BuildFailed:
    return BuildFailed(f"{what}.{_tail('output', running.stdout)}{_tail('error', running.stderr)}")


def _tail(name: str, written: bytes | bytearray) -> str:
    lines = [line for line in written.decode("utf-8", "replace").splitlines() if line.strip()][-SAID_LINES:]
    return f"\nThe end of its standard {name}:\n" + "\n".join(lines) if lines else ""
