"""An answer stays short, and says what it does not show."""

from typing import Any

import pytest

from dart_perf.analysis.comparison import Question, compare_runs
from dart_perf.report.brief import NAMES, SERIES, rounded, shortened
from dart_perf.serving import result
from tests.analysis.runs import CPU, measured, run

TOKENS = 2_000
CHARACTERS_A_TOKEN = 4


@pytest.mark.parametrize(
    ("value", "short"),
    [
        (1.23456789, 1.2346),
        ({"a": [1e-9 / 3, "x", None, True, 7]}, {"a": [3.3333e-10, "x", None, True, 7]}),
        (123456789, 123456789),
        (0.0, 0.0),
    ],
)
def test_floats_keep_five_digits_and_nothing_else_changes(value: Any, short: Any) -> None:
    assert rounded(value) == short


def test_a_comparison_of_hundreds_of_series_fits_and_says_what_is_hidden() -> None:
    name = "a_long_suite/with_long_names/benchmark_{}".format
    before = run(*(measured(CPU, 1e-3, name=name(i)) for i in range(300)))
    after = run(*(measured(CPU, 1e-3, name=name(i), seed=2) for i in range(100, 400)))
    whole = compare_runs(Question("robot", "old", "new", 0.05), [before], [after])
    brief = shortened(whole)
    assert (len(brief.series), len(brief.missing), len(brief.added)) == (SERIES, NAMES, NAMES)
    assert "not shown: 194 series, 92 missing, 92 added; ask again with detail='full'" in brief.warnings
    answer = result(brief)
    text = answer.content[0].text if answer.content[0].type == "text" else ""
    assert (len(text) + len(str(answer.structured_content))) / CHARACTERS_A_TOKEN < TOKENS


@pytest.mark.parametrize(("more", "said"), [(1, "not shown: 1 warning;"), (2, "not shown: 2 warnings;")])
def test_one_hidden_warning_is_one(more: int, said: str) -> None:
    whole = compare_runs(Question("robot", "old", "new", 0.05), [run(measured(CPU, 1e-3))], [run(measured(CPU, 1e-3))])
    many = whole.model_copy(update={"warnings": tuple(f"warning {i}" for i in range(NAMES + more))})
    assert said in shortened(many).warnings[-1]


def test_a_short_comparison_is_left_as_it_is() -> None:
    whole = compare_runs(Question("robot", "old", "new", 0.05), [run(measured(CPU, 1e-3))], [run(measured(CPU, 1e-3))])
    assert shortened(whole) is whole
