"""Where the installed commands start: Ctrl-C ends with one line and 130 from the first moment on.

Only what is loaded anyway is imported here: what the commands import takes half a second, in which people interrupt.
"""

import importlib
import sys
from importlib import metadata
from pathlib import Path
from typing import NoReturn

INTERRUPTED = 130
"""Exit code after Ctrl-C: 128 + SIGINT, never 1, which means a regression."""
SAID = "interrupted; what had been stored before is kept: see dart-perf-baseline --list\n"


def baseline() -> NoReturn:
    """Run dart-perf-baseline."""
    _start("dart_perf.cli.baseline")


def detector() -> NoReturn:
    """Run dart-regression-detector."""
    _start("dart_perf.cli.detector")


def monitor() -> NoReturn:
    """Run dart-perf-monitor."""
    _start("dart_perf.cli.monitor")


def _start(module: str) -> NoReturn:
    try:
        if sys.argv[1:] == ["--version"]:
            sys.stdout.write(f"{Path(sys.argv[0]).name} {metadata.version('dart-perf')}\n")
            sys.exit(0)
        importlib.import_module(module).main()
    except KeyboardInterrupt:
        sys.stderr.write(SAID)
        sys.exit(INTERRUPTED)
    sys.exit(0)
