"""Rust's bencher lines: whole lines are values, and what was cut off or announced and missing is said."""

from pathlib import Path

import pytest

from dart_perf.errors import InvalidInput
from dart_perf.ingest import read
from dart_perf.model.measurement import Run

DATA = Path(__file__).with_name("data")
GOOD = "test good ... bench:         135 ns/iter (+/- 24)\n"


def one(text: str) -> Run:
    (run,) = read(text, "cargo-bench")
    return run


def test_the_output_of_cargo_is_read_with_the_program_of_each_benchmark() -> None:
    (run,) = read(DATA / "cargo_bench.txt")
    assert {m.key: m.samples[0] for m in run.measurements} == {
        "src/lib.rs/sum_1000 wall_time": pytest.approx(676.05e-9),
        "benches/copy.rs/copy_4096 wall_time": pytest.approx(90.05e-9),
    }
    assert [(i.what, i.reason) for i in run.left_out] == [
        ("line 6 test adds ... ignored", "it was ignored"),
        ("line 7 test slow     ... ignored", "it was ignored"),
        ("line 15 test broken    ... FAILED", "it failed"),
        ("line 16 benches/copy.rs/copy_4096 throughput", "computed from the time"),
    ]


def test_the_output_of_criterion_is_read_with_names_that_hold_blanks() -> None:
    (run,) = read(DATA / "criterion_bencher.txt")
    assert [m.benchmark.name for m in run.measurements] == [
        "Create Realm", "Symbols (Execution)", "For loop (Execution)", "Fibonacci (Execution)",
    ]  # fmt: skip
    assert run.left_out == ()


def test_one_value_is_a_summary_and_the_reader_is_told() -> None:
    assert "one value a benchmark: libtest and Criterion print a median" in one(GOOD).warnings[0]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1,672,496 ns/iter (+/- 10,166)", 1672496e-9),
        ("18,149.25 ns/iter (+/- 7.5)", 18149.25e-9),
        ("3 us/iter (+/- 0)", 3e-6),
        ("3 ms/iter (+/- 0) = 12 MB/s", 3e-3),
    ],
)
def test_numbers_are_read_with_their_unit(text: str, seconds: float) -> None:
    assert one(f"test x ... bench:   {text}\r\n").measurements[0].samples[0] == pytest.approx(seconds)


def test_colours_of_a_terminal_are_no_part_of_a_line() -> None:
    assert len(one(GOOD.replace("bench:", "\x1b[36mbench:\x1b[0m")).measurements) == 1


@pytest.mark.parametrize(
    "line",
    [
        "test x ... bench: 1 ns/it",
        "test x ... bench: 18,1",
        "test x ...",
        "test x",
        "test x ... bench: 1 B/iter (+/- 0)",
    ],
)
def test_a_line_that_was_cut_off_is_left_out(line: str) -> None:
    run = one(GOOD + line)
    assert run.left_out[0].what == f"line 2 {line}"
    assert "is no whole bencher line" in run.left_out[0].reason


def test_what_was_announced_and_is_missing_is_said() -> None:
    run = one(f"running 2 tests\n{GOOD}")
    assert [(i.what, i.reason) for i in run.left_out] == [
        ("line 1", "running 2 tests, but 1 stand there: was it cut off?")
    ]
    whole = "running 2 tests\ntest slow has been running for over 60 seconds\ntest a ... ok\n" + GOOD
    assert [i.reason for i in one(whole).left_out] == ["a test, no benchmark"]


def test_benchmarks_that_share_a_name_are_left_out() -> None:
    other = GOOD.replace("good", "other")
    run = one(GOOD + other + other)
    assert [m.benchmark.name for m in run.measurements] == ["good"]
    programs = f"     Running benches/a.rs (x)\n{GOOD}     Running benches/b.rs (x)\n{GOOD}"
    assert [m.benchmark.suite for m in one(programs).measurements] == ["benches/a.rs", "benches/b.rs"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("nothing here", "no measurement: nothing in it"),
        ("test x ... bench: 0 ns/iter (+/- 0)", "no measurement: .*1 value"),
        ("test a ... ok\ntest result: ok", "no measurement: .*1 line"),
        ("test  ... bench: 1 ns/iter (+/- 0)", r"line 1: found '', allowed is the benchmark's name"),
    ],
)
def test_what_holds_no_value_is_refused(text: str, problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem):
        read(text, "cargo-bench")
