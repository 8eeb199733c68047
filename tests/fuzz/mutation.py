"""Changes that keep a document a document: values exchanged, left out and repeated, where changed bytes end in one."""

import copy
import json
import random
from typing import Any

HOSTILE: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 10**30, -(2**63), 1e308, 5e-324, -0.0, float("nan"), float("inf"), "", "\0", "ns", "s",
    "%", "NaN", "1e999", "\ud800", "x" * 400, "\u2028\x1b[31m", [], {}, [[]], [None], {"": 0}, "2026-13-45", "name",
    "unit",
)  # fmt: skip
LONGEST = 64 * 2**10
"""Bytes of a changed document."""


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of every value in a document."""
    found, pending = [path], [(value, path)]
    while pending:
        inner, path = pending.pop()
        items = inner.items() if isinstance(inner, dict) else enumerate(inner) if isinstance(inner, list) else ()
        for key, item in items:
            found.append((*path, key))
            pending.append((item, (*path, key)))
    return found


def changed_json(text: str, rng: random.Random) -> str | None:
    """Return the document with one to three values changed; None where it is no JSON."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    for _ in range(rng.randint(1, 3)):
        value = _changed(value, rng)
    made = json.dumps(value, ensure_ascii=rng.random() < 0.5)
    return made if len(made) <= LONGEST else None


def _changed(value: Any, rng: random.Random) -> Any:
    every = places(value)
    path = rng.choice(every)
    if not path:
        return _hostile(rng) if rng.random() < 0.05 else value
    outer = value
    for key in path[:-1]:
        outer = outer[key]
    last, chance = path[-1], rng.random()
    if chance < 0.5:
        outer[last] = _hostile(rng)
    elif chance < 0.65:
        del outer[last]
    elif chance < 0.8 and isinstance(outer, list):
        outer.insert(rng.randint(0, len(outer)), copy.deepcopy(outer[last]))
    elif chance < 0.9:
        inner = value
        for key in rng.choice(every):
            inner = inner[key] if isinstance(inner, dict | list) and _has(inner, key) else inner
        outer[last] = copy.deepcopy(inner)
    elif isinstance(outer, dict):
        outer[str(rng.choice(HOSTILE))] = outer.pop(last)
    return value


def _hostile(rng: random.Random) -> Any:
    return copy.deepcopy(rng.choice(HOSTILE))


def _has(value: Any, key: Any) -> bool:
    return key in value if isinstance(value, dict) else isinstance(key, int) and key < len(value)


def changed_lines(text: str, rng: random.Random) -> str:
    """Return the text with one to three lines or words changed."""
    lines = text.splitlines(keepends=True) or [""]
    for _ in range(rng.randint(1, 3)):
        place, chance = rng.randrange(len(lines)), rng.random()
        if chance < 0.3:
            lines.insert(place, rng.choice(lines))
        elif chance < 0.5 and len(lines) > 1:
            del lines[place]
        else:
            words = lines[place].split(" ")
            words[rng.randrange(len(words))] = str(rng.choice(HOSTILE))
            lines[place] = " ".join(words)
    return "".join(lines)[:LONGEST]


def changed(data: bytes, rng: random.Random) -> bytes:
    """Return the content with something changed that its parser may still accept."""
    text = data.decode("utf-8", "replace")
    head, assign, body = text.partition("=") if text.startswith("window.") else ("", "", text)
    made = changed_json(body, rng)
    whole = f"{head}{assign}{made}" if made is not None else changed_lines(text, rng)
    return whole.encode("utf-8", "surrogatepass")
