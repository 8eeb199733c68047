"""The prompts `check-my-change`, `investigate-regression` and `write-benchmark`."""

from typing import Annotated

from mcp.server import MCPServer
from pydantic import Field

from dart_perf.report import prompts
from dart_perf.report.visible import visible


def add_prompts(server: MCPServer[None]) -> None:
    """Add the prompts of the judging server; they only say what to do, and do nothing."""

    @server.prompt(name="check-my-change", title="Check my change")
    def check(
        scenario: Annotated[str, Field(description="Scenario to measure; by the changed files by default.")] = "",
        base: Annotated[str, Field(description="Commit to hold it against; where it left the main branch.")] = "",
    ) -> str:
        """From an edit to a verdict: what to call, what each status means, and what to read before believing it."""
        return prompts.check_my_change(visible(scenario), visible(base))

    @server.prompt(name="investigate-regression", title="Investigate a regression")
    def investigate(
        benchmark: Annotated[
            str, Field(description="Benchmarks whose label matches, e.g. dynamics/*; all by default.")
        ] = "",
        results: Annotated[
            str, Field(description="File of results, or run id; the newest stored points by default.")
        ] = "",
    ) -> str:
        """Is it slower, since when, why, and does the remedy help: what to call, and what each verdict means."""
        return prompts.investigate_regression(visible(benchmark), visible(results))

    @server.prompt(name="write-benchmark", title="Write a benchmark")
    def write(
        what: Annotated[str, Field(description="What is to be measured, e.g. a function, file or command.")] = "",
    ) -> str:
        """From something that should be fast to a scenario with guards that was proven to show a change."""
        return prompts.write_benchmark(visible(what))
