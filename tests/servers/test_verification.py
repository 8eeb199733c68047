"""verify_change as an agent calls it, over a real transport."""

import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters

from tests.workflows.verified import FAR, repository, source

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def folder(tmp_path: Path, commands: Path, command_environment: dict[str, str]) -> Path:
    place = tmp_path / "verified"
    place.mkdir()
    repository(place)
    trust = [str(commands / "dart-perf-baseline"), "--trust"]
    subprocess.run(trust, cwd=place, env=_environment(place, command_environment), check=True)
    return place


def _environment(folder: Path, environment: dict[str, str]) -> dict[str, str]:
    return environment | {"DART_PERF_PROJECT": str(folder), "DART_PERF_HOME": str(folder / ".dart-perf")}


@asynccontextmanager
async def connected(folder: Path, environment: dict[str, str]) -> AsyncIterator[Client]:
    parameters = StdioServerParameters(
        command=sys.executable, args=["-m", "regression_detector"], cwd=folder, env=_environment(folder, environment)
    )
    async with Client(parameters) as client:
        yield client


async def ask(client: Client, tool: str, **arguments: Any) -> tuple[str, dict[str, Any]]:
    answer = await client.call_tool(tool, arguments)
    text = "\n".join(block.text for block in answer.content if block.type == "text")
    assert not answer.is_error, text
    return text, dict(answer.structured_content or {})


async def test_an_edit_is_answered_within_one_call(folder: Path, command_environment: dict[str, str]) -> None:
    source(folder, note="# a remark\n")
    async with connected(folder, command_environment) as client:
        text, answer = await ask(client, "verify_change", margin=FAR, wait_seconds=120)
    assert text.startswith("NORMAL: work within the margin: ")
    assert text.splitlines()[-1].startswith("next: ")
    assert len(text) < 8000
    assert answer["status"] == "NORMAL"
    assert answer["verification"]["scenarios"][0]["receipt"].startswith("receipt-")


async def test_a_call_that_is_left_goes_on_and_a_later_edit_is_another_question(
    folder: Path, command_environment: dict[str, str]
) -> None:
    source(folder, note="# one\n")
    async with connected(folder, command_environment) as client:
        _, first = await ask(client, "verify_change", margin=FAR, wait_seconds=0)
        source(folder, note="# two\n")
        _, second = await ask(client, "verify_change", margin=FAR, wait_seconds=0)
    assert first["status"] is None
    assert first["job"]["id"] != second["job"]["id"]
    async with connected(folder, command_environment) as client:
        ends = [await ask(client, "job", id=one["job"]["id"], wait_seconds=120) for one in (first, second)]
    assert [end["status"] for _, end in ends] == ["NORMAL", "NORMAL"]
    assert all(text.startswith("NORMAL: ") for text, _ in ends)
    assert sorted(end["result"]["scenarios"][0]["attempt"] for _, end in ends) == [1, 2]


async def test_what_cannot_be_verified_is_said_at_once(folder: Path, command_environment: dict[str, str]) -> None:
    async with connected(folder, command_environment) as client:
        unknown = await client.call_tool("verify_change", {"scenarios": ["nothing"]})
        nothing = await client.call_tool("verify_change", {"wait_seconds": 60})
        odd = await client.call_tool("verify_change", {"scenario": "work"})
    said = ["".join(block.text for block in one.content if block.type == "text") for one in (unknown, nothing, odd)]
    assert "scenario 'nothing' does not exist. Known are: " in said[0]
    assert "nothing changed since" in said[1]
    assert "scenarios" in said[2]
    assert all(one.is_error for one in (unknown, nothing, odd))
