r"""A sealed file: pretty JSON whose envelope holds the kind, the schema number and the digest of the content.

`{"content": ..., "digest": "<SHA-256 of the canonical content>", "format": "<kind>", "schema_number": 1}`, keys sorted,
two spaces, UTF-8, "\n" alone, newline at the end: the same bytes on every system.

The number says since which schema there are such bytes: what did not change since schema 1 keeps that number, so that
the same content has the same bytes in every store. The mark of the store alone always says the newest.
"""

from pathlib import Path
from typing import Any

import orjson

from dart_perf.errors import NewerSchema
from dart_perf.model.record import digest
from dart_perf.store.fault import Damaged

_LAYOUT = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
_BEFORE, _BEHIND = b'"content": ', b',\n  "digest": "'
_KEYS = {"content", "digest", "format", "schema_number"}
OLDEST, SCHEMA = 1, 2
"""Schemas that this dart-perf reads, from and to; docs/store.md describes both."""


def seal(kind: str, content: dict[str, Any], number: int = OLDEST) -> bytes:
    """Return the bytes of a sealed file as there are since schema `number`."""
    envelope = {"content": content, "digest": digest(content), "format": kind, "schema_number": number}
    return orjson.dumps(envelope, option=_LAYOUT)


def number(data: bytes) -> int:
    """Return the schema number in the bytes of a file that `unseal` has proven."""
    return int(orjson.loads(data)["schema_number"])


def check_schema(found: Any, file: Path) -> None:
    """Refuse what another version of dart-perf wrote.

    Raises:
        NewerSchema: the number is greater than the one supported.
        Corrupted: it is not a schema number.
    """
    if isinstance(found, int) and not isinstance(found, bool):
        if found > SCHEMA:
            raise NewerSchema(
                f"{file} has schema {found}; this dart-perf supports {SCHEMA}. Install a newer dart-perf to read it, "
                "and start servers again; nothing was changed."
            )
        if found >= OLDEST:
            return
    allowed = f"allowed are {OLDEST} to {SCHEMA}"
    raise Damaged(file, None, f"schema number {found!r}; {allowed}. Restore the file from version control.")


def unseal(kind: str, data: bytes, file: Path) -> dict[str, Any]:
    """Return the content of a sealed file, proven by its digest.

    Raises:
        NewerSchema: a newer dart-perf wrote it.
        Corrupted: it does not hold what was written; names the first bad byte where the layout shows it.
    """
    remedy = "Restore the file from version control or a backup, or capture it again."
    try:
        envelope = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        place = len(error.doc[: error.pos].encode(errors="replace"))
        raise Damaged(file, place, f"not JSON: {error.msg}. {remedy}") from error
    if not isinstance(envelope, dict) or "schema_number" not in envelope:
        raise Damaged(file, 0, f"no sealed {kind}: the schema number is missing. {remedy}")
    check_schema(envelope["schema_number"], file)
    content = envelope.get("content")
    if envelope.keys() != _KEYS or envelope["format"] != kind or not isinstance(content, dict):
        raise Damaged(file, 0, f"not a sealed {kind}. {remedy}")
    written = orjson.dumps(envelope, option=_LAYOUT)
    if written != data:
        raise Damaged(file, first_difference(written, data), f"not laid out as it was written. {remedy}")
    if digest(content) != envelope["digest"]:
        first, end = data.index(_BEFORE) + len(_BEFORE), data.rindex(_BEHIND)
        problem = f"the content, bytes {first} to {end - 1}, does not have the digest it was sealed with."
        raise Damaged(file, first, f"{problem} {remedy}")
    return content


def first_difference(a: bytes, b: bytes) -> int:
    """Return the first byte in which two contents differ."""
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
