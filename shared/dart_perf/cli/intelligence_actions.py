"""What dart-perf-intelligence can do: one workflow for each action, and the options that mean something to it.

A new action is an option in `intelligence.py`, what it needs in `Request`, and one line in each table here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dart_perf.cli.destination import replacing
from dart_perf.cli.output import progress
from dart_perf.cli.query import QUERY
from dart_perf.model.record import Record
from dart_perf.report import operation as _texts  # noqa: F401 -- registers how an export is printed
from dart_perf.workflows.project import Project
from dart_perf.workflows.series_query import Query
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


def _analyze_trends(request: Request) -> Record:
    with progress() as report:
        return query_trends(request.project, request.query, limit=request.limit, detail="full", progress=report)


def _export_history(request: Request) -> Record:
    from dart_perf.workflows.export import export_history

    with replacing(request.file or Path()) as file, progress() as report:
        return export_history(request.project, file, request.query, progress=report)


ACTIONS: dict[str, Callable[[Request], Record]] = {
    "analyze_trends": _analyze_trends,
    "export_history": _export_history,
}

TAKES: dict[str, set[str]] = {
    "analyze_trends": {*QUERY, "limit"},
    "export_history": QUERY,
}
