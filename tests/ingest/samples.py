"""A sample or more of every format, and how the rows of each are found: the laws run over all of them."""

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

DATA = Path(__file__).with_name("data")
Join = Callable[[Sequence[Any]], str]
"""Makes a whole text of rows."""
Split = Callable[[str], tuple[list[Any], Join]]
"""Takes a text apart into its rows, i.e. what must each be measured or left out by name."""


class Sample(NamedTuple):
    """A file of a format."""

    form: str
    file: str
    """Path below `data`."""
    split: Split | None = None
    """How its rows are found; None where it has no rows that could stand in another order or be missing."""
    lines: bool = False
    """Whether each line stands for itself, so that what remains of a file that was cut off can still be read."""

    beside: bool = False
    """Whether it is read together with what lies beside it, so that it must stand in its place."""
    asked: bool = False
    """Whether the caller has to name the format, because the file does not say all."""

    @property
    def path(self) -> Path:
        return DATA / self.file

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")


def within(*keys: str | int, head: str = "") -> Split:
    """Return how the rows of JSON are found: the list or object under `keys`; `head` stands before the JSON."""

    def split(text: str) -> tuple[list[Any], Join]:
        document = json.loads(text.removeprefix(head))
        rows = document
        for key in keys:
            rows = rows[key]
        items = [f"{json.dumps(k)}: {json.dumps(v)}" for k, v in rows.items()] if isinstance(rows, dict) else []
        marks = "{}" if isinstance(rows, dict) else "[]"
        whole = json.dumps(_replaced(document, keys, "@rows@"))

        def join(found: Sequence[Any]) -> str:
            return head + whole.replace('"@rows@"', marks[0] + ", ".join(found) + marks[1])

        return items or [json.dumps(row) for row in rows], join

    return split


def matching(pattern: str) -> Split:
    """Return how rows that match `pattern` are found in a text; what stands between two of them is dropped."""

    def split(text: str) -> tuple[list[Any], Join]:
        rows = list(re.finditer(pattern, text, re.DOTALL | re.MULTILINE))
        head, tail = text[: rows[0].start()], text[rows[-1].end() :]
        return [row[0] for row in rows], lambda found: head + "".join(found) + tail

    return split


def _replaced(value: Any, path: Sequence[Any], new: Any) -> Any:
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = _replaced(copy[path[0]], path[1:], new)
    return copy


_CASE = r"<testcase [^>]*?(?:/>|>.*?</testcase>)\s*"

_BENCHMARKED = r"<TestCase (?:(?!</TestCase>).)*<BenchmarkResults .*?</TestCase>\s*"
"""A test case that measures something."""
_JAVASCRIPT = "window.BENCHMARK_DATA = "

SAMPLES = (
    Sample("dart-perf", "native.json", within("measurements")),
    Sample("dart-perf-baseline", "sealed.json"),
    Sample("google-benchmark", "gbench_traps.json", within("benchmarks")),
    Sample("google-benchmark", "gbench_old.json", within("benchmarks")),
    Sample("google-benchmark", "gbench_aggregates_only.json"),
    Sample("asv", "asv/results/vm/decaa376.json", within("results"), beside=True),
    Sample("asv", "asv/results/vm/decaa376-no-samples.json", within("results"), beside=True),
    Sample("benchmarkdotnet", "benchmarkdotnet.json", within("Benchmarks")),
    Sample("benchmarkdotnet", "benchmarkdotnet_full.json", within("Benchmarks")),
    Sample("cargo-bench", "cargo_bench.txt", lines=True),
    Sample("cargo-bench", "criterion_bencher.txt", matching(r"^test .*?\n"), lines=True),
    Sample("catch2", "catch2_2.xml", matching(_BENCHMARKED)),
    Sample("catch2", "catch2_3.xml", matching(_BENCHMARKED)),
    Sample("criterion", "criterion/sums/fold/10/new/sample.json", beside=True),
    Sample("criterion", "criterion/sums/fold/10/base/sample.json", beside=True),
    Sample("criterion", "criterion/sums/flat/new/sample.json", beside=True),
    Sample("customBiggerIsBetter", "custom_bigger.json", within(), asked=True),
    Sample("customSmallerIsBetter", "custom_smaller.json", within(), asked=True),
    Sample("dart-perf-record", "dart_perf_record.json", within("results")),
    Sample("github-action-benchmark", "github_action_benchmark.js"),
    Sample(
        "github-action-benchmark",
        "dart_dashboard.js",
        within("entries", "DART 6 Performance", 0, "benches", head=_JAVASCRIPT),
    ),
    Sample("go-test", "go_test.txt", matching(r"^Benchmark.*?\n"), lines=True),
    Sample("go-test", "go_test_count.txt", lines=True),
    Sample("go-test", "go_test_events.txt", lines=True),
    Sample("go-test", "go_test_packages.txt", lines=True),
    Sample("hyperfine", "hyperfine.json", within("results")),
    Sample("hyperfine", "hyperfine_parameters.json", within("results")),
    Sample("jmh", "jmh.json", within()),
    Sample("jmh", "jmh_modes.json", within()),
    Sample("junit", "junit_pytest.xml", matching(_CASE)),
    Sample("junit", "junit_catch2.xml", matching(_CASE)),
    Sample("nanobench", "nanobench.json", within("results")),
    Sample("nanobench", "nanobench.json", within("results", 0, "measurements")),
    Sample("pyperf", "pyperf.json", within("benchmarks", 0, "runs")),
    Sample("pyperf", "pyperf_memory.json", within("benchmarks", 0, "runs")),
    Sample("pytest-benchmark", "pytest_benchmark.json", within("benchmarks")),
    Sample("pytest-benchmark", "pytest_benchmark.json", within("benchmarks", 1, "stats", "data")),
    Sample("pytest-benchmark", "pytest_benchmark_stats_only.json"),
)
"""A format joins the laws by a row here."""

COMPANIONS = {
    "README.md",
    "asv/results/benchmarks.json",
    "asv/results/vm/machine.json",
    "criterion/sums/fold/10/base/benchmark.json",
    "criterion/sums/fold/10/change/estimates.json",
    "criterion/sums/fold/10/new/benchmark.json",
    "criterion/sums/fold/10/new/estimates.json",
    "criterion/sums/flat/new/benchmark.json",
    "criterion/sums/flat/new/estimates.json",
}
"""What lies beside the samples and is none."""
