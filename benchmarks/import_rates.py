"""Points a second that an import reads, checks and stores, by format, beside reading the text and parsing it alone.

python benchmarks/import_rates.py --points 100000 --output benchmarks/results/import_rates.md

A point is one series in one run, a value one of its raw repetitions. Each import is a process of its own with an empty
store, so that its peak memory can be told; the files lie in the file cache.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

from large_results import LARGE

from dart_perf.ingest.table import FORMATS
from dart_perf.workflows.imports import import_results
from dart_perf.workflows.project import open_project
from dart_perf.workflows.result_files import LIMITS

PROBE = 4
"""Copies from which the points of one are learned."""
COPIES, FILLED = 50, 0.95
"""Copies from which the bytes of one are learned, and how full the largest allowed file is made."""
FILES_AT_MOST = 4000
"""Of formats with a file a run or a benchmark, whose points are then as many as those hold."""


def lay_out(folder: Path, form: str, copies: int) -> tuple[int, int]:
    """Write the files of so many copies; return how many there are, and their bytes."""
    files = LARGE[form](copies)
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return len(files), sum(len(text) for text in files.values())


def imported(folder: Path, form: str, home: str) -> dict[str, Any]:
    """Import the folder `in` into an empty store and return what came of it."""
    project = open_project(folder, {"DART_PERF_HOME": home})
    started, worked = time.perf_counter(), time.process_time()
    report = import_results(project, "in", form=form)
    seconds, worked = time.perf_counter() - started, time.process_time() - worked
    if report.refused or not report.accepted:
        raise SystemExit(f"{form}: {report.summary}: {report.refused[:3]}")
    peak = peak_bytes()
    return {
        "seconds": seconds,
        "cpu": worked,
        "points": report.measurements,
        "values": sum(len(m.samples) for run in project.store.runs() for m in run.measurements),
        "runs": report.accepted,
        "peak": peak,
    }


def peak_bytes() -> int:
    """Return the largest resident set of this process; getrusage would give that of its parent where it is larger."""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def alone(folder: Path) -> float:
    """Return seconds to read the same text and parse it: what no importer of Python can avoid."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    started = time.process_time()
    for path in files:
        text = path.read_text()
        if path.suffix == ".json":
            json.loads(text)
        elif path.suffix == ".js":
            json.loads(text.partition("=")[2])
        elif path.suffix == ".xml":
            ET.fromstring(text)  # noqa: S314 -- our own file
        else:
            [line.split() for line in text.splitlines()]
    return time.process_time() - started


def measure(form: str, points: int, rounds: int) -> dict[str, Any]:
    """Return the medians of so many imports of one format."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "in"
        folder.mkdir()
        lay_out(folder, form, PROBE)
        per_copy = max(1, child(Path(name), form)["points"] // PROBE)
        for path in sorted(folder.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        several = len(LARGE[form](2)) > len(LARGE[form](1))
        copies = max(1, -(-points // per_copy))
        fit = FILES_AT_MOST if several else int(FILLED * LIMITS.bytes_a_file * COPIES / size_of(form, COPIES))
        count, size = lay_out(folder, form, min(copies, fit))
        found = [child(Path(name), form) for _ in range(rounds)]
        middle = {key: statistics.median(one[key] for one in found) for key in found[0]}
        return middle | {
            "files": count,
            "bytes": size,
            "alone": statistics.median(alone(folder) for _ in range(rounds)),
        }


def size_of(form: str, copies: int) -> int:
    return sum(len(text) for text in LARGE[form](copies).values())


def child(folder: Path, form: str) -> dict[str, Any]:
    """Import in a process of its own."""
    with tempfile.TemporaryDirectory() as home:
        argv = [sys.executable, __file__, "--one", form, "--folder", str(folder), "--home", home]
        return dict(json.loads(subprocess.run(argv, check=True, capture_output=True, text=True).stdout))


def table(rows: dict[str, dict[str, Any]], rounds: int) -> str:
    lines = [
        "| format | files | MB | points | values | seconds | per 100,000 points | per 100,000 values | parsing | MB |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for form, row in rows.items():
        by_point, by_value = (1e5 * row["seconds"] / row[what] for what in ("points", "values"))
        lines.append(
            f"| {form} | {row['files']:.0f} | {row['bytes'] / 1e6:.1f} | {row['points']:.0f} | {row['values']:.0f} "
            f"| {row['seconds']:.2f} | {by_point:.1f} | {by_value:.1f} | {row['alone']:.2f} | {row['peak'] / 1e6:.0f} |"
        )
    return "\n".join(
        [*lines, "", f"Medians of {rounds} imports, each into an empty store by a process of its own.", ""]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--formats", nargs="*", default=[name for name in FORMATS if name in LARGE])
    parser.add_argument("--output", type=Path)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--home", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        sys.stdout.write(json.dumps(imported(arguments.folder, arguments.one, arguments.home)))
        return
    missing = sorted(FORMATS.keys() - LARGE.keys())
    rows = {}
    for form in arguments.formats:
        rows[form] = measure(form, arguments.points, arguments.rounds)
        print(form, {key: round(value, 2) for key, value in rows[form].items()}, flush=True)
    text = table(rows, arguments.rounds) + (f"Without a large file: {', '.join(missing)}.\n" if missing else "")
    print(text)
    if arguments.output:
        arguments.output.write_text(f"# What an import takes\n\n{text}")


if __name__ == "__main__":
    main()
