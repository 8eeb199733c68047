"""What dart-perf-baseline can do to past commits: measure them into the history."""

from typing import Annotated

import typer

from dart_perf.cli.output import progress
from dart_perf.model.record import Record
from dart_perf.report import backfill as _texts  # noqa: F401 -- registers how these records are printed
from dart_perf.workflows.project import Project

BackfillOption = Annotated[
    str, typer.Option("--backfill", metavar="A..B", help="Measure past commits into the history, in random order.")
]
EveryOption = Annotated[
    int, typer.Option("--every", min=1, help="Each Nth commit, and both ends of the range (--backfill).")
]
MostOption = Annotated[
    int, typer.Option("--most", min=1, max=10_000, help="Most commits that one call measures (--backfill).")
]


def backfill(
    project: Project,
    span: str,
    *,
    every: int,
    most: int,
    scenario: str | None,
    processes: int | None,
    dry_run: bool,
) -> Record:
    """Measure past commits; see `workflows.backfill`."""
    from dart_perf.workflows.backfill import backfill as measure

    with progress() as report:
        return measure(
            project, span, every=every, most=most, scenario=scenario, processes=processes, dry_run=dry_run,
            progress=report,
        )  # fmt: skip
