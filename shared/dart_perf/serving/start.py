"""How `python -m performance_monitor` starts: over stdio without arguments, else as the arguments say."""

import sys
from collections.abc import Callable
from functools import cache

from dart_perf.errors import PerfError
from dart_perf.serving.server import Server
from dart_perf.serving.stdio import run_stdio
from dart_perf.workflows.project import Opening, open_project


def serve(build_server: Callable[[Opening], Server], module: str, port: int) -> None:
    """Serve the working directory's project; `module` is what is started, `port` its own over HTTP.

    The first call that works on the project opens it: what keeps it from being opened is the answer to every such
    call, because a server that has ended can tell an agent nothing, and can be mended while the server runs.
    Any other failure that was foreseen ends the process with one line and the failure's exit code.
    """
    try:
        if len(sys.argv) == 1:  # the way clients start it: parsing arguments costs more than all the rest of this file
            run_stdio(build_server(cache(open_project)))
            return
        from dart_perf.serving.command import run

        run(build_server, module, port, sys.argv[1:])
    except PerfError as error:
        sys.stderr.write(f"error: {error}\n")
        raise SystemExit(error.exit_code) from error
