"""What valgrind's logs say, and the slope that becomes of two totals."""

import json
import os
import signal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dart_perf.collect import probe
from dart_perf.measure import counter
from dart_perf.measure.counter import Asked, Plan, Refused, check_slope, explain, read_totals, say_linearity, slope

CALLGRIND = """==7== Callgrind, a call-graph generating cache profiler
==7== Command: ./toy 100
==7== brk segment overflow in thread #1: can't grow to 0x485b000
==8== Events    : Ir
==8== Collected : 5
==7==
==7== Events    : Ir
==7== Collected : 656176037
==7==
==7== I   refs:      656,176,037
"""
MEMCHECK = """==7== Memcheck, a memory error detector
==7== HEAP SUMMARY:
==7==     in use at exit: 393,984 bytes in 3 blocks
==7==   total heap usage: 1,023 allocs, 1,020 frees, 1,240,256 bytes allocated
==7==
==7== ERROR SUMMARY: 0 errors from 0 contexts (suppressed: 0 from 0)
"""
NOT_KNOWN = """==7== Callgrind, a call-graph generating cache profiler
vex amd64->IR: unhandled instruction bytes: 0x62 0xF1 0x7F 0x48 0x7F 0x0
==7== valgrind: Unrecognised instruction at address 0x109141.
==7== Process terminating with default action of signal 4 (SIGILL)
==7== Collected : 1719732
"""
ASKED = Asked("/usr/bin/valgrind", (100, 200), ("instructions",), "toy", "io", "none", ("/bin/toy", "-n={iterations}"))


@pytest.mark.parametrize(
    ("tool", "log", "pid", "totals"),
    [
        ("callgrind", CALLGRIND, 7, {"instructions": 656176037}),
        ("callgrind", CALLGRIND, 9, None),
        ("callgrind", CALLGRIND.replace("Collected", "collected"), 7, None),
        ("callgrind", "", 7, None),
        ("memcheck", MEMCHECK, 7, {"allocations": 1023, "allocated_bytes": 1240256}),
        (
            "memcheck",
            MEMCHECK.replace("1,023", "0").replace("1,240,256", "0"),
            7,
            {"allocations": 0, "allocated_bytes": 0},
        ),
        ("memcheck", MEMCHECK, 8, None),
        ("memcheck", CALLGRIND, 7, None),
    ],
)
def test_totals_are_those_of_the_process_itself_not_of_what_it_forked(
    tool: str, log: str, pid: int, totals: dict[str, int] | None
) -> None:
    assert read_totals(tool, log, pid) == totals


@pytest.mark.parametrize(
    ("status", "log", "said"),
    [
        (-signal.SIGILL, NOT_KNOWN, ["was ended by SIGILL", "most often AVX-512", "-march=x86-64-v3"]),
        (-signal.SIGSEGV, CALLGRIND, ["was ended by SIGSEGV", "it ran without valgrind", "--tool=callgrind by hand"]),
        (3, CALLGRIND, ["ended with exit status 3", "I   refs:      656,176,037"]),
        (0, "==7== Command: ./shim\n", ["saw no end of it", "name the program itself in argv", "Command: ./shim"]),
    ],
)
def test_a_run_that_counted_nothing_says_why_and_what_to_do(status: int, log: str, said: list[str]) -> None:
    message = explain("callgrind", status, log)
    assert all(part in message for part in said)


counts = st.tuples(st.integers(1, 10**6), st.integers(2, 10**6)).map(lambda pair: (pair[0], pair[0] + pair[1]))
totals = st.integers(0, 10**12)


@given(counts, totals, st.integers(0, 10**9))
def test_start_up_cancels_and_the_cost_of_an_iteration_is_found_exactly(
    ends: tuple[int, int], start: int, cost: int
) -> None:
    assert slope(start + cost * ends[0], start + cost * ends[1], ends) == cost


@given(counts, totals, totals)
def test_a_cost_is_never_negative_and_instructions_are_never_free(ends: tuple[int, int], base: int, top: int) -> None:
    allowed = {"instructions": top > base, "allocations": top >= base}
    for metric, fine in allowed.items():
        if fine:
            check_slope(metric, base, top, ends, "step")
        else:
            with pytest.raises(Refused, match="no cost that grows"):
                check_slope(metric, base, top, ends, "step")


@pytest.mark.parametrize(
    ("first", "second", "linear"),
    [(100.0, 100.0, True), (100.0, 101.0, True), (100.0, 102.0, False), (102.0, 100.0, False), (0.0, 0.0, True)],
)
def test_halves_that_cost_differently_are_said(first: float, second: float, *, linear: bool) -> None:
    said = say_linearity(first, second, (100, 150, 200))
    assert bool(said) is not linear
    assert all("from 100 to 150" in text and "from 150 to 200" in text for text in said)


@given(st.integers(1, 10**9), st.integers(1, 10**9), st.text(st.characters(codec="ascii"), max_size=40))
def test_every_number_of_iterations_gets_as_many_bytes_but_for_whole_pages(one: int, other: int, loop: str) -> None:
    sizes = set()
    for plan in (Plan(one), Plan(other), Plan(one, {loop: other})):
        text = plan.environment(ASKED)[counter.VARIABLE]
        assert json.loads(text) == {"iterations": plan.iterations, "more": dict(plan.more)}
        sizes.add((len(text) + sum(map(len, plan.argv(ASKED)))) % counter.PAGE)
    assert sizes == {0}


def test_the_placeholder_is_replaced_wherever_it_stands() -> None:
    assert Plan(7).argv(ASKED) == ["/bin/toy", "-n=7"]


def test_counter_and_probe_speak_of_the_same_variable_and_format() -> None:
    assert counter.VARIABLE == probe.COUNTS
    assert counter.SCHEMA == probe.SCHEMA


@pytest.mark.parametrize(
    "text", ["", "[]", '{"schema": "other"}', "x" * 500, "\ud800".encode("utf-8", "surrogatepass")]
)
def test_what_is_no_document_is_refused_with_its_beginning(text: str | bytes) -> None:
    stdout = text if isinstance(text, bytes) else text.encode()
    asked = Asked("v", (1, 3), ("instructions",), "", "", "dart-perf", ("x",))
    with pytest.raises(Refused, match="Set format = 'none'") as caught:
        counter.read_document(stdout, asked)
    assert len(str(caught.value)) < 400


def test_the_environment_of_a_run_is_that_of_the_counter(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    made = Plan(3).environment(ASKED)
    assert {name: value for name, value in made.items() if name != counter.VARIABLE} == dict(os.environ)
