#!/usr/bin/env python3
"""Patterns of a series: how often are planted ones named, and how often is one named where nothing is?

    python benchmarks/patterns.py --data unlabelled.dev.jsonl asv_pairs.dev.jsonl

Every detector sees every series, planted or not, at the default window. Noise is 2 % (standard deviation of logs).
Real series have no truth: what is named in them as they are is an upper bound of what is named wrongly; drawn again in
blocks of 10 from one regime, in random order, they are stationary noise with the real distribution and likeness.
"""

import argparse
import json
import math
import pathlib
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from dart_perf.analysis.movement import movement_of
from dart_perf.analysis.together import Group, moves_together
from dart_perf.model.trend import Movement
from dart_perf.stats.common import FEWEST, common_movement

Floats = npt.NDArray[np.float64]
Noise = Callable[[np.random.Generator, int], Floats]
WINDOW, SPREAD, BLOCK = 200, 0.02, 10
KINDS = ("step", "drift", "seasonal", "spread", "spike")


def autoregressive(rho: float) -> Noise:
    def make(rng: np.random.Generator, n: int) -> Floats:
        shocks = rng.normal(0.0, math.sqrt(1 - rho**2), n + 50)
        for k in range(1, n + 50):
            shocks[k] += rho * shocks[k - 1]
        return shocks[50:]

    return make


def heavy(rng: np.random.Generator, n: int) -> Floats:
    return np.asarray(rng.standard_t(3, n) / math.sqrt(3.0))


def two_modes(rng: np.random.Generator, n: int) -> Floats:
    """Return noise of a machine whose runs land on one of two kinds of core."""
    return np.asarray(rng.normal(0.0, 0.4, n) + 2.0 * (rng.random(n) < 0.3))


NULLS: dict[str, Noise] = {
    "white": lambda rng, n: rng.normal(0.0, 1.0, n),
    "AR(1) .5": autoregressive(0.5),
    "AR(1) .8": autoregressive(0.8),
    "Student t, 3 degrees": heavy,
    "two modes": two_modes,
}


def ramp(total: float) -> Callable[[int], Floats]:
    return lambda n: np.linspace(0.0, math.log(total), n)


def wave(period: float, swing: float) -> Callable[[int], Floats]:
    return lambda n: 0.5 * math.log(swing) * np.sin(2 * np.pi * np.arange(n) / period)


def hump(ratio: float, runs: int) -> Callable[[int], Floats]:
    return lambda n: np.where((np.arange(n) >= n // 2) & (np.arange(n) < n // 2 + runs), math.log(ratio), 0.0)


PLANTED: dict[str, tuple[str, Callable[[int], Floats]]] = {
    "drift of 10 % over the window": ("drift", ramp(1.10)),
    "drift of 20 % over the window": ("drift", ramp(1.20)),
    "every 7 runs, crest 1.05x trough": ("seasonal", wave(7.0, 1.05)),
    "every 7 runs, crest 1.10x trough": ("seasonal", wave(7.0, 1.10)),
    "every 24.5 runs, crest 1.10x trough": ("seasonal", wave(24.5, 1.10)),
    "1.3x for 3 runs": ("spike", hump(1.3, 3)),
    "1.3x for 6 runs": ("spike", hump(1.3, 6)),
    "step of 10 % in the middle": ("step", lambda n: np.where(np.arange(n) < n // 2, 0.0, math.log(1.1))),
}
GROWING = {"spread grows 2x": 2.0, "spread grows 4x": 4.0}


def named(movement: Movement) -> set[str]:
    """Return the kinds that are told of a series."""
    told = {"step"} if movement.changes else set()
    told |= {"drift"} if movement.drift else set()
    told |= {"seasonal"} if movement.season else set()
    told |= {"spread"} if movement.spread else set()
    return told | ({"spike"} if movement.spikes else set())


def row(label: str, series: Iterable[Floats]) -> str:
    counts: Counter[str] = Counter()
    n = 0
    for values in series:
        n += 1
        counts.update(named(movement_of(values)))
    return f"| {label} | {n} | " + " | ".join(f"{counts[kind] / max(1, n):.1%}" for kind in KINDS) + " |"


def planted(rng: np.random.Generator, count: int, n: int) -> Iterable[str]:
    for noise_label in ("white", "AR(1) .5"):
        noise = NULLS[noise_label]
        for label, (_, shape) in PLANTED.items():
            yield row(f"{label}, {noise_label}", (np.exp(shape(n) + SPREAD * noise(rng, n)) for _ in range(count)))
        for label, ratio in GROWING.items():
            sizes = SPREAD * np.exp(np.linspace(0.0, math.log(ratio), n))
            yield row(f"{label}, {noise_label}", (np.exp(sizes * noise(rng, n)) for _ in range(count)))


def real(paths: list[pathlib.Path]) -> list[Floats]:
    rows = [json.loads(line) for path in paths for line in path.read_text().splitlines()]
    found = [np.array(row["values"], dtype=np.float64) for row in rows]
    return [values[-WINDOW:] for values in found if values.size >= WINDOW and values.min() > 0]


def redrawn(rng: np.random.Generator, values: Floats) -> Floats:
    """Return blocks of the series around its levels, drawn at random."""
    movement = movement_of(values)
    starts = [change.index for change in movement.changes]
    rest = np.concatenate([part - np.median(part) for part in np.split(np.log(values), starts)])
    first = rng.integers(0, rest.size - BLOCK + 1, values.size // BLOCK)
    return np.asarray(np.exp(np.concatenate([rest[k : k + BLOCK] for k in first])))


def machine(rng: np.random.Generator, count: int, members: int, kind: str) -> tuple[float, float]:
    """Return how often a common step is found, and how far it is from the planted 10 % where one is."""
    found, ratios = 0, []
    for _ in range(count):
        table = SPREAD * np.array([NULLS["AR(1) .5"](rng, WINDOW) for _ in range(members)])
        if kind == "all":
            table[:, WINDOW // 2 :] += math.log(1.1)
            table[0, WINDOW // 2 :] += math.log(1.3)
        elif kind == "two of five":
            table[: 2 * members // 5, WINDOW // 2 :] += math.log(1.3)
        group = Group(tuple(range(members)), np.arange(WINDOW), table, common_movement(table))
        together = moves_together(group, movement_of(np.exp(group.common)))
        changes = together.changes if together else ()
        found += bool(changes)
        ratios += [change.ratio or 1.0 for change in changes]
    return found / count, float(np.median(ratios)) if ratios else math.nan


def machines(paths: list[pathlib.Path]) -> Iterable[str]:
    """Return a row for each real source with dates: what its benchmarks did together in the newest runs."""
    sources: dict[str, list[dict[str, Any]]] = {}
    for entry in (json.loads(line) for path in paths for line in path.read_text().splitlines()):
        if entry.get("timestamps") and min(entry["values"]) > 0:
            sources.setdefault(entry["source"], []).append(entry)
    for source, entries in sources.items():
        dates = sorted({date for entry in entries for date in entry["timestamps"]})[-WINDOW:]
        place = {date: k for k, date in enumerate(dates)}
        table = np.full((len(entries), len(dates)), np.nan)
        for line, entry in zip(table, entries, strict=True):
            for date, value in zip(entry["timestamps"], entry["values"], strict=True):
                if date in place:
                    line[place[date]] = math.log(value)
        table = table[np.count_nonzero(~np.isnan(table), axis=1) >= len(dates) / 2]
        if len(table) < FEWEST:
            continue
        group = Group(tuple(range(len(table))), np.arange(len(dates)), table, np.nan_to_num(common_movement(table)))
        found = moves_together(group, movement_of(np.exp(group.common)))
        steps = ", ".join(f"{change.ratio:.2f}x" for change in found.changes) if found else "none"
        yield f"| {source} | {len(table)} | {len(dates)} | {steps} |"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="*", type=pathlib.Path, default=[], help="JSON Lines of real series")
    parser.add_argument("--count", type=int, default=500, help="series of each kind")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    rng = np.random.default_rng(given.seed)
    head = "| series | n | " + " | ".join(KINDS) + " |\n|---|---|" + "---|" * len(KINDS)
    print(f"Nothing planted: share of series in which each is named\n\n{head}")
    for n in (60, WINDOW, 1000):
        for label, noise in NULLS.items():
            print(row(f"{label}, {n} runs", (np.exp(SPREAD * noise(rng, n)) for _ in range(given.count))))
    series = real(given.data)
    if series:
        print(row("real, as they are", series))
        print(row("real, drawn again in blocks", (redrawn(rng, values) for values in series for _ in range(2))))
    print(f"\nPlanted in {WINDOW} runs: share in which each is named\n\n{head}")
    print("\n".join(planted(rng, given.count, WINDOW)))
    print(f"\nThe machine, {given.count // 5} groups each\n\n| group | a common step is named | its ratio |")
    print("|---|---|---|")
    for members in (5, 10, 50):
        for kind in ("nothing", "two of five", "all"):
            share, ratio = machine(rng, given.count // 5, members, kind)
            print(f"| {members} series, {kind} changed | {share:.1%} | {f'{ratio:.3f}' if share else ''} |")
    if given.data:
        print("\nReal machines\n\n| source | benchmarks | runs | steps of nearly all |\n|---|---|---|---|")
        print("\n".join(machines(given.data)))


if __name__ == "__main__":
    main()
