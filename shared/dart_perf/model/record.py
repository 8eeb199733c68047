"""The base of every record that is stored, returned to an agent or printed as JSON."""

import hashlib
from collections.abc import Mapping
from functools import cache, cached_property
from inspect import getattr_static
from typing import Any, Self

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

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy; what was derived from the old content (an id, a digest) is derived anew."""
        copied = super().model_copy(update=update, deep=deep)
        for name in _derived(type(self)) & copied.__dict__.keys():
            del copied.__dict__[name]
        return copied


@cache
def _derived(kind: type[Record]) -> frozenset[str]:
    """Return the names of what a record derives from its content and remembers."""
    return frozenset(name for name in dir(kind) if isinstance(getattr_static(kind, name), cached_property))


def canonical(value: Any) -> bytes:
    """Return JSON bytes of plain data or a record that are the same on every machine: keys sorted, no spaces."""
    plain = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
    return orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)


def digest(value: Any) -> str:
    """Return the SHA-256 of plain data or a record, 64 hexadecimal digits.

    Fields of a record at their default do not count, so that a later version may add optional fields without changing
    the ids of what is stored; a default, once released, never changes.
    """
    plain = value.model_dump(mode="json", exclude_defaults=True) if isinstance(value, BaseModel) else value
    return hashlib.sha256(canonical(plain)).hexdigest()
