"""How fast the store is, beside SQLite in the same run and on the same disk.

    python benchmarks/store_speed.py --folder /var/tmp --rounds 5

Both sides get the same `Run` objects (one benchmark, ten samples) and compute ids and series by the same function.
The store: one line a run in a segment of JSON Lines, a fsync an append; closed segments are folded into one file a
series within the time measured. SQLite (WAL, synchronous=FULL, store_peer.py): one transaction an append; a row with
the JSON of the run, unique by id, and a row a point by series and sequence; its checkpoints are within the time too.
Both leave out runs they have. The two take turns, each time with a new store; the medians of the rounds are compared.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dart_perf.model.baseline import Action, Baseline, BaselineEvent
from dart_perf.model.environment import Environment
from dart_perf.model.measurement import Benchmark, Measurement, Metric, Run
from dart_perf.store import open_store
from store_peer import SqliteStore

ROOT = Path(__file__).parents[1]
RESULT = ROOT / "benchmarks" / "results" / "store_speed.md"
BATCHES = {1: 2000, 100: 20_000, 10_000: 40_000}
"""Runs a round, by runs an append."""
CPU = Metric(name="cpu_time", unit="s", better="lower")
ENVIRONMENT = Environment(cpu_model="Test CPU", cores=4, os="linux", architecture="x86_64")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
COLD = """
import sys, time
started = time.perf_counter()
from dart_perf.store import open_store
store = open_store("file:" + sys.argv[1])
found = store.points(sys.argv[2], last=100)
cold = time.perf_counter() - started
warm = []
for _ in range(1000):
    started = time.perf_counter()
    store.points(sys.argv[2], last=100)
    warm.append(time.perf_counter() - started)
print(len(found), cold, sorted(warm)[500], sorted(warm)[990])
"""


def a_run(number: int, *, series: int = 1) -> Run:
    """Return a run of `series` benchmarks of ten samples; with one, its name is one of a hundred."""
    samples = tuple(1e-3 + 1e-6 * ((number * 7 + i) % 101) for i in range(10))
    first = number % 100 if series == 1 else 0
    measurements = tuple(
        Measurement(benchmark=Benchmark(name=f"step_{first + i}"), metric=CPU, samples=samples) for i in range(series)
    )
    return Run(producer="speed", commit=f"{number:040x}", environment=ENVIRONMENT, measurements=measurements)


def numbers() -> Iterator[int]:
    """Yield numbers that were never used: no run is appended twice."""
    number = 0
    while True:
        yield number
        number += 1


def rate(append: Callable[[list[Run]], object], batch: int, count: int, fresh: Iterator[int]) -> float:
    """Return runs a second."""
    runs = [a_run(next(fresh)) for _ in range(count)]
    append([a_run(next(fresh))])  # makes the files
    started = time.perf_counter()
    for first in range(0, count, batch):
        append(runs[first : first + batch])
    return count / (time.perf_counter() - started)


def appends(folder: Path, rounds: int) -> list[str]:
    """Return the table of durable appends."""
    fresh = numbers()
    lines = ["| runs an append | store, runs/s | SQLite, runs/s | ratio | rounds |", "|-" * 5 + "|"]
    for batch, count in BATCHES.items():
        found: dict[str, list[float]] = {"store": [], "sqlite": []}
        for turn in range(2 * rounds):
            name = ("store", "sqlite", "sqlite", "store")[turn % 4]
            with tempfile.TemporaryDirectory(dir=folder) as place:
                if name == "store":
                    found[name].append(rate(open_store(f"file:{place}/s").append_runs, batch, count, fresh))
                else:
                    peer = SqliteStore(Path(place) / "runs.db")
                    found[name].append(rate(peer.append_runs, batch, count, fresh))
                    peer.close()
        ours, theirs = (statistics.median(found[name]) for name in ("store", "sqlite"))
        lines.append(f"| {batch:,} | {ours:,.0f} | {theirs:,.0f} | {ours / theirs:.2f} | {rounds} |")
        print(lines[-1], flush=True)
    return lines


def baselines(folder: Path, count: int) -> list[str]:
    """Return how long it takes to write a baseline: sealed file, event and count, each durable."""
    seconds = []
    with tempfile.TemporaryDirectory(dir=folder) as place:
        store = open_store(f"file:{place}/s")
        for number in range(count):
            baseline = Baseline(
                scenario="robot", platform="linux-x86_64", version=f"1.{number}", created=NOON, created_by="speed",
                reason="speed", runs=(a_run(number, series=10),),
            )  # fmt: skip
            event = BaselineEvent(action=Action.CAPTURED, baseline=baseline.id, who="speed", when=NOON, why="speed")
            started = time.perf_counter()
            store.add_baseline(baseline, event)
            seconds.append(1000 * (time.perf_counter() - started))
    cuts = statistics.quantiles(seconds, n=100)
    return [f"Atomic baseline write: p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms (n {count})."]


def crowd(folder: Path, seconds: int) -> list[str]:
    """Return the latencies under two servers and eight writers."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        argv = [sys.executable, "-m", "tests.faults.crowd", place, "--seconds", str(seconds), "--writers", "8"]
        done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    lines = [f"Two servers and eight writers at full speed for {seconds} s; lost: {found['lost']}.", ""]
    lines += ["| | n | p50, ms | p99, ms | longest, ms |", "|-" * 5 + "|"]
    for name, spread in {"append": found["append"], **found["read"]}.items():
        lines.append(f"| {name} | {spread['n']:,} | {spread['p50']} | {spread['p99']} | {spread['max']} |")
    return lines


def cold(folder: Path) -> list[str]:
    """Return the time a fresh process takes for the last 100 points of one of 1,000 series with 1,000,000 points."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        store = open_store(f"file:{place}/s")
        for first in range(0, 1000, 20):
            store.append_runs([a_run(n, series=1000) for n in range(first, first + 20)])
        name = store.series()[500].id
        argv = [sys.executable, "-c", COLD, f"{place}/s", name]
        said = [subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split() for _ in range(5)]
        begun = time.perf_counter()
        sound = store.validate().sound
        proven = time.perf_counter() - begun
    fresh, warm, late = (statistics.median(float(line[i]) for line in said) for i in (1, 2, 3))
    told = f"cold {fresh:.2f} s (fresh process, imports included, median of 5), warm p50 {1000 * warm:.3f} ms"
    return [
        f"1,000,000 points of 1,000 series, the last 100 of one: {told}, p99 {1000 * late:.3f} ms (n 1,000).",
        f"`validate` of it: {proven:.0f} s, {'sound' if sound else 'not sound'}.",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path.cwd(), help="on the disk that is measured")
    parser.add_argument("--rounds", type=int, default=5, choices=range(1, 101), metavar="1..100")
    parser.add_argument("--seconds", type=int, default=20, help="of the crowd")
    arguments = parser.parse_args()
    lines = [f"`python benchmarks/store_speed.py --rounds {arguments.rounds} --seconds {arguments.seconds}`", ""]
    lines += [*appends(arguments.folder, arguments.rounds), ""]
    lines += [*baselines(arguments.folder, 500), ""]
    lines += [*crowd(arguments.folder, arguments.seconds), ""]
    lines += [*cold(arguments.folder), ""]
    print("\n".join(lines))
    RESULT.write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
