"""Results files of any size in the shape of the real samples of tests/ingest/data: rows, lines and commits repeated."""

import copy
import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from dart_perf.ingest import read
from dart_perf.ingest.native import write
from dart_perf.model.baseline import BASELINE_FORMAT, SCHEMA, Baseline
from dart_perf.model.record import digest

DATA = Path(__file__).parents[1] / "tests" / "ingest" / "data"
SERIES = 100
"""Benchmarks of a commit in formats that hold a history."""
Files = dict[str, str]
"""Text by path."""


def _renamed(row: Any, keys: Iterable[str], number: int) -> Any:
    """Return a row whose names end in a number."""
    return copy.deepcopy(row) | {key: f"{row[key]} {number}" for key in keys if key in row}


def _json(sample: str, rows: str, *keys: str) -> Callable[[int], Files]:
    """Return a recipe that repeats the list `rows` of a JSON sample (the sample itself where it is empty)."""

    def make(copies: int) -> Files:
        plain = json.loads((DATA / sample).read_text())
        once = plain[rows] if rows else plain
        many = [_renamed(row, keys, number) for number in range(copies) for row in once]
        return {f"large_{Path(sample).name}": json.dumps(plain | {rows: many} if rows else many)}

    return make


def _text(sample: str, pattern: str) -> Callable[[int], Files]:
    """Return a recipe that repeats the lines or elements that match; each match's first group is the name."""
    expression = re.compile(pattern, re.MULTILINE | re.DOTALL)

    def make(copies: int) -> Files:
        text = (DATA / sample).read_text()
        found = _neighbours(list(expression.finditer(text)))
        parts = []
        for number in range(copies):
            for match in found:
                end = match.end(1) - match.start()
                parts.append(f"{match[0][:end]}_{number}{match[0][end:]}")
        return {f"large_{sample}": text[: found[0].start()] + "".join(parts) + text[found[-1].end() :]}

    return make


def _neighbours(found: list[re.Match[str]]) -> list[re.Match[str]]:
    """Return the first matches between which nothing stands: what does would not be repeated with them."""
    count = next((i for i in range(1, len(found)) if found[i].start() != found[i - 1].end()), len(found))
    return found[:count]


def _pyperf(copies: int) -> Files:
    plain = json.loads((DATA / "pyperf.json").read_text())
    many = [plain["benchmarks"][0] | {"metadata": {"name": f"sort {number}"}} for number in range(copies)]
    return {"large_pyperf.json": json.dumps(plain | {"benchmarks": many})}


def _history(copies: int) -> Files:
    head, _, body = (DATA / "github_action_benchmark.js").read_text().partition("=")
    plain = json.loads(body)
    (name, (entry, *_)), *_ = plain["entries"].items()
    bench = entry["benches"][0]
    many = []
    for number in range(copies):
        again = copy.deepcopy(entry)
        again["commit"]["id"] = f"{number:040x}"
        again["benches"] = [bench | {"name": f"bench {i}", "value": bench["value"] + number + i} for i in range(SERIES)]
        many.append(again)
    return {"large_data.js": f"{head}= {json.dumps(plain | {'entries': {name: many}})}"}


def _asv(copies: int) -> Files:
    """Return one file of results a commit, as asv writes them, with what it writes beside."""
    folder = DATA / "asv" / "results"
    files = {"benchmarks.json": (folder / "benchmarks.json").read_text()}
    files["vm/machine.json"] = (folder / "vm" / "machine.json").read_text()
    once = (folder / "vm" / "decaa376.json").read_text()
    (commit,) = re.findall(r'"commit_hash": "([0-9a-f]+)"', once)
    for number in range(copies):
        files[f"vm/{number:08x}.json"] = once.replace(commit, f"{number:040x}")
    return files


def _criterion(copies: int) -> Files:
    """Return a folder a benchmark, as Criterion writes them: 100 samples each."""
    sample = {"sampling_mode": "Flat", "iters": [10.0] * 100, "times": [100.0 + i for i in range(100)]}
    files = {}
    for number in range(copies):
        place = f"group/function/{number}/new"
        about = {"group_id": "group", "function_id": "function", "value_str": str(number)}
        files[f"{place}/benchmark.json"] = json.dumps(about | {"full_id": f"group/function/{number}"})
        files[f"{place}/sample.json"] = json.dumps(sample)
        files[f"{place}/estimates.json"] = "{}"
    return files


def _sealed(copies: int) -> Files:
    (text,) = _native(copies).values()
    (run,) = read(text)
    content = Baseline.model_validate(
        {
            "scenario": "large", "platform": "any", "version": "1", "created": "2026-01-01T00:00:00Z",
            "created_by": "benchmark", "reason": "size", "runs": [run.model_dump(mode="json")],
        }
    ).model_dump(mode="json")  # fmt: skip
    sealed = {"content": content, "digest": digest(content), "format": BASELINE_FORMAT, "schema_number": SCHEMA}
    return {"large_baseline.json": json.dumps(sealed)}


def _native(copies: int) -> Files:
    (run,) = read(DATA / "native.json")
    many = [
        m.model_copy(update={"benchmark": m.benchmark.model_copy(update={"name": f"{m.benchmark.name} {number}"})})
        for number in range(copies)
        for m in run.measurements
    ]
    return {"large_native.json": write([run.model_copy(update={"measurements": tuple(many)})])}


LARGE: dict[str, Callable[[int], Files]] = {
    "asv": _asv,
    "benchmarkdotnet": _json("benchmarkdotnet.json", "Benchmarks", "FullName", "Method", "MethodTitle", "DisplayInfo"),
    "cargo-bench": _text("cargo_bench.txt", r"^test (\w+) +\.\.\. bench:[^\n]*\n"),
    "catch2": _text("catch2_3.xml", r'<BenchmarkResults name="([^"]*)".*?</BenchmarkResults>\s*'),
    "criterion": _criterion,
    "customBiggerIsBetter": _json("custom_bigger.json", "", "name"),
    "customSmallerIsBetter": _json("custom_smaller.json", "", "name"),
    "dart-perf": _native,
    "dart-perf-baseline": _sealed,
    "dart-perf-record": _json("dart_perf_record.json", "results", "row"),
    "github-action-benchmark": _history,
    "go-test": _text("go_test.txt", r"^Benchmark(Fib\d*)[^\n]*\n"),
    "google-benchmark": _json("gbench_old.json", "benchmarks", "name", "run_name"),
    "hyperfine": _json("hyperfine_parameters.json", "results", "command"),
    "jmh": _json("jmh.json", "", "benchmark"),
    "junit": _text("junit_pytest.xml", r'<testcase classname="\w+" name="(test_sleep)[^>]*/>'),
    "nanobench": _json("nanobench.json", "results", "name"),
    "pyperf": _pyperf,
    "pytest-benchmark": _json("pytest_benchmark.json", "benchmarks", "name", "fullname"),
}
"""By format: the files of so many copies of its sample."""
