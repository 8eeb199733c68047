"""The tools that read the history: in memory, over stdio and over HTTP, in both eras, within what an agent may pay."""

import json
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from mcp import Client, MCPError, StdioServerParameters

from regression_detector.server import build_server
from tests.conftest import Toy
from tests.histories import commit, flat, history, step, stored
from tests.servers.web import served

pytestmark = pytest.mark.anyio
TOKENS, CHARACTERS_A_TOKEN = 2_000, 4


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def with_history(toy: Toy) -> Toy:
    stored(toy.root, history({"solve": step(60, 1.2), "load": flat()}))
    return toy


async def ask(client: Client, tool: str, **arguments: Any) -> tuple[str, dict[str, Any]]:
    answer = await client.call_tool(tool, arguments)
    text = "\n".join(block.text for block in answer.content if block.type == "text")
    assert not answer.is_error, text
    assert answer.structured_content is not None
    return text, dict(answer.structured_content)


async def read(client: Client, address: str) -> dict[str, Any]:
    (content,) = (await client.read_resource(address)).contents
    found: dict[str, Any] = json.loads(getattr(content, "text", ""))
    return found


async def look(client: Client) -> None:
    text, trends = await ask(client, "query_trends", benchmark="s*")
    assert text.startswith("1 of 1 series worse by steps or drifts of their own in the newest 200 runs of each\n")
    _, found = await ask(client, "find_change_points", commits=None, window=100)
    (change,) = found["changes"]
    assert (change["range"]["after"], change["range"]["up_to"]) == (commit(59), commit(60))
    whole = await read(client, f"perf://series/{trends['trends'][0]['series']}")
    assert (whole["total"], whole["first"], len(whole["values"]), whole["earlier"]) == (100, 0, 100, None)
    assert [one["benchmark"] for one in whole["changes"]] == ["solve"]


async def test_both_tools_and_the_resource_answer_in_memory(with_history: Toy) -> None:
    async with Client(build_server(lambda: with_history.project)) as client:
        await look(client)


@asynccontextmanager
async def over_stdio(toy: Toy, environment: dict[str, str], mode: str) -> AsyncIterator[Client]:
    module = ["-m", "regression_detector"]
    parameters = StdioServerParameters(command=sys.executable, args=module, cwd=toy.root, env=environment)
    async with Client(parameters, mode=mode) as client:
        yield client


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_both_tools_and_the_resource_answer_over_stdio(
    with_history: Toy, command_environment: dict[str, str], mode: str
) -> None:
    async with over_stdio(with_history, command_environment, mode) as client:
        await look(client)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_both_tools_and_the_resource_answer_over_http(
    with_history: Toy, command_environment: dict[str, str], mode: str
) -> None:
    with served(with_history.root, command_environment, "regression_detector") as running:
        async with Client(f"{running.url}/mcp", mode=mode) as client:
            await look(client)


async def test_hundreds_of_series_that_all_changed_fit_an_answer(toy: Toy) -> None:
    name = "a_long_suite_name/with_long_names/benchmark_{}".format
    levels = {name(i): step(10 + i % 25, 1.2 + i / 100) for i in range(40)}
    project = stored(toy.root, history(levels, range(45)))
    async with Client(build_server(lambda: project)) as client:
        for tool in ("query_trends", "find_change_points"):
            text, found = await ask(client, tool)
            assert (len(text) + len(str(found))) / CHARACTERS_A_TOKEN < TOKENS, tool
            assert found["next_cursor"]
            assert f"more: cursor '{found['next_cursor']}'" in text
            _, more = await ask(client, tool, cursor=found["next_cursor"])
            key = "trends" if tool == "query_trends" else "changes"
            assert not [one for one in more[key] if one in found[key]]


async def test_a_long_series_is_read_page_by_page(toy: Toy) -> None:
    project = stored(toy.root, history({"solve": step(60, 1.2)}, range(1100)))
    async with Client(build_server(lambda: project)) as client:
        (entry,) = project.store.series()
        newest = await read(client, f"perf://series/{entry.id}")
        assert (newest["first"], newest["earlier"]) == (600, f"perf://series/{entry.id}/600")
        middle = await read(client, newest["earlier"])
        oldest = await read(client, middle["earlier"])
        assert (oldest["first"], oldest["earlier"], oldest["commits"][0]) == (0, None, commit(0))
        assert oldest["values"] + middle["values"] + newest["values"] == pytest.approx(
            [point.samples[0] for point in project.store.points(entry.id)]
        )


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("query_trends", {"benchmark": "nothing*"}, "no series matches benchmark 'nothing*'"),
        ("query_trends", {"commits": "A"}, "'A' is no range of commits"),
        ("find_change_points", {"cursor": "x"}, "cursor 'x' names no entry"),
        ("find_change_points", {"window": 0}, "window: Input should be greater than or equal to 1"),
        ("query_trends", {"sort": "name"}, "has no argument 'sort'"),
    ],
)
async def test_what_cannot_be_answered_is_said(
    with_history: Toy, tool: str, arguments: dict[str, Any], said: str
) -> None:
    async with Client(build_server(lambda: with_history.project)) as client:
        answer = await client.call_tool(tool, arguments)
    assert answer.is_error
    assert said in str(answer.content).replace("\\'", "'")


@pytest.mark.parametrize("tool", ["query_trends", "find_change_points", "detect_regressions"])
async def test_the_first_question_of_a_history_tells_its_progress(with_history: Toy, tool: str) -> None:
    told: list[str] = []

    async def show(progress: float, total: float | None, message: str | None) -> None:
        assert total is not None
        assert progress < total
        told.append(message or "")

    async with Client(build_server(lambda: with_history.project)) as client:
        assert not (await client.call_tool(tool, {}, progress_callback=show)).is_error
        first = list(dict.fromkeys(told))
        assert first[0] == "reading runs into the cache of values"
        assert [message.startswith("computing ") for message in first[1:]] == [True] * len(first[1:])
        told.clear()
        assert not (await client.call_tool(tool, {}, progress_callback=show)).is_error
        assert told == []


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("perf://series/nobody", "no series has the id 'nobody'. query_trends lists the ids of all"),
        ("perf://series/{id}/x", "has no values before x. It has 100: give 1 to 100"),
        ("perf://series/{id}/0", "has no values before 0. It has 100"),
        ("perf://series/{id}/101", "has no values before 101"),
        ("perf://series/{id}/" + "9" * 5000, "has no values before 999"),
    ],
)
async def test_a_series_or_page_that_is_not_there_is_said(with_history: Toy, address: str, said: str) -> None:
    entry = with_history.project.store.series()[0]
    async with Client(build_server(lambda: with_history.project)) as client:
        with pytest.raises(MCPError, match=re.escape(said)):
            await client.read_resource(address.format(id=entry.id))
