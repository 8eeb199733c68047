"""data.js: one value a commit, whose direction the unit or the tool's name says."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dart_perf.errors import InvalidInput
from dart_perf.ingest import read
from dart_perf.ingest.native import write
from dart_perf.model.measurement import Run

DATA = Path(__file__).with_name("data")


def bench(name: str = "fib", value: Any = 2.0, unit: Any = "ns/iter", **more: Any) -> dict[str, Any]:
    return {"name": name, "value": value, "unit": unit} | more


def entry(*benches: Any, tool: Any = "cargo", commit: str = "abc", date: Any = 1783133357768) -> dict[str, Any]:
    return {"commit": {"id": commit}, "date": date, "tool": tool, "benches": list(benches)}


def history(**suites: Any) -> str:
    found = {"lastUpdate": 1, "repoUrl": "https://example.com", "entries": suites}
    return f"window.BENCHMARK_DATA = {json.dumps(found)};\n"


def one(*benches: Any, tool: str = "cargo") -> Run:
    (run,) = read(history(S=[entry(*benches, tool=tool)]))
    return run


def metrics(run: Run) -> dict[str, tuple[str, str, float]]:
    return {m.metric.name: (m.metric.unit, m.metric.better, m.samples[0]) for m in run.measurements}


def test_every_commit_of_a_dashboard_is_a_run_in_the_order_of_the_file() -> None:
    runs = read(DATA / "dart_dashboard.js")
    assert [run.commit[:7] for run in runs if run.commit] == ["b1a127e", "a107867", "a4404d3"]
    assert runs[0].when == datetime(2026, 7, 4, 2, 49, 17, 768000, tzinfo=UTC)
    assert {run.producer for run in runs} == {"github-action-benchmark googlecpp"}
    found = {m.key: m.samples for m in runs[2].measurements}
    assert found["DART 6 Performance/Stacked boxes world step - 2 grid side wall_time"] == (41.795616756758136 * 1e-3,)
    assert found["DART 6 Performance/Dense mass-matrix inverse dynamics - 40 links wall_time"] == (
        68.20701092601934 * 1e-6,
    )
    assert len(found) == 10


def test_cpu_time_hides_in_the_extra_text_of_google_benchmark() -> None:
    run = one(bench(extra="iterations: 3\ncpu: 1.5 ms\nthreads: 1"), tool="googlecpp")
    assert metrics(run)["cpu_time"] == ("s", "lower", 1.5 * 1e-3)
    assert list(metrics(one(bench(extra="cpu: 1.5 ms")))) == ["wall_time"]  # another tool's text
    for text in ("cpu: much ms", "cpu: 1 parsec", "cpu: 3 MB", "cpu: "):
        run = one(bench(extra=text), tool="googlecpp")
        assert list(metrics(run)) == ["wall_time"]
        assert run.left_out[0].reason.endswith("says no CPU time")


def test_a_name_whose_unit_changes_across_commits_stays_one_series_in_base_units() -> None:
    runs = read(history(S=[entry(bench(value=2000, unit="ns/iter")), entry(bench(value=2, unit="us/iter"))]))
    assert [m.samples for run in runs for m in run.measurements] == [pytest.approx((2e-6,)), pytest.approx((2e-6,))]
    assert len({m.key for run in runs for m in run.measurements}) == 1


def test_a_name_whose_unit_becomes_another_quantity_is_another_series() -> None:
    runs = read(history(S=[entry(bench(unit="ns/iter")), entry(bench(unit="MB/s")), entry(bench(unit="ops/sec"))]))
    keys = [m.key for run in runs for m in run.measurements]
    assert keys == ["S/fib wall_time", "S/fib bytes_per_second", "S/fib throughput"]


@pytest.mark.parametrize(
    ("tool", "unit", "expected"),
    [
        ("cargo", "ns/iter", {"wall_time": ("s", "lower", 2 * 1e-9)}),
        ("go", "MB/s", {"bytes_per_second": ("B/s", "higher", 2e6)}),  # the action itself says lower
        ("go", "B/op", {"allocated_bytes": ("B", "lower", 2.0)}),
        ("jmh", "ops/ms", {"throughput": ("1/s", "higher", 2e3)}),
        ("pytest", "iter/sec", {"throughput": ("1/s", "higher", 2.0)}),
        ("benchmarkjs", "ops/sec", {"throughput": ("1/s", "higher", 2.0)}),
        ("customSmallerIsBetter", "ms", {"time": ("s", "lower", 2 * 1e-3)}),
        ("customSmallerIsBetter", "%", {"value [%]": ("1", "lower", 0.02)}),
        ("customSmallerIsBetter", "Percent", {"value [Percent]": ("1", "lower", 2.0)}),
        ("customBiggerIsBetter", "Megabytes", {"value [Megabytes]": ("1", "higher", 2.0)}),
        ("customBiggerIsBetter", "", {"value": ("1", "higher", 2.0)}),
        ("customBiggerIsBetter", "req/s", {"rate": ("1/s", "higher", 2.0)}),
        ("customBiggerIsBetter", "MB", {"value [MB (higher is better)]": ("1", "higher", 2.0)}),  # free memory
    ],
)
def test_the_unit_says_what_is_better_and_else_the_tool(tool: str, unit: str, expected: dict[str, Any]) -> None:
    assert metrics(one(bench(unit=unit), tool=tool)) == expected


def test_a_unit_that_neither_tells_is_left_out() -> None:
    run = one(bench(), bench("aux", unit="auxMetricUnits"), tool="go")
    assert list(metrics(run)) == ["wall_time"]
    assert run.left_out[0].reason == (
        "unit 'auxMetricUnits' is not known, and it does not say whether lower or higher is better"
    )


@pytest.mark.parametrize("spread", ["± 20", "5%", 0.5, None, ["?"]])
def test_the_range_is_free_text_and_no_measurement(spread: Any) -> None:
    run = one(bench(range=spread))
    assert len(run.measurements) == 1
    assert run.warnings == (
        "each value is one number that the tool computed: nothing is known of its spread",
        "the file does not say on which machine: values of one benchmark may come from different ones",
    )


def test_a_name_that_stands_twice_in_one_entry_is_nobodys() -> None:
    run = one(bench(), bench("other"), bench(value=9))
    assert [m.key for m in run.measurements] == ["S/other wall_time"]
    assert "whose they are nobody knows" in run.left_out[0].reason


def test_spreads_and_fits_of_google_benchmark_are_no_times() -> None:
    names = ["BM_X_mean", "BM_X_median", "BM_X_stddev", "BM_X_cv", "BM_X_BigO", "BM_X_RMS"]
    run = one(*(bench(name) for name in names), tool="googlecpp")
    assert [m.benchmark.name for m in run.measurements] == ["BM_X_mean", "BM_X_median"]
    assert len(run.left_out) == 4


def test_an_entry_without_a_measurement_is_named_and_the_others_are_read() -> None:
    runs = read(history(S=[entry(commit="a1"), entry(bench(value=None), commit="a2"), entry(bench(), commit="a3")]))
    assert [run.commit for run in runs] == ["a3"]
    assert [(item.what, item.reason) for item in runs[0].left_out] == [
        ("entries['S'][0] a1", "no measurement: nothing in it"),
        ("entries['S'][1] a2", "no measurement: left out as no measurement: 1 value"),
    ]
    assert runs[0].warnings[-1].startswith("2 entries of the file hold no measurement")
    assert read(write(runs)) == runs


def test_entries_without_a_measurement_are_all_counted_where_only_the_first_are_named() -> None:
    first, *others = read(history(S=[*(entry(commit=f"a{i}") for i in range(210)), entry(bench())]))
    assert (len(first.left_out), first.left_out_count, others) == (200, 210, [])


def test_what_is_no_commit_stays_open_and_is_said() -> None:
    (run,) = read(DATA / "github_action_benchmark.js")
    assert run.commit is None
    assert "commit 'prev commit id' is none: which commit was measured is open" in run.warnings


@pytest.mark.parametrize("date", ["yesterday", True, None, 1e300, 10**400, float("nan"), [1]])
def test_what_is_no_date_stays_open_and_is_said(date: Any) -> None:
    (run,) = read(history(S=[entry(bench(), date=date)]))
    assert run.when is None
    assert any("is no date: when it was measured is open" in text for text in run.warnings)


def test_suites_keep_their_names_apart() -> None:
    runs = read(history(A=[entry(bench())], B=[entry(bench())]))
    assert [m.key for run in runs for m in run.measurements] == ["A/fib wall_time", "B/fib wall_time"]


def test_the_same_as_plain_json_is_read() -> None:
    text = history(S=[entry(bench())])
    assert read(text.removeprefix("window.BENCHMARK_DATA = ").rstrip(";\n")) == read(text)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("window.BENCHMARK_DATA = {", "line 1, column 26: not JSON"),
        ("window.BENCHMARK_DATA\n=\n\n {x", "line 4, column 3: not JSON"),
        ("window.OTHER = {}", "no `window.BENCHMARK_DATA"),
        ("window.BENCHMARK_DATA = 3", "found 3, allowed is an object with `entries`"),
        (history(), "entries: no measurement: nothing in it"),
        (history(S=3), r"entries\['S'\]: found 3, allowed is a list"),
        (history(S=[3]), r"entries\['S'\]\[0\]: found 3, allowed is an object"),
        (history(S=[entry(tool=3)]), r"\[0\]\.tool: found 3, allowed is a text"),
        (history(S=[entry(bench(unit=3))]), r"benches\[0\]\.unit: found 3, allowed is a text"),
        (history(S=[entry(bench(name=""))]), r"benches\[0\]: found '', allowed is the benchmark's name"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(text: str, problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem):
        read(text, "github-action-benchmark")
