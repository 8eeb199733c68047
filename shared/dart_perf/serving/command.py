"""The command line of a server."""

import argparse
import os
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from dart_perf.serving.binding import LOOPBACK, Wish, bind
from dart_perf.serving.server import Server, version
from dart_perf.serving.token import TOKEN_VARIABLE, token
from dart_perf.workflows.project import Opening, open_project

LAST_PORT = 65535
EXAMPLES = """examples:
  python -m {module}                            over stdin and stdout, as an MCP client starts it
  python -m {module} --http                     http://127.0.0.1:{port}/mcp
  python -m {module} --http --port 0            on a free port; the address is said on stderr
  {variable}=... python -m {module} --http --host 0.0.0.0 --allowed-host build.example.org

over HTTP: POST, GET and DELETE /mcp speak MCP; GET /health says name, version and status, without a token.
A bind beyond loopback needs a token and every name under which clients reach the server (--allowed-host).
exit codes: 0 ended by SIGTERM over HTTP, or by the client over stdio; 2 wrong usage, or it cannot start;
130 interrupted; 143 ended by SIGTERM over stdio
"""


def run(build_server: Callable[[Opening], Server], module: str, port: int, argv: Sequence[str]) -> None:
    """Serve as `argv` says; wrong usage ends the process with 2.

    Raises:
        InvalidInput: the address cannot be served.
    """
    parser = _parser(module, port)
    given = parser.parse_args(argv)
    if not given.http:
        parser.error("these options are for HTTP: give --http too, or no option at all to serve stdin and stdout")
    wish = Wish(given.host, given.port, tuple(given.allowed_host), given.token_file)
    bound = bind(wish, token(given.token_file, os.environ))
    from dart_perf.serving.http import run_http

    run_http(build_server(cache(open_project)), bound)


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= LAST_PORT:
        raise ValueError(text)
    return number


_port.__name__ = f"port, a number in 0..{LAST_PORT}"  # what argparse calls it where it is refused


def _parser(module: str, port: int) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m {module}",
        description="Serve the project of the working directory (or DART_PERF_PROJECT) to MCP clients.",
        epilog=EXAMPLES.format(module=module, port=port, variable=TOKEN_VARIABLE),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--version", action="version", version=f"{module} {version()}")
    add("--http", action="store_true", help="streamable HTTP instead of stdin and stdout")
    add("--host", default=LOOPBACK, help=f"address to listen on ({LOOPBACK})")
    add("--port", type=_port, default=port, help=f"port to listen on ({port}); 0 takes a free one")
    add(
        "--allowed-host", action="append", default=[], metavar="NAME",
        help="name under which clients reach the server, beside those of loopback; repeat it for more; needs a token",
    )  # fmt: skip
    add(
        "--token-file", type=Path, metavar="FILE",
        help=f"file whose only line is the bearer token that clients must send; else {TOKEN_VARIABLE}",
    )  # fmt: skip
    return parser
