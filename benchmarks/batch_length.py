#!/usr/bin/env python3
"""Does it matter how long a batch is? Longer and shorter batches, and planted work in batches as long as before.

    python benchmarks/batch_length.py --rounds 50 --busy 2

Four programs in random order each round, one process each: the humanoid as it is; the same in batches of 1.3 times as
many calls; 3/10 of extra work planted in batches as long as before (`batch_size`, what the probe does); and nothing
planted in batches 1/1.3 as long. Printed is the log ratio of each process's minimum to the first program's, over what
was planted: 0 where the length does not matter. Appends one line a process to results/batch_length.jsonl, so
that it can be stopped and gone on with.
"""

import argparse
import dataclasses
import json
import random
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np

RESULTS = Path(__file__).parent / "results" / "batch_length.jsonl"
PLANTED = Fraction(3, 10)
PROGRAMS = ("as it is", "longer batches", "batches as long", "shorter batches")
SPIN = "while True: pass"
LONGEST_SECONDS = 60


def measure(program: str) -> None:
    """Measure the humanoid in this process and print the document."""
    import dartpy as dart

    from dart_perf.collect.probe import NOTHING, Probe
    from dart_perf.measure.scenarios import standard_robot

    loops = standard_robot.loops(standard_robot.build())
    extra = PLANTED if program == "batches as long" else NOTHING
    factor = {"longer batches": 1 + PLANTED, "shorter batches": 1 / (1 + PLANTED)}.get(program, Fraction(1))
    with Probe("batch_length", version=dart.__version__) as probe:
        probe.run([dataclasses.replace(loop, inner=round(loop.inner * factor)) for loop in loops], extra_work=extra)


def processes(rounds: int, busy: int) -> None:
    known = len(rows(busy)) // len(PROGRAMS)
    with RESULTS.open("a") as file:
        for number in range(known, rounds):
            for program in random.sample(PROGRAMS, len(PROGRAMS)):
                argv = [sys.executable, __file__, "--measure", program]
                done = subprocess.run(argv, capture_output=True, check=True, timeout=LONGEST_SECONDS)
                found = {
                    f"{series['benchmark']['name']} {series['metric']['name']}": min(series["samples"])
                    for series in json.loads(done.stdout)["measurements"]
                }
                file.write(json.dumps({"round": number, "busy": busy, "program": program, "minima": found}) + "\n")
                file.flush()
            print(f"{number + 1} of {rounds} rounds", file=sys.stderr)


def rows(busy: int) -> list[dict[str, object]]:
    lines = RESULTS.read_text().splitlines() if RESULTS.exists() else []
    return [row for row in map(json.loads, lines) if row["busy"] == busy]


def report(busy: int) -> None:
    found: dict[str, list[dict[str, float]]] = {program: [] for program in PROGRAMS}
    for row in rows(busy):
        found[str(row["program"])].append(row["minima"])  # type: ignore[arg-type]  # as written above
    count = min(map(len, found.values()))
    print(f"\n{count} rounds, {busy} cores kept busy: log ratio over the planted one, in %, with its standard error\n")
    print("| series | " + " | ".join(PROGRAMS[1:]) + " |\n|---|" + "---|" * len(PROGRAMS[1:]))
    for series in found[PROGRAMS[0]][0]:
        logs = {program: np.log([row[series] for row in found[program][:count]]) for program in PROGRAMS}
        planted = {"batches as long": np.log(float(1 + PLANTED))}
        gaps = [logs[program] - logs[PROGRAMS[0]] - planted.get(program, 0.0) for program in PROGRAMS[1:]]
        shown = (f"{100 * gap.mean():+.2f} ± {100 * gap.std(ddof=1) / count**0.5:.2f}" for gap in gaps)
        print(f"| {series} | " + " | ".join(shown) + " |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=50, choices=range(2, 501), metavar="2..500")
    parser.add_argument("--busy", type=int, default=2, choices=range(9), metavar="0..8", help="spinning processes")
    parser.add_argument("--measure", choices=PROGRAMS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        measure(arguments.measure)
        return
    spinning = [subprocess.Popen([sys.executable, "-c", SPIN]) for _ in range(arguments.busy)]
    try:
        processes(arguments.rounds, arguments.busy)
    finally:
        for process in spinning:
            process.kill()
            process.wait()
    report(arguments.busy)


if __name__ == "__main__":
    main()
