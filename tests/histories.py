"""Made-up histories in a store: each benchmark is a function of the run's number."""

import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from dart_perf.model.environment import Environment
from dart_perf.model.measurement import Benchmark, Measurement, Metric, Run
from dart_perf.workflows.project import Project, open_project

CPU = Metric(name="cpu_time", unit="s", better="lower")
RATE = Metric(name="rate", unit="1/s", better="higher")
MACHINE = Environment(cpu_model="one", cores=4, os="linux", architecture="x86_64", interpreter="gcc 13")
Level = Callable[[int], float]


def commit(number: int) -> str:
    """Return the hash of a run's commit: its number leads, so that a short hash tells it."""
    return f"{number:06d}{'c' * 34}"


def history(
    levels: Mapping[str, Level],
    runs: Sequence[int] = range(100),
    *,
    metric: Metric = CPU,
    environment: Environment = MACHINE,
    spread: float = 0.002,
    seed: int = 1,
) -> list[Run]:
    """Return one run a number, each with one sample of every benchmark, `level(number)` with that spread (of logs)."""
    rng = random.Random(seed)
    made = []
    for number in runs:
        measurements = tuple(
            Measurement(
                benchmark=Benchmark(name=name, group="dynamics"),
                metric=metric,
                samples=(level(number) * rng.lognormvariate(0.0, spread),),
            )
            for name, level in levels.items()
        )
        made.append(Run(producer="made up", commit=commit(number), environment=environment, measurements=measurements))
    return made


def stored(root: Path, *histories: Sequence[Run]) -> Project:
    """Return a project that has these runs, each at its commit's number."""
    project = open_project(root, {})
    for runs in histories:
        positions = {run.commit: int(run.commit[:6]) for run in runs if run.commit}
        project.store.append_runs(runs, position=positions)
    return project


def step(at: int, ratio: float, level: float = 1e-3) -> Level:
    """Return a level that changes once."""
    return lambda number: level * (ratio if number >= at else 1.0)


def flat(level: float = 1e-3) -> Level:
    """Return a level that stays."""
    return lambda _: level
