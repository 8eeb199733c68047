"""The answer of `detect_regressions`: a comparison, also of newest points with the history of their own series."""

from pydantic import Field

from dart_perf.model.comparison import Comparison
from dart_perf.model.judgement import Status
from dart_perf.model.record import Record


class SeriesChange(Record):
    """Since when a series is at another level."""

    benchmark: str
    metric: str
    after: str
    """Last commit (a run where there are none) of the old level."""
    until: str
    """The new one begins behind `after`, here at the latest."""
    ratio: float | None
    """Above 1 is worse."""


class Detection(Comparison):
    """Against stored history a row is a series, and its runs are points."""

    family: int = Field(default=0, ge=0)
    """Series judged at once."""
    undecided: int = Field(default=0, ge=0)
    """Of them, neither called nor cleared."""
    false_alerts: float | None = None
    """Expected per series per 1,000 looks."""
    changes: tuple[SeriesChange, ...] = ()
    """Of the series called: since when."""
    next_cursor: str | None = None
    """Give it as `cursor` for more series."""


class Confrontation(Record):
    """What is newest of each scenario against its current baseline, as one decision."""

    status: Status
    """The worst of all."""
    summary: str
    comparisons: tuple[Comparison, ...] = ()
    """One a scenario."""
    left_out: tuple[str, ...] = ()
    """Scenarios of which nothing newer is stored."""
    next_step: str
