"""Both servers over streamable HTTP: both eras, sessions and requests without any, health."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from mcp import Client

from dart_perf.serving.limits import SESSIONS
from tests.conftest import Toy
from tests.servers.web import ACCEPTED, LEGACY, MODERN, TOKEN, Served, asking, initialize, modern, served

MODULES = ("performance_monitor", "regression_detector")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(params=MODULES)
def server(request: pytest.FixtureRequest, toy: Toy, command_environment: dict[str, str]) -> Iterator[Served]:
    with served(toy.root, command_environment, request.param) as running:
        yield running


@pytest.fixture
def monitor(toy: Toy, command_environment: dict[str, str]) -> Iterator[Served]:
    with served(toy.root, command_environment) as running:
        yield running


@pytest.mark.anyio
@pytest.mark.parametrize(("mode", "version"), [("auto", MODERN), ("legacy", LEGACY)])
async def test_the_main_job_goes_through_both_servers(
    toy: Toy, command_environment: dict[str, str], mode: str, version: str
) -> None:
    with served(toy.root, command_environment) as monitor, served(toy.root, command_environment, MODULES[1]) as second:
        async with connected(monitor, mode) as client, connected(second, mode) as detector:
            assert client.protocol_version == version
            assert client.server_info is not None
            assert client.server_info.version
            given: dict[str, Any] = {"scenario": "toy", "why": "before", "wait_seconds": 120}
            seen: list[float] = []

            async def show(progress: float, total: float | None, message: str | None) -> None:
                assert (total, message) != (None, None)
                seen.append(progress)

            captured = await client.call_tool("capture_baseline", given, progress_callback=show)
            assert not captured.is_error
            toy.says(seconds=1.4e-3)
            compared = await client.call_tool("compare_with_baseline", {"scenario": "toy", "wait_seconds": 120})
            assert "REGRESSION_DETECTED" in str(compared.content)
            assert compared.structured_content is not None
            runs = compared.structured_content["comparison"]["runs"]
            judged = await detector.call_tool("detect_regressions", {"results": runs[1], "baseline": runs[0]})
    assert judged.structured_content is not None
    assert judged.structured_content["status"] == "REGRESSION_DETECTED"
    assert seen == sorted(seen)
    assert seen[-1] == 7


@asynccontextmanager
async def connected(server: Served, mode: str) -> AsyncIterator[Client]:
    async with Client(f"{server.url}/mcp", mode=mode) as client:
        yield client


def test_health_says_name_and_version_and_asks_for_no_token(toy: Toy, command_environment: dict[str, str]) -> None:
    with served(toy.root, command_environment | {"DART_PERF_TOKEN": TOKEN}) as monitor:
        answer = monitor.ask()
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert set(answer.text.split('"')[1::4]) == {"name", "version", "status"}
    assert TOKEN not in answer.text
    assert str(toy.root) not in answer.text


def test_an_old_client_has_a_session_until_it_ends_it(monitor: Served) -> None:
    session = monitor.open_session()
    listed = monitor.ask("POST", "/mcp", session, {"jsonrpc": "2.0", "id": 2, "method": "tools/list", "params": {}})
    assert "list_scenarios" in listed.text
    assert monitor.ask("DELETE", "/mcp", session).status == 200
    assert monitor.ask("POST", "/mcp", session, {"jsonrpc": "2.0", "id": 3, "method": "ping"}).status == 404


def test_a_request_of_the_new_era_stands_alone(monitor: Served) -> None:
    answer = monitor.ask("POST", "/mcp", ACCEPTED | modern("tools/list"), asking("tools/list"))
    assert answer.status == 200
    assert "mcp-session-id" not in answer.headers
    assert "list_scenarios" in answer.text
    assert "0 of 0 baselines" in monitor.call("list_baselines", {}).said()


def test_without_a_session_an_old_client_can_only_open_one(monitor: Served) -> None:
    answer = monitor.ask("POST", "/mcp", ACCEPTED, {"jsonrpc": "2.0", "id": 2, "method": "tools/list", "params": {}})
    assert answer.status == 400
    assert "Missing session ID" in answer.text


def test_sessions_are_bounded_and_one_that_ends_makes_room(monitor: Served) -> None:
    sessions = [monitor.open_session() for _ in range(SESSIONS)]
    assert monitor.ask("POST", "/mcp", ACCEPTED, initialize()).status == 503
    assert "0 of 0 baselines" in monitor.call("list_baselines", {}).said()
    assert monitor.ask("DELETE", "/mcp", sessions[0]).status == 200
    monitor.open_session()


def test_what_is_not_there_is_named(server: Served) -> None:
    lost = server.ask(path="/")
    assert (lost.status, "MCP is spoken at /mcp" in lost.text) == (404, True)
    wrong = server.ask("PUT", "/mcp", ACCEPTED, {})
    assert (wrong.status, wrong.headers["allow"]) == (405, "POST, GET, DELETE")


def test_a_token_from_a_file_opens_the_server_and_does_not_reach_the_programs(
    tmp_path: Path, toy: Toy, command_environment: dict[str, str]
) -> None:
    file = tmp_path / "token"
    file.write_text(TOKEN + "\n")
    with served(toy.root, command_environment, "performance_monitor", "--token-file", str(file)) as monitor:
        assert monitor.call("list_scenarios", {}).status == 401
        assert monitor.call("list_scenarios", {}, Authorization=f"Bearer {TOKEN}").status == 200
    with served(toy.root, command_environment | {"DART_PERF_TOKEN": TOKEN}) as monitor:
        program = toy.root / "toy.py"
        program.write_text(
            f"import os\nopen({str(toy.root / 'seen')!r}, 'w').write(os.environ.get('DART_PERF_TOKEN', 'nothing'))\n"
            + program.read_text()
        )
        given = {"scenario": "toy", "why": "x", "wait_seconds": 120}
        assert "captured" in monitor.call("capture_baseline", given, Authorization=f"Bearer {TOKEN}").said()
    assert (toy.root / "seen").read_text() == "nothing"
    assert os.environ.get("DART_PERF_TOKEN") is None


IDLE = """
from dart_perf.serving import limits
limits.SESSION_IDLE_SECONDS = 0.5
limits.SESSIONS = 2
from performance_monitor.server import main
main()
"""


def test_an_idle_session_ends_and_one_that_listens_does_not(
    tmp_path: Path, command_environment: dict[str, str]
) -> None:
    (tmp_path / "impatient.py").write_text(IDLE)
    with served(tmp_path, command_environment | {"PYTHONPATH": str(tmp_path)}, "impatient") as server:
        idle, listening = server.open_session(), server.open_session()
        with closing(server.connect()) as stream:
            stream.request("GET", "/mcp", headers=listening)
            stream.getresponse()
            while server.ask("POST", "/mcp", ACCEPTED, initialize()).status == 503:
                assert server.process.poll() is None
            ping = {"jsonrpc": "2.0", "id": 2, "method": "ping"}
            assert server.ask("POST", "/mcp", idle, ping).status == 404
            assert server.ask("POST", "/mcp", listening, ping).status == 200
