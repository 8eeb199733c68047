"""The edge: strict arguments, error text, compact text beside structured content, in both protocol eras."""

from collections.abc import AsyncIterator
from typing import Annotated

import pytest
from mcp import Client
from mcp.server import MCPServer
from pydantic import Field

from dart_perf.errors import NoBaseline
from dart_perf.model.answer import ImportReport
from dart_perf.serving import READS, Arguments, tool

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def build() -> MCPServer[None]:
    arguments = Arguments()
    server: MCPServer[None] = MCPServer("toy", middleware=[arguments], log_level="CRITICAL")

    @tool(server, arguments, READS)
    def measure(name: Annotated[str, Field(description="Name.")], times: int = 1) -> ImportReport:
        """Measure a thing.

        More words.
        """
        if name == "missing":
            raise NoBaseline("nothing is stored. Capture one.")
        if name == "crash":
            raise RuntimeError("a secret path /home/x")
        return ImportReport(summary=f"{name} {times / 3}", accepted=times, known=0, measurements=0)

    return server


@pytest.fixture(params=["auto", "legacy"])
async def client(request: pytest.FixtureRequest) -> AsyncIterator[Client]:
    async with Client(build(), mode=request.param) as connected:
        yield connected


async def test_an_answer_is_compact_text_and_the_same_record_structured(client: Client) -> None:
    answer = await client.call_tool("measure", {"name": "step", "times": 2})
    assert [block.text for block in answer.content if block.type == "text"] == ["step 0.6666666666666666"]
    assert answer.structured_content is not None
    assert answer.structured_content["accepted"] == 2


async def test_an_unknown_argument_is_refused_with_the_known_ones(client: Client) -> None:
    answer = await client.call_tool("measure", {"name": "step", "argv": ["rm"], "shell": True})
    assert answer.is_error
    assert "measure has no argument 'argv', 'shell'. Known are: name, times." in str(answer.content)


async def test_an_anticipated_error_reaches_the_model_and_a_crash_does_not(client: Client) -> None:
    told = await client.call_tool("measure", {"name": "missing"})
    crashed = await client.call_tool("measure", {"name": "crash"})
    assert told.is_error
    assert crashed.is_error
    assert "nothing is stored. Capture one." in str(told.content)
    assert "secret" not in str(crashed.content)


async def test_a_wrong_type_is_refused(client: Client) -> None:
    answer = await client.call_tool("measure", {"name": "step", "times": "many"})
    assert answer.is_error
    text = str(answer.content)
    assert "measure refused its arguments. times: Input should be a valid integer" in text
    assert "found 'many'. Mend them" in text.replace("\\'", "'")
    assert "errors.pydantic.dev" not in text
    assert "input_value" not in text


async def test_a_tool_shows_its_docstring_schema_and_annotations(client: Client) -> None:
    listed = (await client.list_tools()).tools[0]
    assert listed.description == "Measure a thing.\n\nMore words."
    assert listed.input_schema["properties"]["name"]["description"] == "Name."
    assert listed.output_schema is not None
    assert listed.annotations is not None
    assert listed.annotations.read_only_hint
