"""What the care of a store asks and answers: merge, prune, backup, restore, upgrade."""

from collections.abc import Callable
from datetime import datetime

from pydantic import Field

from dart_perf.model.record import Record

Progress = Callable[[int, int | None, str], None]
"""Called with steps done, steps in all (None where unknown) and what is being done."""

KEEP = 20
"""Newest runs of a series that stay whatever their age: with fewer a judgement carries a warning (docs/methods.md)."""

PART = "part of "
"""How the warning of a run begins of which only some measurements were exported; the id of the whole follows."""


class Rule(Record):
    """What may go: what is beyond the newest `keep` and, where `before` is given, older than that."""

    keep: int = Field(default=KEEP, ge=1)
    """Newest runs of each series, baselines of each scenario x platform and ended jobs that stay whatever their age."""
    before: datetime | None = None
    """Only what is older than this goes (UTC); None where age does not matter."""


class Merge(Record):
    """What came from another store."""

    summary: str
    runs: int = Field(ge=0)
    """Runs that are new here."""
    known: int = Field(ge=0)
    """Runs that were here already."""
    baselines: int = Field(ge=0)
    """Baselines that are new here."""
    programs: int = Field(ge=0)
    """Program files that are new here."""
    events: int = Field(ge=0)
    """Events that were appended to the logs here."""
    current: tuple[str, ...] = ()
    """Baselines that are current now where none was before."""
    warnings: tuple[str, ...] = ()


class Prune(Record):
    """What went, or would go."""

    summary: str
    applied: bool
    """False: nothing was removed; this is what would go."""
    runs: int = Field(ge=0)
    """Runs that go."""
    baselines: tuple[str, ...] = ()
    """Ids of the baselines that go."""
    programs: int = Field(ge=0)
    """Program files that no baseline needs any more."""
    jobs: int = Field(ge=0)
    """Ended jobs that go, with their logs."""
    bytes: int = Field(ge=0)
    """Size of all that goes, bytes."""
    stay: tuple[str, ...] = ()
    """How many runs stay, and why."""
    next_step: str = ""


class Backup(Record):
    """A backup that was written and proven."""

    summary: str
    file: str
    """Where it is."""
    files: int = Field(ge=0)
    """Files of the store in it."""
    bytes: int = Field(ge=0)
    """Their size, bytes."""
    next_step: str = ""


class Restore(Record):
    """A store that was restored and proven."""

    summary: str
    folder: str
    """Where it is."""
    files: int = Field(ge=0)
    """Files that were restored."""


class Upgrade(Record):
    """What an upgrade did."""

    summary: str
    before: int
    """Schema number that was found."""
    after: int
    """Schema number now."""


class Export(Record):
    """A history that was written as one file of results."""

    summary: str
    series: int = Field(ge=0)
    points: int = Field(ge=0)
    """Points of these series in it."""
    runs: int = Field(ge=0)
    """Runs in it, in order of arrival."""
    bytes: int = Field(ge=0)
    """Size of the file, bytes."""
    warnings: tuple[str, ...] = ()
    next_step: str = ""
