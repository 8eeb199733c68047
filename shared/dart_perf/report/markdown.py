"""Names and sentences in Markdown: what somebody called a benchmark is shown, and never read as markup."""

import re

_MARKUP = re.compile(r"(^[#>+-]|[\\`*|~]|(?<![^\W_])_|_(?![^\W_])|\](?=[\[(:]))")
"""What begins or ends something in GitHub's Markdown, in a table or outside: some only at the start, an underscore only
at the end of a word, a bracket only before another."""
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;"})


def code(name: str) -> str:
    """Return a name as a code span that no backtick in it ends; a bar in it ends no cell of a table."""
    fence = "`" * (_longest(name) + 1)
    space = " " if name.startswith("`") or name.endswith("`") or not name else ""
    return f"{fence}{space}{_one_line(name)}{space}{fence}".replace("|", "\\|")


def block(text: str) -> str:
    """Return text, which ends in a newline, as a block of code that no line of it ends."""
    fence = "`" * max(3, _longest(text) + 1)
    return f"{fence}\n{text}{fence}\n"


def _longest(text: str) -> int:
    """Return how many backticks stand in a row at most."""
    return max((len(run) for run in re.findall("`+", text)), default=0)


def words(text: str) -> str:
    """Return a sentence that may quote names: nothing in it is markup."""
    return _MARKUP.sub(r"\\\1", _one_line(text)).translate(_ENTITIES)


def _one_line(text: str) -> str:
    return " ".join(text.splitlines())
