"""performance-monitor: measures and remembers."""

from typing import Annotated, Literal

import anyio
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from pydantic import Field, JsonValue

from dart_perf.ingest.names import NAMES
from dart_perf.model.answer import (
    BaselineCheck,
    BaselineList,
    CaptureAnswer,
    CompareAnswer,
    ImportAnswer,
    ScenarioList,
)
from dart_perf.model.baseline import BaselineEntry
from dart_perf.serving import (
    READS,
    WRITES,
    WRITES_ONCE,
    Arguments,
    Detail,
    Server,
    Wait,
    add_shared,
    follow,
    resource,
    serve,
    submit,
    tool,
    watch,
)
from dart_perf.workflows import baselines, checking, imports, jobs, reading, scenarios
from dart_perf.workflows.project import Opening

PORT = 8007
"""Where it listens over HTTP unless told otherwise."""
INSTRUCTIONS = """Measures benchmarks and remembers baselines. Start with list_scenarios; capture_baseline before you \
edit; compare_with_baseline after. Measuring takes a while: a call returns after wait_seconds with a job id, poll it \
with job. Read the first line of an answer: it is the verdict. INCONCLUSIVE is not `fine`."""

Scenario = Annotated[str, Field(description="Name from list_scenarios.")]
Why = Annotated[str, Field(description="Why, for whoever reads the log later.", min_length=1, max_length=500)]
Key = Annotated[str | None, Field(description="Idempotency key: a repeated call with the same key joins the same job.")]
Limit = Annotated[int, Field(description="Entries a page.", ge=1, le=100)]
Cursor = Annotated[str | None, Field(description="next_cursor of the page before.")]
Processes = Annotated[
    int | None, Field(description="Processes a side; the scenario's own number by default.", ge=3, le=200)
]
KNOWN: dict[str, JsonValue] = {"enum": ["auto", *NAMES]}


def build_server(opened: Opening) -> Server:
    """Return the server with its tools and resources, working on the project that `opened` gives."""
    arguments = Arguments()
    server = Server("performance-monitor", INSTRUCTIONS, arguments)
    for add in (_add_capturing, _add_comparing, _add_listing, _add_updating, _add_importing):
        add(server, arguments, opened)
    add_shared(server, arguments, opened)
    _add_resources(server, opened)
    return server


def _add_capturing(server: MCPServer[None], arguments: Arguments, opened: Opening) -> None:
    @tool(server, arguments, READS)
    def list_scenarios(limit: Limit = 20, cursor: Cursor = None) -> ScenarioList:
        """List the benchmarks that can be run by name, with their current baselines."""
        return scenarios.list_scenarios(opened(), limit=limit, cursor=cursor)

    @tool(server, arguments, WRITES)
    async def capture_baseline(
        scenario: Scenario,
        why: Why,
        ctx: Context[None],
        processes: Processes = None,
        wait_seconds: Wait = 45.0,
        key: Key = None,
    ) -> CaptureAnswer:
        """Measure a scenario now and seal the result as a baseline candidate; the first one becomes current.

        Do this before editing. Promote a later candidate with update_baseline.
        """
        project = opened()
        baselines.check_why(why)
        scenarios.find(project, scenario)
        request = {"scenario": scenario, "why": why, "processes": processes}
        job = await follow(ctx, project, await submit(project, "capture_baseline", request, key), wait_seconds)
        return jobs.capture_answer(job)


def _add_comparing(server: MCPServer[None], arguments: Arguments, opened: Opening) -> None:
    @tool(server, arguments, WRITES)
    async def compare_with_baseline(
        scenario: Scenario,
        ctx: Context[None],
        program: Annotated[
            str | None, Field(description="Another scenario to measure instead and hold against the baseline.")
        ] = None,
        baseline: Annotated[
            str | None, Field(description="Baseline id; the current one of this platform by default.")
        ] = None,
        margin: Annotated[
            float | None, Field(description="Largest relative change that does not matter, e.g. 0.05.", gt=0, le=10)
        ] = None,
        processes: Processes = None,
        wait_seconds: Wait = 45.0,
        detail: Detail = "brief",
        key: Key = None,
    ) -> CompareAnswer:
        """Measure the program as it is now and say whether it is slower than its baseline.

        The baseline's own program is measured again beside it, interleaved in random order, wherever it still runs.
        NORMAL is a positive claim (within the margin); INCONCLUSIVE says how many more runs are needed.
        """
        project = opened()
        scenarios.find(project, program or scenario)
        request = {"scenario": scenario, "program": program, "baseline": baseline, "margin": margin}
        request["processes"] = processes
        job = await follow(ctx, project, await submit(project, "compare_with_baseline", request, key), wait_seconds)
        return jobs.compare_answer(job, detail)


def _add_listing(server: MCPServer[None], arguments: Arguments, opened: Opening) -> None:
    @tool(server, arguments, READS)
    def list_baselines(
        scenario: Annotated[str | None, Field(description="Only this scenario.")] = None,
        platform: Annotated[str | None, Field(description="Only this platform, e.g. linux-x86_64.")] = None,
        version: Annotated[str | None, Field(description="Only this version.")] = None,
        limit: Limit = 10,
        cursor: Cursor = None,
    ) -> BaselineList:
        """List stored baselines with their state: candidate, current, superseded or withdrawn."""
        return baselines.list_baselines(opened(), scenario, platform, version, limit=limit, cursor=cursor)

    @tool(server, arguments, READS)
    async def validate_baseline(
        ctx: Context[None],
        against_commit: Annotated[
            str | None, Field(description="Hold the sealed baseline against the stored runs of this commit.")
        ] = None,
        scenario: Annotated[str | None, Field(description="Only this scenario (with against_commit).")] = None,
    ) -> BaselineCheck:
        """Prove every digest, checksum and reference of the store; show scenario x platform x version.

        Nothing is measured.
        """
        return await watch(ctx, lambda report: checking.check(opened(), against_commit, scenario, progress=report))


def _add_updating(server: MCPServer[None], arguments: Arguments, opened: Opening) -> None:
    @tool(server, arguments, WRITES)
    def update_baseline(
        action: Annotated[
            Literal["promote", "roll_back", "withdraw", "from_results"],
            Field(description="promote a candidate; roll_back to the one before; withdraw one; seal results."),
        ],
        why: Why,
        baseline: Annotated[str | None, Field(description="Baseline id (promote, withdraw).")] = None,
        scenario: Annotated[str | None, Field(description="Scenario (roll_back, from_results).")] = None,
        results: Annotated[str | None, Field(description="File in the project (from_results).")] = None,
        format: Annotated[  # noqa: A002 -- the interface
            str, Field(description="Format of that file (from_results).", json_schema_extra=KNOWN)
        ] = "auto",
    ) -> BaselineEntry:
        """Change which baseline is current, or make a candidate from a file of results; logged with who, when, why."""
        return baselines.update(
            opened(), action, why=why, baseline=baseline, scenario=scenario, results=results, form=format
        )


def _add_importing(server: MCPServer[None], arguments: Arguments, opened: Opening) -> None:
    @tool(server, arguments, WRITES_ONCE)
    async def import_results(
        path: Annotated[str, Field(description="File or folder of results in the project; with ref, in that commit.")],
        ctx: Context[None],
        format: Annotated[str, Field(description="Format of the files.", json_schema_extra=KNOWN)] = "auto",  # noqa: A002
        scenario: Annotated[str | None, Field(description="Scenario the runs belong to.")] = None,
        commit: Annotated[
            str | None, Field(description="Commit that was measured, where the file does not say.")
        ] = None,
        ref: Annotated[
            str | None,
            Field(description="Branch or commit whose files are read, e.g. gh-pages; nothing is checked out."),
        ] = None,
        wait_seconds: Wait = 45.0,
        detail: Detail = "brief",
    ) -> ImportAnswer:
        """Read benchmark results into the history; rows and files that hold no measurements are named.

        Reading the same content twice changes nothing. A file that cannot be read stops no other.
        """
        request = {"path": path, "form": format, "scenario": scenario, "commit": commit, "ref": ref}
        project = opened()
        report = await anyio.to_thread.run_sync(imports.at_once, project, request)
        if report is not None:
            return jobs.import_answer(report, detail)
        job = await follow(ctx, project, await submit(project, "import_results", request, None), wait_seconds)
        return jobs.import_answer(job, detail)


def _add_resources(server: MCPServer[None], opened: Opening) -> None:
    @server.resource("perf://baselines/{scenario}", mime_type="application/json")
    @resource
    def baselines_of(scenario: str) -> str:
        """The baselines of a scenario and the whole current one."""
        return reading.baselines(opened(), scenario)


def main() -> None:
    """Serve the working directory's project over stdio, or over HTTP where the arguments say so."""
    serve(build_server, "performance_monitor", PORT)
