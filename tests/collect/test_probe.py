"""What a benchmark program prints, and that nothing else gets into it."""

import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dart_perf.collect.probe import COUNTS, Loop, Probe, batch_size

PROGRAM = """
import os
from dart_perf.collect.probe import Loop, Probe
with Probe("suite", group="io", version="1.2") as probe:
    os.write(1, b"a native library says something\\n")
    print("so does Python")
    probe.run([Loop("work", lambda: None, 5)], warm_up=1, batches=2)
    probe.guard("answer", 42, tolerance=1e-9)
    {last}
"""


def run(last: str = "pass") -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-c", PROGRAM.replace("{last}", last)]
    return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)


def test_standard_output_holds_one_document_of_the_native_format_and_nothing_else() -> None:
    done = run()
    document = json.loads(done.stdout)
    samples = [m.pop("samples") for m in document["measurements"]]
    assert document == {
        "schema": "dart-perf/results/1",
        "producer": "dart-perf probe 1",
        "version": "1.2",
        "measurements": [
            {
                "benchmark": {"suite": "suite", "name": "work", "group": "io"},
                "metric": {"name": metric, "unit": "s"},
            }
            for metric in ("cpu_time", "wall_time")
        ],
        "guards": [{"name": "answer", "value": 42, "tolerance": 1e-9}],
    }
    assert [len(values) for values in samples] == [2, 2]
    assert all(0 <= value < 1 for values in samples for value in values)


def test_what_libraries_print_goes_to_standard_error() -> None:
    done = run()
    assert "a native library says something" in done.stderr
    assert "so does Python" in done.stderr


def test_a_program_that_fails_prints_no_document() -> None:
    done = run("raise SystemExit(3)")
    assert (done.stdout, done.returncode) == ("", 3)


def test_a_guard_that_is_not_a_number_is_a_failure_not_a_document() -> None:
    done = run("probe.guard('bad', float('nan'))")
    assert done.stdout == ""
    assert done.returncode != 0


@pytest.mark.parametrize(
    ("extra", "inner", "operations", "calls"),
    [("0", 40, 40, 40), ("3/10", 40, 30, 39), ("1/3", 400, 300, 400), ("1", 40, 20, 40), ("2/5", 2, 5, 7)],
)
def test_extra_work_is_real_calls_in_a_batch_as_long_as_before(
    extra: str, inner: int, operations: int, calls: int
) -> None:
    made: list[int] = []
    assert batch_size(inner, Fraction(extra)) == (operations, calls)
    loop = Loop("work", lambda: made.append(1), inner)
    Probe("s").run([loop], warm_up=2, batches=3, extra_work=Fraction(extra))
    assert len(made) == 5 * calls


@given(st.integers(1, 10_000), st.fractions(0, 3, max_denominator=40))
def test_extra_work_is_planted_exactly(inner: int, extra: Fraction) -> None:
    operations, calls = batch_size(inner, extra)
    assert Fraction(calls, operations) == 1 + extra
    assert batch_size(inner, Fraction(0)) == (inner, inner)


def test_batches_of_all_loops_are_taken_in_turn_and_each_is_prepared() -> None:
    order: list[str] = []
    loops = [
        Loop("a", lambda: order.append("a"), 2, lambda: order.append("A")),
        Loop("b", lambda: order.append("b"), 1, lambda: order.append("B")),
    ]
    Probe("s").run(loops, warm_up=1, batches=1)
    assert "".join(order) == "AaaBb" * 2


def test_a_loop_may_belong_to_another_group_than_its_probe() -> None:
    probe = Probe("s", group="dynamics")
    probe.run([Loop("a", int, 1), Loop("b", int, 1, group="io")], warm_up=0, batches=1)
    groups = {m["benchmark"]["name"]: m["benchmark"]["group"] for m in probe.document()["measurements"]}
    assert groups == {"a": "dynamics", "b": "io"}


def test_importing_the_probe_loads_no_third_party_package() -> None:
    source = "import sys, dart_perf.collect.probe; print(*sys.modules)"
    shared = Path(__file__).parents[2] / "shared"
    argv = [sys.executable, "-S", "-c", f"import sys; sys.path.append({str(shared)!r}); {source}"]
    done = subprocess.run(argv, capture_output=True, text=True, check=True, timeout=60)
    assert not {"numpy", "pydantic", "orjson", "anyio", "mcp"}.intersection(done.stdout.split())


def counted(plan: str, loops: list[Loop], monkeypatch: pytest.MonkeyPatch, extra: str = "0") -> dict[str, Any]:
    monkeypatch.setenv(COUNTS, plan)
    probe = Probe("s", group="io")
    probe.run(loops, extra_work=Fraction(extra))
    return probe.document()


def test_where_it_is_counted_every_loop_runs_just_as_often_as_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    loops = [
        Loop("a", lambda: order.append("a"), 4, lambda: order.append("A")),
        Loop("b", lambda: order.append("b"), 4),
    ]
    said = counted('{"iterations": 3, "more": {"a": 9}}', loops, monkeypatch)["measurements"]
    assert "".join(order) == "AaaaaAaaaaAabbb"
    assert [(m["benchmark"]["name"], m["metric"]["name"], m["samples"]) for m in said] == [
        ("a", "iterations", [9]), ("a", "preparations", [3]), ("b", "iterations", [3])
    ]  # fmt: skip
    assert all(m["benchmark"]["group"] == "io" for m in said)


def test_what_is_counted_does_its_extra_work_exactly_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    loop = Loop("work", lambda: made.append(1), 40)
    counted('{"iterations": 100, "more": {}}', [loop], monkeypatch, "1/100")
    assert len(made) == 101
    with pytest.raises(ValueError, match=r"50\.5 calls of work: choose `counts`"):
        counted('{"iterations": 50, "more": {}}', [loop], monkeypatch, "1/100")
