"""Keep answers short: digits and rows that nobody reads are not sent."""

from typing import Any

from dart_perf.model.comparison import Comparison

SIGNIFICANT_DIGITS = 5
"""More digits than any timing is stable to; the store keeps all of them."""
SERIES = 6
"""Rows of a comparison that keep an answer within 2,000 tokens."""


def rounded(value: Any) -> Any:
    """Return plain JSON data with every float at five significant digits."""
    kind = type(value)  # exact types, because plain JSON has no others and most values are strings
    if kind is dict:
        return {key: rounded(item) for key, item in value.items()}
    if kind is list:
        return [rounded(item) for item in value]
    return float(f"{value:.{SIGNIFICANT_DIGITS}g}") if kind is float else value


def shortened(comparison: Comparison, limit: int = SERIES) -> Comparison:
    """Return the comparison with its `limit` most telling series; what was left out is said as a warning."""
    if len(comparison.series) <= limit:
        return comparison
    more = len(comparison.series) - limit
    note = f"{more} more series are not shown; ask again with detail='full'."
    return comparison.model_copy(update={"series": comparison.series[:limit], "warnings": (*comparison.warnings, note)})
