"""Configurations that connect to servers over HTTP, versions, and what a terminal is shown."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import performance_monitor.server
import regression_detector.server
from dart_perf.cli.monitor import PORTS
from tests.conftest import Toy

Command = Callable[..., subprocess.CompletedProcess[str]]
CLIENTS = {
    "claude-code": ("mcpServers", {"type": "http"}, "Bearer ${DART_PERF_TOKEN}"),
    "cursor": ("mcpServers", {}, "Bearer ${env:DART_PERF_TOKEN}"),
    "vscode": ("servers", {"type": "http"}, "Bearer ${input:dart-perf-token}"),
}


def test_the_ports_are_the_servers_own() -> None:
    servers = (performance_monitor.server.PORT, regression_detector.server.PORT)
    assert tuple(PORTS.values()) == servers == (8007, 8008)


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("token", [None, "a-token-that-nobody-guesses"])
def test_a_client_is_told_where_the_servers_listen_and_never_the_token(
    command: Command, command_environment: dict[str, str], client: str, token: str | None
) -> None:
    if token:
        command_environment["DART_PERF_TOKEN"] = token
    done = command("dart-perf-monitor", "--print-config", client, "--http")
    assert done.returncode == 0, done.stderr
    key, kind, reference = CLIENTS[client]
    said = json.loads(done.stdout)
    headers = {"headers": {"Authorization": reference}} if token else {}
    urls = {"performance-monitor": "http://127.0.0.1:8007/mcp", "regression-detector": "http://127.0.0.1:8008/mcp"}
    assert said[key] == {name: {**kind, "url": url, **headers} for name, url in urls.items()}
    assert ("inputs" in said) == (client == "vscode" and token is not None)
    folder = re.escape(str(Path(sys.executable).parent))
    assert re.search(rf"{folder}/python[0-9.]* -m performance_monitor --http", done.stderr), done.stderr
    assert token is None or token not in done.stdout + done.stderr


def test_a_client_that_only_starts_servers_is_named(command: Command) -> None:
    done = command("dart-perf-monitor", "--print-config", "claude-desktop", "--http")
    assert (done.returncode, done.stdout) == (2, "")
    assert "claude-desktop starts its servers itself. Leave --http out" in done.stderr


@pytest.mark.parametrize(
    "name", ["dart-perf-baseline", "dart-perf-intelligence", "dart-perf-monitor", "dart-regression-detector"]
)
def test_a_command_says_its_version(command: Command, name: str) -> None:
    done = command(name, "--version")
    assert done.returncode == 0
    assert done.stdout.startswith(f"{name} 0.")


def test_a_terminal_is_shown_no_control_characters_of_a_program(toy: Toy, command: Command) -> None:
    program = Path(toy.root / "toy.py")
    program.write_text("import sys\nsys.exit('\\x1b[31mred\\x1b[0m \\x07bell \\u202eback')\n")
    done = command("dart-perf-baseline", "--capture", "--scenario", "toy")
    assert done.returncode == 4
    assert "red \ufffdbell \ufffdback" in done.stderr
    assert not {"\x1b", "\x07", "\u202e"} & set(done.stderr + done.stdout)


def test_serving_stdio_loads_nothing_that_only_http_or_a_command_line_needs(
    command_environment: dict[str, str],
) -> None:
    unwanted = {"argparse", "dart_perf.ingest.table", "numpy", "scipy", "typer"}  # uvicorn comes with the SDK
    code = f"import sys, performance_monitor.server\nprint(sorted({unwanted} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], env=command_environment, capture_output=True, text=True, check=True, cwd=os.sep
    )
    assert done.stdout == "[]\n"


ANSWERS = """
import sys
from pathlib import Path
from dart_perf.report.text import render
from dart_perf.workflows import baselines, checking, imports, jobs, scenarios
from dart_perf.workflows.project import open_project
from dart_perf.serving import result
project = open_project(Path(sys.argv[1]))
imported = imports.at_once(project, {"path": "a.json", "form": "auto", "scenario": None, "commit": None, "ref": None})
for record in (
    jobs.import_answer(imported, "brief"), checking.check(project), baselines.list_baselines(project),
    scenarios.list_scenarios(project),
):
    assert result(record).content
print(sorted({"numpy", "scipy", "typer"} & set(sys.modules)))
"""


def test_an_answer_that_judges_nothing_loads_nothing_that_judging_needs(
    toy: Toy, command_environment: dict[str, str]
) -> None:
    toy.results("a.json", 1e-3)
    done = subprocess.run(
        [sys.executable, "-c", ANSWERS, str(toy.root)],
        env=command_environment, capture_output=True, text=True, check=True, cwd=os.sep,
    )  # fmt: skip
    assert done.stdout == "[]\n"
