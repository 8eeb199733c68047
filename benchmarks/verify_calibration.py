#!/usr/bin/env python3
"""Find how many steps make 80 ms of CPU time a process, and how many more or fewer are +10 %, -10 % and +2 %.

    python benchmarks/verify_calibration.py --blocks 300
    python benchmarks/verify_calibration.py --check --blocks 600

Run it where nothing else runs. A block is one process of the base and one of every planted edit, in random order, with
one hash seed; the ratio of an edit is the median over blocks, its interval the exact one of the median (order
statistics, 95 %). First the base is sized, then every module's share is measured, and what is planted follows; then
`--blocks` blocks of all of it, after which nothing is adjusted, are what results/verify_calibration.json records, once
for every processor. Processes start as the project starts those that it measures, but do not report what they loaded:
that adds less than 1 ms to both sides.
"""

import argparse
import json
import math
import os
import platform
import random
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scipy.stats import binom

from dart_perf.measure.machine import cpu_model
from dart_perf.measure.process import environment_for, run
from verify_repository import ARMS, CALIBRATION, MODULES, read_calibration, write_package

CPU_SECONDS = 0.080
"""CPU time of a process of the base, start-up included."""
PROBED = {"loops": 200_000, "names": 10_000, "order": 6_000, "rows": 40_000}
"""Steps by which the cost of one is measured: some 15 ms each on a processor of 2023, as much as start-up."""
LEVER = 3
"""How often a module's work is done where its share is measured."""
SHARE_BLOCKS = 150
"""Blocks of that: the share within some hundredths of itself, a planted 10 % within some tenths of a percent."""
CONFIDENCE = 0.95
PLANTED = {f"{arm}-{module}": ratio for arm, (_, ratio) in ARMS.items() if ratio != 1.0 for module in sorted(MODULES)}


def cpu_seconds(folder: Path, seed: int) -> float:
    """Run one process of the package in `folder` and return its CPU time."""
    env = environment_for() | {"PYTHONPATH": str(folder / "src"), "PYTHONHASHSEED": str(seed)}
    argv = [sys.executable, str(folder / "bench.py")]
    return run(argv, cwd=folder, env=env, timeout=60, clock=lambda: datetime.now(UTC)).cpu_seconds


def measure(sides: Mapping[str, Path], blocks: int, rng: random.Random) -> dict[str, list[float]]:
    """Return the CPU times of every side, block by block."""
    for folder in sides.values():
        cpu_seconds(folder, 0)
    times: dict[str, list[float]] = {name: [] for name in sides}
    for block in range(blocks):
        seed = rng.randrange(1 << 32)
        for name in rng.sample(sorted(sides), len(sides)):
            times[name].append(cpu_seconds(sides[name], seed))
        if block % 50 == 49:
            print(f"  block {block + 1} of {blocks}", flush=True)
    return times


def median_interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Return the median and its exact interval from order statistics."""
    ordered, count = sorted(values), len(values)
    rank = int(binom.ppf((1 - CONFIDENCE) / 2, count, 0.5))
    return statistics.median(ordered), ordered[max(0, rank - 1)], ordered[min(count - 1, count - rank)]


def lay_out(folder: Path, steps: Mapping[str, int], planted: Mapping[str, int]) -> dict[str, Path]:
    """Write the base and every planted edit, each in a folder of its own with a name of one length."""
    sides = {"base": folder / "side-00"} | {name: folder / f"side-{1 + n:02d}" for n, name in enumerate(planted)}
    write_package(sides["base"], steps)
    for name, count in planted.items():
        write_package(sides[name], {**steps, name.split("-")[1]: count})
    return sides


def ratio_of(times: Mapping[str, Sequence[float]], name: str) -> tuple[float, float, float]:
    """Return the ratio of CPU time to the base's and its interval, over blocks."""
    logs = [math.log(b / a) for a, b in zip(times["base"], times[name], strict=True)]
    middle, low, high = (math.exp(value) for value in median_interval(logs))
    return middle, low, high


def quartile(values: Sequence[float]) -> float:
    """Return the first quartile: a processor shared with strangers is at its full speed at least so often."""
    return statistics.quantiles(values, n=4)[0]


def size_base(folder: Path, rng: random.Random) -> dict[str, int]:
    """Return the steps at which every module takes an equal part of what start-up leaves of the 80 ms."""
    few = dict.fromkeys(MODULES, 10)
    sides = {"none": folder / "side-00"} | {module: folder / f"side-{1 + n:02d}" for n, module in enumerate(MODULES)}
    write_package(sides["none"], few)
    for module in MODULES:
        write_package(sides[module], {**few, module: PROBED[module]})
    times = {name: quartile(values) for name, values in measure(sides, 40, rng).items()}
    part = (CPU_SECONDS - times["none"]) / len(MODULES)
    print(f"start-up {1e3 * times['none']:.1f} ms; each module {1e3 * part:.1f} ms", flush=True)
    return {module: round(PROBED[module] * part / (times[module] - times["none"])) for module in MODULES}


def module_shares(folder: Path, steps: Mapping[str, int], rng: random.Random) -> dict[str, float]:
    """Return the share of every module in the base's CPU time, from processes that do its work `LEVER` times.

    Steps are alike, so time is linear in them; a large change is measured more exactly than the one that is planted.
    """
    planted = {f"lever-{module}": count * LEVER for module, count in steps.items()}
    times = measure(lay_out(folder, steps, planted), SHARE_BLOCKS, rng)
    return {module: (ratio_of(times, f"lever-{module}")[0] - 1) / (LEVER - 1) for module in steps}


def amounts(folder: Path, rng: random.Random) -> dict[str, Any]:
    """Return the steps of every module, its share of the base's time, and the steps that are planted; no checks."""
    steps = size_base(folder, rng)
    shares = module_shares(folder, steps, rng)
    print("shares of the modules:", {name: round(value, 4) for name, value in shares.items()}, flush=True)
    modules = {name: name.split("-")[1] for name in PLANTED}
    planted = {name: round(steps[of] * (1 + (PLANTED[name] - 1) / shares[of])) for name, of in modules.items()}
    return {"steps": steps, "shares": shares, "planted": planted}


def check(folder: Path, found: Mapping[str, Any], blocks: int, rng: random.Random) -> dict[str, Any]:
    """Return what so many blocks say of these amounts."""
    times = measure(lay_out(folder, found["steps"], found["planted"]), blocks, rng)
    return {
        "blocks": blocks,
        "base_cpu_seconds": [round(value, 6) for value in median_interval(times["base"])],
        "base_quartile_seconds": round(quartile(times["base"]), 6),
        "ratios": {name: [round(value, 5) for value in ratio_of(times, name)] for name in PLANTED},
        "quartiles": {name: round(quartile(times[name]) / quartile(times["base"]), 5) for name in PLANTED},
        "load_average": os.getloadavg()[0],
        "python": platform.python_version(),
        "processor": cpu_model(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--blocks", type=int, default=300, help="blocks of the round that checks what is planted")
    parser.add_argument("--check", action="store_true", help="change no amounts, measure again what they make")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="verify-") as name:
        folder, rng = Path(name), random.Random(asked.seed)
        found = read_calibration() if asked.check else amounts(folder, rng)
        checked = check(folder, found, asked.blocks, rng)
        others = [one for one in found.get("checks", []) if one["processor"] != checked["processor"]]
        found["checks"] = [*others, checked]
    CALIBRATION.write_text(json.dumps(found, indent=2) + "\n")
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
