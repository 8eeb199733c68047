"""The answer to `did it get slower?` over all series of a scenario or file."""

from typing import Literal

from pydantic import Field

from dart_perf.model.judgement import Judgement, Status
from dart_perf.model.record import Record
from dart_perf.units import Base


class SeriesVerdict(Record):
    """The judgement of one metric of one benchmark."""

    benchmark: str
    """Suite, name and parameters as one line."""
    metric: str
    """e.g. cpu_time, wall_time, peak_rss, instructions"""
    unit: Base
    decides: bool
    """False: only reported, e.g. wall time beside CPU time."""
    baseline: float
    """Central value in `unit`."""
    current: float
    baseline_runs: int = Field(ge=0)
    """Independent runs (processes)."""
    current_runs: int = Field(ge=0)
    judgement: Judgement


class Comparison(Record):
    """One verdict over a family of series; the false discovery rate is controlled over all of them."""

    status: Status
    """The verdict over everything that decides."""
    summary: str
    scenario: str | None = None
    baseline: str
    current: str
    design: Literal["paired", "interleaved", "then-and-now", "history"]
    """then-and-now: stored values against new ones"""
    margin: float = Field(ge=0)
    """Largest relative change that does not matter."""
    runs: tuple[str, ...] = ()
    """Ids of the baseline's and the current run; perf://runs/{id} shows them whole."""
    series: tuple[SeriesVerdict, ...] = ()
    """Worst first."""
    guards: tuple[str, ...] = ()
    """Values the program computes that changed, e.g. `contacts: 711 -> 0`."""
    missing: tuple[str, ...] = ()
    """Series of the baseline that the current runs lack."""
    added: tuple[str, ...] = ()
    """Series that the baseline lacks."""
    warnings: tuple[str, ...] = ()
    next_step: str
