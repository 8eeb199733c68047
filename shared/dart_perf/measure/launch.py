"""A program that runs through `launcher.py`: its streams, its end, and what it reported."""

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dart_perf.errors import MeasurementFailed
from dart_perf.measure import claim

LARGEST_OUTPUT = 64 << 20
"""Bytes of standard output that are read; a benchmark that writes more is ended."""
STDERR_TAIL = 64 << 10
"""Last bytes of standard error that are kept."""
SAID_LINES = 12
"""Last lines of standard error that a message quotes."""
POLL_SECONDS = 0.2
"""Time between two looks at `cancelled`: short for a person, nothing for the machine."""
CLOSE_SECONDS = 15.0
"""Time for the launcher to end the program; it needs its grace of 2 s at most."""
LAUNCHER = Path(__file__).with_name("launcher.py")


class Cancelled(MeasurementFailed):
    """Whoever asked for the measurement no longer wants it."""


def say_status(status: int) -> str:
    """Return how a process ended, by exit status or minus the signal's number."""
    if status >= 0:
        return f"ended with exit status {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = "unknown"
    return f"was ended by signal {-status} ({name})"


def failure(
    argv: Sequence[str], what: str, stderr: bytes | bytearray, remedy: str, stdout: bytes | bytearray = b""
) -> MeasurementFailed:
    """Return the error for a program that failed, with the last lines it wrote.

    `stdout` is quoted where standard error is empty, for a program that prints a report: pytest says there what failed.
    """
    stream, text = ("output", stdout) if stdout and not stderr.strip() else ("error", stderr)
    lines = text.decode("utf-8", "replace").splitlines()[-SAID_LINES:]
    said = f"It wrote to standard {stream}:\n" + "\n".join(lines) if lines else "It wrote nothing to standard error."
    return MeasurementFailed(f"{list(argv)} {what}; nothing of it is kept as a measurement. {remedy}. {said}")


class Launch:
    """The launcher, its streams and what was read of them."""

    def __init__(self, argv: Sequence[str], cwd: Path, env: Mapping[str, str], holding: Sequence[int] = ()) -> None:
        """Start; the launcher, not the program, also keeps the descriptors `holding` open until the group has ended.

        Those of the machine's lock, where the caller has it, are always among them.
        """
        holding = (*holding, *claim.HELD.get())
        self.argv = argv
        self.stdout, self.stderr, self._report = bytearray(), bytearray(), bytearray()
        self._reading, report = os.pipe()
        request = {"argv": list(argv), "cwd": str(cwd), "env": dict(env), "report": report, "holding": [*holding]}
        try:
            self._launcher = subprocess.Popen(
                [sys.executable, "-I", "-S", str(LAUNCHER)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=(report, *holding),
                start_new_session=True,  # Ctrl-C at a terminal reaches this process alone, which then ends the group
            )
        except BaseException:
            os.close(self._reading)
            raise
        finally:
            os.close(report)
        self._write(json.dumps(request).encode() + b"\n")

    def _write(self, line: bytes) -> None:
        if self._launcher.stdin is None:  # pragma: no cover -- asked for above
            return
        try:
            self._launcher.stdin.write(line)
            self._launcher.stdin.flush()
        except BrokenPipeError:  # the missing report says it
            return

    def wait(self, timeout: float, cancelled: Callable[[], bool]) -> None:
        """Read until the report is complete; raise where the program must be ended before."""
        deadline = time.monotonic() + timeout
        with selectors.DefaultSelector() as selector:
            for stream, sink in self._streams():
                os.set_blocking(stream, False)
                selector.register(stream, selectors.EVENT_READ, sink)
            while self._reading in selector.get_map():
                for key, _ in selector.select(POLL_SECONDS):
                    if self._read(key.fd, key.data) == b"":
                        selector.unregister(key.fd)
                if cancelled():
                    raise Cancelled(
                        f"{list(self.argv)} was ended: the measurement was cancelled. Ask again to repeat it."
                    )
                if len(self.stdout) > LARGEST_OUTPUT:
                    what = f"wrote more than {LARGEST_OUTPUT} bytes to standard output"
                    raise failure(self.argv, what, self.stderr, "Print results only")
                if time.monotonic() > deadline:
                    what = f"took longer than {timeout:g} s and was ended"
                    raise failure(self.argv, what, self.stderr, "Make it shorter or raise timeout_seconds")
        for stream, sink in self._streams():  # what the pipes still hold
            while stream != self._reading and self._read(stream, sink):
                pass

    def _streams(self) -> list[tuple[int, bytearray]]:
        out, err = self._launcher.stdout, self._launcher.stderr
        if out is None or err is None:  # pragma: no cover -- asked for above
            return []
        return [(self._reading, self._report), (out.fileno(), self.stdout), (err.fileno(), self.stderr)]

    def _read(self, stream: int, sink: bytearray) -> bytes | None:
        """Move what there is into `sink` and return it: None where there is nothing now, empty at the end."""
        try:
            part = os.read(stream, 1 << 16)
        except BlockingIOError:
            return None
        sink += part
        if sink is self.stderr:
            del sink[:-STDERR_TAIL]
        return part

    def close(self) -> None:
        """End the program where it still runs, and the launcher; nothing is left behind."""
        if self._launcher.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._launcher.stdin.close()  # tells the launcher to end the group
        try:
            self._launcher.wait(CLOSE_SECONDS)
        except subprocess.TimeoutExpired:  # not even SIGKILL ends it, e.g. in a dead network file system
            self._launcher.kill()
            self._launcher.wait()
        for stream in (self._launcher.stdout, self._launcher.stderr):
            if stream is not None:
                stream.close()
        while self._read(self._reading, self._report):
            pass
        os.close(self._reading)
        said = self._said()
        if "pid" in said and "status" not in said:  # the launcher was killed and could not end the group
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(said["pid"], signal.SIGKILL)

    def _said(self) -> dict[str, Any]:
        """Return everything that was reported so far."""
        said: dict[str, Any] = {}
        for line in self._report.splitlines():
            said |= json.loads(line)
        return said

    def cost(self) -> dict[str, Any]:
        """Return what the launcher reported."""
        said = self._said()
        if "refused" in said:
            raise MeasurementFailed(
                f"{list(self.argv)} could not be started: {said['refused']} ({said['where'] or self.argv[0]}). "
                "Check the scenario's argv and cwd, and that the program is executable."
            )
        if "status" not in said:
            raise failure(self.argv, "was lost: its launcher was killed", self.stderr, "Measure again")
        return said
