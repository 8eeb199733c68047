"""Fields of the JSON that other tools write: read as what they should be, or refused with their place."""

from datetime import UTC, datetime
from typing import Any

from dart_perf.ingest.document import Doubled, show
from dart_perf.ingest.draft import Draft
from dart_perf.ingest.source import Source
from dart_perf.model.measurement import LONGEST_NAME, printable


def mapping(source: Source, value: Any, place: str) -> dict[str, Any]:
    """Return an object; empty where there is none. Raises InvalidInput for anything else, and for a repeated key."""
    if value is None:
        return {}
    if isinstance(value, Doubled):
        raise source.error(place, f"the key {value.twice[0]!r} stands there twice. Keep the one that is meant.")
    if not isinstance(value, dict):
        raise source.error(place, f"found {show(value)}, allowed is an object.")
    return value


def items(source: Source, value: Any, place: str) -> list[Any]:
    """Return a list; empty where there is none. Raises InvalidInput for anything else."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise source.error(place, f"found {show(value)}, allowed is a list.")
    return value


def mappings(source: Source, value: Any, place: str) -> list[dict[str, Any]]:
    """Return a list of objects; empty where there is none. Raises InvalidInput for anything else."""
    found = items(source, value, place)
    if set(map(type, found)) <= {dict}:
        return found
    return [mapping(source, v, f"{place}[{i}]") for i, v in enumerate(found)]


def text(source: Source, value: Any, place: str) -> str | None:
    """Return a printable text; None where there is none, or an empty one.

    Raises:
        InvalidInput: it is no text, or longer than a name may be.
    """
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > LONGEST_NAME:
        raise source.error(place, f"found {show(value)}, allowed is a text of at most {LONGEST_NAME} characters.")
    return printable(value).strip() or None


def cores(source: Source, value: Any, place: str) -> int | None:
    """Return a number of cores; None where there is none. Raises InvalidInput for anything else."""
    if value is not None and (type(value) is not int or not 1 <= value < 2**31):
        raise source.error(place, f"found {show(value)}, allowed is the number of cores.")
    return value


def truth(source: Source, value: Any, place: str) -> bool | None:
    """Return true or false; None where there is neither. Raises InvalidInput for anything else."""
    if value is not None and not isinstance(value, bool):
        raise source.error(place, f"found {show(value)}, allowed are true and false.")
    return value


def moment(draft: Draft, value: Any, place: str) -> datetime | None:
    """Return when it was measured (UTC); None, with a warning, where the file gives no time zone or no date."""
    if value is None:
        return None
    try:
        when = datetime.fromisoformat(value)
        if when.tzinfo is not None:
            return when.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        pass
    draft.warn(f"{place} {show(value)} has no time zone or is no date: when it was measured is open")
    return None


_IMPLEMENTATIONS = {"cpython": "CPython", "pypy": "PyPy", "graalpy": "GraalPy", "ironpython": "IronPython"}


def python(implementation: str | None, version: str | None) -> str | None:
    """Return the interpreter as the project's own measurements spell it, e.g. CPython 3.11; None where either is open.

    The minor version owns the bytecode that is run; files say more, and then would never match.
    """
    if not implementation or not version:
        return None
    name = _IMPLEMENTATIONS.get(implementation.lower(), implementation)
    return f"{name} {'.'.join(version.split()[0].split('.')[:2])}"


_MACHINES = {"x86_64", "amd64", "aarch64", "arm64", "armv7l", "i386", "i686", "ppc64le", "riscv64", "s390x"}
"""What Python's `platform.machine()` says on the systems that CPython supports (PEP 11), in small letters."""


def platform(said: str | None) -> tuple[str | None, str | None]:
    """Return system and architecture of what Python's `platform.platform()` says, e.g. Linux-6.1-x86_64-with-glibc2.36.

    Each as `platform.system()` and `platform.machine()` say it, in small letters; None where it is not in the text.
    """
    words = (said or "").lower().split("-")
    system = "darwin" if words[0] == "macos" else words[0] or None
    return system, next((word for word in words[1:] if word in _MACHINES), None)
