"""Points of a series, as the store keeps them."""

from pydantic import Field

from dart_perf.model.measurement import Benchmark, Metric
from dart_perf.model.record import Record


class Point(Record):
    """What one run said about one series."""

    sequence: int = Field(ge=0)
    """Order of arrival in the store; breaks ties between points of one commit position."""
    run: str
    """Id of the run."""
    samples: tuple[float, ...] = Field(min_length=1)
    """Raw repetitions in base units, as the run has them; what is one value a process is for the reader to reduce."""
    processes: tuple[int, ...] = ()
    """Index of the process each sample came from; empty where the source does not say."""
    commit: str | None = None
    position: int | None = None
    """First-parent position of the commit; None where there are no commits."""


class SeriesEntry(Record):
    """A line of the list of series."""

    id: str
    """Benchmark x metric x environment, 16 hexadecimal digits."""
    benchmark: Benchmark
    metric: Metric
    fingerprint: str
    """Environment fingerprint; empty for exact metrics."""
    points: int = Field(ge=0)


class Finding(Record):
    """Something a validation found."""

    file: str
    """Path below the store's folder."""
    offset: int | None = None
    """First bad byte, where one can be named."""
    problem: str
    """What was found, what is allowed and what to do next."""


class MatrixCell(Record):
    """One scenario x platform x version, as far as it is known."""

    scenario: str
    platform: str
    version: str
    state: str
    """State of the baseline shown: the current one, else the newest."""
    baseline: str
    """Its id."""
    disagreements: tuple[str, ...] = ()
    """Guards and exact metrics that differ from another platform of the same version."""


class Validation(Record):
    """The outcome of checking everything that is stored."""

    sound: bool
    """True where every digest, checksum and reference holds."""
    summary: str
    """The verdict in one sentence."""
    baselines: int = Field(ge=0)
    """Baselines checked."""
    runs: int = Field(ge=0)
    """Runs checked."""
    points: int = Field(ge=0)
    """History points checked."""
    findings: tuple[Finding, ...] = ()
    matrix: tuple[MatrixCell, ...] = ()
    warnings: tuple[str, ...] = ()
