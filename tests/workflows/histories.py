"""Histories made by hand: runs of a few benchmarks, one a commit, in a store without git."""

import random
from collections.abc import Callable, Sequence

from dart_perf.model.environment import Environment
from dart_perf.model.measurement import Benchmark, Guard, Measurement, Metric, Run
from dart_perf.workflows.project import Project
from tests.analysis.runs import CPU, HERE

NAMES = ("a", "b", "c", "d")
Level = Callable[[str, int], float]


def commit(index: int) -> str:
    """Return a hash for the commit at a position."""
    return f"{index + 0xABC0000:010x}{0:030x}"


def level(_name: str, _index: int) -> float:
    """Return the level of a benchmark at a commit: nothing ever changes."""
    return 1e-3


def stepped(name: str, at: int, ratio: float) -> Level:
    """Return levels of which that of `name` changes at a commit."""
    return lambda which, index: 1e-3 * (ratio if which == name and index >= at else 1.0)


def one_run(
    index: int,
    levels: Level = level,
    *,
    names: Sequence[str] = NAMES,
    metric: Metric = CPU,
    spread: float = 0.01,
    repeats: int = 1,
    environment: Environment = HERE,
    guards: Sequence[Guard] = (),
    scenario: str | None = None,
    dirty: bool | None = None,
) -> Run:
    """Return the run of a commit; its noise depends on the commit alone."""
    rng = random.Random(f"history {index}")
    measurements = tuple(
        Measurement(
            benchmark=Benchmark(name=name, group="dynamics"),
            metric=metric,
            samples=(levels(name, index) * (rng.gauss(1.0, spread) if spread else 1.0),) * repeats,
        )
        for name in names
    )
    return Run(
        producer="toy", commit=commit(index), environment=environment, measurements=measurements,
        guards=tuple(guards), scenario=scenario, dirty=dirty,
    )  # fmt: skip


def store(project: Project, runs: Sequence[Run]) -> None:
    """Append the runs at the positions that their commits stand for."""
    project.store.append_runs(
        runs, position={run.commit: int(run.commit[:10], 16) - 0xABC0000 for run in runs if run.commit}
    )
