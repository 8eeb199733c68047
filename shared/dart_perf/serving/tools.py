"""Tools and resources: a function that returns a record becomes compact text with the same record beside it.

`PerfError` is the only error whose text reaches the model; anything else is masked by the SDK and logged.
"""

import functools
import inspect
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal, ParamSpec

import anyio
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ResourceNotFoundError, ToolError
from mcp_types import CallToolResult, TextContent, ToolAnnotations
from pydantic import Field

from dart_perf.errors import NoBaseline, PerfError
from dart_perf.model.judgement import Status
from dart_perf.model.record import Record
from dart_perf.report.visible import all_visible, visible
from dart_perf.serving.arguments import Arguments

P = ParamSpec("P")

READS = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
WRITES = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=False)
WRITES_ONCE = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=False)

Detail = Annotated[Literal["brief", "full"], Field(description="brief keeps an answer within 2,000 tokens.")]
Wait = Annotated[
    float,
    Field(description="Seconds to wait before a job handle is returned; clients often cut off at 60.", ge=0, le=600),
]


def tool(
    server: MCPServer[Any], arguments: Arguments, annotations: ToolAnnotations
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function that returns a record as a tool; its docstring and annotations are the interface."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(function, eval_str=True)
        record = signature.return_annotation

        @functools.wraps(function)
        async def call(**given: Any) -> CallToolResult:
            try:
                answer = function(**given) if inspect.iscoroutinefunction(function) else _threaded(function, given)
                return result(await answer)
            except NoBaseline as error:
                raise ToolError(visible(f"{Status.NO_BASELINE}: {error}")) from error
            except PerfError as error:
                raise ToolError(visible(str(error))) from error

        returns = Annotated[CallToolResult, record]
        call.__signature__ = signature.replace(return_annotation=returns)  # type: ignore[attr-defined]  # set for the SDK
        call.__annotations__ = {name: p.annotation for name, p in signature.parameters.items()} | {"return": returns}
        server.add_tool(call, description=inspect.cleandoc(function.__doc__ or ""), annotations=annotations)
        contexts = {name for name, p in signature.parameters.items() if _is_context(p.annotation)}
        arguments.known[function.__name__] = tuple(n for n in signature.parameters if n not in contexts)
        return function

    return register


def _is_context(annotation: Any) -> bool:
    return inspect.isclass(annotation) and issubclass(annotation, Context)


def _threaded(function: Callable[..., Any], given: dict[str, Any]) -> Awaitable[Any]:
    return anyio.to_thread.run_sync(functools.partial(function, **given))


def result(record: Record) -> CallToolResult:
    """Return compact text with the verdict first, and the record beside it."""
    from dart_perf.report.brief import rounded
    from dart_perf.report.text import render

    content = [TextContent(type="text", text=visible(render(record)))]
    structured = all_visible(rounded(record.model_dump(mode="json")))
    return CallToolResult(content=[*content], structured_content=structured)


def resource(function: Callable[P, str]) -> Callable[P, str]:
    """Let a resource's `PerfError` reach the client as `not found` with its text."""

    @functools.wraps(function)
    def read(*args: P.args, **kwargs: P.kwargs) -> str:
        try:
            return visible(function(*args, **kwargs))
        except PerfError as error:
            raise ResourceNotFoundError(visible(str(error))) from error

    return read
