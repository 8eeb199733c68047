"""Verifying a change: what was asked and measured (the evidence), what follows from it (the verdict), both sealed."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from dart_perf.model.answer import JobStatus
from dart_perf.model.environment import Environment
from dart_perf.model.judgement import Status
from dart_perf.model.measurement import Guard
from dart_perf.model.record import Record
from dart_perf.model.scenario import NAME

METHOD = 2
"""Number of the way in which evidence becomes a verdict; a receipt of another one is not recomputed."""


class Place(Record):
    """One side: a commit, or a working tree as it was."""

    label: str
    """How the answer names it."""
    commit: str
    """Commit object; of a working tree one that was made of it, on top of `parent`."""
    tree: str
    """Hash of the whole content: what was measured."""
    parent: str = ""
    """The commit below a working tree that differs from it."""
    dirty: bool = False


class Question(Record):
    """What stays the same over all attempts at it, and the attempt."""

    scenario: str = Field(pattern=NAME)
    program: str
    """SHA-256 of the scenario's declaration; its benchmark files are head's, and part of that tree."""
    base: Place
    head: Place
    decides: Literal["cpu", "wall"] = "cpu"
    """Which time of the process decides; the other is reported."""
    environment: Environment


class Pair(Record):
    """Two processes that ran next to each other; of every two values the first is base's."""

    order: Literal["base first", "head first"]
    """Drawn at random."""
    cpu: tuple[float, float]
    """User and system time of each process with its children, start-up included, seconds."""
    wall: tuple[float, float]
    """Elapsed time, seconds."""
    started: datetime
    seconds: float = Field(ge=0)
    """Time that the pair took in all."""
    load: float | None = None
    """1-minute load average before it."""
    inner: dict[str, tuple[float, float]] = Field(default_factory=dict)
    """Times that the program itself printed, by benchmark and metric, seconds."""
    fresh: bool = False
    """True: measured after an improvement was seen, to confirm it."""


class FloorPair(Record):
    """Two processes of one side: they differ by what the machine differs by."""

    when: datetime
    cpu: tuple[float, float]
    wall: tuple[float, float]
    load: float | None = None


class Counts(Record):
    """Instructions of one whole process of each side under valgrind."""

    base: int = Field(gt=0)
    head: int = Field(gt=0)


Executed = Literal["executed", "partly", "not executed", "no code", "unknown"]
"""no code: only comments, blank lines or files that are no code changed."""


class Execution(Record):
    """Whether the scenario runs the lines that were changed."""

    state: Executed
    changed: int = Field(default=0, ge=0)
    """Changed lines that hold code."""
    executed: int = Field(default=0, ge=0)
    """How many of them ran."""
    missed: tuple[str, ...] = ()
    """Files with lines that did not run, e.g. `src/a.py:10-12`."""
    how: str = "none"
    """sys.monitoring, sys.settrace, gcov, or none."""
    reason: str = ""
    """Why it is unknown."""


class Evidence(Record):
    """Everything that was measured for one scenario; the verdict follows from it alone."""

    method: int = METHOD
    question: Question
    margin: float = Field(gt=0)
    attempt: int = Field(ge=1)
    """Which variant this is of those that were held against this base: what it may spend follows from that."""
    attempts: int = Field(default=1, ge=1)
    """How many of them there were when it was judged."""
    pairs: tuple[Pair, ...] = ()
    """In the order in which they were measured."""
    guards: tuple[tuple[Guard, ...], tuple[Guard, ...]] = ((), ())
    """What the processes computed, each value once: base, head."""
    counts: Counts | None = None
    not_counted: str = ""
    """Why there are no counts."""
    execution: Execution = Execution(state="unknown", reason="not asked")
    floor: tuple[FloorPair, ...] = ()
    """Base against itself, from this and earlier calls on this machine."""
    notes: tuple[str, ...] = ()
    """What the reader must know of how it was measured."""


class CountVerdict(Record):
    """What the instruction counts say."""

    status: Status
    ratio: float
    """Head's over base's."""
    low: float
    high: float


class PairVerdict(Record):
    """What pairs of processes say of one time."""

    status: Status
    ratio: float | None = None
    """Above 1 is slower."""
    low: float | None = None
    high: float | None = None
    margin: float
    minimum_detectable_effect: float | None = None
    """Smallest true ratio found with 80 % power."""
    pairs_needed: int | None = None
    """In all, to decide."""
    warnings: tuple[str, ...] = ()


class Part(Record):
    """A benchmark inside the program."""

    benchmark: str
    judgement: PairVerdict


class ScenarioVerdict(Record):
    """One scenario's verdict with what it stands on."""

    scenario: str
    status: Status
    judgement: PairVerdict | None = None
    """Of the time that decides."""
    decides: Literal["cpu", "wall"] = "cpu"
    other: PairVerdict | None = None
    """Of the other time; reported only."""
    pairs: int = 0
    """Pairs that were judged."""
    seconds: float = 0
    """Time they took."""
    seconds_needed: float | None = None
    """For the pairs still needed."""
    attempt: int = 1
    """Variants held against this base so far."""
    seen: PairVerdict | None = None
    """An improvement, before fresh pairs."""
    counts: CountVerdict | None = None
    floor: str = ""
    """Base against itself here."""
    load: float | None = None
    """Median load average while measuring."""
    executed: Executed | None = None
    """Whether the changed lines ran."""
    changed_lines: str = ""
    """e.g. 5 of 6 changed lines ran"""
    guards: tuple[str, ...] = ()
    """Values the program computes that changed."""
    parts: tuple[Part, ...] = ()
    """Worst first."""
    receipt: str = ""
    """Id, sealed."""
    error: str = ""
    """Why it was not measured."""
    warnings: tuple[str, ...] = ()


class Verification(Record):
    """Whether a change made anything slower."""

    status: Status
    """The worst of the scenarios'."""
    summary: str
    base: str
    head: str
    chosen: str = ""
    """How scenarios were picked."""
    seconds: float
    """Time of the whole call."""
    scenarios: tuple[ScenarioVerdict, ...]
    """Worst first."""
    next_step: str


class VerifyAnswer(Record):
    """The verdict when it is ready within the wait, else the handle to poll."""

    status: Status | None = None
    """None while the job runs or when it failed."""
    job: JobStatus
    verification: Verification | None = None


class Receipt(Record):
    """A verdict and all it follows from, sealed."""

    created: datetime
    created_by: str
    evidence: Evidence
    verdict: ScenarioVerdict


class Replay(Record):
    """A verdict computed again from a receipt."""

    status: Status
    summary: str
    same: bool
    """True: it is the verdict that the receipt holds."""
    verdict: ScenarioVerdict
    warnings: tuple[str, ...] = ()
