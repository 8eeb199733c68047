#!/usr/bin/env python3
"""Change points on labelled histories, beside peers in the same run: what is found, what is false, how long it takes.

    pip install -e .[peers]
    python benchmarks/change_points.py --pairs asv_pairs.dev.jsonl --tcpd tcpd.dev.jsonl [--sweep]

Pairs: a found point is right within 5 points of a label and with its sign; within 5 of a change that one of the two
machines shows alone it counts neither way; a second one near a label is false. Turing data set: F1 with a margin of 5
and covering, over what each annotator marked (van den Burg and Williams, arXiv 2003.06222). Intervals: 95 %, 1,000
bootstrap draws of benchmarks (pairs) or series (Turing). Every peer sees logs where all values are above 0; the penalty
of ruptures is the best of five on these very data.
"""

import argparse
import itertools
import json
import pathlib
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from dart_perf.stats import step
from dart_perf.stats.changepoint import Segmenter, change_points

MARGIN, DRAWS, FOLDS = 5, 1000, 5
Floats = npt.NDArray[np.float64]
Found = list[tuple[int, bool]]
Detector = Callable[[Floats], Found]
Row = dict[str, Any]


def ours(values: Floats) -> Found:
    return [(change.index, change.after > change.before) for change in change_points(values)]


def nothing(_values: Floats) -> Found:
    return []


def first_sketch(values: Floats) -> Found:
    """Return where a point first lies 2 sd of the last 50 and a factor of 1.2 above the mean of all but the last 20."""
    flags = [False] * values.size
    for k in range(51, values.size):
        mean, sd = float(np.mean(values[: k - 20])), float(np.std(values[k - 50 : k + 1]))
        flags[k] = sd > 0 and (values[k] - mean) / sd > 2 and values[k] > 1.2 * mean
    return [(k, True) for k in range(1, values.size) if flags[k] and not flags[k - 1]]


def pelt(penalty: float) -> Detector:
    """Return PELT with the rbf cost of ruptures."""
    import ruptures

    def detect(values: Floats) -> Found:
        logs = np.log(values) if values.min() > 0 else values
        places = [0, *ruptures.Pelt(model="rbf").fit(logs).predict(pen=penalty)]
        levels = [float(np.median(logs[a:b])) for a, b in itertools.pairwise(places)]
        return [(place, levels[k + 1] > levels[k]) for k, place in enumerate(places[1:-1])]

    return detect


def on_pair(row: Row, found: Found) -> tuple[int, int, int, int]:
    """Return how many labels are hit, how many points are false, how many labels are missed, and the points in all."""
    logs, left, hits = np.log(row["values"]), list(found), 0
    for label in row["labels"][0]:
        rises = np.median(logs[label : label + 10]) > np.median(logs[max(0, label - 10) : label])
        near = [point for point in left if abs(point[0] - label) <= MARGIN and point[1] == rises]
        if near:
            hits += 1
            left.remove(min(near, key=lambda point: abs(point[0] - label)))
    false = [k for k, _ in left if all(abs(k - other) > MARGIN for other in row.get("unconfirmed", []))]
    return hits, len(false), len(row["labels"][0]) - hits, logs.size


def matched(truth: Iterable[int], found: Iterable[int]) -> int:
    left, hits = set(found), 0
    for point in sorted(truth):
        near = [k for k in left if abs(k - point) <= MARGIN]
        if near:
            left.remove(min(near, key=lambda k: abs(k - point)))
            hits += 1
    return hits


def on_turing(row: Row, found: Found) -> tuple[float, float]:
    """Return F1 and covering."""
    mine = {0, *(k for k, _ in found)}
    people = [{0, *marks} for marks in row["labels"]]
    precision = matched(set().union(*people), mine) / len(mine)
    recall = float(np.mean([matched(marks, mine) / len(marks) for marks in people]))
    size = len(row["values"])
    covered = [
        sum((b - a) * max(overlap(a, b, c, d) for c, d in stretches(mine, size)) for a, b in stretches(marks, size))
        / size
        for marks in people
    ]
    return 2 * precision * recall / (precision + recall), float(np.mean(covered))


def stretches(points: set[int], size: int) -> list[tuple[int, int]]:
    return list(itertools.pairwise([*sorted(k for k in points if k < size), size]))


def overlap(a: int, b: int, c: int, d: int) -> float:
    return max(0, min(b, d) - max(a, c)) / (max(b, d) - min(a, c))


def rates(counts: npt.NDArray[np.int64]) -> tuple[float, float, float, float]:
    """Return precision, recall, F1 and false points per 1,000 of rows of counts, shape (n, 4)."""
    hits, false, missed, points = counts.sum(axis=0).tolist()
    f1 = 2 * hits / max(1, 2 * hits + false + missed)
    return hits / max(1, hits + false), hits / max(1, hits + missed), f1, 1000 * false / points


def interval(groups: Sequence[Any], score: Callable[[list[Any]], float]) -> str:
    rng = np.random.default_rng(1)
    draws = [score([groups[k] for k in rng.integers(0, len(groups), len(groups))]) for _ in range(DRAWS)]
    low, high = np.percentile(draws, [2.5, 97.5])
    return f"[{low:.2f}, {high:.2f}]"


def compare(peers: dict[str, Detector], pairs: list[Row], turing: list[Row]) -> None:
    print("| detector | precision | recall | F1 | false per 1,000 | Turing F1 | Turing covering | ms a pair series |")
    print("|---|---|---|---|---|---|---|---|")
    for name, detect in peers.items():
        began = time.perf_counter()
        counts = [on_pair(row, detect(np.array(row["values"]))) for row in pairs]
        spent = 1000 * (time.perf_counter() - began) / len(pairs)
        scores = [on_turing(row, detect(np.array(row["values"]))) for row in turing]
        groups = defaultdict(list)
        for row, count in zip(pairs, counts, strict=True):
            groups[row["group"]].append(count)
        precision, recall, f1, false = rates(np.array(counts))
        f1_in = interval(list(groups.values()), lambda g: rates(np.array(list(itertools.chain(*g))))[2])
        false_in = interval(list(groups.values()), lambda g: rates(np.array(list(itertools.chain(*g))))[3])
        people, covered = np.mean(scores, axis=0).tolist()
        people_in = interval(scores, lambda drawn: float(np.mean([s[0] for s in drawn])))
        covered_in = interval(scores, lambda drawn: float(np.mean([s[1] for s in drawn])))
        print(
            f"| {name} | {precision:.3f} | {recall:.3f} | {f1:.3f} {f1_in} | {false:.2f} {false_in} "
            f"| {people:.3f} {people_in} | {covered:.3f} {covered_in} | {spent:.1f} |",
            flush=True,
        )


def kinds(size: int) -> dict[str, Floats]:
    flat = 100 * np.exp(np.random.default_rng(0).normal(0, 0.02, size))
    two = flat * np.where(np.arange(size) < size // 2, 1.0, 1.1)
    return {"none": flat, "two": two, "one in 100": flat * np.where(np.arange(size) // 100 % 2, 1.1, 1.0)}


def speed() -> None:
    print("\n| points | changes | all at once, ms | one more point, ms (median, 99 %) |")
    print("|---|---|---|---|")
    for size in (200, 1000, 10_000):
        for name, values in kinds(size).items():
            spent = []
            for _ in range(5):
                began = time.perf_counter()
                change_points(values)
                spent.append(1000 * (time.perf_counter() - began))
            segmenter, more = Segmenter(), []
            for value in values.tolist():
                began = time.perf_counter()
                segmenter.append(value)
                more.append(1000 * (time.perf_counter() - began))
            last = np.percentile(more[-100:], [50, 99])
            print(f"| {size:,} | {name} | {np.median(spent):.2f} | {last[0]:.2f}, {last[1]:.2f} |", flush=True)


def noises(rng: np.random.Generator, size: int) -> dict[str, Floats]:
    """Return noise of six kinds with a spread of about 1; shape (size,)."""
    white = rng.normal(0, 1, size)
    alike = {rho: white.copy() for rho in (0.3, 0.6)}
    for rho, values in alike.items():
        for k in range(1, size):
            values[k] = rho * values[k - 1] + np.sqrt(1 - rho**2) * white[k]
    spikes = (rng.random(size) < 0.05) * np.abs(rng.normal(0, 15, size))
    return {
        "white": white, "AR(1) .3": alike[0.3], "AR(1) .6": alike[0.6], "Student t, 3 degrees": rng.standard_t(3, size),
        "white, 5 % spikes": white + spikes, "two modes, 2 apart": 0.3 * white + 2.0 * (rng.random(size) < 0.25),
    }  # fmt: skip


def simulate(times: int) -> None:
    """Print false points in noise, and of planted steps how many are found and lie within their range."""
    rng, steps = np.random.default_rng(1), (3.0, 4.0, 6.0)
    false: dict[str, int] = defaultdict(int)
    found: dict[tuple[str, float], list[bool]] = defaultdict(list)
    for _ in range(times):
        for name, noise in noises(rng, 400).items():
            false[name] += len(change_points(np.exp(0.02 * noise)))
        for size in steps:
            for name, noise in noises(rng, 100).items():
                noise[50:] += size
                near = [c for c in change_points(np.exp(0.02 * noise)) if abs(c.index - 50) <= MARGIN]
                found[name, size].extend(c.first <= 50 <= c.last for c in near[:1])
    print(f"\n{times} series of 400 points, then {times} of 100 with a step in the middle, spread 2 %.\n")
    print("| noise | false per 1,000 | step of 3, 4, 6 sd: found, % | of those, within the range, % |")
    print("|---|---|---|---|")
    for name, count in false.items():
        shares = ", ".join(f"{100 * len(found[name, size]) / times:.0f}" for size in steps)
        held = ", ".join(f"{100 * np.mean(found[name, size]):.1f}" for size in steps)
        print(f"| {name} | {1000 * count / (400 * times):.2f} | {shares} | {held} |")


GRID: dict[str, tuple[float, ...]] = {
    "SHORTEST": (8, 9, 10, 11, 12), "SPREADS": (2.3, 2.5, 2.7, 2.9, 3.1), "RANK": (0.75, 0.8, 0.85, 0.9),
    "PLAIN_SPREADS": (5.0, 8.0, 12.0, 99.0), "LATE_SPREADS": (2.5, 3.0, 4.0, 99.0),
    "BEYOND_LINE": (0.0, 1.5, 2.5, 3.5), "BEST_LINE": (0.7, 0.8, 0.9, 1.0, 9.0), "FAR": (12, 20, 25, 30, 35, 40),
}  # fmt: skip


def sweep(pairs: list[Row], turing: list[Row]) -> None:
    """Print what each constant changes alone, and the F1 of constants chosen on other benchmarks than they judge."""
    print("\n| constant | value | found | false | F1 | Turing F1 | Turing covering |\n|---|---|---|---|---|---|---|")
    counts: dict[tuple[str, float], npt.NDArray[np.int64]] = {}
    for name, values in GRID.items():
        usual = getattr(step, name)
        for value in values:
            setattr(step, name, value)
            made = np.array([on_pair(row, ours(np.array(row["values"]))) for row in pairs])
            scores = np.mean([on_turing(row, ours(np.array(row["values"]))) for row in turing], axis=0)
            counts[name, value] = made
            print(
                f"| {name} | {value:g}{' (used)' if value == usual else ''} | {made[:, 0].sum()} | {made[:, 1].sum()} "
                f"| {rates(made)[2]:.3f} | {scores[0]:.3f} | {scores[1]:.3f} |",
                flush=True,
            )
        setattr(step, name, usual)
    names = sorted({row["group"] for row in pairs})
    np.random.default_rng(1).shuffle(names)
    fold = np.array([names.index(row["group"]) % FOLDS for row in pairs])
    held = np.zeros((len(pairs), 4), dtype=np.int64)
    for k in range(FOLDS):
        best = max(counts, key=lambda key: rates(counts[key][fold != k])[2])
        held[fold == k] = counts[best][fold == k]
    print(f"\nThe best of these {len(counts)} settings on four fifths of the benchmarks, judged on the fifth left out,")
    print(f"five times: F1 {rates(held)[2]:.3f}, {rates(held)[3]:.2f} false points per 1,000.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=pathlib.Path, required=True)
    parser.add_argument("--tcpd", type=pathlib.Path, required=True)
    parser.add_argument("--sweep", action="store_true", help="also: how flat are the constants?")
    parser.add_argument("--simulated", type=int, default=400, help="series of each kind of noise")
    args = parser.parse_args()
    pairs, turing = ([json.loads(line) for line in path.read_text().splitlines()] for path in (args.pairs, args.tcpd))
    labels, points = sum(len(row["labels"][0]) for row in pairs), sum(len(row["values"]) for row in pairs)
    print(f"{len(pairs)} pair series ({points:,} points, {labels} labels), {len(turing)} Turing series.\n")
    peers = {"ours": ours, "nothing": nothing, "first sketch": first_sketch}
    compare(peers | {f"ruptures PELT rbf, penalty {p}": pelt(p) for p in (3, 5, 10, 20, 40)}, pairs, turing)
    speed()
    simulate(args.simulated)
    if args.sweep:
        sweep(pairs, turing)


if __name__ == "__main__":
    main()
