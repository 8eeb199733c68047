"""dart-perf-intelligence: what the history shows."""

from pathlib import Path
from typing import Annotated

import typer

from dart_perf.cli.destination import writable
from dart_perf.cli.options import EXIT_CODES, FormatOption, OutputOption, ProjectOption, command_line, only_one, opened
from dart_perf.cli.output import Format, emit, exit_code, run
from dart_perf.cli.query import (
    BenchmarkOption,
    CommitsOption,
    EnvironmentOption,
    GroupOption,
    LimitOption,
    MetricOption,
    WindowOption,
)

EXAMPLES = """
\b
Examples:
  dart-perf-intelligence --analyze-trends
  dart-perf-intelligence --analyze-trends --benchmark 'dynamics/*' --commits v6.19..HEAD --format json
  dart-perf-intelligence --export-history performance_history.json --benchmark 'dynamics/*'
"""

app = command_line()


@app.command(epilog=EXAMPLES + EXIT_CODES)
def intelligence(
    context: typer.Context,
    analyze_trends: Annotated[
        bool, typer.Option("--analyze-trends", help="Say how each series moves: steps, drifts, patterns, worst first.")
    ] = False,
    export_history: Annotated[
        Path | None,
        typer.Option(
            "--export-history",
            metavar="FILE",
            callback=writable,
            help="Write the history (all, or what the options below choose) as one JSON file of results.",
        ),
    ] = None,
    benchmark: BenchmarkOption = None,
    group: GroupOption = None,
    metric: MetricOption = None,
    environment: EnvironmentOption = None,
    commits: CommitsOption = None,
    window: WindowOption = None,
    limit: LimitOption = 50,
    form: FormatOption = Format.TEXT,
    output: OutputOption = None,
    root: ProjectOption = None,
) -> None:
    """Say what the stored history shows: trends, patterns, and where they began."""
    from dart_perf.cli.intelligence_actions import ACTIONS, TAKES, Request  # what --help does not need
    from dart_perf.workflows.series_query import Query

    action = only_one(context, TAKES, analyze_trends=analyze_trends, export_history=export_history is not None)
    query = Query(benchmark, group, metric, environment, commits, window)
    record = ACTIONS[action](Request(opened(root), query, limit, export_history))
    emit(record, form, output)
    raise typer.Exit(exit_code(record))


def main() -> None:
    """Run the command."""
    run(app)
