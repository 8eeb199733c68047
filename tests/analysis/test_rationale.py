"""`Perf-Regression-Rationale:` lines, as DART's authors write them, and what must not be one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dart_perf.analysis.rationale import EVERYTHING, rationales

LINE = "Perf-Regression-Rationale: "


@pytest.mark.parametrize(
    ("line", "rows", "reason"),
    [
        ("s3w/ode: accepted work", ("s3w/ode",), "accepted work"),
        ("a/dart, b/ode: intended work", ("a/dart", "b/ode"), "intended work"),
        ("a/dart,b/ode: intended work", ("a/dart", "b/ode"), "intended work"),
        ("a/dart:intended work", ("a/dart",), "intended work"),
        ("step{n=8,m=2}: more joints", ("step{n=8,m=2}",), "more joints"),
        ("BM_Step/threads:8: contention", ("BM_Step/threads:8",), "contention"),
        ("*: a new solver", ("*",), "a new solver"),
        ("the solver now checks its input", (EVERYTHING,), "the solver now checks its input"),
        ("we trade speed: twice the accuracy", (EVERYTHING,), "we trade speed: twice the accuracy"),
        ("", (EVERYTHING,), ""),
        ("<rows>: <reason>", (EVERYTHING,), ""),
        ("a/dart: <reason>", ("a/dart",), ""),
        ("a/dart:", ("a/dart",), ""),
        ("a/dart: ...", ("a/dart",), ""),
        (":", (), ""),
    ],
)
def test_a_line_names_benchmarks_and_a_reason(line: str, rows: tuple[str, ...], reason: str) -> None:
    (found,) = rationales(f"Make it exact\n\n{LINE}{line}\n\nSigned-off-by: A", "commit 1")
    assert (found.rows, found.reason, found.source) == (rows, reason, "commit 1")


@pytest.mark.parametrize(
    "text",
    [
        f"<!-- {LINE}a: b -->",
        f"<!--\n{LINE}a: b\n-->",
        f"<!-- never closed\n{LINE}a: b",
        f"```\n{LINE}a: b\n```",
        f"> {LINE}a: b",
        f"see {LINE}a: b",
        "Perf-Regression-Rationales: a: b",
    ],
)
def test_what_is_quoted_or_left_to_be_filled_in_is_no_rationale(text: str) -> None:
    assert rationales(text, "text") == ()


def test_a_rebaseline_is_told_apart() -> None:
    (found,) = rationales("Rebaseline-Rationale: a/dart: new solver", "text")
    assert found.rebaseline


@pytest.mark.parametrize(
    ("row", "label", "is_named"),
    [
        ("step", "step", True), ("step", "dynamics/step", True), ("step", "dynamics/step2", False),
        ("dynamics/*", "dynamics/step", True), ("s3w/ode", "bench/s3w/ode", True), ("step", "step @1234abcd", True),
        ("*", "anything", True),
    ],
)  # fmt: skip
def test_a_row_names_a_benchmark_by_its_label_its_end_or_a_glob(row: str, label: str, *, is_named: bool) -> None:
    (found,) = rationales(f"{LINE}{row}: because", "text")
    assert found.names(label) is is_named


@given(st.text(alphabet="a/:, {}<>*\n", max_size=60))
def test_any_text_is_read(text: str) -> None:
    for found in rationales(LINE + text, "text"):
        assert found.rows or ":" in text
