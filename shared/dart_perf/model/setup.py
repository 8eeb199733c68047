"""What a project has that can be measured, and what limits measuring on a machine."""

from typing import Literal

from pydantic import Field

from dart_perf.model.record import Record
from dart_perf.model.scenario import NAME, ResultFormat


class Proposal(Record):
    """An entry of dart-perf.toml that was derived from what lies in the project."""

    name: str = Field(pattern=NAME)
    kind: str
    """How it was recognised: pytest-benchmark, google-benchmark, pyperf, asv, probe, program, make."""
    place: str
    """File or folder it was found in, relative to the project's folder."""
    argv: tuple[str, ...] = Field(min_length=1)
    format: ResultFormat = "dart-perf"
    files: tuple[str, ...] = ()
    variables: dict[str, str] = Field(default_factory=dict)
    version_file: str = ""
    timeout_seconds: float | None = None
    remarks: tuple[str, ...] = ()
    """What the reader of the entry must know."""
    undecided: str = ""
    """Why the entry is commented out; empty where it can be measured as it is."""


class Declaration(Record):
    """What `--init` found, and the text of the file."""

    summary: str
    path: str
    """The project's dart-perf.toml."""
    written: bool
    """False where it exists already, or where only a look was asked for."""
    text: str
    """The whole file; where one exists already, the entries that it lacks."""
    proposals: tuple[Proposal, ...] = ()
    warnings: tuple[str, ...] = ()
    next_step: str = ""


class Limit(Record):
    """One thing that decides how well can be measured here."""

    name: str
    """governor, turbo, smt, cores, clock, load, machine, container, quota, swap, aslr, perf, valgrind, git, disk,
    store, lock, program, counts, trust."""
    state: Literal["fine", "limits", "unknown"]
    """limits: it makes measuring worse or impossible; unknown: the system does not say."""
    finding: str
    """What was found."""
    meaning: str = ""
    """What it does to measurements."""
    remedy: str = ""
    """What to do; empty where there is nothing to be done."""


class Floor(Record):
    """What two identical programs, measured side by side, differ by: nothing smaller can be told here."""

    metric: str
    pairs: int = Field(ge=1)
    """Pairs of processes that were measured."""
    ratio: float = Field(gt=0)
    """Ratio of the two, with its interval `low` to `high`; the truth is 1."""
    low: float = Field(ge=0)
    high: float = Field(ge=0)
    spread: float = Field(ge=0)
    """Standard deviation of the log ratio of one pair."""
    processes: int = Field(ge=1)
    """Processes a side that the two effects below are for."""
    smallest: float | None = Field(default=None, ge=1)
    """Smallest true ratio that is called worse with probability 0.8 at a margin of 1 %."""
    smallest_usual: float | None = Field(default=None, ge=1)
    """The same at the usual margin of 5 %."""
    warnings: tuple[str, ...] = ()
    """How well the spread is known, and what else the pairs say."""


class Examination(Record):
    """What `--doctor` found."""

    summary: str
    limits: tuple[Limit, ...]
    """Everything that was looked at, also what is fine."""
    floor: tuple[Floor, ...] = ()
    """CPU time and wall time; empty where nothing was measured."""
    warnings: tuple[str, ...] = ()
    next_step: str = ""
