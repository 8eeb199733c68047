"""Where the installed commands start: whatever happens from the first moment on, no end but a verdict looks like one.

Ctrl-C, SIGTERM and SIGHUP end with one line and 128 plus their number, after what was begun is put away; a failure that
nobody foresaw ends with 2: Python's own 1 means a regression.
Only what is loaded anyway is imported here: what the commands import takes half a second, in which people interrupt.
"""

import io
import os
import signal
import sys
import traceback
from importlib import metadata
from pathlib import Path
from types import FrameType
from typing import NoReturn

from dart_perf.system import enter

INTERRUPTED = 130
"""Exit code after Ctrl-C: 128 + SIGINT, never 1, which means a regression."""
SAID = "interrupted; what had been stored before is kept: see dart-perf-baseline --list\n"
ENDINGS = ("SIGTERM", "SIGHUP")
"""Signals that end a command as Ctrl-C does, as `timeout`, a CI job or a closed terminal send them."""
SIGNALLED = frozenset({INTERRUPTED, *(128 + signal.Signals[name] for name in ENDINGS if hasattr(signal, name))})
"""Exit codes of a command that a signal ended."""
FAILED = 2
"""Exit code where nothing is judged, because arguments cannot be read or dart-perf itself failed."""


def baseline() -> NoReturn:
    """Run dart-perf-baseline."""
    _start("dart_perf.cli.baseline")


def detector() -> NoReturn:
    """Run dart-regression-detector."""
    _start("dart_perf.cli.detector")


def intelligence() -> NoReturn:
    """Run dart-perf-intelligence."""
    _start("dart_perf.cli.intelligence")


def monitor() -> NoReturn:
    """Run dart-perf-monitor."""
    _start("dart_perf.cli.monitor")


def tell(text: str) -> None:
    """Write to stderr; where that takes nothing, as on a full disk, go on: a verdict does not depend on it."""
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        discard(sys.stderr.fileno())


def discard(descriptor: int) -> None:
    """Let what is still written to a standard stream go nowhere."""
    os.dup2(os.open(os.devnull, os.O_RDWR), descriptor)


def _start(module: str) -> NoReturn:
    try:
        _open_streams()
        _heed_signals()
        _refuse_bytes()
        if sys.argv[1:] == ["--version"]:
            sys.stdout.write(f"{Path(sys.argv[0]).name} {metadata.version('dart-perf')}\n")
            sys.exit(0)
        enter(module)
    except KeyboardInterrupt:
        tell(SAID)
        sys.exit(INTERRUPTED)
    except Exception as error:  # noqa: BLE001 -- the last frame: nothing above could tell a failure from a verdict
        tell("".join(traceback.format_exception(error)))
        tell("error: dart-perf itself failed, which says nothing of speed. Report it with the lines above.\n")
        sys.exit(FAILED)
    sys.exit(0)


def _heed_signals() -> None:
    for name in ENDINGS:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:  # nohup ignores SIGHUP
            signal.signal(number, _end)


def _end(number: int, _frame: FrameType | None) -> NoReturn:
    signal.signal(number, signal.SIG_DFL)  # a second one ends it at once
    sys.exit(128 + number)


def _open_streams() -> None:
    """Open what the caller closed, so that no file of the store gets its number; show what no encoding can write."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:  # the lowest free number is the missing one
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), "w" if number else "r"))
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _refuse_bytes() -> None:
    for argument in sys.argv[1:]:
        if not argument.isascii() and any("\ud800" <= character <= "\udfff" for character in argument):
            tell(f"error: the argument {argument!a} is not UTF-8. Rename what it names, or give its folder.\n")
            sys.exit(FAILED)
