"""How long do merge, prune, backup, restore and validate take on a large store, and how long do writers wait meanwhile?

Builds a store of --runs runs with --series series each (one sample a point), then does each operation once, while
another process appends a run every 20 ms; its slowest append is how long a writer had to wait. Prints a table.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dart_perf.model.baseline import Action, BaselineEvent
from dart_perf.model.measurement import Benchmark, Measurement, Metric, Run
from dart_perf.model.operation import Rule
from dart_perf.store import archive, open_store

CPU = Metric(name="cpu_time", unit="s", better="lower")
DAY = datetime(2026, 1, 1, tzinfo=UTC)
WRITER = """
import sys, time
from dart_perf.model.measurement import Run
from dart_perf.store import open_store
store, slowest, number = open_store(sys.argv[1]), 0.0, 0
print("ready", flush=True)
import select
while not select.select([sys.stdin], [], [], 0.02)[0]:
    begun = time.perf_counter()
    store.append_runs([Run(producer="writer", version=str(time.time_ns()))])
    slowest = max(slowest, time.perf_counter() - begun)
print(slowest)
"""


def run(number: int, series: int) -> Run:
    measurements = tuple(
        Measurement(benchmark=Benchmark(name=f"b{i}"), metric=CPU, samples=(1e-3 + number * 1e-9,))
        for i in range(series)
    )
    return Run(producer="bench", when=DAY + timedelta(hours=number), commit=f"{number:040x}", measurements=measurements)


def silent(*_: object) -> None:
    return


def timed(url: str, operation: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds of an operation, and those of the slowest append of a writer to the store `url` beside it."""
    argv = [sys.executable, "-c", WRITER, url]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer:
        if writer.stdout is not None:
            writer.stdout.readline()  # it is ready
        begun = time.perf_counter()
        operation()
        seconds = time.perf_counter() - begun
        said, _ = writer.communicate("stop\n")
    return seconds, float(said)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--series", type=int, default=1000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        store = open_store(f"file:{place / 'store'}")
        for number in range(asked.runs):
            store.append_runs([run(number, asked.series)], position=number)
        half = open_store(f"file:{place / 'half'}")
        half.append_runs([run(asked.runs, asked.series)], position=asked.runs)
        size = sum(path.stat().st_size for path in (place / "store" / "runs").glob("*.jsonl"))
        event = BaselineEvent(action=Action.PRUNED, baseline="", who="bench", when=DAY, why="bench")
        rule, packed = Rule(keep=asked.runs // 2), place / "b.tar.gz"
        print(f"{asked.runs * asked.series} points of {asked.series} series, {size / 1e6:.0f} MB of runs\n")
        print("| operation | s | slowest append of a writer beside it, s |\n|---|---|---|")
        operations: list[tuple[str, str, Callable[[], object]]] = [
            ("validate", store.url, store.validate),
            ("backup", store.url, lambda: store.backup(packed, silent)),
            ("restore", half.url, lambda: archive.restore(packed, place / "restored", silent)),
            ("merge into a store of one run", half.url, lambda: half.merge(place / "store", silent)),
            ("prune, dry run", store.url, lambda: store.prune(rule, None, silent)),
            ("prune half of the runs", store.url, lambda: store.prune(rule, event, silent)),
        ]
        for name, url, operation in operations:
            seconds, waited = timed(url, operation)
            print(f"| {name} | {seconds:.1f} | {waited:.2f} |", flush=True)
        sound = store.validate().sound and half.validate().sound
        print(f"\nsound afterwards: {sound}; packed: {packed.stat().st_size / 1e6:.0f} MB")
        shutil.rmtree(place / "restored")


if __name__ == "__main__":
    main()
