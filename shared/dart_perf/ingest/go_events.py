"""The events of `go test -json`: lines of JSON, each with a piece of what a package printed."""

import re
from typing import Any

from dart_perf.errors import InvalidInput
from dart_perf.ingest import document
from dart_perf.ingest.document import show
from dart_perf.ingest.source import Source

_FIRST = re.compile(r"\s*(\{[^\n]{0,65536})\n")
"""The first line of several, unless it is far longer than an event."""


def first(source: Source) -> dict[str, Any] | None:
    """Return the first event; None where the text is no list of events."""
    line = _FIRST.match(source.text)
    if line is None:
        return None
    try:
        event = document.parse(line[1], source.name)
    except InvalidInput:
        return None
    known = isinstance(event, dict) and "Action" in event and {"Package", "ImportPath", "Time"} & event.keys()
    return event if known else None


def printed(source: Source) -> dict[str, str]:
    """Return what each package printed: an event may hold half a line, and packages may take turns."""
    parts: dict[str, list[str]] = {}
    for number, line in enumerate(source.text.split("\n"), 1):
        if not line.strip():
            continue
        event = document.parse(line, f"{source.name}: line {number} of the events")
        output = event.get("Output", "") if isinstance(event, dict) else None
        package = event.get("Package", "") if isinstance(event, dict) else None
        if not isinstance(output, str) or not isinstance(package, str):
            raise source.error(f"line {number}", f"found {show(event)}, allowed is an event of `go test -json`.")
        parts.setdefault(package, []).append(output)
    return {package: "".join(texts) for package, texts in parts.items()}
