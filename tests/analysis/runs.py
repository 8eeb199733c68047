"""Runs made by hand."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime

from dart_perf.analysis.comparison import Question, compare_runs
from dart_perf.model.comparison import Comparison
from dart_perf.model.environment import Environment
from dart_perf.model.measurement import Benchmark, Guard, Measurement, Metric, Process, Run

CPU = Metric(name="cpu_time", unit="s", better="lower")
WALL = Metric(name="wall_time", unit="s", better="lower")
RATE = Metric(name="items", unit="1/s", better="higher")
INSTRUCTIONS = Metric(name="instructions", unit="1", better="lower", assumption="exact")
HERE = Environment(cpu_model="A", cores=2, os="linux", architecture="x86_64", interpreter="CPython 3.11")
WHEN = datetime(2026, 1, 1, tzinfo=UTC)
QUESTION = Question(scenario="robot", baseline="old", current="new", margin=0.05)
GUARD = Guard(name="contacts", value=12)


def measured(
    metric: Metric, level: float, *, name: str = "step", n: int = 12, spread: float = 0.004, seed: int = 1
) -> Measurement:
    """Return one sample a process around `level`."""
    rng = random.Random(f"{seed} {name} {metric.name} {level}")
    samples = tuple(level * rng.gauss(1.0, spread) if spread else level for _ in range(n))
    return Measurement(benchmark=Benchmark(name=name), metric=metric, samples=samples, processes=tuple(range(n)))


def run(
    *measurements: Measurement,
    session: str = "s1",
    environment: Environment = HERE,
    guards: tuple[Guard, ...] = (),
    version: str = "1.0",
) -> Run:
    """Return a run whose processes belong to one session, one a block."""
    count = max((len(m.samples) for m in measurements), default=0)
    processes = tuple(
        Process(
            index=i, session=session, block=i, position=0, started=WHEN,
            wall_seconds=1.0, cpu_seconds=0.9, peak_rss_bytes=1 << 20,
        )
        for i in range(count)
    )  # fmt: skip
    return Run(
        producer="test", version=version, environment=environment, measurements=measurements, guards=guards,
        processes=processes,
    )  # fmt: skip


def compared(baseline: Run | Sequence[Run], current: Run, question: Question = QUESTION) -> Comparison:
    """Return the comparison of one run with one or more."""
    before = [baseline] if isinstance(baseline, Run) else baseline
    return compare_runs(question, before, [current])
