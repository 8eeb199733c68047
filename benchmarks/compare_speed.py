#!/usr/bin/env python3
"""Time `compare` on 2 x 30 samples beside scipy's Mann-Whitney test, interleaved in one process.

    python benchmarks/compare_speed.py

Exit code 1 where the median of `compare` is not under 5 ms.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial

import numpy as np
from scipy.stats import mannwhitneyu

from dart_perf.stats.compare import compare
from dart_perf.stats.judge import judge

BOUND_MS = 5.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)
    spent: dict[str, list[float]] = {"compare": [], "compare, paired": [], "judge, 100 + 10": [], "mannwhitneyu": []}
    for _ in range(arguments.rounds):
        a, b, history = (np.exp(rng.normal(0.0, 0.05, n)) for n in (30, 30, 100))
        calls: dict[str, Callable[[], object]] = {
            "compare": partial(compare, a, b),
            "compare, paired": partial(compare, a, b, paired=True),
            "judge, 100 + 10": partial(judge, history, a[:10]),
            "mannwhitneyu": partial(mannwhitneyu, a, b),
        }
        for name in rng.permutation(list(calls)).tolist():
            started = time.perf_counter()
            calls[name]()
            spent[name].append(1000.0 * (time.perf_counter() - started))
    print("| call | median ms | 99th percentile ms | calls |\n|---|---|---|---|")
    for name, times in spent.items():
        print(f"| {name} | {statistics.median(times):.3f} | {np.quantile(times, 0.99):.3f} | {len(times)} |")
    return int(statistics.median(spent["compare"]) >= BOUND_MS)


if __name__ == "__main__":
    sys.exit(main())
