"""dart-regression-detector: verify an edit, hold results against a baseline or a history, let changes pass or not."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
from dart_perf.cli.output import Format, emit, emit_as_named, exit_code, progress, run
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
from dart_perf.workflows.project import Project

if TYPE_CHECKING:
    from dart_perf.workflows.series_query import Query

EXAMPLES = """
\b
Examples:
  dart-regression-detector --verify-change
  dart-regression-detector --verify-change --scenario solve --base main --margin 0.02 --budget 300
  dart-regression-detector --replay .dart-perf/receipts/receipt-0123456789abcdef.json
  dart-regression-detector --analyze --input perf_results.json --baseline current_baseline.json --alert-threshold 1.2
  dart-regression-detector --analyze --input results.json --baseline standard_robot --margin 0.05 --format json
  dart-regression-detector --analyze --window 100
  dart-regression-detector --analyze --input results.json --benchmark 'dynamics/*'
  dart-regression-detector --gate --input perf_results.json --policy dart-perf-policy.toml --pull-request report.md
  dart-regression-detector --report --trend-analysis --output report.html
  dart-regression-detector --plan --baseline standard_robot --effect 1.1
"""

app = command_line()


@app.command(epilog=EXAMPLES + EXIT_CODES)
def detector(
    context: typer.Context,
    verify_change: Annotated[
        bool, typer.Option("--verify-change", help="Measure the working tree against where it left the main branch.")
    ] = False,
    replay: Annotated[
        str | None,
        typer.Option("--replay", metavar="FILE", help="Judge a sealed verdict again from its file; measures nothing."),
    ] = None,
    analyze: Annotated[
        bool, typer.Option("--analyze", help="Judge --input against --baseline or its history.")
    ] = False,
    gate: Annotated[bool, typer.Option("--gate", help="Say whether a change passes under --policy.")] = False,
    report: Annotated[
        bool, typer.Option("--report", help="Write a report on the stored history: with --trend-analysis.")
    ] = False,
    trend_analysis: Annotated[
        bool, typer.Option("--trend-analysis", help="Trends, changes and plots (--report); .html, .md, .json or text.")
    ] = False,
    plan: Annotated[bool, typer.Option("--plan", help="Say how many runs --effect takes.")] = False,
    scenarios: Annotated[
        list[str] | None,
        typer.Option("--scenario", help="Scenario to verify with, several times for more; else by the changed files."),
    ] = None,
    base: Annotated[str | None, typer.Option("--base", help="Commit to verify against.")] = None,
    head: Annotated[str | None, typer.Option("--head", help="Commit to verify; the working tree by default.")] = None,
    budget: Annotated[
        float, typer.Option("--budget", min=1, max=21600, help="Seconds of measuring at most (--verify-change).")
    ] = 120.0,
    results: Annotated[str | None, typer.Option("--input", help="File of results, or a run id.")] = None,
    input_format: Annotated[str, typer.Option("--input-format", help="Format of the --input file.")] = "auto",
    baseline: Annotated[str | None, typer.Option("--baseline", help="File, scenario, baseline id or run id.")] = None,
    baseline_format: Annotated[str, typer.Option("--baseline-format", help="Format of the --baseline file.")] = "auto",
    benchmark: BenchmarkOption = None,
    group: GroupOption = None,
    metric: MetricOption = None,
    environment: EnvironmentOption = None,
    commits: CommitsOption = None,
    window: WindowOption = None,
    newest: Annotated[
        int | None, typer.Option("--newest", min=1, help="How many of them are judged without --input; 5.")
    ] = None,
    limit: LimitOption = 50,
    threshold: Annotated[
        float | None,
        typer.Option("--alert-threshold", help="Ratio from which it matters, above 1: 1.2 is --margin 0.2."),
    ] = None,
    margin: MarginOption = None,
    policy: Annotated[
        str | None, typer.Option("--policy", metavar="FILE", help="Policy (--gate); dart-perf-policy.toml by default.")
    ] = None,
    change: Annotated[
        str | None,
        typer.Option("--change", metavar="A..B", help="The change: its messages may hold rationales (--gate)."),
    ] = None,
    rationale: Annotated[
        Path | None,
        typer.Option("--rationale-from", metavar="FILE", help="Text with rationales, e.g. a pull request's (--gate)."),
    ] = None,
    pull_request: Annotated[
        Path | None,
        typer.Option(
            "--pull-request", metavar="FILE", callback=writable, help="Write the comment on it to this file (--gate)."
        ),
    ] = None,
    effect: Annotated[float, typer.Option("--effect", min=1.0, help="Ratio to be found (--plan).")] = 1.1,
    power: Annotated[float, typer.Option("--power", min=0.5, max=0.99, help="Probability (--plan).")] = 0.8,
    form: FormatOption = Format.TEXT,
    output: OutputOption = None,
    root: ProjectOption = None,
) -> None:
    """Say whether an edit or results are slower, with few false alarms, and whether a change may pass."""
    from dart_perf.cli.detector_actions import ACTIONS, TAKES, Request  # what --help does not need
    from dart_perf.workflows.series_query import Query

    action = only_one(
        context, TAKES, verify_change=verify_change, replay=replay is not None, analyze=analyze, gate=gate,
        report=report, plan=plan,
    )  # fmt: skip
    if threshold is not None and margin is not None:
        raise InvalidInput("--alert-threshold and --margin say the same thing twice. Give one: threshold = 1 + margin.")
    query = Query(benchmark, group, metric, environment, commits, window)
    if action == "report":
        if not trend_analysis:
            raise InvalidInput("--report needs to know of what. Give --trend-analysis with it.")
        raise typer.Exit(report_trends(opened(root), query, limit, form, output))
    request = Request(
        opened(root), query, results, input_format, baseline,
        baseline_format, newest, threshold - 1 if threshold is not None else margin, effect, power, policy, change,
        rationale, pull_request, tuple(scenarios or ()), base, head, budget, replay,
    )  # fmt: skip
    record = ACTIONS[action](request)
    emit(record, form, output)
    raise typer.Exit(exit_code(record))


def report_trends(project: Project, query: "Query", limit: int, form: Format, output: Path | None) -> int:
    """Report on the stored history, and return what the command ends with."""
    from dart_perf.workflows.trend_report import DRAWN
    from dart_perf.workflows.trend_report import report as made

    with progress() as said:
        found = made(project, query, limit=limit, drawn=DRAWN, progress=said)
    emit_as_named(found, form, output)
    return exit_code(found)


def main() -> None:
    """Run the command."""
    run(app)
