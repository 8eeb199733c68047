#!/usr/bin/env python3
"""Judge one process against one process, as files of Google Benchmark or without process indices hold them.

    python benchmarks/one_process.py --data dartpy_ab_raw.jsonl

All cases are of one program: one process of an arm against another of the same arm, or of the A/A arm, with its first
batches as samples. What is called worse or better is a false alarm. The spread between processes beside that within
them is what `stats.processes` takes its factor from.
"""

import argparse
import collections
import json
import pathlib

import numpy as np
import numpy.typing as npt

from dart_perf.model.judgement import Status
from dart_perf.stats.compare import estimate
from dart_perf.stats.decide import decide
from dartpy_ab import MARGINS, SAME, Floats, share

Processes = dict[tuple[str, str], list[Floats]]
Case = tuple[Floats, Floats]
KINDS = {"CPU": "cpu_ns", "wall": "wall_ns"}
TAKEN = (6, 5, 4, 3)
"""Samples of a process that are judged."""


def load(path: pathlib.Path, field: str) -> Processes:
    """Return the batches of each process, in seconds, by arm and benchmark."""
    found: Processes = collections.defaultdict(list)
    for line in path.read_text().splitlines():
        row = json.loads(line)
        for name, result in row["results"].items():
            if result.get(field):
                found[row["arm"], name].append(np.array(result[field]) * 1e-9)
    return found


def draw(found: Processes, rng: np.random.Generator, count: int) -> list[Case]:
    """Return `count` pairs of processes of each arm and benchmark, and as many of the A/A arms."""
    cases = []
    for (arm, name), processes in found.items():
        for _ in range(count):
            first, second = rng.choice(len(processes), 2, replace=False)
            cases.append((processes[first], processes[second]))
        other = found.get((SAME[1], name)) if arm == SAME[0] else None
        if other:
            picks = rng.integers(len(processes), size=(count, 2))
            cases += [(processes[i], other[j % len(other)]) for i, j in picks]
    return cases


def said(
    cases: list[Case], margin: float, taken: int, processes: tuple[int, int] | None
) -> collections.Counter[Status]:
    return collections.Counter(
        decide(estimate(a[:taken], b[:taken], margin=margin, processes=processes), margin).status for a, b in cases
    )


def spreads(found: Processes) -> str:
    """Return the sd between the levels of processes and within them: medians over arms and benchmarks, log scale."""
    between: list[float] = []
    within: list[float] = []
    for processes in found.values():
        logs: npt.NDArray[np.float64] = np.log(np.array(processes))
        between.append(float(np.std(logs.mean(axis=1), ddof=1)))
        within.append(float(np.median(np.std(logs, axis=1, ddof=1))))
    return f"{np.median(between):.2f} between processes, {np.median(within):.2f} within ({len(between)} series)"


def report(kind: str, cases: list[Case], doubled: list[Case]) -> None:
    for taken in TAKEN:
        for margin in MARGINS:
            alone, alike = said(cases, margin, taken, (1, 1)), said(doubled, margin, taken, (1, 1))
            before = said(cases, margin, taken, None)[Status.REGRESSION_DETECTED]
            rows = [alone[Status.REGRESSION_DETECTED], alone[Status.IMPROVEMENT_DETECTED], before]
            found = share(alike[Status.REGRESSION_DETECTED], len(doubled))
            cells = " | ".join(share(count, len(cases)) for count in rows)
            print(f"| {kind}, {taken} samples, {margin:.0%} | {cells} | {found} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, required=True, help="dartpy_ab_raw.jsonl")
    parser.add_argument("--pairs", type=int, default=20, help="pairs of processes of each arm and benchmark")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)
    steady = [(np.exp(rng.normal(0, 0.05, 6)), 2 * np.exp(rng.normal(0, 0.05, 6))) for _ in range(400)]
    steady = [(a, b) for a, b in steady if max(np.std(np.log(side), ddof=1) for side in (a, b)) <= 0.05]
    kinds = {kind: load(arguments.data, field) for kind, field in KINDS.items()}
    for kind, found in kinds.items():
        print(f"{kind}: sd of logs {spreads(found)}")
    print("\nThe last column: a doubling whose samples (normal) spread by 5 % or less on both sides.\n")
    print("| case | REGRESSION | IMPROVEMENT | REGRESSION where samples count as runs | a doubling is called |")
    print("|---|---|---|---|---|")
    for kind, found in kinds.items():
        report(kind, draw(found, rng, arguments.pairs), steady)


if __name__ == "__main__":
    main()
