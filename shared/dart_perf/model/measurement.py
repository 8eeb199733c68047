"""What was measured: metric, benchmark, series, measurement, guard, process, run."""

import json
import re
from collections import Counter
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from dart_perf.model.environment import Environment
from dart_perf.model.record import Record, digest
from dart_perf.model.scenario import NAME
from dart_perf.units import Assumption, Base, Better

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""Characters that move a terminal's cursor or break a line."""
LONGEST_NAME, LONGEST_VALUE, LONGEST_REMARK = 300, 200, 300
"""Characters of a name, of a guard's text and of a remark."""
_SEPARATES = re.compile(r'[,={}"]')
"""What a label says between parameters."""
COMMIT = r"^[0-9A-Za-z._/-]{0,128}$"


def _refuse(text: str, most: int) -> str:
    bad = _CONTROL.search(text)
    if bad is not None:
        raise ValueError(f"it holds the control character U+{ord(bad[0]):04X}: write it without")
    if len(text) > most:
        raise ValueError(f"it has {len(text)} characters, allowed are {most}")
    return text


def _name(text: str) -> str:
    return _refuse(text, LONGEST_NAME)


def _guard_value(value: float | str) -> float | str:
    return _refuse(value, LONGEST_VALUE) if isinstance(value, str) else value


def printable(text: str) -> str:
    """Return text with every control character replaced: what a file says may not move a terminal's cursor."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def _remark(text: str) -> str:
    plain = printable(text)
    return plain if len(plain) <= LONGEST_REMARK else plain[: LONGEST_REMARK - 1] + "…"


Name = Annotated[str, AfterValidator(_name)]
"""Text that is printed as it is: without control characters, at most 300 characters."""
Remark = Annotated[str, AfterValidator(_remark)]
"""Text that may quote a file: control characters are replaced, and what is beyond 300 characters is cut."""


class Metric(Record):
    """What is counted or timed; its unit owns direction and assumption."""

    name: Name = Field(min_length=1)
    """Field term, e.g. cpu_time, wall_time, peak_rss, instructions."""
    unit: Base
    """Base unit of the values: s, B, 1, 1/s or B/s."""
    better: Better
    """Which direction is better."""
    assumption: Assumption = "none"
    """exact: the value repeats, so no test is run while it does."""


class Benchmark(Record):
    """One thing that is measured again and again."""

    name: Name = Field(min_length=1)
    """Name within the suite."""
    suite: Name = ""
    """File, module or package that holds it."""
    params: dict[Name, Name] = Field(default_factory=dict)
    """Parameters that are part of its identity."""
    group: Name = ""
    """Kind of work, e.g. dynamics, collision, io; margins may differ by group."""

    @cached_property
    def label(self) -> str:
        """The identity as one line, e.g. `suite/name{n=8}`; the group is not part of it."""
        head = f"{self.suite}/{self.name}" if self.suite else self.name
        if not self.params:
            return head
        inside = ",".join(f"{_quoted(k)}={_quoted(self.params[k])}" for k in sorted(self.params))
        return f"{head}{{{inside}}}"


def _quoted(text: str) -> str:
    """Return text in quotes where it holds what separates parameters, so that two benchmarks never share a label."""
    return json.dumps(text, ensure_ascii=False) if _SEPARATES.search(text) else text


class Measurement(Record):
    """All repetitions of one metric of one benchmark in one run."""

    benchmark: Benchmark
    metric: Metric
    samples: tuple[float, ...] = Field(min_length=1)
    """Raw repetitions in base units, in the order in which they were taken."""
    processes: tuple[int, ...] = ()
    """Index of the process each sample came from; empty where the source does not say."""

    @model_validator(mode="after")
    def _aligned(self) -> Self:
        if self.processes and len(self.processes) != len(self.samples):
            counts = f"{len(self.samples)} samples but {len(self.processes)} process indices"
            raise ValueError(f"{self.key}: {counts}; give one index a sample, or none at all")
        return self

    @property
    def key(self) -> str:
        """Benchmark and metric as one line: what must be equal for two measurements to be compared."""
        return f"{self.benchmark.label} {self.metric.name}"


class Guard(Record):
    """What the program computed; a guard that changed means that behaviour changed."""

    name: Name = Field(min_length=1)
    """What is computed, e.g. contacts, state_hash."""
    value: Annotated[int | float | str, AfterValidator(_guard_value)]
    """The computed value."""
    tolerance: float = Field(default=0.0, ge=0)
    """Relative difference that still counts as the same (numbers only)."""

    def agrees(self, other: "Guard") -> bool:
        """Say whether both values are the same within the larger of the two tolerances."""
        a, b = self.value, other.value
        if isinstance(a, str) or isinstance(b, str):
            return a == b
        return a == b or abs(a - b) <= max(self.tolerance, other.tolerance) * max(abs(a), abs(b))


class Process(Record):
    """One process that was measured: its cost as a whole, and what else the machine was doing."""

    index: int = Field(ge=0)
    """Position in the run; `Measurement.processes` points here."""
    session: str
    """Processes measured in one go share it; differences between sessions are larger than within."""
    block: int = Field(ge=0)
    """Pair or block within the session: processes of one block ran next to each other."""
    position: int = Field(ge=0)
    """Order within the block, drawn at random."""
    started: datetime
    """When it started (UTC)."""
    wall_seconds: float = Field(ge=0)
    """Elapsed time of the whole process, seconds."""
    cpu_seconds: float = Field(ge=0)
    """User and system time of the process and its children, seconds."""
    peak_rss_bytes: int = Field(ge=0)
    """Largest resident set, bytes."""
    load_before: float | None = None
    """1-minute load average before the start; None where the system has none."""
    load_after: float | None = None
    """1-minute load average after the end."""


class LeftOut(Record):
    """Something in the source that is not a measurement, and why."""

    what: Remark
    """Name or place in the source."""
    reason: Remark
    """Why it was not read as a measurement."""


class Run(Record):
    """One execution of a set of benchmarks on one version of the code."""

    producer: Name
    """Tool and version that produced it, e.g. dart-perf 0.1.0, google-benchmark."""
    when: datetime | None = None
    """When it was measured (UTC); never used for ordering."""
    scenario: str | None = Field(default=None, pattern=NAME)
    """Named entry it was measured for."""
    commit: str | None = Field(default=None, pattern=COMMIT)
    """Full commit hash."""
    branch: Name | None = None
    dirty: bool | None = None
    """True where the work tree differed from the commit."""
    position: int | None = Field(default=None, ge=0, lt=2**53, exclude=True)
    """First-parent position of the commit where a source says it, as an exported history does; the store takes it for a
    commit that git does not know here. No part of the content: the id does not depend on it."""
    version: Name | None = None
    """Version of what was measured, e.g. 6.20.0."""
    environment: Environment = Environment()
    measurements: tuple[Measurement, ...] = ()
    guards: tuple[Guard, ...] = ()
    processes: tuple[Process, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    """What the source holds that is not a measurement, with reasons; the first of very many."""
    left_out_unnamed: int = Field(default=0, ge=0)
    """How many more it holds than `left_out` names."""
    warnings: tuple[Remark, ...] = ()
    """What the reader must know though nothing failed."""

    @model_validator(mode="after")
    def _unique(self) -> Self:
        counts = Counter(m.key for m in self.measurements)
        if len(counts) < len(self.measurements):
            twice = sorted(key for key, count in counts.items() if count > 1)
            raise ValueError(f"measured twice in one run: {', '.join(twice[:5])}; join the samples or rename one")
        return self

    @cached_property
    def id(self) -> str:
        """`run-` and sixteen digits of the content's digest: the same content has the same id."""
        return f"run-{digest(self)[:16]}"

    @property
    def left_out_count(self) -> int:
        """How many things in the source are no measurements, named or not."""
        return len(self.left_out) + self.left_out_unnamed

    def measurement(self, key: str) -> Measurement | None:
        """Return the measurement whose `key` it is, or None."""
        return next((m for m in self.measurements if m.key == key), None)


def series_id(measurement: Measurement, environment: Environment) -> str:
    """Return the identity of a series: benchmark x metric x environment fingerprint, 16 hexadecimal digits.

    Exact metrics do not depend on the machine, so their series spans environments.
    """
    place = "" if measurement.metric.assumption == "exact" else environment.fingerprint
    return _series_id(measurement.benchmark.label, measurement.metric.name, place)


@lru_cache(maxsize=4096)  # histories name the same thousand series again and again
def _series_id(label: str, metric: str, place: str) -> str:
    return digest([label, metric, place])[:16]
