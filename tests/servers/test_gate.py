"""The gate and the detection over history, as an agent calls them."""

import pytest
from mcp import Client
from mcp_types import TextContent

from regression_detector.server import build_server
from tests.conftest import Toy
from tests.workflows.histories import one_run, stepped, store

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.mark.parametrize(
    ("tool", "arguments", "first"),
    [
        ("detect_regressions", {}, "REGRESSION_DETECTED: 1 of 4 series worse"),
        ("detect_regressions", {"benchmark": "a"}, "NORMAL: the one series is shown to be within the margin of 5 %"),
        ("check_gate", {}, "FAIL: 1 regression (b cpu_time 1."),
        ("check_gate", {"rationale": "Perf-Regression-Rationale: b: it must check"}, "PASS: no failure in 4 series"),
        ("check_gate", {"results": "nothing.json"}, "FAIL: nothing was judged"),
    ],
)
async def test_the_verdict_comes_first(toy: Toy, tool: str, arguments: dict[str, str], first: str) -> None:
    store(toy.project, [one_run(i, stepped("b", 35, 1.2)) for i in range(40)])
    async with Client(build_server(lambda: toy.project)) as client:
        answer = await client.call_tool(tool, arguments)
    (said,) = answer.content
    assert isinstance(said, TextContent)
    assert said.text.startswith(first)
    assert not answer.is_error
    assert answer.structured_content is not None


async def test_a_policy_that_cannot_be_read_is_an_error(toy: Toy) -> None:
    (toy.root / "dart-perf-policy.toml").write_text("margn = 1")
    async with Client(build_server(lambda: toy.project)) as client:
        answer = await client.call_tool("check_gate", {})
    assert answer.is_error
