"""What dart-perf-intelligence can do: one workflow for each action, and the options that mean something to it.

A new action is an option in `intelligence.py`, what it needs in `Request`, and one line in each table here.
"""

from collections.abc import Callable
from dataclasses import dataclass

from dart_perf.cli.output import progress
from dart_perf.cli.query import QUERY
from dart_perf.model.record import Record
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


def _analyze_trends(request: Request) -> Record:
    with progress() as report:
        return query_trends(request.project, request.query, limit=request.limit, detail="full", progress=report)


ACTIONS: dict[str, Callable[[Request], Record]] = {
    "analyze_trends": _analyze_trends,
}

TAKES: dict[str, set[str]] = {
    "analyze_trends": {*QUERY, "limit"},
}
