"""The base of every record that is stored, returned to an agent or printed as JSON."""

import hashlib
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """Frozen and strict; the string under a field is its documentation and the agent's schema."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)


def canonical(value: Any) -> bytes:
    """Return JSON bytes of plain data or a record that are the same on every machine: keys sorted, no spaces."""
    plain = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
    return orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)


def digest(value: Any) -> str:
    """Return the SHA-256 of `canonical(value)`, 64 hexadecimal digits."""
    return hashlib.sha256(canonical(value)).hexdigest()
