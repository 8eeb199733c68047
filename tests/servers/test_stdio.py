"""Both servers as real processes on real pipes, in both protocol eras; jobs that outlive client and server."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters

from dart_perf.model.measurement import Run
from dart_perf.workflows import jobs
from tests import golden
from tests.conftest import Toy

pytestmark = pytest.mark.anyio
MODES = ("auto", "legacy")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@asynccontextmanager
async def connected(toy: Toy, environment: dict[str, str], module: str, mode: str = "auto") -> AsyncIterator[Client]:
    parameters = StdioServerParameters(command=sys.executable, args=["-m", module], cwd=toy.root, env=environment)
    async with Client(parameters, mode=mode) as client:
        yield client


async def ask(client: Client, tool: str, **arguments: Any) -> tuple[str, dict[str, Any]]:
    answer = await client.call_tool(tool, arguments)
    text = "\n".join(block.text for block in answer.content if block.type == "text")
    assert not answer.is_error, text
    assert answer.structured_content is not None
    return text, dict(answer.structured_content)


@pytest.mark.parametrize("mode", MODES)
async def test_the_main_job_goes_through_both_servers(toy: Toy, command_environment: dict[str, str], mode: str) -> None:
    async with connected(toy, command_environment, "performance_monitor", mode) as monitor:
        _, captured = await ask(monitor, "capture_baseline", scenario="toy", why="before", wait_seconds=120)
        assert captured["capture"]["baseline"]["state"] == "current"
        toy.says(seconds=1.4e-3)
        text, compared = await ask(monitor, "compare_with_baseline", scenario="toy", wait_seconds=120)
    assert text.startswith("REGRESSION_DETECTED: 1 of 1 series worse beyond the margin of 5 %; worst step cpu_time 1.")
    runs = compared["comparison"]["runs"]
    async with connected(toy, command_environment, "regression_detector", mode) as detector:
        _, judged = await ask(detector, "detect_regressions", results=runs[1], baseline=runs[0])
        _, plan = await ask(detector, "plan_runs", scenario="toy")
    assert judged["status"] == "REGRESSION_DETECTED"
    assert plan["runs"] >= 3


async def test_progress_reaches_the_client_while_it_waits(toy: Toy, command_environment: dict[str, str]) -> None:
    seen: list[float] = []

    async def show(progress: float, total: float | None, message: str | None) -> None:
        assert (total, message) != (None, None)
        seen.append(progress)

    async with connected(toy, command_environment, "performance_monitor") as monitor:
        given: dict[str, Any] = {"scenario": "toy", "why": "x", "wait_seconds": 120}
        await monitor.call_tool("capture_baseline", given, progress_callback=show)
    assert seen == sorted(seen)
    assert seen[-1] == 7


async def test_a_validation_tells_the_client_how_far_it_is(toy: Toy, command_environment: dict[str, str]) -> None:
    runs = [Run(producer="t", version=str(number)) for number in range(3)]
    toy.project.store.append_runs(runs)
    seen: list[tuple[float, float | None, str | None]] = []

    async def show(progress: float, total: float | None, message: str | None) -> None:
        seen.append((progress, total, message))

    async with connected(toy, command_environment, "performance_monitor") as monitor:
        answer = await monitor.call_tool("validate_baseline", {}, progress_callback=show)
    assert answer.structured_content is not None
    assert answer.structured_content["validation"]["sound"]
    assert seen == [(0, 1, "proving the runs")]


async def test_a_job_outlives_client_and_server_and_a_new_server_polls_its_verdict(
    toy: Toy, command_environment: dict[str, str]
) -> None:
    async with connected(toy, command_environment, "performance_monitor") as monitor:
        await ask(monitor, "capture_baseline", scenario="toy", why="before", wait_seconds=120)
    gate = toy.root / "gate"
    os.mkfifo(gate)
    program = toy.root / "toy.py"
    program.write_text(f"open({str(gate)!r}).read()\n" + program.read_text())
    toy.says(seconds=1.5e-3)
    client = start_client_that_is_killed(toy, command_environment)
    job = next(iter(toy.project.store.jobs()))
    assert job.kind == "compare_with_baseline"
    assert client.returncode == -signal.SIGKILL
    while jobs.refresh(toy.project, job.id).state in {"queued", "running"}:
        open_gate(gate)
    async with connected(toy, command_environment, "regression_detector") as detector:
        text, polled = await ask(detector, "job", id=job.id)
    assert polled["status"] == "REGRESSION_DETECTED"
    assert text.startswith("REGRESSION_DETECTED")


CLIENT = """
import json, os, signal, subprocess, sys
server = subprocess.Popen([sys.executable, "-m", "performance_monitor"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
def send(message):
    server.stdin.write(json.dumps({"jsonrpc": "2.0"} | message).encode() + b"\\n"); server.stdin.flush()
client = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
send({"id": 1, "method": "initialize", "params": client})
server.stdout.readline()
send({"method": "notifications/initialized"})
call = {"name": "compare_with_baseline", "arguments": {"scenario": "toy", "wait_seconds": 0}}
send({"id": 2, "method": "tools/call", "params": call})
answer = json.loads(server.stdout.readline())
assert answer["result"]["structuredContent"]["job"]["state"] in ("queued", "running"), answer
server.kill(); server.wait()
os.kill(os.getpid(), signal.SIGKILL)
"""


def start_client_that_is_killed(toy: Toy, environment: dict[str, str]) -> subprocess.CompletedProcess[bytes]:
    """Run a client that starts a server, asks for a comparison, kills the server and then itself."""
    return subprocess.run(
        [sys.executable, "-c", CLIENT], cwd=toy.root, env=environment, check=False, timeout=120, stderr=subprocess.PIPE
    )


def open_gate(gate: Path) -> None:
    """Let one waiting process pass; return at once where none waits."""
    try:
        os.close(os.open(gate, os.O_WRONLY | os.O_NONBLOCK))
    except OSError:
        return


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("module", ["performance_monitor", "regression_detector"])
def test_a_signal_ends_a_server_that_waits_for_input(
    toy: Toy, command_environment: dict[str, str], module: str, number: signal.Signals
) -> None:
    argv = [sys.executable, "-m", module]
    with subprocess.Popen(
        argv, cwd=toy.root, env=command_environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write(
            b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25",'
            b'"capabilities":{},"clientInfo":{"name":"t","version":"1"}}}\n'
        )
        server.stdin.flush()
        assert b"serverInfo" in server.stdout.readline()
        server.send_signal(number)
        assert server.wait(timeout=30) == 128 + number


async def test_every_tool_says_what_to_do_when_there_is_no_data(toy: Toy, command_environment: dict[str, str]) -> None:
    calls: dict[str, list[tuple[str, dict[str, Any]]]] = {
        "performance_monitor": [
            ("list_baselines", {}),
            ("validate_baseline", {}),
            ("validate_baseline", {"against_commit": "abc123"}),
            ("capture_baseline", {"scenario": "nothing", "why": "x", "wait_seconds": 60}),
            ("compare_with_baseline", {"scenario": "toy", "wait_seconds": 60}),
            ("update_baseline", {"action": "promote", "why": "x", "baseline": "a/b/c/d"}),
            ("update_baseline", {"action": "roll_back", "why": "x"}),
            ("import_results", {"path": "../x.json"}),
            ("job", {"id": "job-0123456789abcdef"}),
        ],
        "regression_detector": [
            ("detect_regressions", {"results": "missing.json", "baseline": "toy"}),
            ("plan_runs", {"scenario": "toy"}),
        ],
    }
    said = []
    for module, asked in calls.items():
        async with connected(toy, command_environment, module) as client:
            for tool, arguments in asked:
                answer = await client.call_tool(tool, arguments)
                text = "\n".join(block.text for block in answer.content if block.type == "text")
                said.append(f"{tool}({arguments})\n{text}\n")
    text = re.sub(r"job-[0-9a-f]{16}", "job-ID", "\n".join(said).replace(str(toy.root), "PROJECT"))
    golden.check("no_data.txt", text)


async def test_resources_are_read_and_a_missing_one_says_what_exists(
    toy: Toy, command_environment: dict[str, str]
) -> None:
    async with connected(toy, command_environment, "performance_monitor") as monitor:
        await ask(monitor, "capture_baseline", scenario="toy", why="before", wait_seconds=120)
        contents = (await monitor.read_resource("perf://baselines/toy")).contents
        assert '"state":"current"' in str(contents)
        run = toy.project.store.runs()[0].id
        assert "samples" in str((await monitor.read_resource(f"perf://runs/{run}")).contents)
        with pytest.raises(Exception, match=r"has no baseline\. Call capture_baseline"):
            await monitor.read_resource("perf://baselines/nothing")


async def test_what_is_empty_or_blank_is_called_so(toy: Toy, command_environment: dict[str, str]) -> None:
    file = toy.results("r.json", 1e-3)
    calls: dict[str, list[tuple[str, dict[str, Any], str]]] = {
        "performance_monitor": [
            ("capture_baseline", {"scenario": "toy", "why": "  "}, "the reason is blank (why = '  '). Say why"),
            ("update_baseline", {"action": "from_results", "results": file, "why": "\t"}, "the reason is blank"),
        ],
        "regression_detector": [
            ("detect_regressions", {"results": "", "baseline": file}, "no results are named. Give a file of results"),
            ("detect_regressions", {"results": file, "baseline": ""}, "no baseline is named. Give a scenario, a"),
        ],
    }
    for module, asked in calls.items():
        async with connected(toy, command_environment, module) as client:
            for tool, arguments, said in asked:
                answer = await client.call_tool(tool, arguments)
                assert answer.is_error
                assert said in "".join(block.text for block in answer.content if block.type == "text")
    assert not toy.project.home.exists()
