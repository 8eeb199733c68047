#!/usr/bin/env python3
"""Look at series in which nothing changes after every new point: how many looks are false alerts?

    python benchmarks/looks.py --data unlabelled.dev.jsonl asv_pairs.dev.jsonl

Each series is resampled in blocks from a quiet window of a real history (see null_family.py). Every look judges the
newest points, alone, against the 100 before them. The series are drawn from every second project history for one column
and from the others for the next; `stated` is what `stats.looks` says, which was taken from the first column.
"""

import argparse
import pathlib

import numpy as np
from quiet_windows import Floats, load, quiet_windows, resample

from dart_perf.stats.claims import verdict, weigh_claims
from dart_perf.stats.estimate import Estimate
from dart_perf.stats.judge import estimate_level
from dart_perf.stats.levels import LEVEL
from dart_perf.stats.looks import ALARMS, false_alerts

HISTORY, WINDOW = 100, 120
NEW, MARGINS = (1, 3, 5, 10), (0.02, 0.05, 0.1, 0.2)


def count(found: list[Floats], k: int, series: int, looks: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return alarms and newly raised alarms by margin, a thousand looks."""
    alarms, raised = np.zeros(len(MARGINS)), np.zeros(len(MARGINS))
    for chosen in rng.integers(len(found), size=series).tolist():
        values = resample(found[chosen], HISTORY + k + looks - 1, rng)
        before = [False] * len(MARGINS)
        for look in range(looks):
            split = look + HISTORY
            estimate = estimate_level(values[look:split], values[split : split + k])
            now = [isinstance(estimate, Estimate) and called(estimate, margin) for margin in MARGINS]
            alarms += now
            raised += np.array(now) & ~np.array(before)
            before = now
    return 1000.0 * alarms / (series * looks), 1000.0 * raised / (series * looks)


def called(estimate: Estimate, margin: float) -> bool:
    return verdict(weigh_claims(estimate, margin), LEVEL, LEVEL, LEVEL) in ALARMS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, nargs="+", required=True, help="JSON Lines with `values`")
    parser.add_argument("--series", type=int, default=200)
    parser.add_argument("--looks", type=int, default=250, help="of each series")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)
    rows = load(arguments.data)
    halves = [quiet_windows(rows[first::2], rng, WINDOW) for first in (0, 1)]
    total = arguments.series * arguments.looks
    print(
        f"{len(halves[0])} and {len(halves[1])} quiet windows; {total} looks a cell and half, {arguments.series} series"
    )
    print("\n| new points | margin | alarms a 1,000 looks, first half | second half | newly raised | stated |")
    print("|---|---|---|---|---|---|")
    for k in NEW:
        (first, raised), (second, again) = (count(h, k, arguments.series, arguments.looks, rng) for h in halves)
        for index, margin in enumerate(MARGINS):
            new = (raised[index] + again[index]) / 2.0
            cells = f"{first[index]:.1f} | {second[index]:.1f} | {new:.1f} | {false_alerts(k, margin):.1f}"
            print(f"| {k} | {margin:.0%} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
