"""XML is read as data alone: what could grow without end or reach another file is refused."""

import pytest

from dart_perf.errors import InvalidInput
from dart_perf.ingest.markup import parse, root
from dart_perf.ingest.source import Source

BOMB = '<!DOCTYPE a [<!ENTITY b "xxxx"><!ENTITY c "&b;&b;&b;&b;">]><testsuite name="&c;"/>'
OUTSIDE = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><testsuite>&b;</testsuite>'


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("<testsuite/>", "testsuite"),
        (
            '<?xml version="1.0"?>\n<!-- <a> --><!DOCTYPE b [ <!ELEMENT c ANY> ] >\n<Catch2TestRun x="1">',
            "Catch2TestRun",
        ),
        (BOMB, "testsuite"),
        ("<?xml", None),
        ("a <b>", None),
        ("<!-- a", None),
        ("< a>", None),
        ("<!-- a -->" * 50_000, None),  # seconds would mean that matching goes back
    ],
)
def test_the_first_tag_is_found_without_reading_the_rest(text: str, name: str | None) -> None:
    assert root(Source.of(text)) == name


@pytest.mark.parametrize("text", [BOMB, OUTSIDE])
def test_entities_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="the text: it declares entities, which results never need"):
        parse(Source.of(text))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("<a><b></a>", r"line 1, column 9: not XML: mismatched tag"),
        ("<a>", "not XML: no element found"),
        ("<a/><b/>", "not XML: junk after document element"),
        ("<a>\x01</a>", "not XML: not well-formed"),
    ],
)
def test_what_is_no_xml_is_refused_with_its_place(text: str, problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem):
        parse(Source.of(text))


def test_a_deep_tree_is_read() -> None:
    assert len(list(parse(Source.of("<a>" * 100_000 + "</a>" * 100_000)).iter())) == 100_000
