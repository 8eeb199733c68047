"""What a message may hold: strict JSON, finite numbers, bounded depth, strings and counts."""

import math
from typing import Any

import orjson

from dart_perf.serving.limits import DEPTH, ITEMS, STRING_CHARACTERS

STRICT = (
    f"Accepted is strict JSON: UTF-8, finite numbers, at most {DEPTH} levels deep, strings of at most "
    f"{STRING_CHARACTERS:,} characters, at most {ITEMS:,} values."
)


def problem(value: Any) -> str | None:
    """Return what of a parsed message is not accepted, None where all is.

    Works through the value in levels, never by recursion: whatever was parsed can be looked through.
    """
    level, values = [value], 0
    for depth in range(DEPTH + 1):
        values += len(level)
        if values > ITEMS:
            return f"it holds more than {ITEMS:,} values"
        found = next(filter(None, map(_scalar, level)), None)
        if found:
            return found
        level = [member for held in level for member in _members(held)]
        if not level:
            return None
        if depth == DEPTH:
            break
    return f"it is nested more than {DEPTH} levels deep"


def _members(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [*value, *value.values()]
    return value if isinstance(value, list) else []


def _scalar(value: Any) -> str | None:
    if isinstance(value, float) and not math.isfinite(value):
        return f"it holds a number that is not finite ({value})"
    if isinstance(value, str) and len(value) > STRING_CHARACTERS:
        return f"it holds a string of {len(value):,} characters"
    return None


def read(text: bytes) -> tuple[Any, str | None]:
    """Return the message and what of it is not accepted; None for the message where it is no strict JSON."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        return None, f"it is no strict JSON: {error.msg} at byte {error.pos}"
    return value, problem(value)
