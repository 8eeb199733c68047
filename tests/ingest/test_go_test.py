"""Go's benchmark lines: what -count repeated, what a package scopes, and what only looks like a result."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dart_perf.errors import InvalidInput, UnknownUnit
from dart_perf.ingest import read
from dart_perf.model.measurement import Run

DATA = Path(__file__).with_name("data")


def one(text: str, form: str = "go-test") -> Run:
    (run,) = read(text, form)
    return run


def table(run: Run) -> dict[str, tuple[str, str, tuple[float, ...]]]:
    return {m.key: (m.metric.unit, m.metric.better, m.samples) for m in run.measurements}


def test_the_number_behind_the_last_hyphen_is_gomaxprocs() -> None:
    run = one("BenchmarkA-8 10 5 ns/op\nBenchmarkA 10 6 ns/op\nBenchmarkA-16 10 7 ns/op\nBenchmarkB/x-y 10 8 ns/op\n")
    assert {(m.benchmark.name, m.benchmark.params.get("gomaxprocs")): m.samples for m in run.measurements} == {
        ("BenchmarkA", "8"): (5 * 1e-9,),
        ("BenchmarkA", None): (6 * 1e-9,),
        ("BenchmarkA", "16"): (7 * 1e-9,),
        ("BenchmarkB/x-y", None): (8 * 1e-9,),
    }


def test_lines_that_repeat_a_name_are_its_repetitions() -> None:
    (run,) = read(DATA / "go_test_count.txt")
    found = {m.key: m for m in run.measurements}
    measurement = found["example.com/sums/BenchmarkSum{gomaxprocs=2} wall_time"]
    assert measurement.samples == pytest.approx((415e-9, 390.4e-9, 426.8e-9))
    assert measurement.processes == (0, 0, 0)
    assert any(text.startswith("results that repeat a name in one package") for text in run.warnings)


def test_two_packages_may_use_one_name() -> None:
    (run,) = read(DATA / "go_test_packages.txt")
    times = {
        m.benchmark.suite: m.samples for m in run.measurements if m.key.endswith("Msgitem{gomaxprocs=4} wall_time")
    }
    assert times == {
        "github.com/gofiber/fiber/v3/middleware/cache": (55.76 * 1e-9,),
        "github.com/gofiber/fiber/v3/middleware/csrf": (0.3733 * 1e-9,),
    }
    assert run.warnings == ()


def test_benchmarks_that_share_a_name_in_one_package_look_like_repetitions_and_that_is_said() -> None:
    run = one("pkg: p\nBenchmarkA 10 5 ns/op\nBenchmarkB 10 7 ns/op\nBenchmarkA 10 900 ns/op\nPASS\nok  \tp\t1s\n")
    assert table(run)["p/BenchmarkA wall_time"][2] == pytest.approx((5e-9, 900e-9))
    assert run.warnings[-1] == (
        "p: BenchmarkA stands there more often than others (2 against 1): where two benchmarks share that name, "
        "rename one"
    )


def test_names_keep_what_separates_sub_benchmarks() -> None:
    (run,) = read(DATA / "go_test.txt")
    names = [m.benchmark.name for m in run.measurements]
    assert "BenchmarkFib/my/tabled/benchmark_-_20,var1=13,var2=14" in names
    assert "BenchmarkFib/my_tabled_benchmark_-_20" in names
    assert len({m.key for m in run.measurements}) == 8


def test_every_unit_of_a_line_is_a_metric_with_its_direction() -> None:
    run = one("BenchmarkA-8 10 100 ns/op 2.5 MB/s 16 B/op 3 allocs/op\n")
    assert table(run) == {
        "BenchmarkA{gomaxprocs=8} wall_time": ("s", "lower", (100 * 1e-9,)),
        "BenchmarkA{gomaxprocs=8} bytes_per_second": ("B/s", "higher", (2.5e6,)),
        "BenchmarkA{gomaxprocs=8} allocated_bytes": ("B", "lower", (16.0,)),
        "BenchmarkA{gomaxprocs=8} allocations": ("1", "lower", (3.0,)),
    }
    assert run.measurements[3].metric.assumption == "exact"


def test_a_unit_of_ones_own_has_no_direction_until_a_line_says_it() -> None:
    line = "BenchmarkA 10 100 ns/op 7 widgets 3 p99-ns\n"
    run = one(line * 3)
    assert list(table(run)) == ["BenchmarkA wall_time"]
    assert [(item.what, item.reason) for item in run.left_out] == [
        (
            f"BenchmarkA {unit}, 3 x",
            f"it does not say whether lower or higher is better: add a line `Unit {unit} better=lower`, or higher",
        )
        for unit in ("widgets", "p99-ns")
    ]
    said = one("Unit widgets assume=exact better=higher\nUnit p99-ns better=lower\n" + line)
    assert table(said) == {
        "BenchmarkA wall_time": ("s", "lower", (100 * 1e-9,)),
        "BenchmarkA widgets": ("1", "higher", (7.0,)),
        "BenchmarkA p99-ns": ("1", "lower", (3.0,)),
    }


def test_a_unit_line_may_not_contradict_a_known_unit() -> None:
    with pytest.raises(UnknownUnit, match="is better lower, but the source says"):
        one("Unit ns/op better=higher\nBenchmarkA 10 5 ns/op\n")


def test_what_failed_or_was_skipped_or_printed_in_between_is_left_out_with_its_line() -> None:
    (run,) = read(DATA / "go_test_count.txt")
    reasons = {item.what: item.reason for item in run.left_out}
    assert reasons["line 42 BenchmarkPrints-2"].startswith("its line holds no result: did the program print in between")
    assert reasons["line 59 BenchmarkFails"] == "it failed"
    assert reasons["line 63 example.com/sums"] == "its test program failed"
    assert run.warnings[-1] == "left out as no measurement: 3 broken, 2 failed, 2 unit"


def test_events_of_json_are_joined_by_package_because_they_hold_half_lines() -> None:
    (run,) = read(DATA / "go_test_events.txt")
    assert len(run.measurements) == 14
    assert table(run)["example.com/sums/BenchmarkPrints{gomaxprocs=2} wall_time"][2] == (5.147 * 1e-9,)
    assert {item.what: item.reason for item in run.left_out}["example.com/sums line 19 BenchmarkSkipped"] == (
        "it was skipped"
    )


@pytest.mark.parametrize("end", ["", "\n"])
def test_a_document_on_one_line_that_speaks_of_actions_is_no_list_of_events(end: str) -> None:
    row = {"command": "a", "mean": 1.0, "times": [1.0], "exit_codes": [0], "parameters": {"Action": "run"}}
    (run,) = read(json.dumps({"results": [row]}) + end)
    assert run.producer == "hyperfine"


def test_events_say_when_they_were_measured() -> None:
    (run,) = read(DATA / "go_test_events.txt")
    assert run.when == datetime(2026, 11, 22, 13, 35, 30, 823740, tzinfo=UTC)


def test_packages_of_json_may_take_turns() -> None:
    events = [("a", "pkg: a\nBenchmarkX \t"), ("b", "pkg: b\nBenchmarkX 1 9 ns/op\n"), ("a", " 10\t 5 ns/op\n")]
    text = "\n".join(json.dumps({"Action": "output", "Package": p, "Output": o}) for p, o in events)
    assert {m.key: m.samples for m in one(text, "auto").measurements} == {
        "a/BenchmarkX wall_time": (5 * 1e-9,),
        "b/BenchmarkX wall_time": (9 * 1e-9,),
    }


def test_the_head_becomes_the_environment_and_nothing_more() -> None:
    (run,) = read(DATA / "go_test_packages.txt")
    place = run.environment
    assert (place.os, place.architecture, place.cpu_model) == ("linux", "amd64", "AMD EPYC 7763 64-Core Processor")
    assert (place.cores, place.interpreter, run.when, run.commit, run.version) == (None, None, None, None, None)
    assert run.producer == "go test"


def test_runs_of_several_programs_are_several_processes() -> None:
    once = "goos: linux\npkg: p\nBenchmarkA 10 5 ns/op\nBenchmarkA 10 6 ns/op\nPASS\nok  \tp\t1s\n"
    assert one(once * 2).measurements[0].processes == (0, 0, 1, 1)


def test_results_of_two_machines_or_commits_are_two_runs() -> None:
    text = (
        "commit: abc\ncpu: A\nBenchmarkA 10 5 ns/op\ncommit: def\nBenchmarkA 10 6 ns/op\ncpu: B\nBenchmarkA 1 7 ns/op\n"
    )
    found = [(run.commit, run.environment.cpu_model, run.measurements[0].samples) for run in read(text)]
    assert found == [("abc", "A", (5 * 1e-9,)), ("def", "A", (6 * 1e-9,)), ("def", "B", (7 * 1e-9,))]
    (run,) = read("commit: a b\nBenchmarkA 10 5 ns/op\n")
    assert (run.commit, run.warnings) == (None, ("commit 'a b' is none: which commit was measured is open",))


def test_a_text_that_ends_inside_a_line_gives_no_unit_without_its_end() -> None:
    whole = "BenchmarkA 10 5 ns/op 16 B/op\n"
    run = one(whole[:-4])  # 16 B
    assert table(run) == {"BenchmarkA wall_time": ("s", "lower", (5 * 1e-9,))}
    assert [(item.what, item.reason) for item in run.left_out] == [
        ("line 1 BenchmarkA B", "the text ends inside this line")
    ]
    assert table(one(whole.rstrip())) == table(one(whole))


@pytest.mark.parametrize("value", ["NaN", "+Inf", "0"])
def test_a_time_that_is_none_is_left_out(value: str) -> None:
    run = one(f"BenchmarkA 10 {value} ns/op 3 B/op\n")
    assert [m.metric.name for m in run.measurements] == ["allocated_bytes"]
    assert len(run.left_out) == 1


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("BenchmarkA\nPASS\n", "the text: no measurement: nothing in it. Run `go test -bench .`"),
        ("--- FAIL: BenchmarkA\nFAIL\tp\t0.1s\n", "no measurement: left out as no measurement: 2 failed"),
        ("BenchmarkA 10 5 ns/op 6 ns/op\n", "no measurement: left out as no measurement: 1 broken"),
        ("BenchmarkA 10 5_0 ns/op\n", "no measurement: left out as no measurement: 1 broken"),
        ('{"Action":"output","Package":"p"}\n{"Action":\n', "line 2 of the events: line 1, column"),
        ('{"Action":"output","Package":"p","Output":3}\n', "line 1: found .* allowed is an event of `go test -json`"),
    ],
)
def test_a_text_without_a_result_is_an_error(text: str, problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem):
        read(text, "go-test")
