#!/usr/bin/env python3
"""Judge families of 1,000 series in which nothing changed: how often is there any alarm?

    python benchmarks/null_family.py --data unlabelled.dev.jsonl asv_pairs.dev.jsonl --out null_family.jsonl

Each series is resampled in blocks from a quiet window of a real history (120 points), so it is stationary and keeps the
noise, its tails and its autocorrelation; 100 points are history, `--new` are new. A family is judged at once at a false
discovery rate of 5 %. Beside it, each series alone. Resumable: families that the file holds are not judged again.
"""

import argparse
import itertools
import json
import pathlib
from collections import Counter

import numpy as np
from quiet_windows import Floats, load, quiet_windows, resample
from scipy.stats import beta

from dart_perf.model.judgement import Status
from dart_perf.stats.decide import decide
from dart_perf.stats.judge import estimate_level
from dart_perf.stats.multiple import decide_all

HISTORY, WINDOW = 100, 120
KINDS = {"stationary, mean block 10": 10.0, "stationary, mean block 20": 20.0, "moving, block 10": 0.0}
ALARMS = {Status.REGRESSION_DETECTED, Status.IMPROVEMENT_DETECTED}


def judge_family(
    found: list[Floats], size: int, mean_block: float, new: int, margin: float, seed: int
) -> dict[str, int]:
    """Return how many series of one family are called, at once and alone, and how many are decided."""
    rng = np.random.default_rng(seed)
    estimates = []
    for chosen in rng.integers(len(found), size=size).tolist():
        values = resample(found[chosen], HISTORY + new, rng, mean_block)
        estimates.append(estimate_level(values[:HISTORY], values[HISTORY:], margin=margin))
    alone = Counter(decide(item, margin).status for item in estimates)
    family = Counter(said.status for said in decide_all(estimates, margin))
    return {
        "alarms": sum(family[status] for status in ALARMS),
        "alone": sum(alone[status] for status in ALARMS),
        "normal": family[Status.NORMAL],
    }


def bound(hits: int, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Clopper and Pearson, Biometrika 26 (1934) 404)."""
    low = float(beta.ppf(0.025, hits, n - hits + 1)) if hits else 0.0
    return low, float(beta.ppf(0.975, hits + 1, n - hits)) if hits < n else 1.0


def _kind(row: dict[str, object]) -> tuple[str, int, float]:
    return str(row["kind"]), int(str(row.get("new", 10))), float(str(row["margin"]))


def report(rows: list[dict[str, object]], size: int) -> None:
    print(
        f"\n| resampling | new points | margin | families of {size} | with any alarm [95 %] | alone a family | NORMAL |"
    )
    print("|---|---|---|---|---|---|---|")
    groups = itertools.groupby(sorted(rows, key=_kind), _kind)
    for (kind, new, margin), group in groups:
        here = list(group)
        hits = sum(1 for row in here if row["alarms"])
        low, high = bound(hits, len(here))
        alone = np.mean([int(str(row["alone"])) for row in here])
        normal = np.mean([int(str(row["normal"])) for row in here]) / size
        share = f"{hits} [{low:.1%}, {high:.1%}]"
        print(f"| {kind} | {new} | {margin:.0%} | {len(here)} | {share} | {alone:.1f} | {normal:.0%} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, nargs="+", required=True, help="JSON Lines with `values`")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="a line a family; continued where it ends")
    parser.add_argument("--families", type=int, default=100)
    parser.add_argument("--size", type=int, default=1000)
    parser.add_argument("--margins", type=float, nargs="+", default=[0.05])
    parser.add_argument("--new", type=int, default=10, help="new points")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    found = quiet_windows(load(arguments.data), np.random.default_rng(arguments.seed), WINDOW)
    print(f"{len(found)} quiet windows of {WINDOW} points")
    lines = arguments.out.read_text().splitlines() if arguments.out.exists() else []
    rows = [json.loads(line) for line in lines]
    done = {(*_kind(row), row["family"]) for row in rows}
    with arguments.out.open("a") as out:
        for family in range(arguments.families):
            for kind, mean_block in KINDS.items():
                for margin in arguments.margins:
                    if (kind, arguments.new, margin, family) in done:
                        continue
                    seed = arguments.seed * 1_000_003 + family * len(KINDS) + list(KINDS).index(kind)
                    counts = judge_family(found, arguments.size, mean_block, arguments.new, margin, seed)
                    rows.append({"kind": kind, "new": arguments.new, "margin": margin, "family": family, **counts})
                    out.write(json.dumps(rows[-1]) + "\n")
                    out.flush()
    report(rows, arguments.size)


if __name__ == "__main__":
    main()
