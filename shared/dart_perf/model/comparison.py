"""The answer to `did it get slower?` over all series of a scenario or file."""

from typing import Literal

from pydantic import Field

from dart_perf.model.judgement import Judgement, Status
from dart_perf.model.measurement import Metric
from dart_perf.model.record import Record


class SeriesVerdict(Record):
    """The judgement of one metric of one benchmark."""

    benchmark: str
    """Suite, name and parameters as one line."""
    group: str = ""
    """Kind of work."""
    metric: Metric
    decides: bool
    """False: reported beside the metric that decides, e.g. wall time beside CPU time."""
    baseline: float
    """Central value of the baseline in base units."""
    current: float
    """Central value of the current runs in base units."""
    baseline_runs: int = Field(ge=0)
    """Independent runs (processes) of the baseline."""
    current_runs: int = Field(ge=0)
    """Independent runs (processes) of the current program."""
    judgement: Judgement


class GuardChange(Record):
    """A computed value that differs between the two sides."""

    name: str
    baseline: str
    current: str


class Comparison(Record):
    """One verdict over a family of series, with the false discovery rate controlled over all of them."""

    status: Status
    """The verdict over everything that decides."""
    summary: str
    """The verdict in one sentence."""
    scenario: str | None = None
    baseline: str
    """Id or file of the baseline."""
    current: str
    """What was held against it: version, file or run."""
    design: Literal["paired", "interleaved", "then-and-now"]
    """paired: measured side by side in random order; then-and-now: stored values against new ones."""
    margin: float = Field(ge=0)
    """Largest relative change that does not matter."""
    series: tuple[SeriesVerdict, ...] = ()
    """Every series judged, worst first."""
    guards: tuple[GuardChange, ...] = ()
    """Values the program computes that changed."""
    missing: tuple[str, ...] = ()
    """Series of the baseline that the current runs lack."""
    added: tuple[str, ...] = ()
    """Series that the baseline lacks."""
    warnings: tuple[str, ...] = ()
    next_step: str
    """What to do now."""
