"""This project's own history, measured on the first day: commits in random order by `--backfill`, then what it shows.

python benchmarks/backfill.py --range A..B --every 12 --folder FOLDER --output benchmarks/results/backfill.md

Clones this repository into the folder (nothing here is touched), declares `past/read_results.py` as a scenario there,
and backfills. Called again with the same folder it goes on where it was ended, and measures nothing twice.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
TOML = """
[scenario.read_results]
argv = ["{python}", "{root}/benchmarks/past/read_results.py"]
variables = {PYTHONPATH = "{root}/shared"}
benchmark_files = ["benchmarks/past/read_results.py"]
metrics = ["cpu_time"]
group = "io"
repetitions = 10
"""
COMMANDS = Path(sys.executable).parent


def run(folder: Path, *argv: str) -> str:
    """Return what a command prints; its progress is seen."""
    own = {"DART_PERF_STATE": str(folder.parent / "state"), "DART_PERF_HOME": str(folder.parent / "store")}
    done = subprocess.run(argv, cwd=folder, env=dict(os.environ) | own, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode not in {0, 1, 3}:
        raise SystemExit(f"{argv[0]} ended with {done.returncode}: {done.stdout}")
    return done.stdout


def cloned(folder: Path) -> Path:
    """Return a clone of this repository with the scenario of today in it."""
    clone = folder / "clone"
    if not clone.exists():
        run(folder, "git", "clone", "--quiet", "--no-hardlinks", str(HERE.parent), str(clone))
    (clone / "benchmarks" / "past").mkdir(parents=True, exist_ok=True)
    shutil.copy(HERE / "past" / "read_results.py", clone / "benchmarks" / "past")
    (clone / "dart-perf.toml").write_text(TOML)
    run(clone, str(COMMANDS / "dart-perf-baseline"), "--trust")
    return clone


def values(clone: Path) -> list[tuple[int, str, float]]:
    """Return position, commit and the median of the processes' medians, seconds, in commit order."""
    history = clone.parent / "history.json"
    run(clone, str(COMMANDS / "dart-perf-intelligence"), "--export-history", str(history))
    return sorted(
        (found["position"], found["commit"], value(found["measurements"][0]))
        for found in json.loads(history.read_text())["runs"]
    )


def value(measurement: dict[str, Any]) -> float:
    processes: dict[int, list[float]] = {}
    for process, sample in zip(measurement["processes"], measurement["samples"], strict=True):
        processes.setdefault(process, []).append(sample)
    return statistics.median(statistics.median(samples) for samples in processes.values())


def table(clone: Path) -> list[str]:
    """Return one line a commit, with the ratio to the one before it."""
    lines = ["| position | commit | CPU time, ms | to the one before | |", "|-|-|-|-|-|"]
    before = None
    for position, commit, seconds in values(clone):
        ratio = "" if before is None else f"{seconds / before:.2f}"
        subject = run(clone, "git", "log", "-1", "--format=%s", commit).strip()
        lines.append(f"| {position} | {commit[:9]} | {1e3 * seconds:.2f} | {ratio} | {subject} |")
        before = seconds
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--range", required=True, help="A..B of this repository")
    parser.add_argument("--every", type=int, default=12)
    parser.add_argument("--folder", type=Path, required=True, help="where clone and store are kept between calls")
    parser.add_argument("--output", type=Path, help="Markdown file")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    clone = cloned(given.folder.resolve())
    baseline = str(COMMANDS / "dart-perf-baseline")
    record = json.loads(
        run(clone, baseline, "--backfill", given.range, "--every", str(given.every), "--format", "json")
    )
    trend = run(clone, str(COMMANDS / "dart-perf-intelligence"), "--analyze-trends")
    spent = [commit["seconds"] for commit in record["measured"]]
    before = len(record["present"])
    took = f"{before} were measured before" if before else "none was measured before"
    took += f", {len(spent)} now in {sum(spent):.0f} s, {statistics.median(spent):.1f} s each" if spent else ""
    measured = f"Reading 500 rows of Google Benchmark's JSON; {record['commits']} commits in random order, "
    measured += f"10 processes each; {took}. NOT measured: {len(record['failed'])}."
    lines = [
        f"`python benchmarks/backfill.py --range {given.range} --every {given.every}`",
        "",
        measured,
        *(f"- {commit['commit'][:9]}: {commit['reason'].splitlines()[0][:160]}" for commit in record["failed"]),
        "",
        *table(clone),
        "",
        "What `dart-perf-intelligence --analyze-trends` says of it:",
        "```",
        *trend.rstrip().splitlines(),
        "```",
        *(f"- {warning}" for warning in record["warnings"]),
    ]
    text = "\n".join(lines) + "\n"
    print(text)
    if given.output is not None:
        given.output.write_text(text)


if __name__ == "__main__":
    main()
