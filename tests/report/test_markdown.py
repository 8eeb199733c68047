"""Names in Markdown: shown as they are, read by a parser of GitHub's Markdown as nothing else."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from dart_perf.report.markdown import block, code, words

PARSER = MarkdownIt("gfm-like", {"linkify": False})
NAMES = st.text(
    st.characters(codec="ascii", categories=["L", "N", "P", "S"]) | st.sampled_from("`|<>\\*_[] "), min_size=1
)


def table(cell: str) -> str:
    return str(PARSER.render(f"| a | b |\n|---|---|\n| {cell} | end |\n"))


@given(NAMES)
def test_a_name_stays_in_its_cell_and_makes_no_markup(name: str) -> None:
    for cell in (code(name), words(name)):
        shown = table(cell)
        assert shown.count("<td>") == 2
        assert "<td>end</td>" in shown
        assert html.unescape(re.sub(r"<[^>]*>", "", shown.split("<tbody>")[1])).split() == [*name.split(), "end"]
        assert set(re.findall(r"</?(\w+)", shown)) <= {"table", "thead", "tbody", "tr", "th", "td", "code"}


@pytest.mark.parametrize(
    ("name", "span", "sentence"),
    [
        ("step", "`step`", "step"),
        ("a|b", "`a\\|b`", "a\\|b"),
        ("<img src=x>", "`<img src=x>`", "&lt;img src=x>"),
        ("a`b", "``a`b``", "a\\`b"),
        ("`", "`` ` ``", "\\`"),
        ("cpu_time", "`cpu_time`", "cpu_time"),
        ("_a_ [b](c)", "`_a_ [b](c)`", "\\_a\\_ [b\\](c)"),
        ("a&lt;b", "`a&lt;b`", "a&amp;lt;b"),
        ("# a -> b", "`# a -> b`", "\\# a -> b"),
        ("two\nlines", "`two lines`", "two lines"),
    ],
)
def test_a_table_of_names(name: str, span: str, sentence: str) -> None:
    assert code(name) == span
    assert words(name) == sentence


@pytest.mark.parametrize("text", ["plain\n", "what a build wrote:\n```\n<b>\n", "````\n"])
def test_no_line_of_a_block_ends_it(text: str) -> None:
    (token,) = PARSER.parse(block(text))
    assert (token.type, token.content) == ("fence", text)
