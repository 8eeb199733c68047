"""dart-regression-detector: hold results against a baseline."""

from typing import Annotated

import typer

from dart_perf.cli.options import FormatOption, MarginOption, OutputOption, ProjectOption, only_one
from dart_perf.cli.output import Format, emit, exit_code, run
from dart_perf.errors import InvalidInput
from dart_perf.workflows.project import open_project

EXAMPLES = """
Examples:

  dart-regression-detector --analyze --input perf_results.json --baseline current_baseline.json --alert-threshold 1.2

  dart-regression-detector --analyze --input results.json --baseline standard_robot --margin 0.05 --format json

  dart-regression-detector --plan --baseline standard_robot --effect 1.1

Exit codes: 0 fine, 1 regression, 2 usage, 3 inconclusive, 4 missing data, 5 incomparable, 6 behaviour changed.
"""

app = typer.Typer(add_completion=False, context_settings={"help_option_names": ["-h", "--help"]})


@app.command(epilog=EXAMPLES)
def detector(
    analyze: Annotated[bool, typer.Option("--analyze", help="Judge --input against --baseline.")] = False,
    plan: Annotated[bool, typer.Option("--plan", help="Say how many runs --effect takes.")] = False,
    results: Annotated[str | None, typer.Option("--input", help="File of results, or a run id.")] = None,
    baseline: Annotated[str | None, typer.Option("--baseline", help="File, scenario, baseline id or run id.")] = None,
    threshold: Annotated[
        float | None,
        typer.Option("--alert-threshold", help="Ratio from which it matters, above 1: 1.2 is a margin of 0.2."),
    ] = None,
    margin: MarginOption = None,
    effect: Annotated[float, typer.Option("--effect", min=1.0, help="Ratio to be found (--plan).")] = 1.1,
    power: Annotated[float, typer.Option("--power", min=0.5, max=0.99, help="Probability (--plan).")] = 0.8,
    form: FormatOption = Format.TEXT,
    output: OutputOption = None,
    root: ProjectOption = None,
) -> None:
    """Say whether results are slower than a baseline, over all series, with few false alarms."""
    action = only_one(analyze=analyze, plan=plan)
    if threshold is not None and margin is not None:
        raise InvalidInput("--alert-threshold and --margin say the same thing twice. Give one: threshold = 1 + margin.")
    margin = threshold - 1 if threshold is not None else margin
    if baseline is None:
        raise InvalidInput("--baseline is missing. Give a file, a scenario, a baseline id or a run id.")
    if action == "plan":
        from dart_perf.workflows.planning import plan_runs

        emit(plan_runs(open_project(root), baseline, effect=effect, margin=margin, power=power), form, output)
        return
    if results is None:
        raise InvalidInput("--input is missing. Give a file of results or a run id.")
    from dart_perf.workflows.detection import detect

    comparison = detect(open_project(root), results, baseline, margin=margin, detail="full")
    emit(comparison, form, output)
    raise typer.Exit(exit_code(comparison))


def main() -> None:
    """Run the command."""
    run(app)
