"""Which changed lines of a source hold code, and the statement that each belongs to.

Line tables name the first line of most statements alone: a number that changed in the middle of a long table has no
line of its own. So a line is asked for together with its statement; of a compound one (def, if, for) its head.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator, Sequence
from types import CodeType

_SILENT = {
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING,
    tokenize.ENDMARKER,
}  # fmt: skip
"""Tokens that are no code."""
_C_TOKEN = re.compile(r"//[^\n]*|/\*.*?(?:\*/|\Z)|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.DOTALL)
_ENDS = (";", "{", "}", ":")
"""What a line of C or C++ ends with where a statement or the head of a block ends."""


def python_statements(source: bytes, lines: Iterable[int]) -> dict[int, range]:
    """Return those of `lines` (from 1) that hold Python code, each with the lines of its statement.

    Comments, blank lines, docstrings, `else:` and what the compiler leaves out hold none.

    Raises:
        SyntaxError, ValueError: it is no Python of this interpreter's version.
    """
    tree = ast.parse(source)
    code = _code_lines(compile(source, "<source>", "exec", dont_inherit=True))
    told = _token_lines(source)
    heads: dict[int, range] = {}
    for node in ast.walk(tree):
        head = _head(node)
        if any(line in code for line in head):
            heads.update(dict.fromkeys(head, head))
    return {line: heads[line] for line in lines if line in told and line in heads}


def _head(node: ast.AST) -> range:
    """Return the lines of a simple statement, or of a compound one up to its body; none of other nodes."""
    if isinstance(node, ast.match_case):
        start, last = node.pattern.lineno, node.body[0].lineno - 1
        return range(start, max(start, last) + 1)
    if not isinstance(node, ast.stmt | ast.ExceptHandler):
        return range(0)
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return range(0)
    start, last = _start(node), node.end_lineno or node.lineno
    body = getattr(node, "body", None)
    if isinstance(node, ast.Match):
        last = max(node.lineno, node.cases[0].pattern.lineno - 1)
    elif body:
        last = max(node.lineno, _start(body[0]) - 1)
    return range(start, last + 1)


def _start(node: ast.stmt | ast.ExceptHandler) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(item.lineno for item in decorators)])


def _code_lines(code: CodeType) -> set[int]:
    found = {line for _, _, line in code.co_lines() if line}
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found |= _code_lines(constant)
    return found


def _token_lines(source: bytes) -> set[int]:
    found: set[int] = set()
    for token in tokenize.tokenize(io.BytesIO(source).readline):
        if token.type not in _SILENT:
            found.update(range(token.start[0], token.end[0] + 1))
    return found


def c_statements(source: str, lines: Iterable[int]) -> dict[int, range]:
    """Return those of `lines` (from 1) of C or C++ that are neither blank nor comments, with their statement's lines.

    A statement goes from behind a line that ends with `;`, `{`, `}` or `:` (or is blank, or a directive) to the next
    one that does. That is a guess by layout, good enough to find the counter of a call over several lines.
    """
    rows = [row.strip() for row in _C_TOKEN.sub(_without_comment, source).split("\n")]
    return {line: _around(rows, line - 1) for line in lines if 0 < line <= len(rows) and rows[line - 1]}


def _without_comment(found: re.Match[str]) -> str:
    text = found[0]
    return "\n" * text.count("\n") + " " if text.startswith("/") else text


def _around(rows: Sequence[str], index: int) -> range:
    """Return the lines, from 1, of the statement of a row."""
    if rows[index].startswith("#"):
        return range(index + 1, index + 2)
    first = last = index
    while first and rows[first - 1] and not rows[first - 1].endswith(_ENDS) and not rows[first - 1].startswith("#"):
        first -= 1
    while last + 1 < len(rows) and not rows[last].endswith(_ENDS) and rows[last + 1]:
        last += 1
    return range(first + 1, last + 2)


def spans(lines: Iterable[int]) -> Iterator[str]:
    """Yield numbers in order as spans: 3, 10-12."""
    first = last = 0
    for line in [*sorted(lines), 0]:
        if line == last + 1 and first:
            last = line
            continue
        if first:
            yield str(first) if first == last else f"{first}-{last}"
        first = last = line
