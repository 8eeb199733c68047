"""The edge where records meet MCP: tools, strict arguments, error text, signals, transports.

A tool function returns a record; here it becomes compact text (verdict first) with the same record as structured
content. `PerfError` is the only error whose text reaches the model; anything else is masked by the SDK and logged.
"""

import functools
import inspect
import os
import re
import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, ParamSpec, TypeVar

import anyio
from mcp.server import MCPServer, ServerRequestContext
from mcp.server.context import CallNext, HandlerResult
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ResourceNotFoundError, ToolError
from mcp_types import CallToolResult, TextContent, ToolAnnotations
from pydantic import Field

from dart_perf.errors import NoBaseline, PerfError
from dart_perf.model.answer import JobAnswer
from dart_perf.model.job import ENDED, Job
from dart_perf.model.judgement import Status
from dart_perf.model.record import Record
from dart_perf.workflows import jobs, reading
from dart_perf.workflows.project import Project, open_project

P = ParamSpec("P")
R = TypeVar("R")

READS = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
WRITES = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=False)
WRITES_ONCE = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=False)

Detail = Annotated[Literal["brief", "full"], Field(description="brief keeps an answer within 2,000 tokens.")]
Wait = Annotated[
    float,
    Field(description="Seconds to wait before a job handle is returned; clients often cut off at 60.", ge=0, le=600),
]
POLL_SECONDS = 0.1
"""How often a job's record is read while a call waits for it; a record is one small file."""


@dataclass(slots=True)
class Arguments:
    """The arguments each tool knows; as middleware it refuses all others, which the SDK would silently drop."""

    known: dict[str, tuple[str, ...]] = field(default_factory=dict)

    async def __call__(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Answer a call with unknown arguments by an error that lists the known ones; pass everything else on."""
        if ctx.method == "tools/call" and isinstance(ctx.params, Mapping):
            problem = self._problem(ctx.params.get("name"), ctx.params.get("arguments"))
            if problem:
                return CallToolResult(content=[TextContent(type="text", text=problem)], is_error=True)
        return _plainer(await call_next(ctx))

    def _problem(self, name: Any, given: Any) -> str | None:
        if name not in self.known or not isinstance(given, Mapping):
            return None
        unknown = sorted(str(key) for key in given if key not in self.known[name])
        if not unknown:
            return None
        known = ", ".join(self.known[name]) or "none"
        return f"{name} has no argument {', '.join(map(repr, unknown))}. Known are: {known}."


def _plainer(result: HandlerResult) -> HandlerResult:
    """Return the result; of an argument that was refused, say which and why, without the validation library's links."""
    if not isinstance(result, dict) or not result.get("isError"):
        return result
    text = "\n".join(block.get("text", "") for block in result["content"])
    refused = re.fullmatch(r"Error executing tool (\w+): \d+ validation errors? for \w+\n(.*)", text, re.DOTALL)
    if refused is None:
        return result
    lines = [line.strip() for line in refused[2].splitlines() if "For further information visit" not in line]
    pairs = "; ".join(f"{name}: {_found(why)}" for name, why in zip(lines[::2], lines[1::2], strict=False))
    said = f"{refused[1]} refused its arguments. {pairs}. Mend them and call again; the schema says what is allowed."
    return result | {"content": [{"type": "text", "text": said}]}


def _found(why: str) -> str:
    """Return the validation library's reason with what was found, and without its own names for both."""
    plain = re.sub(r" \[type=missing,.*\]$", "", why)
    return re.sub(r" \[type=\w+, input_value=(.*), input_type=\w+\]$", r"; found \1", plain)


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
                raise ToolError(f"{Status.NO_BASELINE}: {error}") from error
            except PerfError as error:
                raise ToolError(str(error)) from error

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

    content = [TextContent(type="text", text=render(record))]
    return CallToolResult(content=[*content], structured_content=rounded(record.model_dump(mode="json")))


def resource(function: Callable[P, R]) -> Callable[P, R]:
    """Let a resource's `PerfError` reach the client as `not found` with its text."""

    @functools.wraps(function)
    def read(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except PerfError as error:
            raise ResourceNotFoundError(str(error)) from error

    return read


async def submit(project: Project, kind: str, request: dict[str, Any], key: str | None) -> Job:
    """Start a job; waiting for the store's lock holds up no other call."""
    return await anyio.to_thread.run_sync(jobs.submit, project, kind, request, key)


async def follow(ctx: Context[Any], project: Project, job: Job, wait_seconds: float) -> Job:
    """Wait for a job to end, at most `wait_seconds`, reporting its progress to the client; return it as it is then.

    A client that cancels the call cancels the waiting, not the job.
    """
    shown: tuple[int, str] | None = None
    with anyio.move_on_after(wait_seconds):
        while True:
            if shown != (job.done, job.message):
                shown = (job.done, job.message)
                await ctx.report_progress(job.done, job.total, job.message)
            if job.state in ENDED:
                break
            await anyio.sleep(POLL_SECONDS)
            job = await anyio.to_thread.run_sync(jobs.refresh, project, job.id)
    return job


def add_shared(server: MCPServer[None], arguments: Arguments, project: Project) -> None:
    """Add what both servers have: the tool `job`, and the resources for runs and methods."""

    @tool(server, arguments, WRITES_ONCE)
    async def job(
        id: Annotated[str, Field(description="Job id from the call that started it.")],  # noqa: A002 -- the interface
        ctx: Context[Any],
        action: Annotated[Literal["poll", "cancel"], Field(description="cancel ends it and its processes.")] = "poll",
        wait_seconds: Wait = 20.0,
        detail: Detail = "brief",
    ) -> JobAnswer:
        """Poll or cancel a job started by any server or command of this project, also before a restart."""
        look = jobs.cancel if action == "cancel" else jobs.refresh
        found = await anyio.to_thread.run_sync(look, project, id)  # both may wait, and other calls go on meanwhile
        return jobs.job_answer(await follow(ctx, project, found, wait_seconds), detail)

    @server.resource("perf://runs/{id}", mime_type="application/json")
    @resource
    def run(id: str) -> str:  # noqa: A002 -- the interface
        """One run with all raw repetitions, guards and processes."""
        return reading.run(project, id)

    @server.resource("perf://methods", mime_type="text/markdown")
    @resource
    def methods() -> str:
        """Every statistic, its source and its measured error rates."""
        return reading.methods()


def serve(build_server: Callable[[Project], MCPServer[Any]]) -> None:
    """Open the working directory's project and serve it over stdio."""
    try:
        project = open_project()
    except PerfError as error:
        raise SystemExit(str(error)) from error
    run_stdio(build_server(project))


def run_stdio(server: MCPServer[Any]) -> None:
    """Serve over stdin and stdout until the client closes them or a signal ends the process."""
    anyio.run(_stdio, server)


async def _stdio(server: MCPServer[Any]) -> None:
    async with anyio.create_task_group() as group:
        group.start_soon(_end_on_signal)
        await server.run_stdio_async()
        group.cancel_scope.cancel()


async def _end_on_signal() -> None:
    # A thread blocks in read(stdin) and cannot be cancelled, so an orderly shutdown would hang until the client
    # writes. Nothing is lost by ending at once: every write of the store is atomic, and jobs run in other processes.
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for number in signals:
            os._exit(128 + number)
