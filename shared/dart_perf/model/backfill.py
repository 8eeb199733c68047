"""What a backfill asks and answers: past commits that were measured into the history."""

from pydantic import Field

from dart_perf.model.record import Record

MOST = 200
"""Commits of one call: at the two minutes that ten processes of a second, a checkout and a small build take, seven
hours."""


class PastCommit(Record):
    """A commit of the range, and what became of it for one scenario."""

    commit: str
    """Full hash."""
    position: int | None = None
    """First-parent position; None in a shallow clone."""
    scenario: str
    run: str | None = None
    """Id of the run that the history holds of it."""
    reason: str = ""
    """Why it could not be measured, with the end of what its build or program wrote."""
    seconds: float | None = None
    """What checking out, building and measuring it took, seconds."""


class Backfill(Record):
    """What a backfill did, or with `dry_run` would do."""

    summary: str
    dry_run: bool = False
    """True: nothing was built or measured; `planned` is what would be."""
    commits: int = Field(ge=0)
    """Commits that the range and `every` choose."""
    measured: tuple[PastCommit, ...] = ()
    """By position."""
    present: tuple[PastCommit, ...] = ()
    """What the history held already of this machine, so that it was not measured again."""
    failed: tuple[PastCommit, ...] = ()
    """What could not be checked out, built or measured, with the reasons."""
    planned: tuple[PastCommit, ...] = ()
    seconds: float | None = None
    """Estimated time of measuring what is planned, without builds; None where nothing measured tells it."""
    warnings: tuple[str, ...] = ()
    next_step: str = ""
