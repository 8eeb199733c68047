"""regression-detector: judges."""

from typing import Annotated

import anyio.to_thread
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from pydantic import Field

from dart_perf.model.answer import Plan
from dart_perf.model.detection import Detection
from dart_perf.model.gate import Gate
from dart_perf.model.trend import ChangeList, TrendList
from dart_perf.model.verification import VerifyAnswer
from dart_perf.serving import (
    READS,
    WRITES_ONCE,
    Arguments,
    Detail,
    Server,
    Wait,
    add_prompts,
    add_shared,
    follow,
    resource,
    serve,
    submit,
    tool,
    watch,
)
from dart_perf.workflows import jobs
from dart_perf.workflows.project import Opening, Progress
from dart_perf.workflows.verification_request import asked_now

PORT = 8008
"""Where it listens over HTTP unless told otherwise."""
INSTRUCTIONS = """Judges changes and measurements. verify_change measures an edit against where it branched off and \
says whether it is slower; detect_regressions holds results against a baseline, \
or results or the newest stored points against the history of their own series; find_change_points says since which \
commits a level changed, query_trends how each series moves, check_gate whether a change may pass, plan_runs how many \
runs a question needs. Ratios are turned so that above 1 is always worse. NORMAL means shown to be within the margin; \
INCONCLUSIVE means not known yet, with the number of runs still needed."""

Glob = Annotated[str | None, Field(description="Benchmarks whose label matches, e.g. dynamics/*; all by default.")]
Group = Annotated[str | None, Field(description="Kind of work, e.g. collision.")]
MetricName = Annotated[str | None, Field(description="Metric, e.g. cpu_time.")]
Place = Annotated[str | None, Field(description="Environment fingerprint, or its start.")]
Commits = Annotated[str | None, Field(description="A..B: after A up to and with B; an end may be left out.")]
Window = Annotated[
    int | None, Field(description="Newest runs of each series; 200 where commits is not given.", ge=1, le=100_000)
]
Limit = Annotated[
    int, Field(description="Entries a page; a brief one holds as many as there is room for.", ge=1, le=500)
]
Cursor = Annotated[str | None, Field(description="next_cursor of the page before.")]


def build_server(opened: Opening) -> Server:
    """Return the server with its tools and resources, working on the project that `opened` gives."""
    arguments = Arguments()
    server = Server("regression-detector", INSTRUCTIONS, arguments)
    _add_verification(server, arguments, opened)
    _add_tools(server, arguments, opened)
    _add_history(server, arguments, opened)
    add_shared(server, arguments, opened)
    add_prompts(server)
    return server


def _add_verification(server: MCPServer[None], arguments: Arguments, opened: Opening) -> None:
    @tool(server, arguments, WRITES_ONCE)
    async def verify_change(
        ctx: Context[None],
        scenarios: Annotated[
            list[str] | None,
            Field(description="Scenarios to measure; without, those that load changed files, as the budget allows."),
        ] = None,
        base: Annotated[
            str | None, Field(description="Commit to hold it against; where head left the main branch by default.")
        ] = None,
        head: Annotated[
            str | None, Field(description="Commit that is verified; the working tree, dirty or not, by default.")
        ] = None,
        margin: Annotated[
            float | None, Field(description="Largest relative change that does not matter.", gt=0, le=10)
        ] = None,
        budget_seconds: Annotated[float, Field(description="Seconds of measuring at most.", ge=1, le=21600)] = 120.0,
        wait_seconds: Wait = 45.0,
        detail: Detail = "brief",
    ) -> VerifyAnswer:
        """Say whether an edit made anything slower: measures it against base, side by side, until that is known.

        Call it after each edit. Your checkout is not touched. It stops as soon as the verdict stands; the same call
        goes on where an INCONCLUSIVE one stopped. Trying many variants is allowed for: the answer counts attempts.
        """
        project = opened()
        request = {"scenarios": scenarios, "base": base, "head": head, "margin": margin}
        request |= {"budget_seconds": budget_seconds}
        seen = await anyio.to_thread.run_sync(asked_now, project, request)
        job = await follow(ctx, project, await submit(project, "verify_change", seen, None), wait_seconds)
        return jobs.verify_answer(job, detail)


def _add_tools(server: MCPServer[None], arguments: Arguments, opened: Opening) -> None:
    @tool(server, arguments, READS)
    async def detect_regressions(
        ctx: Context[None],
        results: Annotated[
            str | None,
            Field(description="File of results in the project, or the id of a stored run; without, stored points."),
        ] = None,
        baseline: Annotated[
            str | None,
            Field(
                description="Scenario (its current baseline), baseline id, run id, or file of results; without, the "
                "stored history of the same series."
            ),
        ] = None,
        margin: Annotated[
            float | None,
            Field(description="Largest relative change that does not matter; the scenario's own or 0.05.", gt=0, le=10),
        ] = None,
        benchmark: Glob = None,
        group: Group = None,
        metric: MetricName = None,
        environment: Place = None,
        commits: Commits = None,
        window: Window = None,
        newest: Annotated[
            int | None, Field(description="How many of them are judged against those before; 5.", ge=1, le=100)
        ] = None,
        format: Annotated[  # noqa: A002 -- the interface
            str, Field(description="Format of the results' file, as for import_results.")
        ] = "auto",
        baseline_format: Annotated[str, Field(description="Format of the baseline, where it is a file.")] = "auto",
        detail: Detail = "brief",
        cursor: Cursor = None,
    ) -> Detection:
        """Say whether results, or the newest stored points, are slower: one decision, with few false discoveries.

        Against a baseline, runs measured in one session are paired; stored values against later ones carry the
        machine's drift: small steps are then INCONCLUSIVE, and compare_with_baseline measures both sides again.
        Without a baseline each series is held against the level since its last change, and the answer says since when.
        """

        def work(report: Progress) -> Detection:
            from dart_perf.workflows import detection, series_query  # they load numpy, which a server must not at start

            query = series_query.Query(benchmark, group, metric, environment, commits, window)
            return detection.detect(
                opened(), results, baseline, form=format, baseline_form=baseline_format, margin=margin, query=query,
                newest=newest, detail=detail, cursor=cursor, progress=report,
            )  # fmt: skip

        return await watch(ctx, work)

    @tool(server, arguments, READS)
    def check_gate(
        results: Annotated[
            str | None, Field(description="File of results, or a stored run; without, the newest stored points.")
        ] = None,
        baseline: Annotated[
            str | None, Field(description="As for detect_regressions; without, the history of the same series.")
        ] = None,
        policy: Annotated[
            str | None, Field(description="Policy file in the project; dart-perf-policy.toml where there is one.")
        ] = None,
        change: Annotated[
            str | None,
            Field(description="A..B: commits whose messages are read for rationales; B is theirs if they name none."),
        ] = None,
        rationale: Annotated[
            str, Field(description="Text with `Perf-Regression-Rationale: BENCHMARKS: REASON` lines.", max_length=65536)
        ] = "",
        environment: Place = None,
        window: Window = None,
        format: Annotated[str, Field(description="Format of the results' file.")] = "auto",  # noqa: A002 -- as above
        baseline_format: Annotated[str, Field(description="Format of the baseline's file.")] = "auto",
        detail: Detail = "brief",
    ) -> Gate:
        """Say whether a change may pass: PASS or FAIL, what fails, what was waived by whom and until when.

        Missing, failed and unreadable results fail, as changed behaviour does, whatever is waived. What is undecided
        passes with a note unless the policy says otherwise.
        """
        from dart_perf.workflows import gate, series_query  # as above

        query = series_query.Query(environment=environment, window=window)
        asked = gate.Asked(
            results, baseline, format, baseline_format, policy, query, change=change, rationale=rationale
        )
        return gate.check_gate(opened(), asked, detail=detail)

    @tool(server, arguments, READS)
    def plan_runs(
        scenario: Annotated[str, Field(description="Scenario with a current baseline, or a baseline id.")],
        effect: Annotated[float, Field(description="Ratio that must be found, e.g. 1.1 for 10 % slower.", gt=1)] = 1.1,
        margin: Annotated[
            float | None, Field(description="Largest relative change that does not matter.", gt=0, le=10)
        ] = None,
        power: Annotated[float, Field(description="Probability of finding it.", ge=0.5, le=0.99)] = 0.8,
    ) -> Plan:
        """Say how many runs and seconds it takes to find an effect, from the recorded noise."""
        from dart_perf.workflows import planning  # as above

        return planning.plan_runs(opened(), scenario, effect=effect, margin=margin, power=power)


def _add_history(server: MCPServer[None], arguments: Arguments, opened: Opening) -> None:
    @tool(server, arguments, READS)
    async def find_change_points(
        ctx: Context[None],
        benchmark: Glob = None,
        group: Group = None,
        metric: MetricName = None,
        environment: Place = None,
        commits: Commits = None,
        window: Window = None,
        min_effect: Annotated[float, Field(description="Least relative change that is named.", ge=0, le=10)] = 0.03,
        limit: Limit = 20,
        cursor: Cursor = None,
        detail: Detail = "brief",
    ) -> ChangeList:
        """Say where levels changed in the stored history: how much, in which range of commits, whether it stands.

        The newest first. A change that all benchmarks of a machine show is the machine's and says so. A drift has no
        commit: query_trends names it.
        """

        def work(report: Progress) -> ChangeList:
            from dart_perf.workflows import series_query, trends  # as above

            query = series_query.Query(benchmark, group, metric, environment, commits, window)
            return trends.find_change_points(
                opened(), query, min_effect=min_effect, limit=limit, cursor=cursor, detail=detail, progress=report
            )

        return await watch(ctx, work)

    @tool(server, arguments, READS)
    async def query_trends(
        ctx: Context[None],
        benchmark: Glob = None,
        group: Group = None,
        metric: MetricName = None,
        environment: Place = None,
        commits: Commits = None,
        window: Window = None,
        limit: Limit = 20,
        cursor: Cursor = None,
        detail: Detail = "brief",
    ) -> TrendList:
        """Say how each series of the stored history moves, the worst first: level, slope, patterns and a sparkline.

        Patterns: step, drift, seasonal, machine (all benchmarks moved), spread (grew), environment (changed), spike.
        """

        def work(report: Progress) -> TrendList:
            from dart_perf.workflows import series_query, trends  # as above

            query = series_query.Query(benchmark, group, metric, environment, commits, window)
            return trends.query_trends(opened(), query, limit=limit, cursor=cursor, detail=detail, progress=report)

        return await watch(ctx, work)

    @server.resource("perf://series/{id}", mime_type="application/json")
    @resource
    def series(id: str) -> str:  # noqa: A002 -- the interface
        """One series: its newest 500 values with commits and runs, its changes and patterns."""
        from dart_perf.workflows import trend_resource  # as above

        return trend_resource.series(opened(), id)

    @server.resource("perf://series/{id}/{before}", mime_type="application/json")
    @resource
    def earlier(id: str, before: str) -> str:  # noqa: A002 -- as above
        """The 500 values of a series before the one of that number."""
        from dart_perf.workflows import trend_resource  # as above

        return trend_resource.series(opened(), id, before)


def main() -> None:
    """Serve the working directory's project over stdio, or over HTTP where the arguments say so."""
    serve(build_server, "regression_detector", PORT)
