"""How `python -m performance_monitor` starts: over stdio without arguments, else as the arguments say."""

import sys
from collections.abc import Callable

from dart_perf.errors import PerfError
from dart_perf.serving.server import Server
from dart_perf.serving.stdio import run_stdio
from dart_perf.workflows.project import Project, open_project


def serve(build_server: Callable[[Project], Server], module: str, port: int) -> None:
    """Open the working directory's project and serve it; `module` is what is started, `port` its own over HTTP.

    A failure that was foreseen ends the process with one line and the failure's exit code.
    """
    try:
        if len(sys.argv) == 1:  # the way clients start it: parsing arguments costs more than all the rest of this file
            run_stdio(build_server(open_project()))
            return
        from dart_perf.serving.command import run

        run(build_server, module, port, sys.argv[1:])
    except PerfError as error:
        sys.stderr.write(f"error: {error}\n")
        raise SystemExit(error.exit_code) from error
