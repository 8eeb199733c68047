"""dart-perf-monitor: print the configuration that adds both servers to an agent."""

import json
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dart_perf.cli.options import ProjectOption, command_line, opened
from dart_perf.cli.output import run, say
from dart_perf.cli.start import tell
from dart_perf.errors import InvalidInput

EXAMPLES = """
\b
Examples:
  dart-perf-monitor --print-config claude-code > .mcp.json
  dart-perf-monitor --print-config claude-desktop --project /home/me/dart
  dart-perf-monitor --print-config vscode --http > .vscode/mcp.json
"""

SERVERS = {"performance-monitor": "performance_monitor", "regression-detector": "regression_detector"}
PORTS = {"performance-monitor": 8007, "regression-detector": 8008}
"""Where each listens over HTTP unless told otherwise."""
TOKEN = "DART_PERF_TOKEN"  # noqa: S105 -- the variable that holds it

app = command_line()


class Client(StrEnum):
    """An MCP client whose configuration file is known."""

    CLAUDE_CODE = "claude-code"
    CLAUDE_DESKTOP = "claude-desktop"
    CURSOR = "cursor"
    VSCODE = "vscode"


PLACES = {
    Client.CLAUDE_CODE: ".mcp.json in the project",
    Client.CLAUDE_DESKTOP: "claude_desktop_config.json (Settings > Developer > Edit Config)",
    Client.CURSOR: ".cursor/mcp.json in the project",
    Client.VSCODE: ".vscode/mcp.json in the project",
}
"""Where each client reads it; said on stderr, so that stdout is the file."""

REFERENCES = {
    Client.CLAUDE_CODE: f"${{{TOKEN}}}",
    Client.CURSOR: f"${{env:{TOKEN}}}",
    Client.VSCODE: "${input:dart-perf-token}",
}
"""How each client that connects over HTTP is told where the token is; the token itself is never written down."""
ASKED = {"type": "promptString", "id": "dart-perf-token", "description": "Token of the servers", "password": True}
"""What VS Code asks a person for, once."""


@app.command(epilog=EXAMPLES)
def monitor(
    print_config: Annotated[
        Client | None, typer.Option("--print-config", help="Print what adds both servers to this client.")
    ] = None,
    http: Annotated[
        bool, typer.Option("--http", help="Connect to servers that run already, instead of starting them.")
    ] = False,
    root: ProjectOption = None,
) -> None:
    """Set up monitoring."""
    if print_config is None:
        raise InvalidInput("nothing to do. Give --print-config claude-code|claude-desktop|cursor|vscode.")
    folder = opened(root).root
    if http:
        printed = connecting(print_config, with_token=TOKEN in os.environ)
        tell(f"start the servers in {folder}, each in a terminal of its own or as a service:\n")
        tell("".join(f"  {sys.executable} -m {module} --http\n" for module in SERVERS.values()))
    else:
        printed = config(print_config, Path(sys.executable), folder)
    tell(f"put this into {PLACES[print_config]}:\n")
    say(json.dumps(printed, indent=2) + "\n")


def config(client: Client, python: Path, folder: Path) -> dict[str, object]:
    """Return the configuration that starts both servers with absolute paths, whatever the client's folder is."""
    entries: dict[str, object] = {
        name: {
            **({"type": "stdio"} if client is Client.VSCODE else {}),
            "command": str(python),
            "args": ["-m", module],
            "env": {"DART_PERF_PROJECT": str(folder)},
        }
        for name, module in SERVERS.items()
    }
    return {"servers" if client is Client.VSCODE else "mcpServers": entries}


def connecting(client: Client, *, with_token: bool) -> dict[str, object]:
    """Return the configuration that connects to both servers over HTTP; with a token, where the client finds it.

    Raises:
        InvalidInput: the client's file knows no servers over HTTP.
    """
    if client not in REFERENCES:
        raise InvalidInput(
            f"{client} starts its servers itself. Leave --http out, or choose one of {', '.join(REFERENCES)}."
        )
    headers = {"headers": {"Authorization": f"Bearer {REFERENCES[client]}"}} if with_token else {}
    kind = {} if client is Client.CURSOR else {"type": "http"}
    entries = {name: {**kind, "url": f"http://127.0.0.1:{port}/mcp", **headers} for name, port in PORTS.items()}
    if client is not Client.VSCODE:
        return {"mcpServers": entries}
    return {**({"inputs": [ASKED]} if with_token else {}), "servers": entries}


def main() -> None:
    """Run the command."""
    run(app)
