"""JSON as results files need it: nothing is repaired, rounded or overwritten on the way in.

The standard library's parser, because orjson keeps the last of two equal keys and rounds integers beyond 64 bits,
both without a word.
"""

import json
import re
from typing import Any

from dart_perf.errors import InvalidInput

_HALF = re.compile(r"\\u[dD][89a-fA-F]")
"""An escape that may be half of a pair; only encoding tells."""


class Doubled(dict[str, Any]):
    """An object that names a key twice; which of the two values was meant, nobody knows."""

    twice: tuple[str, ...] = ()


def parse(text: str, name: str) -> Any:
    """Return the JSON value of `text`; an object with a repeated key comes as `Doubled`, NaN and Infinity as floats.

    Raises:
        InvalidInput: it is not JSON; names line and column.
    """
    try:
        value = json.loads(text, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        end = text.rstrip()
        cut = " It ends too early: was it cut off?" if error.pos >= len(end) else ""
        raise InvalidInput(
            f"{name}: line {error.lineno}, column {error.colno}: not JSON: {error.msg}.{cut} "
            "Give the whole output of the benchmark program, and nothing else."
        ) from error
    except RecursionError as error:
        raise InvalidInput(f"{name}: nested too deeply to be benchmark results. Give the tool's own output.") from error
    except ValueError as error:  # an integer of more digits than Python converts
        raise InvalidInput(f"{name}: a number cannot be read: {error}. Give numbers within 64 bits.") from error
    if _HALF.search(text):
        refuse_halves(json.dumps(value, ensure_ascii=False), text, name)
    return value


def refuse_halves(value: str, text: str, name: str) -> None:
    """Refuse `value` if it holds half of a surrogate pair: no file or database could keep it.

    Raises:
        InvalidInput: it does; names the first escape in `text` that may be meant.
    """
    try:
        value.encode()
    except UnicodeEncodeError as error:
        found = _HALF.search(text)
        line = text.count("\n", 0, found.start() if found else error.start) + 1
        raise InvalidInput(
            f"{name}: line {line}: half of a surrogate pair stands in a string. Write whole characters."
        ) from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    keys = [key for key, _ in pairs]
    doubled = Doubled(found)
    doubled.twice = tuple(key for key in found if keys.count(key) > 1)
    return doubled


def show(value: Any) -> str:
    """Return `value` as errors print it: short."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004 -- one line of an error
