"""The base of every record that is stored, returned to an agent or printed as JSON."""

import hashlib
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict


def _shorten(schema: dict[str, Any]) -> None:
    """Leave out of a JSON schema what an agent pays for and learns nothing from.

    Those are titles that repeat field names, and empty defaults.
    """
    schema.pop("title", None)
    for field in schema.get("properties", {}).values():
        field.pop("title", None)
        if field.get("default", 0) in (None, [], "", {}):
            del field["default"]


class Record(BaseModel):
    """Frozen and strict; the string under a field is its documentation and the agent's schema."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        use_attribute_docstrings=True,
        json_schema_extra=_shorten,
    )


def canonical(value: Any) -> bytes:
    """Return JSON bytes of plain data or a record that are the same on every machine: keys sorted, no spaces."""
    plain = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
    return orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)


def digest(value: Any) -> str:
    """Return the SHA-256 of `canonical(value)`, 64 hexadecimal digits."""
    return hashlib.sha256(canonical(value)).hexdigest()
