"""Keep answers short: digits and rows that nobody reads are not sent."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from dart_perf.model.answer import ImportReport
from dart_perf.model.comparison import Comparison
from dart_perf.model.detection import Detection
from dart_perf.model.record import Record

Entry = TypeVar("Entry", bound=Record)

SIGNIFICANT_DIGITS = 5
"""More digits than any timing is stable to; the store keeps all of them."""
SERIES = 6
"""Rows of a comparison that keep an answer within 2,000 tokens."""
NAMES = 8
"""Guards, missing and added series and warnings, each, that an answer has room for."""
LINES, WIDTH, REASON = 5, 150, 260
"""Lines of each kind that an import's report has room for, and characters of a line and of a refusal."""
_PLURAL = {"changes", "guards", "warnings"}
"""Names of which one is called otherwise."""


def rounded(value: Any) -> Any:
    """Return plain JSON data with every float at five significant digits."""
    kind = type(value)  # exact types, because plain JSON has no others and most values are strings
    if kind is dict:
        return {key: rounded(item) for key, item in value.items()}
    if kind is list:
        return [rounded(item) for item in value]
    return float(f"{value:.{SIGNIFICANT_DIGITS}g}") if kind is float else value


C = TypeVar("C", bound=Comparison)


def shortened(comparison: C, limit: int = SERIES) -> C:
    """Return the comparison with its `limit` most telling series; what was left out is said as a warning."""
    shown: dict[str, Any] = {"series": comparison.series[:limit]}
    shown |= {name: getattr(comparison, name)[:NAMES] for name in ("guards", "missing", "added", "warnings")}
    if isinstance(comparison, Detection):
        shown["changes"] = comparison.changes[:limit]
    hidden = {name: len(getattr(comparison, name)) - len(kept) for name, kept in shown.items()}
    counts = ", ".join(
        f"{count} {name.removesuffix('s') if count == 1 and name in _PLURAL else name}"
        for name, count in hidden.items()
        if count
    )
    if not counts:
        return comparison
    note = f"not shown: {counts}; ask again with detail='full'"
    return comparison.model_copy(update=shown | {"warnings": (*shown["warnings"], note)})


def shortened_import(report: ImportReport) -> ImportReport:
    """Return the report with the first lines of each kind; what was left out is said as a warning."""
    kinds = ("refused", "skipped", "left_out", "runs", "warnings")
    lines = {name: getattr(report, name) for name in kinds}
    width = {"refused": REASON}
    shown = {name: tuple(_cut(line, width.get(name, WIDTH)) for line in found[:LINES]) for name, found in lines.items()}
    if shown == lines:
        return report
    note = "shortened; ask again with detail='full', nothing is stored twice"
    return report.model_copy(update=shown | {"warnings": (*shown["warnings"], note)})


def _cut(line: str, width: int) -> str:
    return line if len(line) <= width else line[: width - 1] + "…"


def fitting(entries: Sequence[Entry], said: Callable[[Entry], str], characters: int) -> int:
    """Return how many of the first entries an answer of that many characters has room for, at least 1.

    An answer has each of them twice: as the text that `said` gives, and as a record.
    """
    left = characters
    for count, entry in enumerate(entries):
        left -= len(said(entry)) + len(str(rounded(entry.model_dump(mode="json"))))
        if left < 0:
            return max(1, count)
    return max(1, len(entries))
