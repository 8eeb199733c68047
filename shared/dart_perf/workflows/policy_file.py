"""Reading a policy file.

margin = 0.05
required = ["dynamics/*"]
inconclusive = "pass"

[margins]
"dynamics/*" = 0.1
"group:collision" = 0.2

[[waiver]]
benchmark = "dynamics/step"
reason = "the solver now checks its input"
expires = 2027-01-31
by = "js"
"""

import hashlib
import math
import re
import tomllib
from typing import Any, NamedTuple

import orjson
from pydantic import ValidationError

from dart_perf.errors import InvalidInput
from dart_perf.model.policy import Policy, Waiver
from dart_perf.workflows.project import Project

FILE = "dart-perf-policy.toml"
LARGEST = 1 << 20
"""Bytes a policy may have."""


class Read(NamedTuple):
    """A policy and what it is called."""

    policy: Policy
    name: str
    """File and the start of its SHA-256."""


def read_policy(project: Project, name: str | None) -> Read:
    """Return the policy in the file `name`, else in dart-perf-policy.toml, else the built-in one.

    Raises:
        InvalidInput: the file does not exist, or says what it may not; the message names file, line and entry.
    """
    if name is None and not project.has_file(FILE):
        return Read(Policy(), "built-in defaults")
    path = project.path(name or FILE)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}. Name a readable policy file.") from error
    if len(data) > LARGEST:
        raise InvalidInput(f"{path} is larger than {LARGEST} bytes. Keep the policy in it, data elsewhere.")
    return Read(parse_policy(data, str(path)), f"{name or FILE} ({hashlib.sha256(data).hexdigest()[:8]})")


def parse_policy(data: bytes, path: str) -> Policy:
    """Return the policy that the TOML `data` says; `path` is for messages.

    Raises:
        InvalidInput: it is not TOML, has an unknown key, or a value that is not allowed.
    """
    try:
        text = data.decode("utf-8")
        document = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path}, byte {error.start}: not UTF-8. Save the file as UTF-8.") from error
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"{path} is not TOML: {error}. See https://toml.io for the syntax.") from error
    _check_known(document, text, path)
    margin = document.get("margin")
    if isinstance(margin, float) and not math.isfinite(margin):  # JSON, below, would say that there is none
        raise _wrong(path, text, ("margin",), f"margin: it must be a valid number, got {margin}. Mend the value.")
    try:
        # Through JSON, because strict validation of Python data would refuse lists for tuples.
        return Policy.model_validate_json(orjson.dumps(document), strict=True)
    except orjson.JSONEncodeError as error:
        raise InvalidInput(f"{path} holds a value of a wrong type: {error}. Mend the value.") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        said = f"{place}: {first['msg']}, got {repr(first['input'])[:80]}. Mend the value."
        raise _wrong(path, text, first["loc"], said) from error


def _check_known(document: dict[str, Any], text: str, path: str) -> None:
    listed = document.get("waiver", [])
    waivers = listed if isinstance(listed, list) else []
    tables: list[tuple[tuple[str | int, ...], Any]] = [((), document)]
    tables += [(("waiver", i), entry) for i, entry in enumerate(waivers)]
    for place, table in tables:
        known = tuple((Waiver if place else Policy).model_fields)
        for key in (key for key in (table if isinstance(table, dict) else {}) if key not in known):
            of = f"[[waiver]] number {int(place[1]) + 1}" if place else "the policy"
            said = f"{of} has the unknown key {key!r}. Known are: {', '.join(known)}."
            raise _wrong(path, text, (*place, key), said)


def _wrong(path: str, text: str, place: tuple[str | int, ...], message: str) -> InvalidInput:
    """Return the error with file and line, as far as the line is found."""
    lines = text.splitlines()
    table: int | None = None
    if place[:1] == ("waiver",) and len(place) > 1:
        tables = [i for i, line in enumerate(lines) if re.match(r"\s*\[\[\s*waiver\s*\]\]", line)]
        table = tables[int(place[1])] if int(place[1]) < len(tables) else None
    key = next((part for part in reversed(place) if isinstance(part, str)), "")
    word = re.compile(rf"^\s*[\[\"']*{re.escape(key)}[\]\"']*\s*(=|$|#|\.|\])")
    found = next((i for i in range(table or 0, len(lines)) if word.match(lines[i])), table)
    return InvalidInput(f"{path}{'' if found is None else f', line {found + 1}'}: {message}")
