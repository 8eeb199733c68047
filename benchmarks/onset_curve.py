#!/usr/bin/env python3
"""What the onset of a change adds: false alarms and steps found, with it, with strict levels instead, and with neither.

    python benchmarks/onset_curve.py --data unlabelled.dev.jsonl asv_pairs.dev.jsonl

Quiet windows of real histories, 100 points and ten new, the noise levels weighed alike; steps of 5, 10 and 20 %
planted up and down; margins of .3 to .7 of the step. The error is scaled as the first column says, so that rules can be
compared at equal false alarms.
"""

import argparse
import math
import pathlib
from collections import Counter
from dataclasses import replace

import numpy as np
from quiet_windows import Floats, load, noise_level, quiet_windows

from dart_perf.model.judgement import Status
from dart_perf.stats.claims import verdict, weigh_claims
from dart_perf.stats.estimate import Estimate
from dart_perf.stats.judge import estimate_level
from dart_perf.stats.levels import LEVEL
from dart_perf.stats.onset import Onset, find_onset

HISTORY, NEW = 100, 10
STEPS, SHARES = (0.05, 0.1, 0.2), (0.3, 0.4, 0.5, 0.6, 0.7)
RULES = ("with the onset", "strict levels instead", "neither")
SCALES = (0.8, 0.9, 1.0, 1.1, 1.25, 1.5)
R, I, N = Status.REGRESSION_DETECTED, Status.IMPROVEMENT_DETECTED, Status.NORMAL  # noqa: E741 -- the three answers


def moved(estimate: Estimate, window: Floats, shift: float, rule: str, scale: float) -> Estimate:
    """Return what the estimate is with the new points shifted on logs; nothing else depends on where they lie."""
    logs = np.log(window)
    centre = estimate.log_ratio + shift
    onset: Onset | None = Onset.FIRST
    if rule == RULES[0]:
        old = logs[HISTORY - estimate.n_baseline : HISTORY]
        onset = find_onset(old, logs[HISTORY:] + shift, rises=centre > 0)
    elif rule == RULES[1]:
        onset = None
    return replace(
        estimate, log_ratio=centre, onset=onset, sampling_error=scale * estimate.sampling_error,
        between_error=scale * estimate.between_error,
    )  # fmt: skip


def shares(found: list[tuple[Estimate, Floats]], weights: Floats, rule: str, scale: float, step: float) -> Floats:
    """Return the shares of false alarms, false clears, detections and clears."""
    sums = np.zeros(4)
    up = math.log1p(step)
    for (estimate, window), weight in zip(found, weights.tolist(), strict=True):
        three = [moved(estimate, window, shift, rule, scale) for shift in (0.0, up, -up)]
        for share in SHARES:
            flat, worse, better = (verdict(weigh_claims(one, share * step), *[LEVEL] * 3) for one in three)
            wrong = (worse in {N, I}) + (better in {N, R})
            right = (worse is R) + (better is I)
            sums += weight / len(SHARES) * np.array([flat in {R, I}, wrong / 2, right / 2, flat is N])
    return sums


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, nargs="+", required=True, help="JSON Lines with `values`")
    parser.add_argument("--per-series", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)
    windows = quiet_windows(load(arguments.data), rng, HISTORY + 2 * NEW, arguments.per_series)
    judged = [(estimate_level(w[:HISTORY], w[HISTORY : HISTORY + NEW]), w[: HISTORY + NEW]) for w in windows]
    found = [(item, window) for item, window in judged if isinstance(item, Estimate)]
    levels = [noise_level(window) for _, window in found]
    sizes = Counter(levels)
    weights = np.array([1.0 / len(sizes) / sizes[level] for level in levels])
    print(f"{len(found)} windows; false alarm / false clear / detect / clear, of all\n")
    print("| error times | rule | " + " | ".join(f"{step:.0%}" for step in STEPS) + " |\n|---|---|---|---|---|")
    for scale in SCALES:
        for rule in RULES:
            cells = [shares(found, weights, rule, scale, step) for step in STEPS]
            said = " | ".join("{:.4f} / {:.4f} / {:.3f} / {:.3f}".format(*cell) for cell in cells)
            print(f"| {scale:g} | {rule} | {said} |", flush=True)


if __name__ == "__main__":
    main()
