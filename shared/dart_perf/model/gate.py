"""The answer of a gate: may this change pass, and if not, what stands against it."""

from typing import Literal

from pydantic import Field

from dart_perf.model.judgement import Status
from dart_perf.model.record import Record

Cause = Literal["behaviour", "regression", "missing", "errored", "incomparable", "no baseline", "undecided"]
Effect = Literal["fails", "waived", "noted"]


class GateEntry(Record):
    """One thing that stands, or would stand, against passing."""

    cause: Cause
    effect: Effect
    what: str
    """Benchmark and metric, or what is missing."""
    said: str
    """What was found."""
    ratio: float | None = None
    """Above 1 is worse."""
    low: float | None = None
    high: float | None = None
    """`low` to `high` is its interval."""
    margin: float | None = None
    """Largest relative change that does not matter."""
    probability_worse: float | None = None
    """That it is worse by more than the margin."""
    waived_by: str = ""
    """Who waived it, why and until when."""


class WaiverUse(Record):
    """What became of a waiver."""

    state: Literal["used", "not needed", "matches nothing", "expired", "no reason", "not accepted"]
    benchmark: str
    """Glob; * for everything."""
    source: str
    """Policy file, commit or text that holds it."""
    reason: str = ""
    by: str = ""
    expires: str = ""
    """Last day on which it counts."""


class Gate(Record):
    """The verdict on a change under a policy."""

    verdict: Literal["PASS", "FAIL"]
    status: Status
    """Of what was judged, before waivers."""
    exit_code: int
    """0 pass; 1 regression, 3 undecided, 4 missing, failed or no baseline, 5 incomparable, 6 behaviour changed."""
    summary: str
    baseline: str
    current: str
    commits: str = ""
    """Range whose messages were read for rationales."""
    policy: str
    """File and the start of its SHA-256."""
    family: int = Field(default=0, ge=0)
    """Series judged at once."""
    undecided: int = Field(default=0, ge=0)
    """Of them, neither called nor cleared."""
    entries: tuple[GateEntry, ...] = ()
    """What fails first."""
    waivers: tuple[WaiverUse, ...] = ()
    warnings: tuple[str, ...] = ()
    next_step: str
