"""Work that outlives the call that asked for it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import Field

from dart_perf.model.record import Record


class JobState(StrEnum):
    # A comment, because a docstring would be sent with every tool's schema: `lost` died without a word.
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    LOST = "lost"


WAITING = "waiting for another measurement to end"
"""In the message of one that waits for the machine; its steps done are seconds then."""
ENDED = frozenset({JobState.DONE, JobState.FAILED, JobState.CANCELLED, JobState.LOST})


class Job(Record):
    """A request, who works on it, how far it is and what came out."""

    id: str = Field(pattern=r"^job-[0-9a-f]{16}$")
    kind: str
    """The workflow, e.g. compare_with_baseline."""
    key: str
    """Idempotency key: a repeated request with the same key joins this job."""
    request: dict[str, Any]
    """Arguments of the workflow."""
    state: JobState = JobState.QUEUED
    done: int = Field(default=0, ge=0)
    """Steps done."""
    total: int | None = None
    """Steps in all, where known."""
    message: str = ""
    """What it is doing now."""
    created: datetime
    updated: datetime
    pid: int | None = None
    """Process that works on it."""
    result: dict[str, Any] | None = None
    """JSON of the workflow's record when done."""
    error: str | None = None
    """What went wrong and what to do next when failed, cancelled or lost."""
    failure: str | None = None
    """Name of the error when failed, e.g. NoBaseline."""
