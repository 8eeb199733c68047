"""What others wrote, made fit to be shown."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dart_perf.report.visible import all_visible, visible

MEANT_TO_BE_SEEN = {"\t", "\n", "\u200c", "\u200d"}


@given(st.text() | st.text("\x1b[0;1mK\x9b\x07]\\\r\n\u202e"))
def test_nothing_stays_that_moves_hides_or_reorders(text: str) -> None:
    shown = visible(text)
    for character in set(shown) - MEANT_TO_BE_SEEN:
        assert unicodedata.category(character) not in {"Cc", "Cs", "Zl", "Zp"}
        assert unicodedata.bidirectional(character) not in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI"}
    assert visible(shown) == shown
    shown.encode()


@given(st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S", "Zs"])))
def test_what_can_be_seen_stays_as_it_is(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://x\x1b\\link", "link"),
        ("\x1b", "\ufffd"),
        ("one\r\ntwo\tthree", "one\ntwo\tthree"),
        ("over\rwritten", "over\ufffdwritten"),
        ("a\u202eb\u2066c", "a\ufffdb\ufffdc"),
        ("hidden\U000e0041\U000e0042", "hidden\ufffd\ufffd"),
        ("\ud800", "\ufffd"),
        ("Größe, 大きさ, می‌خواهم, 👩‍🔬", "Größe, 大きさ, می‌خواهم, 👩‍🔬"),  # the joiners stay
        ("<b>|</b>", "<b>|</b>"),
    ],
)
def test_a_table_of_texts(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_records_are_made_visible_with_their_keys() -> None:
    assert all_visible({"\x1b[1ma": ["b\x00", {"c": 1.5, "d": None}]}) == {"a": ["b\ufffd", {"c": 1.5, "d": None}]}
