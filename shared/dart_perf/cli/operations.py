"""What dart-perf-baseline can do to the store as a whole: merge, prune, backup, restore, upgrade."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from dart_perf.cli.output import progress
from dart_perf.errors import InvalidInput
from dart_perf.model.record import Record
from dart_perf.report import operation as _texts  # noqa: F401 -- registers how these records are printed
from dart_perf.workflows import operations
from dart_perf.workflows.project import Project

MergeOption = Annotated[
    str, typer.Option("--merge", metavar="FOLDER", help="Take the runs and baselines of another store into this one.")
]
PruneOption = Annotated[bool, typer.Option("--prune", help="Say what old data may go; --apply removes it.")]
BackupOption = Annotated[str, typer.Option("--backup", metavar="FILE", help="Write all that is stored to a new file.")]
RestoreOption = Annotated[
    str, typer.Option("--restore", metavar="FILE", help="Unpack a backup; the store must be empty.")
]
UpgradeOption = Annotated[
    bool, typer.Option("--upgrade", help="Bring the store up to this version's schema, as the next write would.")
]
OlderOption = Annotated[
    str | None, typer.Option("--older-than", metavar="AGE", help="Only what is older: 36h, 90d, 12w (--prune).")
]
KeepOption = Annotated[
    int | None,
    typer.Option("--keep", min=1, help="Newest of each series that stay; 20 where only an age is given (--prune)."),
]
ApplyOption = Annotated[bool, typer.Option("--apply", help="Remove what may go (--prune).")]


@dataclass(frozen=True, slots=True)
class Operation:
    """What was asked of the store as a whole."""

    path: str = ""
    """The folder to merge, or the file of a backup."""
    older_than: str | None = None
    keep: int | None = None
    apply: bool = False
    dry_run: bool = False


def _prune(project: Project, asked: Operation, why: str) -> Record:
    if asked.apply and asked.dry_run:
        raise InvalidInput("--apply removes and --dry-run does not. Give one of them; without both nothing is removed.")
    with progress() as report:
        return operations.prune(
            project, older_than=asked.older_than, keep=asked.keep, apply=asked.apply, why=why, progress=report
        )


def _merge(project: Project, asked: Operation, _why: str) -> Record:
    with progress() as report:
        return operations.merge(project, Path(asked.path), progress=report)


def _backup(project: Project, asked: Operation, _why: str) -> Record:
    with progress() as report:
        return operations.backup(project, Path(asked.path), progress=report)


def _restore(project: Project, asked: Operation, _why: str) -> Record:
    with progress() as report:
        return operations.restore(project, Path(asked.path), progress=report)


OPERATIONS: dict[str, Callable[[Project, Operation, str], Record]] = {
    "merge": _merge,
    "prune": _prune,
    "backup": _backup,
    "restore": _restore,
    "upgrade": lambda project, _asked, _why: operations.upgrade(project),
}

TAKES: dict[str, set[str]] = {
    "merge": set(),
    "prune": {"older_than", "keep", "apply", "dry_run", "why"},
    "backup": set(),
    "restore": set(),
    "upgrade": set(),
}
