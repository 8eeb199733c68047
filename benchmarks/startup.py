"""How long until the first `initialize` answer, beside a bare SDK server: medians of interleaved pairs.

python benchmarks/startup.py --rounds 25
"""

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

from stdio_peer import Peer

PEER = Path(__file__).parent / "peers" / "bare_server.py"
SERVERS = {
    "bare SDK": [sys.executable, str(PEER)],
    "performance-monitor": [sys.executable, "-m", "performance_monitor"],
    "regression-detector": [sys.executable, "-m", "regression_detector"],
}
TARGET = 1.25


def first_answer(argv: list[str], cwd: Path) -> float:
    """Return seconds from the start of the process to its answer."""
    started = time.perf_counter()
    with Peer(argv, cwd, dict(os.environ)) as peer:
        peer.initialize()
        return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=25, choices=range(1, 501), metavar="1..500")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    seconds: dict[str, list[float]] = {name: [] for name in SERVERS}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(arguments.rounds + 1):
            for name in rng.sample(list(SERVERS), len(SERVERS)):
                seconds[name].append(first_answer(SERVERS[name], Path(folder)))
    kept = {name: values[1:] for name, values in seconds.items()}  # the first round warms the file cache
    base = kept["bare SDK"]
    for name, values in kept.items():
        ratios = sorted(a / b for a, b in zip(values, base, strict=True))
        low, high = ratios[len(ratios) // 20], ratios[-1 - len(ratios) // 20]
        middle = statistics.median(ratios)
        print(
            f"{name:<20} median {1000 * statistics.median(values):6.0f} ms, ratio of pairs {middle:.3f} "
            f"(90 % of pairs in {low:.2f}-{high:.2f}), n {len(values)}, target {TARGET}"
        )


if __name__ == "__main__":
    main()
