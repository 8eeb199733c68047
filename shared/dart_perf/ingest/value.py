"""What is a value: a number in base units, or the reason why it is none."""

import math
from collections.abc import Sequence
from typing import Any

from dart_perf.ingest.document import show
from dart_perf.ingest.source import Source
from dart_perf.model.measurement import Metric

_POSITIVE = {"s", "1/s", "B/s"}
"""Base units in which a 0 is no value."""


def scaled(source: Source, value: Any, factor: float, place: str) -> float:
    """Return a number of a file times `factor`; what exceeds any number is infinite.

    Raises:
        InvalidInput: it is no number.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise source.error(place, f"found {show(value)}, allowed is a number.")
    try:
        return float(value) * factor
    except OverflowError:
        return math.inf


def in_base_unit(source: Source, value: Any, factor: float, metric: Metric, place: str) -> tuple[float, str]:
    """Return the value in base units, and the reason where it is none.

    Raises:
        InvalidInput: it is no number.
    """
    number = scaled(source, value, factor, place)
    if not math.isfinite(number):
        return number, f"{show(value)} is not finite"
    if number < 0 and not is_signed(metric.unit, metric.assumption):
        return number, f"{show(value)} is negative"
    if number == 0 and metric.unit in _POSITIVE:
        return number, "0: it failed, or was too short for the clock"
    return number, ""


def in_base_units(values: Sequence[Any], factor: float, metric: Metric) -> list[float] | None:
    """Return all values in base units where each of them is one, as nearly always; None where they need a closer look.

    Beside looking at one after the other, that halves the time of an import.
    """
    if not values or not set(map(type, values)) <= {int, float}:
        return None
    try:
        numbers = [value * factor for value in values]
        finite = math.isfinite(sum(numbers))
    except OverflowError:
        return None
    lowest = min(numbers)
    allowed = lowest > 0 or (lowest == 0 and metric.unit not in _POSITIVE) or is_signed(metric.unit, metric.assumption)
    return numbers if finite and allowed else None


def is_signed(base: str, assumption: str) -> bool:
    """Say by a unit whether its values may be below 0: plain numbers (a score, a difference) are, counts never."""
    return base == "1" and assumption != "exact"
