"""XML as results files need it: entities, which can grow without end or read other files, are refused."""

import re
from typing import TYPE_CHECKING

from dart_perf.ingest.source import Source

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_PROLOG = r"(?:\s++|(?><\?.*?\?>)|(?><!--.*?-->)|(?><!DOCTYPE[^>\[]*+(?:\[.*?\]\s*+)?>))*+"
_ROOT = re.compile(_PROLOG + r"<([A-Za-z_][\w.-]*)", re.DOTALL)
"""The first tag; what stands before it is matched without going back, so that no text makes this slow."""


def root(source: Source) -> str | None:
    """Return the name of the first tag, without reading the rest; None where the text is no XML."""
    if not source.text.lstrip().startswith("<"):
        return None
    found = _ROOT.match(source.text)
    return found[1] if found else None


def parse(source: Source) -> "Element":
    """Return the root element.

    Raises:
        InvalidInput: it is no XML (names line and column), or declares entities.
    """
    from xml.etree.ElementTree import ParseError
    from xml.parsers.expat import ErrorString

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        return fromstring(source.text)
    except ParseError as error:
        line, column = error.position
        raise source.error(
            f"line {line}, column {column + 1}",
            f"not XML: {ErrorString(error.code)}. Give the whole output of the tool, and nothing else.",
        ) from error
    except DefusedXmlException as error:
        raise source.error("", "it declares entities, which results never need. Take that declaration out.") from error
