"""What the tools return beyond the records of the field: lists, handles and long-running answers."""

from typing import Any

from pydantic import Field

from dart_perf.model.baseline import BaselineEntry
from dart_perf.model.comparison import Comparison
from dart_perf.model.history import Validation
from dart_perf.model.job import JobState
from dart_perf.model.judgement import Status
from dart_perf.model.record import Record


class JobStatus(Record):
    """A handle on work that goes on without the caller."""

    id: str
    """Give it to the tool `job`."""
    kind: str
    """The tool that started it."""
    state: JobState
    progress: str = ""
    """What it is doing now."""
    error: str | None = None
    """Why it ended without a result, and what to do next."""


class CompareAnswer(Record):
    """The comparison when it is ready within the wait, else the handle to poll."""

    status: Status | None = None
    """The verdict; None while the job runs or when it failed."""
    job: JobStatus
    comparison: Comparison | None = None


class Capture(Record):
    """A baseline that was just sealed."""

    baseline: BaselineEntry
    warnings: tuple[str, ...] = ()
    next_step: str
    """What to do now."""


class CaptureAnswer(Record):
    """The captured baseline when it is ready within the wait, else the handle to poll."""

    job: JobStatus
    capture: Capture | None = None


class JobAnswer(Record):
    """A job and, when it is done, what its tool would have returned."""

    job: JobStatus
    status: Status | None = None
    """The verdict, where the job has one."""
    result: dict[str, Any] | None = None
    """The record of the finished workflow: a comparison or a baseline entry."""


class ScenarioEntry(Record):
    """One benchmark that can be run by name."""

    name: str
    group: str = ""
    """Kind of work."""
    source: str
    """built-in, or the file that declares it"""
    processes: int = Field(ge=1)
    """Processes a side by default."""
    margin: float
    """Largest relative change that does not matter."""
    trusted: bool
    """False: run `dart-perf-baseline --trust` in the project first."""
    baseline: str | None = None
    """Id of its current baseline on this platform."""


class ScenarioList(Record):
    """What can be measured here."""

    scenarios: tuple[ScenarioEntry, ...]
    total: int = Field(ge=0)
    """How many there are in all."""
    next_cursor: str | None = None
    """Give it as `cursor` for the next page."""
    warnings: tuple[str, ...] = ()


class BaselineList(Record):
    """A page of baselines."""

    baselines: tuple[BaselineEntry, ...]
    total: int = Field(ge=0)
    """How many match in all."""
    next_cursor: str | None = None
    """Give it as `cursor` for the next page."""
    hint: str = ""
    """What to do when the list is empty."""
    warnings: tuple[str, ...] = ()


class BaselineCheck(Record):
    """What was proven about the stored baselines, and how they agree with the runs of a commit."""

    status: Status | None = None
    """With a commit: the verdict of holding its stored runs against the baseline."""
    summary: str
    """The outcome in one sentence."""
    validation: Validation
    verdicts: tuple[str, ...] = ()
    """With a commit: one line a scenario."""


class ImportReport(Record):
    """What became of each file that was read."""

    summary: str
    files: int = Field(default=1, ge=0)
    """Files that were read and stored."""
    accepted: int = Field(ge=0)
    """Runs that are new in the history."""
    known: int = Field(ge=0)
    """Runs it already had."""
    measurements: int = Field(ge=0)
    """Series in the accepted and known runs."""
    left_out: tuple[str, ...] = ()
    """Rows that are not measurements, with reasons."""
    skipped: tuple[str, ...] = ()
    """Files that hold no results, or stand for others, with reasons."""
    refused: tuple[str, ...] = ()
    """Files that could not be read, with reasons."""
    runs: tuple[str, ...] = ()
    """Ids of the first runs."""
    warnings: tuple[str, ...] = ()


class ImportAnswer(Record):
    """The report when it is ready within the wait, else the handle to poll."""

    job: JobStatus | None = None
    """None for one small file, which is read within the call."""
    report: ImportReport | None = None


class PlanEntry(Record):
    """How long one series must be measured."""

    benchmark: str
    metric: str
    spread: float = Field(ge=0)
    """Recorded standard deviation of the log between runs."""
    runs_needed: int | None = None
    """Runs (processes) a side; None where the margin cannot be decided at any number."""
    minimum_detectable_effect: float | None = None
    """Smallest ratio found with the asked power at the scenario's default number of runs."""


class Plan(Record):
    """Runs and time that a question needs."""

    summary: str
    scenario: str
    effect: float
    """Ratio to be found, e.g. 1.1."""
    margin: float
    power: float
    runs: int | None = None
    """Runs a side that suffice for every series that decides."""
    seconds: float | None = None
    """Time for both sides, interleaved, at the recorded duration of a process."""
    pairs: int | None = None
    """Pairs by which verify_change has found it with that power; None: more than 4,096, or no noise is recorded."""
    pair_minutes: float | None = None
    """Time of those pairs."""
    series: tuple[PlanEntry, ...] = ()
    warnings: tuple[str, ...] = ()
