"""Options that say which series of the history, and which of their runs."""

from typing import Annotated

import typer

BenchmarkOption = Annotated[
    str | None, typer.Option("--benchmark", metavar="GLOB", help="Only benchmarks like this, e.g. 'dynamics/*'.")
]
GroupOption = Annotated[str | None, typer.Option("--group", help="Only this group, e.g. collision.")]
MetricOption = Annotated[str | None, typer.Option("--metric", help="Only this metric, e.g. cpu_time.")]
EnvironmentOption = Annotated[
    str | None, typer.Option("--environment", metavar="FINGERPRINT", help="Only this environment.")
]
CommitsOption = Annotated[
    str | None, typer.Option("--commits", metavar="A..B", help="Only runs of commits after A up to and with B.")
]
WindowOption = Annotated[
    int | None, typer.Option("--window", min=1, help="Newest runs of each series; 200 where --commits is not given.")
]
QUERY = {"benchmark", "group", "metric", "environment", "commits", "window"}
"""The names of these options."""
LimitOption = Annotated[int, typer.Option("--limit", min=1, help="Series that are listed, the worst first.")]
