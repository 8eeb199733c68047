"""What reading 500 rows of Google Benchmark's JSON costs, with the `dart_perf` of the commit that it runs in."""

import json
import time
from pathlib import Path

import dart_perf
from dart_perf.ingest import read

ROWS, BATCHES = 500, 5

here = Path(__file__).resolve().parent
if not Path(dart_perf.__file__ or "").is_relative_to(here.parents[1]):
    raise SystemExit(f"{dart_perf.__file__} is not that of {here.parents[1]}: the commit is not what is measured")
rows = [
    {
        "name": f"BM_step/{row}", "run_name": f"BM_step/{row}", "run_type": "iteration", "iterations": 1000,
        "real_time": 1000.0 + row, "cpu_time": 990.0 + row, "time_unit": "ns",
    }
    for row in range(ROWS)
]  # fmt: skip
context = {"date": "2026-02-03T04:05:06+01:00", "num_cpus": 8, "library_build_type": "release"}
text = json.dumps({"context": context, "benchmarks": rows})
samples = []
for _ in range(BATCHES):
    start = time.process_time()
    (run,) = read(text, "google-benchmark")
    samples.append(time.process_time() - start)
total = sum(sum(measurement.samples) for measurement in run.measurements)
measurement = {
    "benchmark": {"name": "read_results", "group": "io"},
    "metric": {"name": "cpu_time", "unit": "s"},
    "samples": samples,
}
guards = [
    {"name": "measurements", "value": len(run.measurements)},
    {"name": "total", "value": total, "tolerance": 1e-9},
]
print(
    json.dumps({"schema": "dart-perf/results/1", "producer": "past", "measurements": [measurement], "guards": guards})
)
