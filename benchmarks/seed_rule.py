#!/usr/bin/env python3
"""The rule this project was first sketched with, beside the judge: false alarms, steps found, and what its unit does.

    python benchmarks/seed_rule.py --data unlabelled.dev.jsonl asv_pairs.dev.jsonl

The sketch, point by point: baseline = mean of history[:-20], spread = sd of the last 50 points (the newest among them),
a regression where z > 2 and newest > 1.2 x baseline, confidence = 1 - p, a trend where the slope of the last 20 points
is above 0.1. It sees the history up to and with the newest point. The trivial rule: newest point > 1.2 x mean of the
ten before. `judge` gets the newest point, or the ten newest, at the margin of 20 % that 1.2 is.

Simulated: 200 points of normal noise, then ten more, unchanged or a step up. Real: quiet windows of 120 points.
"""

import argparse
import pathlib

import numpy as np
from quiet_windows import Floats, load, quiet_windows
from scipy.special import ndtr

from dart_perf.model.judgement import Status
from dart_perf.stats.judge import judge

NEW, MARGIN = 10, 0.2
STEPS = (1.0, 1.1, 1.3, 1.5, 2.0)
NOISES = (0.005, 0.02, 0.1, 0.3)
RULES = ("sketch", "trivial", "judge, 1 new", "judge, 10 new")


def sketch(values: Floats) -> tuple[bool, float]:
    """Return whether the sketch calls the newest point a regression, and its `confidence`."""
    baseline, spread = float(values[:-20].mean()), float(values[-50:].std())
    z = (float(values[-1]) - baseline) / spread if spread else 0.0
    return z > 2.0 and values[-1] > 1.2 * baseline, 1.0 - 2.0 * float(ndtr(-abs(z)))


def slope(values: Floats) -> float:
    return float(np.polyfit(np.arange(20), values[-20:], 1)[0])


def called(values: Floats) -> list[bool]:
    """Return what each of `RULES` says of a series whose last ten points are new."""
    one, ten = values.size - 1, values.size - NEW
    return [
        sketch(values)[0],
        bool(values[-1] > 1.2 * values[-11:-1].mean()),
        judge(values[:one], values[one:], margin=MARGIN).status is Status.REGRESSION_DETECTED,
        judge(values[:ten], values[ten:], margin=MARGIN).status is Status.REGRESSION_DETECTED,
    ]


def table(name: str, cases: dict[str, list[Floats]]) -> None:
    print(f"\n| {name} | n | " + " | ".join(RULES) + " |\n|---|---|" + "---|" * len(RULES))
    for label, series in cases.items():
        shares = np.mean([called(values) for values in series], axis=0)
        print(f"| {label} | {len(series)} | " + " | ".join(f"{share:.1%}" for share in shares) + " |", flush=True)


def step_up(values: Floats, factor: float, new: int) -> Floats:
    raised = values.copy()
    raised[-new:] *= factor
    return raised


def confidence(rng: np.random.Generator, rounds: int) -> None:
    """Say how often the sketch's claims are true, by what it calls their confidence; a tenth are steps of 1.3."""
    claims = []
    for _ in range(rounds):
        factor = 1.3 if rng.random() < 0.1 else 1.0
        values = step_up(np.exp(rng.normal(0.0, 0.1, 210)), factor, NEW)
        flagged, said = sketch(values)
        if flagged:
            claims.append((said, factor > 1))
    said, true = np.array(claims, dtype=np.float64).T
    print(
        f"\nThe sketch's claims (noise 10 %, one case in ten a step of 1.3x): {len(claims)} of {rounds} cases called; "
    )
    print(f"mean confidence {said.mean():.3f}, true {true.mean():.3f}.")


def units(rng: np.random.Generator, rounds: int) -> None:
    print("\n| the same series in | slope > 0.1 on no trend | on +1 % a run |\n|---|---|---|")
    noise = [np.exp(rng.normal(0.0, 0.02, 20)) for _ in range(rounds)]
    for unit, factor in (("s", 0.01), ("ms", 10.0), ("us", 1e4), ("ns", 1e7)):
        flat = np.mean([slope(factor * values) > 0.1 for values in noise])
        rising = np.mean([slope(factor * values * 1.01 ** np.arange(20)) > 0.1 for values in noise])
        print(f"| {unit} | {flat:.1%} | {rising:.1%} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, nargs="*", default=[], help="JSON Lines with `values`")
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)
    for noise in NOISES:
        plain = [np.exp(rng.normal(0.0, noise, 210)) for _ in range(arguments.rounds)]
        steps = {f"{factor:g}x": [step_up(values, factor, NEW) for values in plain] for factor in STEPS}
        table(f"simulated, noise {noise:.1%}, step with the ten newest", steps)
        first = {f"{factor:g}x": [step_up(values, factor, 1) for values in plain] for factor in STEPS[1:]}
        table(f"simulated, noise {noise:.1%}, step with the newest point alone", first)
    late = [step_up(np.exp(rng.normal(0.0, 0.02, 210)), 1.3, points) for points in (40, 25) for _ in range(200)]
    table("simulated, noise 2 %", {"1.3x, 25 or 40 points ago": late})
    if arguments.data:
        real = quiet_windows(load(arguments.data), rng, 120)
        table("real, quiet", {f"{f:g}x": [step_up(values, f, NEW) for values in real] for f in STEPS})
    confidence(rng, 10 * arguments.rounds)
    units(rng, arguments.rounds)


if __name__ == "__main__":
    main()
