"""Changed lines that hold code, and the statement of each."""

import pytest

from dart_perf.measure.statements import c_statements, python_statements, spans

PYTHON = b'''\
"""Docstring
of two lines."""
import os  # 3

# a comment
TABLE = (
    1,  # 7
    # a comment inside
    2,

)

@property
def step(  # 13
    a,
    b=1,
):
    """Docstring."""
    if a:
        return [
            b,
            a,
        ]
    else:
        pass
    x: int
    try:
        work()
    except ValueError:
        return -1
    match a:
        case 1:
            return 2
    for i in range(3): a += i
'''


@pytest.mark.parametrize(
    ("line", "statement"),
    [
        (1, None), (2, None), (3, (3, 3)), (4, None), (5, None), (6, (6, 11)), (7, (6, 11)), (8, None), (9, (6, 11)),
        (10, None), (11, (6, 11)), (13, (13, 17)), (14, (13, 17)), (16, (13, 17)), (17, (13, 17)), (18, None),
        (19, (19, 19)), (21, (20, 23)), (24, None), (26, None), (27, (27, 27)), (28, (28, 28)), (29, (29, 29)),
        (31, (31, 31)), (32, (32, 32)), (34, (34, 34)), (99, None), (0, None),
    ],
)  # fmt: skip
def test_a_line_of_python_has_its_statement_or_holds_no_code(line: int, statement: tuple[int, int] | None) -> None:
    found = python_statements(PYTHON, [line])
    assert found == ({} if statement is None else {line: range(statement[0], statement[1] + 1)})


def test_source_that_is_no_python_is_refused() -> None:
    with pytest.raises(SyntaxError):
        python_statements(b"def (:\n", [1])


C = """\
// a comment; with an end
#include <x>

/* more
   of it */ int f(int a,
      int b) {
  const char* said = "// no comment";
  return work(a,
              b);  // why

}
"""


@pytest.mark.parametrize(
    ("line", "statement"),
    [
        (1, None), (2, (2, 2)), (3, None), (4, None), (5, (5, 6)), (6, (5, 6)), (7, (7, 7)), (8, (8, 9)), (9, (8, 9)),
        (10, None), (11, (11, 11)), (12, None), (99, None), (0, None),
    ],
)  # fmt: skip
def test_a_line_of_c_has_its_statement_or_is_a_comment(line: int, statement: tuple[int, int] | None) -> None:
    assert c_statements(C, [line]) == ({} if statement is None else {line: range(statement[0], statement[1] + 1)})


@pytest.mark.parametrize(
    ("lines", "said"),
    [([], []), ([3], ["3"]), ([1, 2], ["1-2"]), ([12, 3, 10, 11], ["3", "10-12"])],
)
def test_numbers_are_said_as_spans(lines: list[int], said: list[str]) -> None:
    assert list(spans(lines)) == said
