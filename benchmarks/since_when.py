"""Of steps planted near the end of real histories: how many are called, and does the range of commits hold the place?

    python benchmarks/since_when.py --data unlabelled.jsonl

Each line of the data has `values` and `direction` (lower or higher is better). A step of 10, 20 or 50 % is multiplied
onto the last 1 to 20 points of quiet stretches of 60 points; the newest 5 are judged against those before, and where
they are called a regression, the range that `detect_regressions` would name is looked at. A second table is that of a
gate: as many new results as have the step, from 1 run on, and what becomes of results without one.
"""

import argparse
import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dart_perf.analysis.newest import Newest, estimate_points, judge_newest
from dart_perf.analysis.since import since
from dart_perf.model.comparison import SeriesVerdict
from dart_perf.model.history import SeriesEntry
from dart_perf.model.judgement import Status
from dart_perf.model.measurement import Benchmark, Metric
from dart_perf.model.series import Location
from dart_perf.stats.changepoint import change_points

POINTS, NEWEST = 60, 5
STEPS = (1.1, 1.2, 1.5)
AGES = (1, 2, 3, 5, 8, 12, 20)
NONE = np.array([])
Floats = npt.NDArray[np.float64]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=300, help="stretches, drawn with a seed")
    arguments = parser.parse_args()
    stretches = list(_stretches(arguments.data))
    random.Random(1).shuffle(stretches)
    print(f"{len(stretches[: arguments.limit])} stretches of {POINTS} points, one a series at most\n")
    print("| step | points since | called | place in range | commits in range (median, 90 %) |")
    print("|---|---|---|---|---|")
    for step in STEPS:
        for age in AGES:
            _row(stretches[: arguments.limit], step, age)
    print("\n| step | new results | called worse | cleared | undecided |\n|---|---|---|---|---|")
    for step in (1.0, *STEPS):
        for new in (1, 3, 5, 10):
            _gate(stretches[: arguments.limit], step, new)


def _stretches(path: Path) -> Iterator[Floats]:
    """Yield the last stretch of each series that has no change of its own in it."""
    for line in path.read_text(encoding="utf-8").splitlines():
        values = np.asarray(json.loads(line)["values"], dtype=np.float64)
        if values.size >= POINTS and values[-POINTS:].min() > 0 and not change_points(values[-POINTS:]):
            yield values[-POINTS:]


def _row(stretches: list[Floats], step: float, age: int) -> None:
    widths, hits = [], 0
    for number, values in enumerate(stretches):
        planted = values.copy()
        planted[-age:] *= step
        found = _range(number, planted)
        if found is not None:
            first, last = found
            hits += first <= POINTS - age <= last
            widths.append(last - first + 1)
    called = f"{len(widths)} of {len(stretches)}"
    width = f"{np.median(widths):.0f}, {np.quantile(widths, 0.9):.0f}" if widths else ""
    print(f"| {step} | {age} | {called} | {hits / max(1, len(widths)):.3f} | {width} |")


def _gate(stretches: list[Floats], step: float, new: int) -> None:
    found = Counter(_verdict(0, values * np.where(np.arange(POINTS) < POINTS - new, 1.0, step), new)[1].judgement.status
                    for values in stretches)  # fmt: skip
    cleared = found[Status.NORMAL] + found[Status.IMPROVEMENT_DETECTED]
    called = found[Status.REGRESSION_DETECTED]
    print(f"| {step} | {new} | {called} of {len(stretches)} | {cleared} | {len(stretches) - called - cleared} |")


def _verdict(number: int, values: Floats, newest: int) -> tuple[Newest, SeriesVerdict]:
    metric = Metric(name="wall_time", unit="1", better="lower")
    entry = SeriesEntry(
        id=f"{number:016x}", benchmark=Benchmark(name=str(number)), metric=metric, fingerprint="", points=POINTS
    )
    item = Newest(entry, str(number), values[:-newest], values[-newest:], 0.05, NONE)
    estimated = estimate_points(item.history, item.new, NONE, margin=0.05, better="lower", unit="1", exact=False)
    (verdict,) = judge_newest([item], [estimated])
    return item, verdict


def _range(number: int, values: Floats) -> tuple[int, int] | None:
    """Return the range that is named; None where nothing is called or no range can be given."""
    item, verdict = _verdict(number, values, NEWEST)
    if verdict.judgement.status is not Status.REGRESSION_DETECTED:
        return None
    places = [Location(str(index), None, None) for index in range(POINTS)]
    regime = item.history.size - verdict.baseline_runs
    change = since(item, places, change_points(values), regime=regime, worse=True)
    return None if change is None else (int(change.after) + 1, int(change.until))


if __name__ == "__main__":
    main()
