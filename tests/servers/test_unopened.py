"""A server whose project cannot be opened: it starts, every answer says why, and what was mended works at once."""

import re
import sys
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters

from dart_perf.store import layout, seal
from tests.conftest import Toy
from tests.servers.web import served

pytestmark = pytest.mark.anyio
NEWER = re.compile(r"store\.json has schema 7; this dart-perf supports \d\. Install a newer dart-perf to read it, and")
CALLS: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "performance_monitor": [
        ("list_scenarios", {}),
        ("capture_baseline", {"scenario": "toy", "why": "x"}),
        ("compare_with_baseline", {"scenario": "toy"}),
        ("list_baselines", {}),
        ("validate_baseline", {}),
        ("update_baseline", {"action": "roll_back", "why": "x", "scenario": "toy"}),
        ("import_results", {"path": "a.json"}),
        ("job", {"id": "job-0123456789abcdef"}),
    ],
    "regression_detector": [
        ("detect_regressions", {"results": "a.json", "baseline": "b.json"}),
        ("find_change_points", {}),
        ("query_trends", {}),
        ("check_gate", {}),
        ("plan_runs", {"scenario": "toy"}),
        ("verify_change", {}),
        ("job", {"id": "job-0123456789abcdef"}),
    ],
}
RESOURCES = {
    "performance_monitor": ["perf://baselines/toy", "perf://runs/run-1"],
    "regression_detector": ["perf://runs/run-1", "perf://series/0123456789abcdef"],
}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def mark_as_newer(home: Path) -> Path:
    home.mkdir()
    mark = home / "store.json"
    mark.write_bytes(seal.seal(layout.STORE_FORMAT, {}, 7))
    return mark


def connected(root: Path, environment: dict[str, str], module: str) -> Client:
    return Client(StdioServerParameters(command=sys.executable, args=["-m", module], cwd=root, env=environment))


async def ask(client: Client, tool: str, arguments: dict[str, Any]) -> tuple[bool, str]:
    answer = await client.call_tool(tool, arguments)
    return bool(answer.is_error), "\n".join(block.text for block in answer.content if block.type == "text")


@pytest.mark.parametrize("module", CALLS)
async def test_a_store_of_a_newer_version_is_the_answer_to_every_call_until_it_is_mended(
    toy: Toy, command_environment: dict[str, str], module: str
) -> None:
    mark = mark_as_newer(toy.project.home)
    toy.results("a.json", 1e-3)
    toy.results("b.json", 1e-3)
    async with connected(toy.root, command_environment, module) as client:
        assert {tool.name for tool in (await client.list_tools()).tools} == {tool for tool, _ in CALLS[module]}
        for tool, arguments in CALLS[module]:
            failed, text = await ask(client, tool, arguments)
            assert failed, tool
            assert NEWER.search(text), (tool, text)
        for uri in RESOURCES[module]:
            with pytest.raises(Exception, match=NEWER):
                await client.read_resource(uri)
        assert "absence of evidence" in str(await client.read_resource("perf://methods"))
        mark.unlink()
        tool, arguments = CALLS[module][0]
        assert not (await ask(client, tool, arguments))[0]


def test_over_http_it_is_the_answer_too_and_health_stays_what_it_is(
    toy: Toy, command_environment: dict[str, str]
) -> None:
    mark = mark_as_newer(toy.project.home)
    with served(toy.root, command_environment) as server:
        assert NEWER.search(server.call("list_baselines", {}).said())
        assert '"status":"ok"' in server.ask().text
        mark.unlink()
        assert server.call("list_baselines", {}).said().startswith("0 of 0 baselines")


OBSTACLES: dict[str, tuple[str, bytes, str]] = {
    "a file in place of the store": ("home", b"", "home is a file. Name a folder"),
    "a damaged mark": ("home/store.json", b"{", "store.json, byte 1: not JSON"),
    "a broken dart-perf.toml": ("later/dart-perf.toml", b"x = ", "dart-perf.toml is not TOML"),
    "a file in place of the project": ("later", b"", "later does not exist. Start in the project"),
}


@pytest.mark.parametrize("obstacle", OBSTACLES)
async def test_whatever_can_be_mended_while_the_server_runs_is_an_answer(
    toy: Toy, command_environment: dict[str, str], obstacle: str
) -> None:
    name, content, said = OBSTACLES[obstacle]
    root, path = toy.root / "later", toy.root / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    if path != root:
        root.mkdir(exist_ok=True)
    environment = command_environment | {"DART_PERF_PROJECT": str(root), "DART_PERF_HOME": str(toy.root / "home")}
    async with connected(toy.root, environment, "performance_monitor") as client:
        failed, text = await ask(client, "list_scenarios", {})
        assert failed
        assert said in text
        path.unlink()
        root.mkdir(exist_ok=True)
        failed, text = await ask(client, "list_scenarios", {})
        assert not failed, text
