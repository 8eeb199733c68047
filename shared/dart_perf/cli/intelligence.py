"""dart-perf-intelligence: what the history shows."""

from pathlib import Path
from typing import Annotated

import typer

from dart_perf.cli.destination import writable
from dart_perf.cli.options import (
    EXIT_CODES,
    FormatOption,
    MarginOption,
    OutputOption,
    ProjectOption,
    command_line,
    only_one,
    opened,
)
from dart_perf.cli.output import Format, emit_as_named, exit_code, is_page, run
from dart_perf.cli.query import (
    BenchmarkOption,
    CommitsOption,
    EnvironmentOption,
    GroupOption,
    LimitOption,
    MetricOption,
    WindowOption,
)
from dart_perf.errors import InvalidInput

EXAMPLES = """
\b
Examples:
  dart-perf-intelligence --analyze-trends
  dart-perf-intelligence --analyze-trends --benchmark 'dynamics/*' --commits v6.19..HEAD --output trends.html
  dart-perf-intelligence --analyze-trends --input perf_results.json --baseline current_baseline.json \
--output trend_analysis.json
  dart-perf-intelligence --baseline-compare --new-vs-old
  dart-perf-intelligence --analyze-periodic --interval 3600
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
            help="Write the history, or what the options below choose, as one JSON file of results; FILE.gz is packed.",
        ),
    ] = None,
    analyze_periodic: Annotated[
        bool, typer.Option("--analyze-periodic", help="Look at the history again and again; print what changed.")
    ] = False,
    baseline_compare: Annotated[
        bool, typer.Option("--baseline-compare", help="Hold what is new against the baselines: with --new-vs-old.")
    ] = False,
    new_vs_old: Annotated[
        bool,
        typer.Option("--new-vs-old", help="Newest candidate or run of each scenario, against its current baseline."),
    ] = False,
    results: Annotated[
        str | None,
        typer.Option("--input", help="File of results, or a run id: judged, and looked at as newest runs; not stored."),
    ] = None,
    input_format: Annotated[str, typer.Option("--input-format", help="Format of the --input file.")] = "auto",
    baseline: Annotated[
        str | None, typer.Option("--baseline", help="What --input is held against; else its own history.")
    ] = None,
    baseline_format: Annotated[str, typer.Option("--baseline-format", help="Format of the --baseline file.")] = "auto",
    margin: MarginOption = None,
    interval: Annotated[
        float, typer.Option("--interval", min=1, help="Seconds between two looks (--analyze-periodic).")
    ] = 3600.0,
    rounds: Annotated[
        int | None, typer.Option("--rounds", min=1, help="Looks until it ends; without end (--analyze-periodic).")
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
    """Say what the stored history shows: trends, patterns, and where they began.

    A file that --output names .json, .md or .html is written in that form; .html has plots.
    """
    from dart_perf.cli.intelligence_actions import ACTIONS, TAKES, Request  # what --help does not need
    from dart_perf.cli.intelligence_actions import analyze_periodic as again
    from dart_perf.workflows.series_query import Query

    action = only_one(
        context, TAKES, analyze_trends=analyze_trends, analyze_periodic=analyze_periodic,
        export_history=export_history is not None, baseline_compare=baseline_compare,
    )  # fmt: skip
    if baseline_compare and not new_vs_old:
        raise InvalidInput("--baseline-compare needs to know what of. Give --new-vs-old with it.")
    request = Request(
        opened(root), Query(benchmark, group, metric, environment, commits, window), limit, file=export_history,
        draws=is_page(output), results=results, input_format=input_format, baseline=baseline,
        baseline_format=baseline_format, margin=margin, interval=interval, rounds=rounds,
    )  # fmt: skip
    if action == "analyze_periodic":
        if output is not None:
            raise InvalidInput("--analyze-periodic has no use for --output: it prints a round when something changed.")
        raise typer.Exit(again(request, form))
    record = ACTIONS[action](request)
    emit_as_named(record, form, output)
    raise typer.Exit(exit_code(record))


def main() -> None:
    """Run the command."""
    run(app)
