"""What an agent sees of both servers: golden definitions, and the bounds on what they may cost."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from mcp import Client
from mcp.server import MCPServer

import performance_monitor.server
import regression_detector.server
from dart_perf.workflows.project import Opening, Project
from tests import golden
from tests.conftest import Toy

pytestmark = pytest.mark.anyio

Build = Callable[[Opening], MCPServer[None]]
SERVERS = {
    "performance-monitor": performance_monitor.server.build_server,
    "regression-detector": regression_detector.server.build_server,
}
TOOLS_AT_MOST = 15
CHARACTERS_AT_MOST = 24_000
OUTPUT_SCHEMA_AT_MOST = 5_000


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def listed(name: str, project: Project) -> list[dict[str, Any]]:
    async with Client(SERVERS[name](lambda: project)) as client:
        return [
            tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in (await client.list_tools()).tools
        ]


async def test_the_definitions_are_the_golden_ones(server: str, toy: Toy) -> None:
    tools = await listed(server, toy.project)
    for tool in tools:
        golden.check(f"tools/{server}.{tool['name']}.json", json.dumps(tool, indent=1) + "\n")
    async with Client(SERVERS[server](lambda: toy.project)) as client:
        templates = [str(t.uri_template) for t in (await client.list_resource_templates()).resource_templates]
        resources = [str(r.uri) for r in (await client.list_resources()).resources]
    golden.check(f"tools/{server}.resources.json", json.dumps(sorted(templates + resources), indent=1) + "\n")


async def test_the_definitions_stay_within_what_an_agent_may_pay(server: str, toy: Toy) -> None:
    tools = await listed(server, toy.project)
    inputs = [{key: tool[key] for key in ("name", "description", "inputSchema")} for tool in tools]
    assert len(tools) <= TOOLS_AT_MOST
    assert sum(len(json.dumps(item, separators=(",", ":"))) for item in inputs) <= CHARACTERS_AT_MOST
    for tool in tools:
        assert len(json.dumps(tool["outputSchema"], separators=(",", ":"))) <= OUTPUT_SCHEMA_AT_MOST, tool["name"]


async def test_every_tool_says_what_it_does_and_whether_it_writes(server: str, toy: Toy) -> None:
    for tool in await listed(server, toy.project):
        assert tool["description"]
        assert {"readOnlyHint", "destructiveHint", "idempotentHint"} <= tool["annotations"].keys()
        for name, field in tool["inputSchema"]["properties"].items():
            assert field.get("description"), f"{tool['name']}.{name}"
