"""The MCP Inspector, a client that is not of the SDK, against both real servers over HTTP.

python -m tests.servers.inspector > benchmarks/results/inspector.md
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.servers.node import Node, needed
from tests.servers.suite import MODULES
from tests.servers.web import TOKEN, served

INSPECTOR = "@modelcontextprotocol/inspector@2.12.0"
OLDEST_NODE = 20
CALLS = {
    "performance_monitor": ("list_baselines", "limit=2"),
    "regression_detector": ("plan_runs", "scenario=toy"),
}
"""A tool of each server with an argument, as it answers in an empty project."""


def inspect(node: Node, folder: Path, target: Sequence[str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the Inspector on a target: a command and its arguments, or a URL."""
    argv = [*node.npx, "-y", INSPECTOR, "--cli", *target, *arguments]
    given = node.environment() | {"MCP_INSPECTOR_SECRET_STORE": "memory"}
    return subprocess.run(argv, cwd=folder, env=given, capture_output=True, text=True, check=False, timeout=240)


def over_http(url: str) -> list[str]:
    """Return the target that a server with `TOKEN` is."""
    return [f"{url}/mcp", "--transport", "http", "--header", f"Authorization: Bearer {TOKEN}"]


def section(node: Node, folder: Path, module: str) -> str:
    """Return what the Inspector says of one server, as Markdown."""
    tool, argument = CALLS[module]
    questions = (
        ("--method", "tools/list", "--strict"),
        ("--method", "resources/templates/list"),
        ("--method", "tools/call", "--tool-name", tool, "--tool-arg", argument),
    )
    lines = [f"## {module}", ""]
    with served(folder, dict(os.environ) | {"DART_PERF_TOKEN": TOKEN}, module) as server:
        for question in questions:
            done = inspect(node, folder, over_http(server.url), *question)
            lines += [f"`{' '.join(question)}`: ends with {done.returncode}", "", *answer(done), ""]
    return "\n".join(lines)


def answer(done: subprocess.CompletedProcess[str]) -> list[str]:
    """Return names where it is a list, which would be pages, else all of it."""
    try:
        found = json.loads(done.stdout)
    except ValueError:
        return ["```", *done.stdout.splitlines(), *done.stderr.splitlines(), "```"]
    listed = found.get("tools") or found.get("resourceTemplates")
    names = ", ".join(f"`{item.get('uriTemplate') or item['name']}`" for item in listed or ())
    plain = json.dumps(found, indent=1).splitlines()
    complaints = [line for line in done.stderr.splitlines() if line.strip() and not line.startswith("npm warn")]
    return [f"{len(listed)}: {names}"] if listed and not complaints else ["```json", *plain, *complaints, "```"]


def main() -> None:
    """Ask both servers and print what came back."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args()
    node = needed(OLDEST_NODE)
    with tempfile.TemporaryDirectory() as folder:
        parts = [section(node, Path(folder), module) for module in MODULES]
    head = f"`python -m tests.servers.inspector`, {INSPECTOR}, over HTTP on loopback with a token, in an empty project."
    sys.stdout.write("\n".join([head, "", *parts]))


if __name__ == "__main__":
    main()
