"""What dart-perf-intelligence can do: one workflow for each action, and the options that mean something to it.

A new action is an option in `intelligence.py`, what it needs in `Request`, and one line in each table here.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dart_perf.cli.destination import replacing
from dart_perf.cli.output import Format, formatted, progress, say
from dart_perf.cli.query import QUERY
from dart_perf.errors import InvalidInput
from dart_perf.model.judgement import EXIT_CODES, Status
from dart_perf.model.record import Record
from dart_perf.report import operation as _texts  # noqa: F401 -- registers how an export is printed
from dart_perf.workflows.periodic import looks
from dart_perf.workflows.project import Project
from dart_perf.workflows.series_query import Query
from dart_perf.workflows.trend_analysis import analyze_results
from dart_perf.workflows.trend_report import DRAWN, report
from dart_perf.workflows.trends import query_trends


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked on the command line."""

    project: Project
    query: Query
    """Which series, and which of their runs."""
    limit: int
    file: Path | None = None
    """Where an export goes."""
    draws: bool = False
    """Whether the answer is to have plots."""
    results: str | None = None
    input_format: str = "auto"
    baseline: str | None = None
    baseline_format: str = "auto"
    margin: float | None = None
    interval: float = 3600.0
    rounds: int | None = None


def _analyze_trends(request: Request) -> Record:
    if request.results is None:
        return _history(request)
    with progress() as said:
        return analyze_results(
            request.project, request.query, request.results, request.baseline, form=request.input_format,
            baseline_form=request.baseline_format, margin=request.margin, limit=request.limit, progress=said,
        )  # fmt: skip


def _history(request: Request) -> Record:
    """Return the trends of what is stored, with values where they are to be drawn."""
    if request.baseline is not None or request.margin is not None:
        raise InvalidInput(
            "--baseline and --margin judge the results of --input. Give a file of results or a run id by --input, or "
            "leave them out to see the stored history alone."
        )
    with progress() as said:
        if request.draws:
            return report(request.project, request.query, limit=request.limit, drawn=DRAWN, progress=said)
        return query_trends(request.project, request.query, limit=request.limit, detail="full", progress=said)


def analyze_periodic(request: Request, form: Format, sleep: Callable[[float], None] = time.sleep) -> int:
    """Print a round whenever something changed, and return what the command ends with after --rounds.

    Without --rounds it ends with the signal that ends the command.
    """
    worse = 0
    for found in looks(request.project, request.query, interval=request.interval, rounds=request.rounds, sleep=sleep):
        worse = found.worse
        if form is Format.JSON:
            say(found.model_dump_json() + "\n")
        elif found.news or found.number == 1:
            say(formatted(found, Format.TEXT))
    return EXIT_CODES[Status.REGRESSION_DETECTED if worse else Status.NORMAL]


def _export_history(request: Request) -> Record:
    from dart_perf.workflows.export import export_history

    path = request.file or Path()
    with replacing(path) as file, progress() as report:
        return export_history(request.project, file, request.query, packed=path.suffix == ".gz", progress=report)


def _baseline_compare(request: Request) -> Record:
    from dart_perf.workflows.new_vs_old import new_against_old

    return new_against_old(request.project, request.margin)


ACTIONS: dict[str, Callable[[Request], Record]] = {
    "analyze_trends": _analyze_trends,
    "baseline_compare": _baseline_compare,
    "export_history": _export_history,
}

TAKES: dict[str, set[str]] = {
    "analyze_trends": {*QUERY, "limit", "results", "input_format", "baseline", "baseline_format", "margin"},
    "analyze_periodic": {*QUERY, "interval", "rounds"},
    "baseline_compare": {"new_vs_old", "margin"},
    "export_history": QUERY,
}
