"""Who holds the machine's lock and who waits for it, as their files say it."""

import json
import os
from contextvars import ContextVar
from dataclasses import asdict, dataclass

LARGEST_RECORD = 1 << 12
HELD: ContextVar[tuple[int, ...]] = ContextVar("HELD", default=())
"""Descriptors by which the caller holds the machine's lock. Launchers keep them open: when the caller is killed, the
next measurement begins when the program that it measured has ended, up to 2 s later, and not beside it."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who measures, or measured until it died."""

    pid: int
    project: str
    scenario: str
    since: str
    """When it got the lock (of a waiter: when it came), ISO 8601, UTC."""

    def __str__(self) -> str:
        return f"process {self.pid}, {self.scenario} of {self.project}, since {self.since}"


@dataclass(frozen=True, slots=True)
class Waiter:
    """Who stands in line."""

    pid: int
    project: str
    scenario: str
    since: str
    """When it came, ISO 8601, UTC."""
    seconds: float
    """How long it has waited."""

    def __str__(self) -> str:
        return f"process {self.pid}, {self.scenario} of {self.project}, for {self.seconds:.0f} s"


@dataclass(frozen=True, slots=True)
class Wait:
    """What one who waits is told at every look."""

    holder: Holder | None
    """Who has the lock; None where its record cannot be read, or it is just changing hands."""
    position: int
    """Place in the line: 1 is next."""
    seconds: float
    """How long this wait has lasted."""
    problem: str = ""
    """Why this wait has no place that others see; empty where it has one."""


def read(descriptor: int) -> Holder | None:
    """Return what a file's record says; None for one that is empty, damaged or being written just now."""
    try:
        said = json.loads(os.pread(descriptor, LARGEST_RECORD, 0))
        return Holder(int(said["pid"]), str(said["project"]), str(said["scenario"]), str(said["since"]))
    except (ValueError, KeyError, TypeError):
        return None


def write(descriptor: int, who: Holder) -> None:
    """Replace a file's record. Raises OSError."""
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(asdict(who)).encode(), 0)
