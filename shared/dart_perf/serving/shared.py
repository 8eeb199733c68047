"""What both servers have: waiting for jobs, the tool `job`, and the resources for runs and methods."""

import time
from collections.abc import Callable
from typing import Annotated, Any, Literal, TypeVar

import anyio
import anyio.from_thread
import anyio.to_thread
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from pydantic import Field

from dart_perf.model.answer import JobAnswer
from dart_perf.model.job import ENDED, Job
from dart_perf.serving.arguments import Arguments
from dart_perf.serving.closing import PROCESS
from dart_perf.serving.completion import add_completion
from dart_perf.serving.tools import WRITES_ONCE, Detail, Wait, resource, tool
from dart_perf.workflows import jobs, reading
from dart_perf.workflows.project import Opening, Progress, Project

POLL_SECONDS = 0.1
"""How often a job's record is read while a call waits for it, which is one small file, and a client told of steps."""
T = TypeVar("T")


async def submit(project: Project, kind: str, request: dict[str, Any], key: str | None) -> Job:
    """Start a job; waiting for the store's lock holds up no other call."""
    return await anyio.to_thread.run_sync(jobs.submit, project, kind, request, key)


async def follow(ctx: Context[Any], project: Project, job: Job, wait_seconds: float) -> Job:
    """Wait for a job to end, at most `wait_seconds`, reporting its progress to the client; return it as it is then.

    A client that cancels the call cancels the waiting, not the job. When the process is asked to end, the waiting
    ends too, so that the client gets the job's id to poll elsewhere.
    """
    shown: tuple[int, str] | None = None
    with anyio.move_on_after(wait_seconds):
        while True:
            if shown != (job.done, job.message):
                shown = (job.done, job.message)
                await ctx.report_progress(job.done, job.total, job.message)
            if job.state in ENDED or PROCESS.begun:
                break
            await anyio.sleep(POLL_SECONDS)
            job = await anyio.to_thread.run_sync(jobs.refresh, project, job.id)
    return job


async def watch(ctx: Context[Any], work: Callable[[Progress], T], clock: Callable[[], float] = time.monotonic) -> T:
    """Run `work` in a thread and report its progress to the client; steps that follow closely are told as one.

    A client that cancels the call ends the work at its next step.
    """
    told = ("", -POLL_SECONDS)

    def report(done: int, total: int | None, message: str) -> None:
        nonlocal told
        anyio.from_thread.check_cancelled()
        now = clock()
        if message != told[0] or now - told[1] >= POLL_SECONDS:
            told = (message, now)
            anyio.from_thread.run(ctx.report_progress, done, total, message)

    return await anyio.to_thread.run_sync(work, report)


def add_shared(server: MCPServer[None], arguments: Arguments, opened: Opening) -> None:
    """Add what both servers have: the tool `job`, the resources for runs and methods, and completion."""
    add_completion(server, opened)

    @tool(server, arguments, WRITES_ONCE)
    async def job(
        id: Annotated[str, Field(description="Job id from the call that started it.")],  # noqa: A002 -- the interface
        ctx: Context[Any],
        action: Annotated[Literal["poll", "cancel"], Field(description="cancel ends it and its processes.")] = "poll",
        wait_seconds: Wait = 20.0,
        detail: Detail = "brief",
    ) -> JobAnswer:
        """Poll or cancel a job started by any server or command of this project, also before a restart."""
        project = opened()
        look = jobs.cancel if action == "cancel" else jobs.refresh
        found = await anyio.to_thread.run_sync(look, project, id)  # both may wait, and other calls go on meanwhile
        return jobs.job_answer(await follow(ctx, project, found, wait_seconds), detail)

    @server.resource("perf://runs/{id}", mime_type="application/json")
    @resource
    def run(id: str) -> str:  # noqa: A002 -- the interface
        """One run with all raw repetitions, guards and processes."""
        return reading.run(opened(), id)

    @server.resource("perf://methods", mime_type="text/markdown")
    @resource
    def methods() -> str:
        """Every statistic, its source and its measured error rates."""
        return reading.methods()
