"""What a backfill did, as text."""

from dart_perf.model.backfill import Backfill, PastCommit
from dart_perf.report.text import render

SHOWN = 20
"""Commits of each kind that are named."""


@render.register
def _(record: Backfill) -> str:
    lines = [record.summary]
    for word, commits in (("measured", record.measured), ("would measure", record.planned)):
        lines += _listed(f"{word}: ", commits)
    lines += [f"NOT MEASURED: {_named(commit)}: {commit.reason}" for commit in record.failed[:SHOWN]]
    lines += _more(len(record.failed))
    lines += [f"warning: {warning}" for warning in record.warnings]
    return "\n".join([*lines, f"next: {record.next_step}"] if record.next_step else lines)


def _listed(word: str, commits: tuple[PastCommit, ...]) -> list[str]:
    lines = [
        word + _named(commit) + (f" in {commit.seconds:.0f} s" if commit.seconds is not None else "")
        for commit in commits[:SHOWN]
    ]
    return [*lines, *_more(len(commits))]


def _more(count: int) -> list[str]:
    return [f"and {count - SHOWN} more"] if count > SHOWN else []


def _named(commit: PastCommit) -> str:
    place = "" if commit.position is None else f" (position {commit.position})"
    return f"{commit.commit[:12]}{place} {commit.scenario}"
