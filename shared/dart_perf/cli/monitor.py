"""dart-perf-monitor: print the configuration that adds both servers to an agent."""

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dart_perf.cli.options import ProjectOption, command_line, opened
from dart_perf.cli.output import run
from dart_perf.errors import InvalidInput

EXAMPLES = """
\b
Examples:
  dart-perf-monitor --print-config claude-code > .mcp.json
  dart-perf-monitor --print-config claude-desktop --project /home/me/dart
"""

SERVERS = {"performance-monitor": "performance_monitor", "regression-detector": "regression_detector"}

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


@app.command(epilog=EXAMPLES)
def monitor(
    print_config: Annotated[
        Client | None, typer.Option("--print-config", help="Print what adds both servers to this client.")
    ] = None,
    root: ProjectOption = None,
) -> None:
    """Set up monitoring."""
    if print_config is None:
        raise InvalidInput("nothing to do. Give --print-config claude-code|claude-desktop|cursor|vscode.")
    folder = opened(root).root
    sys.stderr.write(f"put this into {PLACES[print_config]}:\n")
    sys.stdout.write(json.dumps(config(print_config, Path(sys.executable), folder), indent=2) + "\n")


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


def main() -> None:
    """Run the command."""
    run(app)
