"""Text that others wrote, made fit to be shown: what moves a cursor, hides or reorders text is replaced.

The model refuses control characters in names; error texts, logs and files of other programs may hold any. A reader is
an agent or a terminal: escape sequences go, and what cannot be seen becomes U+FFFD, which can.
"""

import re
from typing import Any

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))")
"""Terminal sequences (ECMA-48): colours and cursor moves, titles and links."""
_UNSEEN = re.compile(
    "["
    "\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f"  # controls other than tab and newline
    "\\xad\\u061c\\u180e\\u200b\\u200e\\u200f"  # invisible, reordering
    "\\u2028-\\u202e\\u2060-\\u206f\\ufeff"  # line-breaking, reordering, invisible
    "\\ufff9-\\ufffb\\U000e0000-\\U000e007f"  # annotations, tags that spell words nobody sees
    "\\ud800-\\udfff"  # halves of surrogate pairs, which no encoding can write
    "]"
)
"""General categories Cc, Cf, Cs, Zl and Zp of Unicode; the joiners U+200C and U+200D stay, which scripts need."""


def visible(text: str) -> str:
    """Return `text` without terminal sequences and with U+FFFD for every character that is not meant to be seen.

    Tabs and newlines stay; a carriage return before a newline goes with it.
    """
    if text.isascii() and text.isprintable():
        return text
    return _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", _ESCAPES.sub("", text.replace("\r\n", "\n")))


def all_visible(value: Any) -> Any:
    """Return plain JSON data with every string `visible`, keys too."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, dict):
        return {visible(key): all_visible(member) for key, member in value.items()}
    return [all_visible(member) for member in value] if isinstance(value, list) else value
