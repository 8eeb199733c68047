"""What a gate asks: margins, required benchmarks, what an open question does, and waivers."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from dart_perf.model.glob import matches
from dart_perf.model.measurement import Benchmark
from dart_perf.model.record import Record

Margin = Annotated[float, Field(gt=0, le=10)]
Glob = Annotated[str, Field(min_length=1)]
Answer = Literal["pass", "fail"]
GROUP = "group:"
"""How a key of `margins` names a group instead of benchmarks."""


def is_named(benchmark: str, glob: str) -> bool:
    """Say whether a glob names a benchmark as an answer calls it: with ` @` and its environment where there are two."""
    return matches(benchmark, glob) or matches(benchmark.rpartition(" @")[0], glob)


class Waiver(Record):
    """A regression that is accepted for a time."""

    benchmark: Glob
    """Glob over benchmarks, e.g. dynamics/*."""
    metric: str | None = None
    """One metric of it; all where it is left out."""
    reason: str = ""
    """Why it is accepted; without one the waiver does nothing."""
    expires: date
    """Last day on which it counts."""
    by: str = ""
    """Who accepted it."""

    def names(self, benchmark: str, metric: str) -> bool:
        """Say whether it is about this series."""
        return is_named(benchmark, self.benchmark) and self.metric in {None, metric}


class Policy(Record):
    """What must hold for a change to pass. Changed behaviour, missing and failed benchmarks always fail."""

    margin: Margin | None = None
    """Largest relative change that does not matter; without, that of the scenario, or 0.05."""
    margins: dict[Glob, Margin] = Field(default_factory=dict)
    """Margins of benchmarks by glob, or of a group as `group:NAME`; the first that matches counts, globs first."""
    required: tuple[Glob, ...] = ()
    """Globs of which each must match a benchmark that was judged."""
    inconclusive: Answer = "pass"
    """What a series does of which nothing is shown: pass with a note, or fail."""
    no_baseline: Answer = "fail"
    """What it does where there is nothing to compare with."""
    rationales: Answer = "pass"
    """Whether a `Perf-Regression-Rationale:` line lets the regressions pass that it names."""
    waiver: tuple[Waiver, ...] = ()

    def margin_of(self, benchmark: Benchmark) -> float | None:
        """Return the margin of a benchmark that has one of its own."""
        globs = [key for key in self.margins if not key.startswith(GROUP)]
        found = next((key for key in globs if matches(benchmark.label, key)), None)
        return self.margins.get(found or f"{GROUP}{benchmark.group}")
