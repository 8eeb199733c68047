#!/usr/bin/env python3
"""Judge real histories as they come: does the interval hold, and does the probability come true?

    python benchmarks/series_windows.py --data unlabelled.dev.jsonl asv_pairs.dev.jsonl

Windows of 100 points and the k after them, drawn from series above 0 and multiplied by a known ratio from the first
new point on. Only labelled changes near the new points are screened, so an unlabelled real change counts as a miss;
the table by noise is of windows without a visible shift.
"""

import argparse
import itertools
import json
import math
import pathlib

import numpy as np
import numpy.typing as npt
from quiet_windows import NOISE, load, noise_level, quiet_windows

from dart_perf.model.judgement import Judgement, Status
from dart_perf.stats.judge import judge

HISTORY, NEW, MARGINS = 100, (1, 3, 5, 10), (0.03, 0.05, 0.10)
PLANTED = (1.0, 1.0, 1.0, 1.03, 1.1, 1.2, 1.5, 1 / 1.1, 1 / 1.3)
Floats = npt.NDArray[np.float64]


def windows(paths: list[pathlib.Path], rng: np.random.Generator, a_series: int) -> list[Floats]:
    """Return at most `a_series` windows of each series, no labelled change within 5 points of the new ones."""
    found = []
    for row in (json.loads(line) for path in paths for line in path.read_text().splitlines()):
        values = np.array(row["values"], dtype=np.float64)
        room = values.size - HISTORY - max(NEW)
        if room < 0 or values.min() <= 0:
            continue
        marks = [*itertools.chain.from_iterable(row.get("labels") or []), *(row.get("unconfirmed") or [])]
        for start in rng.permutation(room + 1)[:a_series].tolist():
            new = start + HISTORY
            if not any(new - 5 <= mark < new + max(NEW) for mark in marks):
                found.append(values[start : new + max(NEW)])
    return found


def ask(window: Floats, k: int, ratio: float, margin: float) -> Judgement:
    return judge(window[:HISTORY], ratio * window[HISTORY : HISTORY + k], margin=margin)


def coverage(found: list[Floats]) -> None:
    print(
        "| new points | windows judged | 95 % interval holds the ratio | regression or improvement at 5 % | decided |"
    )
    print("|---|---|---|---|---|")
    for k in NEW:
        said = [ask(window, k, 1.0, 0.05) for window in found]
        judged = [j for j in said if j.low is not None and j.high is not None]
        holds = np.mean([(j.low or 0) <= 1 <= (j.high or 0) for j in judged])
        alarms = np.mean([j.status in {Status.REGRESSION_DETECTED, Status.IMPROVEMENT_DETECTED} for j in said])
        open_ = np.mean([j.status in {Status.INCONCLUSIVE, Status.INSUFFICIENT_DATA} for j in said])
        print(f"| {k} | {len(judged)} | {holds:.1%} | {alarms:.1%} | {1 - open_:.1%} |")


def coverage_by_noise(quiet: list[Floats]) -> None:
    print("\n| noise (robust sd) | quiet windows | " + " | ".join(f"interval holds, {k} new" for k in NEW) + " |")
    print("|---|---|" + "---|" * len(NEW))
    for level, (low, high) in enumerate(NOISE):
        here = [window for window in quiet if noise_level(window) == level]
        cells = []
        for k in NEW:
            judged = [j for j in (ask(window, k, 1.0, 0.05) for window in here) if j.low is not None]
            cells.append(f"{np.mean([(j.low or 0) <= 1 <= (j.high or 0) for j in judged]):.1%}")
        name = f"{low:.0%} to {high:.0%}" if math.isfinite(high) else f"above {low:.0%}"
        print(f"| {name} | {len(here)} | {' | '.join(cells)} |")


def reliability(found: list[Floats], rng: np.random.Generator) -> None:
    rows = []
    for window, k in itertools.product(found, NEW):
        ratio, margin = float(rng.choice(PLANTED)), float(rng.choice(MARGINS))
        said = ask(window, k, ratio, margin).probability_worse
        if said is not None:
            rows.append((said, ratio > 1 + margin))
    guessed, came = np.array(rows, dtype=np.float64).T
    print(f"\nRatios planted: {', '.join(f'{ratio:.3g}' for ratio in PLANTED)}; {len(rows)} judgements; Brier score ")
    print(f"{np.mean((guessed - came) ** 2):.3f} (base rate alone {came.var():.3f})\n")
    gap = 0.0
    print("| probability_worse | mean said | came true | n |\n|---|---|---|---|")
    for low, high in itertools.pairwise((0.0, 0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.98, math.inf)):
        here = (guessed >= low) & (guessed < high)
        if here.any():
            means = f"{guessed[here].mean():.3f} | {came[here].mean():.3f}"
            print(f"| {low:.2f} to {min(high, 1):.2f} | {means} | {here.sum()} |")
            gap += here.mean() * abs(guessed[here].mean() - came[here].mean())
    print(f"\nexpected calibration error {gap:.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, nargs="+", required=True, help="JSON Lines with `values`")
    parser.add_argument("--per-series", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)
    found = windows(arguments.data, rng, arguments.per_series)
    print(f"{len(found)} windows of {HISTORY} points and up to {max(NEW)} new ones\n")
    coverage(found)
    coverage_by_noise(quiet_windows(load(arguments.data), rng, HISTORY + max(NEW)))
    reliability(found, rng)


if __name__ == "__main__":
    main()
