"""The same A/A edits judged by this project and as others judge, while the machine's speed drifts slowly.

In blocks: 20 processes of base, then 20 of head, Mann-Whitney's test, as benchstat and Google Benchmark's compare do
with their repetitions. By hyperfine: its 20 runs of base, then of head, after one warm-up each.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scipy.stats import mannwhitneyu

from competing_load import competing_load, share_now
from dart_perf.measure.machine import cpu_model
from dart_perf.measure.process import environment_for, run
from verify_call import Workplace, append_row, read_rows, verify
from verify_report import PEER_ROWS
from verify_repository import Case

PEERS = ("verify", "blocks", "hyperfine")
RUNS = 20
"""Processes a side in blocks and under hyperfine: what benchstat's documentation asks for at least, twice."""
MARGIN, BUDGET_SECONDS = 0.05, 120.0
DRIFTING = 3
"""Competing processes that come and go together: at the height of it more of them than cores."""
LONGEST_CASE_SECONDS = 420.0


def environment(side: Path) -> dict[str, str]:
    return environment_for() | {"PYTHONPATH": str(side / "src")}


def block(side: Path) -> tuple[list[float], list[float]]:
    """Return CPU and wall times of 20 processes of one side after one that warms up, seconds."""
    argv, env = [sys.executable, str(side / "bench.py")], environment(side)
    done = [run(argv, cwd=side, env=env, timeout=60, clock=lambda: datetime.now(UTC)) for _ in range(RUNS + 1)][1:]
    return [output.cpu_seconds for output in done], [output.wall_seconds for output in done]


def judge_blocks(base: Path, head: Path) -> dict[str, Any]:
    """Measure base, then head, and test each time; p is of Mann-Whitney's test, two-sided."""
    before, after = block(base), block(head)
    row: dict[str, Any] = {}
    for kind, a, b in zip(("cpu", "wall"), before, after, strict=True):
        row[kind] = {
            "p": float(mannwhitneyu(a, b, alternative="two-sided").pvalue),
            "ratio": statistics.median(b) / statistics.median(a),
            "base": [round(value, 6) for value in a],
            "head": [round(value, 6) for value in b],
        }
    return row


def judge_hyperfine(base: Path, head: Path) -> dict[str, Any]:
    """Let hyperfine compare the sides and return its means, deviations and times of wall time."""
    out = head.parent / "hyperfine.json"
    lines = [f"env PYTHONPATH={side / 'src'} {sys.executable} {side / 'bench.py'}" for side in (base, head)]
    argv = ["hyperfine", "--style", "none", "--shell", "none", "--warmup", "1", "--runs", str(RUNS)]
    subprocess.run([*argv, "--export-json", str(out), *lines], check=True, capture_output=True, env=environment_for())
    a, b = json.loads(out.read_text())["results"]
    parts = {name: {key: side[key] for key in ("mean", "stddev", "median", "user", "system", "times")}
             for name, side in (("base", a), ("head", b))}  # fmt: skip
    apart = abs(b["mean"] - a["mean"]) > a["stddev"] + b["stddev"]
    return {"ratio": b["mean"] / a["mean"], "apart": apart, **parts}


def judge(judge_name: str, base: Path, head: Path) -> dict[str, Any]:
    if judge_name == "blocks":
        return judge_blocks(base, head)
    if judge_name == "hyperfine":
        return judge_hyperfine(base, head)
    return verify(head, MARGIN, BUDGET_SECONDS)


def measure_peers(workplace: Workplace, wanted: list[Case], judges: list[str], most_seconds: float) -> None:
    """Let every judge see every edit that it has not seen yet, as long as time is left."""
    if "hyperfine" in judges and shutil.which("hyperfine") is None:
        print("hyperfine is not installed and left out; Debian has it as the package hyperfine")
        judges = [name for name in judges if name != "hyperfine"]
    end = time.monotonic() + most_seconds
    with competing_load(most_seconds + LONGEST_CASE_SECONDS, drift=DRIFTING):
        for case in wanted:
            done = {(row["case"], row["judge"]) for row in read_rows(PEER_ROWS)}
            left = [name for name in judges if (case.name, name) not in done]
            if not left:
                continue
            with workplace.sides(case) as (base, head):
                for name in left:
                    if time.monotonic() > end:
                        print("time is over; call again to go on")
                        return
                    append_row(PEER_ROWS, one(case, name, base, head))


def one(case: Case, name: str, base: Path, head: Path) -> dict[str, Any]:
    """Return the line of one judge on one edit."""
    start, share = time.monotonic(), share_now()
    said = judge(name, base, head)
    seconds = round(time.monotonic() - start, 1)
    row = {"case": case.name, "judge": name, "processor": cpu_model(), "share_before": round(share, 3)}
    row |= {"share_after": round(share_now(), 3), "load": os.getloadavg()[0], "seconds_in_all": seconds} | said
    shown = said.get("status") or said.get("apart", {k: round(said[k]["p"], 4) for k in ("cpu", "wall") if k in said})
    print(case.name, name, shown, f"{seconds} s", f"share {share:.2f}", flush=True)
    return row
