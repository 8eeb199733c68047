#!/usr/bin/env python3
"""How often does the interval of `fit_slope` hold the truth, beside least squares with independent errors?

    python benchmarks/slope_coverage.py --data unlabelled.dev.jsonl asv_pairs.dev.jsonl

Simulated: AR(1) noise (sd 2 %) around a trend of 0.05 % a run. Real: quiet windows, in which no trend is taken as true.
"""

import argparse
import math
import pathlib

import numpy as np
from quiet_windows import NOISE, Floats, load, noise_level, quiet_windows
from scipy.stats import linregress, t

from dart_perf.stats.slope import fit_slope

TREND, SPREAD = 0.0005, 0.02


def autoregressive(n: int, rho: float, rng: np.random.Generator) -> Floats:
    noise = rng.normal(0.0, SPREAD * math.sqrt(1.0 - rho * rho), n)
    noise[0] = rng.normal(0.0, SPREAD)
    for place in range(1, n):
        noise[place] += rho * noise[place - 1]
    return noise


def holds(logs: Floats, truth: float) -> tuple[bool, bool, float]:
    """Return whether our interval and that of least squares hold the truth, and how wide ours is (percent a run)."""
    found = fit_slope(np.exp(logs))
    low, high, percent = found.low or 0.0, found.high or 0.0, 100.0 * math.expm1(truth)
    line = linregress(np.arange(logs.size), logs)
    reach = float(t.ppf(0.975, logs.size - 2)) * line.stderr
    return low <= percent <= high, bool(abs(line.slope - truth) <= reach), high - low


def line(name: str, cases: list[tuple[bool, bool, float]]) -> None:
    ours, plain, width = np.array(cases, dtype=np.float64).T
    print(f"| {name} | {len(cases)} | {ours.mean():.1%} | {plain.mean():.1%} | {np.median(width):.4f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, nargs="*", default=[], help="JSON Lines with `values`")
    parser.add_argument("--rounds", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)
    print("| series | n | 95 % interval holds | least squares holds | median width, % a run |\n|---|---|---|---|---|")
    for n in (12, 30, 100, 1000):
        for rho in (0.0, 0.3, 0.6, 0.8):
            trend = TREND * np.arange(n)
            cases = [holds(trend + autoregressive(n, rho, rng), TREND) for _ in range(arguments.rounds)]
            line(f"AR(1) {rho}, {n} points", cases)
    real = quiet_windows(load(arguments.data), rng, 120)
    for points in (30, 120):
        for level, (low, high) in enumerate(NOISE):
            here = [holds(np.log(window[:points]), 0.0) for window in real if noise_level(window) == level]
            noise = f"{low:.0%} to {high:.0%}" if high < 1 else f"above {low:.0%}"
            line(f"real, {points} points, noise {noise}", here)


if __name__ == "__main__":
    main()
