"""A store of many long series and a repository with their commits: what `series_queries.py` asks.

Each commit is measured on two machines, each time one run with half of the series. A process of five repetitions a
benchmark; noise of 0.5 to 5 % that wanders (AR(1), .4), and in every tenth series a step of 3 to 30 % somewhere.
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dart_perf.model.environment import Environment
from dart_perf.model.measurement import Benchmark, Measurement, Metric, Run
from dart_perf.store import open_store

METRICS = (
    Metric(name="cpu_time", unit="s", better="lower"),
    Metric(name="wall_time", unit="s", better="lower"),
)
GROUPS = ("dynamics", "collision", "io", "kinematics", "planning")
MACHINES = tuple(
    Environment(cpu_model=f"Test CPU {which}", cores=4, os="linux", architecture="x86_64") for which in "AB"
)
SAMPLES = 5
BATCH = 20
"""Runs an append."""
MORE = 200
"""Commits of the repository that are not measured yet."""


def levels(series: int, points: int, seed: int = 1) -> npt.NDArray[np.float64]:
    """Return the level of each series at each commit, shape (series, points), in seconds."""
    rng = np.random.default_rng(seed)
    noise = rng.uniform(0.005, 0.05, (series, 1)) * rng.standard_normal((series, points))
    for point in range(1, points):
        noise[:, point] += 0.4 * noise[:, point - 1]
    stepped = np.arange(series) % 10 == 0
    where = rng.integers(points // 10, points - points // 20, series)
    step = np.log1p(rng.uniform(0.03, 0.3, series)) * stepped
    logs = rng.uniform(np.log(1e-4), np.log(1.0), (series, 1)) + noise
    return np.asarray(np.exp(logs + step[:, None] * (np.arange(points) >= where[:, None])), dtype=np.float64)


def benchmarks(series: int) -> list[tuple[Benchmark, Metric]]:
    """Return what one machine measures: half of the series."""
    count = series // (2 * len(METRICS))
    named = (Benchmark(suite=f"{GROUPS[i % 5]}_bench", name=f"case_{i:04d}", group=GROUPS[i % 5]) for i in range(count))
    return [(benchmark, metric) for benchmark in named for metric in METRICS]


def runs(series: int, points: int, commits: list[str], first: int = 0) -> Iterator[tuple[int, Run]]:
    """Yield each run with the position of its commit, from commit `first` on."""
    found, rng = levels(series, points), np.random.default_rng(2)
    asked = benchmarks(series)
    for position in range(first, points):
        for which, machine in enumerate(MACHINES):
            mine = found[which * len(asked) : (which + 1) * len(asked), position]
            samples = mine[:, None] * (1 + 0.002 * np.abs(rng.standard_normal((len(asked), SAMPLES))))
            measurements = tuple(
                Measurement(benchmark=benchmark, metric=metric, samples=tuple(row))
                for (benchmark, metric), row in zip(asked, samples.tolist(), strict=True)
            )
            yield (
                position,
                Run(
                    producer="series_queries", commit=commits[position], environment=machine, measurements=measurements
                ),
            )


def repository(folder: Path, count: int) -> list[str]:
    """Make (once) a repository of `count` empty commits; return their hashes, oldest first."""
    git = ["git", "-C", str(folder)]
    if not (folder / ".git").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run([*git, "init", "--quiet", "--initial-branch=main"], check=True)
        lines = [
            f"commit refs/heads/main\ncommitter A <a@b> {1700000000 + number} +0000\ndata 1\n.\n"
            for number in range(count)
        ]
        subprocess.run([*git, "fast-import", "--quiet"], input="".join(lines).encode(), check=True)
    shown = subprocess.run([*git, "rev-list", "--reverse", "main"], capture_output=True, text=True, check=True)
    return shown.stdout.split()


def build(folder: Path, series: int, points: int) -> None:
    """Fill the store below `folder` up to `points` commits; what is there is not appended again."""
    commits, store = repository(folder, points + MORE), open_store(f"file:{folder / '.dart-perf'}")
    (folder / "commits.txt").write_text("\n".join(commits))
    entries = store.series()
    there = min((entry.points for entry in entries), default=0)
    batch: list[Run] = []
    places: dict[str, int] = {}
    for position, run in runs(series, points, commits, there):
        batch.append(run)
        places[commits[position]] = position
        if len(batch) >= BATCH:
            store.append_runs(batch, position=places)
            batch = []
            print(f"{position + 1} of {points} commits", end="\r", flush=True)
    store.append_runs(batch, position=places)
    print()
