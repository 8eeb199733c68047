#!/usr/bin/env python3
"""Plant +1 % of work into small C++ and Python programs and ask what counts and what times say, on a busy machine.

    python benchmarks/planted_counts.py --cases 20 --results planted_counts.jsonl
    python benchmarks/planted_counts.py --report --results planted_counts.jsonl
    python benchmarks/planted_counts.py --dartpy 5 --results planted_counts.jsonl

Each case is another program: 100 calls an iteration of a mixture of work drawn from the case's number, and 101 calls
where it is planted. It goes the whole way: capture, compare unchanged, compare planted; once counted, once timed, with
other processes busy all the while (`--busy`). The C++ program is kept and measured again side by side; the Python one
is held against the stored baseline when counted. What is done already is not done again. `--dartpy N` runs the built-in
`chain_step_counts` N times and notes each count and how long it took.
"""

import argparse
import collections
import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from scipy.stats import binomtest

from dart_perf.measure import counting
from dart_perf.measure.catalogue import BUILT_IN
from dart_perf.measure.process import run
from dart_perf.measure.program import resolve
from dart_perf.workflows.capture import capture_baseline
from dart_perf.workflows.compare import compare_with_baseline
from dart_perf.workflows.project import open_project
from dart_perf.workflows.scenarios import trust_project

KINDS = (("cpp", "counts"), ("cpp", "time"), ("python", "counts"), ("python", "time"))
UNITS = 100
"""Calls an iteration; one more is 1 %."""
CPP = r"""
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>
static volatile double sink = 0.0;
static void __attribute__((noinline)) call() {
%s
}
static void iterate(long count) {
  for (long i = 0; i < count; ++i) for (int unit = 0; unit < %d; ++unit) call();
}
int main(int, char** argv) {
  const long count = std::atol(argv[1]);
  std::printf("{\"schema\": \"dart-perf/results/1\", \"producer\": \"toy\", \"measurements\": [");
  if (argv[2]) for (int batch = 0; batch < 24; ++batch) {
    timespec a, b;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
    iterate(count);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
    const double seconds = (b.tv_sec - a.tv_sec) + (b.tv_nsec - a.tv_nsec) * 1e-9;
    if (batch == 4) std::printf("{\"benchmark\": {\"name\": \"step\"}, \"metric\": {\"name\": \"cpu_time\", "
                                "\"unit\": \"s\"}, \"samples\": [%%.9g", seconds / count);
    if (batch > 4) std::printf(", %%.9g%%s", seconds / count, batch == 23 ? "]}" : "");
  } else iterate(count);
  std::printf("], \"guards\": [{\"name\": \"done\", \"value\": 1}]}\n");
}
"""
CPP_PARTS = (
    "  {{ std::vector<double> v({n}, 1.5); for (double x : v) sink = sink + x; }}",
    "  {{ unsigned h = 7; for (int i = 0; i < {n}; ++i) h = h * 31u + i; sink = sink + h; }}",
    "  {{ std::string s; for (int i = 0; i < {n}; ++i) s += 'x'; sink = sink + s.size(); }}",
    "  {{ double x = {n}; for (int i = 0; i < {n}; ++i) x = x * 0.5 + 1.0; sink = sink + x; }}",
)
PYTHON = """
import sys
def call():
%s
def iterate(count):
    for _ in range(count):
        for _ in range(%d):
            call()
count = int(sys.argv[1])
measurements = ""
if sys.argv[2:]:
    import json, time
    samples = []
    for batch in range(24):
        start = time.process_time()
        iterate(count)
        samples.append((time.process_time() - start) / count)
    timed = {"benchmark": {"name": "step"}, "metric": {"name": "cpu_time", "unit": "s"}, "samples": samples[4:]}
    measurements = json.dumps(timed)
else:
    iterate(count)
print('{"schema": "dart-perf/results/1", "producer": "toy", "measurements": [' + measurements + '],'
      ' "guards": [{"name": "done", "value": 1}]}')
"""
PYTHON_PARTS = (
    "    sum(len(str(i)) for i in range({n}))",
    "    sorted(range({n}), key=lambda i: -i)",
    "    dict.fromkeys(range({n}), 1.5)",
    "    ','.join(['x'] * {n}).split(',')",
)
TOML = """
[scenario.cpp_counts]
argv = ["{root}/toy", "{iterations}"]
files = ["toy"]
counts = [50, 100]
[scenario.cpp_time]
argv = ["{root}/toy", "500", "time"]
files = ["toy"]
metrics = ["cpu_time"]
margin = 0.005
[scenario.python_counts]
argv = ["{python}", "-S", "{root}/toy.py", "{iterations}"]
counts = [2, 4]
[scenario.python_time]
argv = ["{python}", "-S", "{root}/toy.py", "6", "time"]
files = ["toy.py"]
metrics = ["cpu_time"]
margin = 0.005
"""


def write_program(folder: Path, language: str, case: int, units: int) -> None:
    """Write (and build) the program of a case with so many calls an iteration."""
    rng = random.Random(f"{language} {case}")
    parts = CPP_PARTS if language == "cpp" else PYTHON_PARTS
    chosen = [part.format(n=rng.randrange(5, 40)) for part in rng.sample(parts, rng.randrange(1, len(parts) + 1))]
    if language == "python":
        (folder / "toy.py").write_text(PYTHON % ("\n".join(chosen), units))
        return
    (folder / "toy.cpp").write_text(CPP % ("\n".join(chosen), units))
    argv = [shutil.which("g++") or "g++", "-O2", "-o", str(folder / "toy"), str(folder / "toy.cpp")]
    subprocess.run(argv, check=True)


@contextlib.contextmanager
def busy_neighbours(count: int) -> Iterator[None]:
    """Keep so many other processes busy."""
    started = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for process in started:
            process.kill()
            process.wait()


def judge(language: str, case: int, kind: str) -> Iterator[dict[str, Any]]:
    """Yield what is said of the unchanged and of the planted program of a case."""
    with tempfile.TemporaryDirectory(prefix="planted-") as name:
        folder = Path(name)
        (folder / "dart-perf.toml").write_text(TOML)
        write_program(folder, language, case, UNITS)
        project = open_project(folder, {})
        trust_project(project)
        scenario = f"{language}_{kind}"
        capture_baseline(project, scenario, why="planted")
        for planted in (0, 1):
            write_program(folder, language, case, UNITS + planted)
            start = time.monotonic()
            found = compare_with_baseline(project, scenario)
            series = found.series[0].judgement
            yield {
                "language": language, "case": case, "kind": kind, "planted": planted, "status": found.status.value,
                "ratio": series.ratio, "low": series.low, "high": series.high,
                "seconds": round(time.monotonic() - start, 1), "load": os.getloadavg()[0],
                "warnings": list(found.warnings),
            }  # fmt: skip


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def measure(path: Path, cases: range, kinds: Sequence[tuple[str, str]], busy: int) -> None:
    """Judge every case that is not in the file yet."""
    done = collections.Counter((row["language"], row["case"], row["kind"]) for row in read(path) if "case" in row)
    for case in cases:
        for language, kind in kinds:
            if done[language, case, kind] == 2:
                continue
            with busy_neighbours(busy):
                rows = list(judge(language, case, kind))
            with path.open("a") as file:
                file.writelines(json.dumps(row) + "\n" for row in rows)
            print(language, case, kind, *(f"{row['status']} {row['ratio']:.5f}" for row in rows), flush=True)


def measure_dartpy(path: Path, times: int) -> None:
    """Count a step of the chain again and again, from the second time on with another size of its environment."""
    scenario = BUILT_IN["chain_step_counts"]
    project = open_project(Path.cwd(), {})
    for number in range(times):
        program, _ = resolve(scenario, project.root)
        argv, cwd, env = counting.invocation(scenario, program, Path(counting.__file__).parents[1])
        filled = dict(env) | ({"FILLER": "x" * 37 * number} if number else {})
        output = run(argv, cwd=cwd, env=filled, timeout=scenario.timeout_seconds, clock=project.now)
        said = json.loads(output.stdout)
        row = {"dartpy": said["version"], "count": said["measurements"][0]["samples"][0]}
        row |= {"seconds": round(output.wall_seconds, 1), "warnings": said["warnings"]}
        print(row, flush=True)
        with path.open("a") as file:
            file.write(json.dumps(row) + "\n")


def share(count: int, total: int) -> str:
    """Return a share with its Clopper-Pearson 95 % interval."""
    span = binomtest(count, total).proportion_ci(method="exact")
    return f"{count} of {total} [{100 * span.low:.1f}, {100 * span.high:.1f}] %"


def report(rows: list[dict[str, Any]]) -> None:
    """Print the tables."""
    print(
        "| program | judged by | +1 % planted: REGRESSION_DETECTED | unchanged: NORMAL | the others | ratio of +1 % |"
    )
    print("|---|---|---|---|---|---|")
    for language in ("cpp", "python"):
        for kind in ("counts", "time"):
            mine = [row for row in rows if (row.get("language"), row.get("kind")) == (language, kind)]
            if not mine:
                continue
            planted = [row for row in mine if row["planted"]]
            same = [row for row in mine if not row["planted"]]
            right = sum(row["status"] == "REGRESSION_DETECTED" for row in planted)
            normal = sum(row["status"] == "NORMAL" for row in same)
            rest = collections.Counter(
                f"{'+1 %' if row['planted'] else 'unchanged'} {row['status']}"
                for row in mine
                if row["status"] != ("REGRESSION_DETECTED" if row["planted"] else "NORMAL")
            )
            others = ", ".join(f"{count} {name}" for name, count in sorted(rest.items())) or "none"
            span = f"{min(row['ratio'] for row in planted):.4f} to {max(row['ratio'] for row in planted):.4f}"
            found = f"{share(right, len(planted))} | {share(normal, len(same))}"
            print(f"| {language} | {kind} | {found} | {others} | {span} |")
    loads = [row["load"] for row in rows if "load" in row]
    print(f"\nLoad average of the machine ({os.cpu_count()} cores) meanwhile: {min(loads):.1f} to {max(loads):.1f}.")
    for kind in ("counts", "time"):
        off = [abs(row["ratio"] - 1) for row in rows if row.get("kind") == kind and not row["planted"]]
        if off:
            print(f"\nUnchanged, {kind}: the ratio is off by at most {100 * max(off):.4f} % (n = {len(off)}).")
    dartpy = [row for row in rows if "dartpy" in row]
    if dartpy:
        counts, seconds = [row["count"] for row in dartpy], [row["seconds"] for row in dartpy]
        spread = 100 * (max(counts) - min(counts)) / min(counts)
        print(
            f"\n`chain_step_counts`, dartpy {dartpy[0]['dartpy']}, n = {len(dartpy)}: {min(counts):,.0f} instructions"
        )
        print(f"a step, largest difference {spread:.5f} %; {min(seconds)} to {max(seconds)} s a process.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, default=Path("planted_counts.jsonl"), help="what was judged already")
    parser.add_argument("--cases", type=int, default=0, help="programs a language")
    parser.add_argument("--first", type=int, default=0, help="number of the first program")
    parser.add_argument("--only", nargs="+", choices=[f"{a}-{b}" for a, b in KINDS], help="some of the four kinds")
    parser.add_argument("--busy", type=int, default=2, help="processes that do nothing but work beside")
    parser.add_argument("--dartpy", type=int, default=0, metavar="N", help="count dartpy N times")
    parser.add_argument("--report", action="store_true", help="print the tables of what is there")
    asked = parser.parse_args()
    if asked.cases:
        kinds = [pair for pair in KINDS if not asked.only or "-".join(pair) in asked.only]
        measure(asked.results, range(asked.first, asked.cases), kinds, asked.busy)
    if asked.dartpy:
        measure_dartpy(asked.results, asked.dartpy)
    if asked.report:
        report(read(asked.results))


if __name__ == "__main__":
    main()
