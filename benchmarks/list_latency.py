"""`list_baselines` over 100 baselines beside the SDK's echo tool, and whether another process's write is seen at once.

python benchmarks/list_latency.py --calls 400
"""

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from stdio_peer import Peer

PEER = Path(__file__).parent / "peers" / "bare_server.py"
WRITER = """
import sys
from datetime import UTC, datetime
from dart_perf.model.baseline import Action, Baseline, BaselineEvent
from dart_perf.model.measurement import Benchmark, Measurement, Metric, Run
from dart_perf.store import open_store
store = open_store("file:" + sys.argv[1])
for number in range(int(sys.argv[2]), int(sys.argv[3])):
    metric = Metric(name="cpu_time", unit="s", better="lower")
    samples = tuple(1e-3 + 1e-6 * i for i in range(60))
    measurement = Measurement(benchmark=Benchmark(name="step"), metric=metric, samples=samples)
    when = datetime(2026, 1, 1, tzinfo=UTC)
    run = Run(producer="benchmark", scenario=f"scenario{number % 10}", measurements=(measurement,))
    baseline = Baseline(scenario=f"scenario{number % 10}", platform="linux-x86_64", version=f"1.{number}",
                        created=when, created_by="benchmark", reason="benchmark", runs=(run,))
    event = BaselineEvent(action=Action.CAPTURED, baseline=baseline.id, who="benchmark", when=when, why="benchmark")
    store.append_runs([run])
    store.add_baseline(baseline, event)
"""
TARGET = 1.5


def write(home: Path, first: int, last: int) -> None:
    """Write baselines in another process."""
    argv = [sys.executable, "-c", WRITER, str(home), str(first), str(last)]
    subprocess.run(argv, check=True)


def timed(peer: Peer, name: str, arguments: dict[str, object]) -> tuple[float, dict[str, object]]:
    """Return the seconds of one call and its result."""
    started = time.perf_counter()
    answer = peer.call(name, arguments)
    return time.perf_counter() - started, answer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=400, choices=range(10, 5001), metavar="10..5000")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / ".dart-perf"
        write(home, 0, 100)
        environment = dict(os.environ) | {"DART_PERF_PROJECT": folder}
        monitor = [sys.executable, "-m", "performance_monitor"]
        with Peer([sys.executable, str(PEER)], Path(folder), environment) as echo, \
             Peer(monitor, Path(folder), environment) as server:  # fmt: skip
            echo.initialize()
            server.initialize()
            seconds: dict[str, list[float]] = {"echo": [], "list_baselines": []}
            for _ in range(arguments.calls):
                for name in rng.sample(list(seconds), 2):
                    call: dict[str, object] = {"text": "x"} if name == "echo" else {}
                    seconds[name].append(timed(echo if name == "echo" else server, name, call)[0])
            middle = {name: statistics.median(values[10:]) for name, values in seconds.items()}
            for name, value in middle.items():
                print(f"{name:<15} p50 {1000 * value:.2f} ms, n {len(seconds[name]) - 10}")
            print(f"ratio {middle['list_baselines'] / middle['echo']:.3f}, target {TARGET}")
            seen = 0
            for number in range(100, 120):
                write(home, number, number + 1)
                answer = timed(server, "list_baselines", {})[1]["structuredContent"]
                seen += isinstance(answer, dict) and answer["total"] == number + 1
            print(f"a baseline written by another process was in the very next answer: {seen} of 20")


if __name__ == "__main__":
    main()
