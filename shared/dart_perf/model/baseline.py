"""A sealed reference, and what happened to it."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Literal

from pydantic import Field

from dart_perf.model.measurement import Run
from dart_perf.model.record import Record, digest
from dart_perf.model.scenario import NAME, Program

SCHEMA = 1
"""Number of the layout of a sealed baseline; docs/store.md describes it."""


BASELINE_FORMAT = "dart-perf-baseline"
"""What a sealed baseline file says it is."""


class Baseline(Record):
    """What a scenario cost on one platform at one version; sealed by its digest and never edited."""

    schema_number: Literal[1] = 1
    scenario: str = Field(pattern=NAME)
    platform: str = Field(pattern=NAME)
    """Operating system and architecture, e.g. linux-x86_64."""
    version: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}$")
    """Version of what was measured."""
    created: datetime
    created_by: str
    """Person, agent or CI job."""
    reason: str
    """Why it was captured."""
    program: Program | None = None
    """How to measure it again; None where it came from a file."""
    runs: tuple[Run, ...] = Field(min_length=1)
    """The run(s) it stands on; several sessions make it steadier."""

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the content."""
        return digest(self)

    @cached_property
    def id(self) -> str:
        """`scenario/platform/version/digest8`: unique, and readable in a list."""
        return f"{self.scenario}/{self.platform}/{self.version}/{self.digest[:8]}"


class Action(StrEnum):
    """What can happen to a baseline."""

    CAPTURED = "captured"
    PROMOTED = "promoted"
    ROLLED_BACK = "rolled_back"
    WITHDRAWN = "withdrawn"
    PRUNED = "pruned"


class BaselineEvent(Record):
    """One entry of the log of a scenario x platform; states are derived from the log, never stored."""

    action: Action
    baseline: str
    """Id of the baseline it happened to: for `rolled_back`, the one that is current again."""
    who: str
    when: datetime
    why: str


def succession(events: Iterable[BaselineEvent]) -> list[str]:
    """Return the baselines that are or were current, oldest first, less those rolled back, withdrawn or pruned."""
    stack: list[str] = []
    gone: dict[str, Action] = {}
    for event in events:
        if event.action in {Action.WITHDRAWN, Action.PRUNED}:
            gone.setdefault(event.baseline, event.action)
            stack = [name for name in stack if name != event.baseline]
        elif event.action is Action.CAPTURED and gone.get(event.baseline) is Action.PRUNED:
            del gone[event.baseline]
        elif event.action is Action.PROMOTED and event.baseline not in gone:
            stack.append(event.baseline)
        elif event.action is Action.ROLLED_BACK:
            while stack and stack[-1] != event.baseline:
                stack.pop()
    return stack


class State(StrEnum):
    """What a baseline is at the end of the log."""

    CANDIDATE = "candidate"
    CURRENT = "current"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


class BaselineEntry(Record):
    """A line of the list of baselines."""

    id: str
    """scenario/platform/version/digest8"""
    scenario: str
    platform: str
    version: str
    state: State
    """candidate, current, superseded or withdrawn"""
    created: datetime
    created_by: str
    reason: str
    processes: int = Field(ge=0)
    """Processes it stands on."""
    sessions: int = Field(ge=0)
    """Sessions they were spread over."""
    remeasurable: bool
    """True where its program is recorded, so that it can be measured again beside a new one."""
