#!/usr/bin/env python3
"""A +12 % step planted in copies of real dashboards: does it lead to the right range of commits?

    python benchmarks/planted_step.py --data unlabelled.dev.jsonl

The series of `data.js` dashboards (github-action-benchmark) are written as such files, as they are and with every value
from a commit on multiplied; `dart-perf-baseline --import` reads them into a store of its own, `find_change_points`
answers. A plant lies at least `ROOM` points from either end and from every change found in the series as it is. A
change that is not in the series as it is, and is not the plant, is a false other. Noise is the distance of the tenth
from the ninetieth percentile of the 30 points around the plant / 2.56: the standard deviation, were it normal.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
from typing import Any

import numpy as np

from dart_perf.model.trend import Change
from dart_perf.workflows.project import Project, open_project
from dart_perf.workflows.series_query import Query
from dart_perf.workflows.trends import find_change_points

STEP, ROOM, WINDOW = 1.12, 15, 1000
Row = dict[str, Any]


def dashboard(row: Row, suite: str, start: int | None) -> str:
    """Return a `data.js` of one series whose values are `STEP` times as large from point `start` on."""
    runs = [
        {
            "commit": {"id": commit_of(k), "message": f"change {k}", "timestamp": "2026-01-01T00:00:00Z", "url": "x"},
            "date": 1_700_000_000_000 + 86_400_000 * k,
            "tool": "cargo",
            "benches": [
                {"name": suite, "unit": "ns/iter", "value": value * (STEP if start is not None and k >= start else 1)}
            ],
        }
        for k, value in enumerate(row["values"])
    ]
    return "window.BENCHMARK_DATA = " + json.dumps({"lastUpdate": 1, "repoUrl": "x", "entries": {suite: runs}})


def commit_of(k: int) -> str:
    return f"{k + 1:040x}"


def ask(folder: pathlib.Path, project: Project, row: Row, suite: str, start: int | None) -> tuple[Change, ...]:
    """Import one dashboard by the command and return the changes of its series."""
    path = folder / f"{suite}.js"
    path.write_text(dashboard(row, suite, start))
    command = [sys.executable, "-c", "from dart_perf.cli.start import baseline; baseline()", "--import", path.name]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    query = Query(benchmark=f"*{suite}*", window=WINDOW)
    return find_change_points(project, query, limit=100, detail="full").changes


def holds(change: Change, k: int) -> bool:
    """Return whether the range of a change holds the commit of point k: after one commit, up to and with another."""
    after = int(change.range.after or "0", 16) - 1
    up_to = int(change.range.up_to or "0", 16) - 1
    return after < k <= up_to


def place(change: Change) -> int:
    return int(change.range.up_to or "0", 16) - 1


def plant(folder: pathlib.Path, row: Row, number: int, rng: np.random.Generator) -> dict[str, object] | None:
    """Return what became of one plant; None where the series has no room for it."""
    project = open_project(folder)
    plain = ask(folder, project, row, f"plain{number:03d}", None)
    n = len(row["values"])
    free = [k for k in range(ROOM, n - ROOM) if all(abs(k - place(c)) > ROOM for c in plain)]
    if not free:
        return None
    k = int(rng.choice(free))
    found = ask(folder, project, row, f"step{number:03d}", k)
    mine = [c for c in found if holds(c, k) or abs(place(c) - k) <= 5]
    others = [c for c in found if c not in mine and all(abs(place(c) - place(p)) > ROOM for p in plain)]
    logs = np.log(row["values"])
    near = logs[max(0, k - ROOM) : k + ROOM]
    noise = float(np.subtract(*np.percentile(near, [90, 10]))) / 2.56
    widths = [c.range.runs for c in mine]
    return {
        "noise": noise, "found": bool(mine), "holds": any(holds(c, k) for c in mine), "others": len(others),
        "ratio": mine[0].ratio if mine else None, "runs": min(widths) if widths else None, "points": n,
    }  # fmt: skip


def report(rows: list[dict[str, object]], label: str) -> str:
    found = [r for r in rows if r["found"]]
    if not rows:
        return f"| {label} | 0 | | | | | |"
    ratios = [float(str(r["ratio"])) for r in found]
    runs = [int(str(r["runs"])) for r in found]
    points = sum(int(str(r["points"])) for r in rows)
    others = sum(int(str(r["others"])) for r in rows)
    middle = f"{np.median(ratios):.3f} | {np.median(runs):.0f}, at most {max(runs)}" if found else " | "
    return (
        f"| {label} | {len(rows)} | {len(found)} | {sum(bool(r['holds']) for r in found)} | {middle} "
        f"| {others} in {points} points |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--plants", type=int, default=2, help="plants a series")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    rows = [json.loads(line) for line in args.data.read_text().splitlines()]
    rows = [row for row in rows if "data.js" in row["source"] and min(row["values"]) > 0]
    rng = np.random.default_rng(args.seed)
    results = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "dart-perf.toml").write_text("")
        for number, row in enumerate(row for row in rows for _ in range(args.plants)):
            if (result := plant(folder, row, number, rng)) is not None:
                results.append(result)
                print(f"{len(results)}: {result}", file=sys.stderr)
    print(f"{len(results)} plants of +{STEP - 1:.0%} in {len(rows)} series of real dashboards, seed {args.seed}\n")
    print(
        "| noise near it | plants | found | range holds the commit | ratio, median | runs in the range | false others |"
    )
    print("|---|---|---|---|---|---|---|")
    bounds = [(0.0, 0.02, "below 2 %"), (0.02, 0.045, "2 to 4.5 %"), (0.045, 9.0, "above 4.5 %")]
    for low, high, label in bounds:
        print(report([r for r in results if low <= float(str(r["noise"])) < high], label))
    print(report(results, "all"))


if __name__ == "__main__":
    main()
