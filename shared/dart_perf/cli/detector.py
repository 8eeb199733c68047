"""dart-regression-detector: hold results against a baseline."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

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
from dart_perf.cli.query import LimitOption
from dart_perf.errors import InvalidInput
from dart_perf.workflows.project import Project

if TYPE_CHECKING:
    from dart_perf.workflows.series_query import Query

EXAMPLES = """
\b
Examples:
  dart-regression-detector --analyze --input perf_results.json --baseline current_baseline.json --alert-threshold 1.2
  dart-regression-detector --analyze --input results.json --baseline standard_robot --margin 0.05 --format json
  dart-regression-detector --analyze --window 100
  dart-regression-detector --analyze --input results.json --benchmark 'dynamics/*'
  dart-regression-detector --report --trend-analysis --output report.html
  dart-regression-detector --plan --baseline standard_robot --effect 1.1
"""

STORED = {"window", "benchmark", "group", "metric", "environment", "commits"}
"""Options that choose of the stored history."""
TAKES = {
    "analyze": {"results", "input_format", "baseline", "baseline_format", "threshold", "margin", "newest"} | STORED,
    "report": {"trend_analysis", "limit"} | STORED,
    "plan": {"baseline", "threshold", "margin", "effect", "power"},
}

app = command_line()


@app.command(epilog=EXAMPLES + EXIT_CODES)
def detector(
    context: typer.Context,
    analyze: Annotated[
        bool, typer.Option("--analyze", help="Judge --input against --baseline or its history.")
    ] = False,
    report: Annotated[
        bool, typer.Option("--report", help="Write a report on the stored history: with --trend-analysis.")
    ] = False,
    trend_analysis: Annotated[
        bool, typer.Option("--trend-analysis", help="Trends, changes and plots (--report); .html, .md, .json or text.")
    ] = False,
    plan: Annotated[bool, typer.Option("--plan", help="Say how many runs --effect takes.")] = False,
    results: Annotated[str | None, typer.Option("--input", help="File of results, or a run id.")] = None,
    input_format: Annotated[str, typer.Option("--input-format", help="Format of the --input file.")] = "auto",
    baseline: Annotated[str | None, typer.Option("--baseline", help="File, scenario, baseline id or run id.")] = None,
    baseline_format: Annotated[
        str, typer.Option("--baseline-format", help="Format of the --baseline file (--analyze).")
    ] = "auto",
    window: Annotated[int | None, typer.Option("--window", min=1, help="Newest stored points of each series.")] = None,
    newest: Annotated[
        int | None, typer.Option("--newest", min=1, help="How many of them are judged; 5 (--analyze without --input).")
    ] = None,
    benchmark: Annotated[
        str | None, typer.Option("--benchmark", help="Glob over benchmarks, e.g. 'dynamics/*'.")
    ] = None,
    group: Annotated[str | None, typer.Option("--group", help="Group of benchmarks.")] = None,
    metric: Annotated[str | None, typer.Option("--metric", help="Metric, e.g. cpu_time.")] = None,
    environment: Annotated[str | None, typer.Option("--environment", help="Start of a fingerprint.")] = None,
    commits: Annotated[str | None, typer.Option("--commits", help="Range A..B of the stored points.")] = None,
    limit: LimitOption = 50,
    threshold: Annotated[
        float | None,
        typer.Option("--alert-threshold", help="Ratio from which it matters, above 1: 1.2 is --margin 0.2."),
    ] = None,
    margin: MarginOption = None,
    effect: Annotated[float, typer.Option("--effect", min=1.0, help="Ratio to be found (--plan).")] = 1.1,
    power: Annotated[float, typer.Option("--power", min=0.5, max=0.99, help="Probability (--plan).")] = 0.8,
    form: FormatOption = Format.TEXT,
    output: OutputOption = None,
    root: ProjectOption = None,
) -> None:
    """Say whether results are slower than a baseline, over all series, with few false alarms."""
    action = only_one(context, TAKES, analyze=analyze, report=report, plan=plan)
    if threshold is not None and margin is not None:
        raise InvalidInput("--alert-threshold and --margin say the same thing twice. Give one: threshold = 1 + margin.")
    margin = threshold - 1 if threshold is not None else margin
    if action == "plan":
        from dart_perf.workflows.planning import plan_runs

        if baseline is None:
            raise InvalidInput("--baseline is missing. Give a scenario with a current baseline, or a baseline id.")
        emit(plan_runs(opened(root), baseline, effect=effect, margin=margin, power=power), form, output)
        return
    from dart_perf.workflows.detection import detect
    from dart_perf.workflows.series_query import Query

    query = Query(benchmark, group, metric, environment, commits, window)
    if action == "report":
        if not trend_analysis:
            raise InvalidInput("--report needs to know of what. Give --trend-analysis with it.")
        raise typer.Exit(report_trends(opened(root), query, limit, form, output))
    detection = detect(
        opened(root), results, baseline, form=input_format, baseline_form=baseline_format, margin=margin,
        query=query, newest=newest, detail="full",
    )  # fmt: skip
    emit(detection, form, output)
    raise typer.Exit(exit_code(detection))


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
