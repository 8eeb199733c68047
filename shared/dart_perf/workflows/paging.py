"""A page of a list: bounded answers, with a cursor that names the last entry shown."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from dart_perf.errors import InvalidInput

Entry = TypeVar("Entry")


def page_of(
    entries: Sequence[Entry], name: Callable[[Entry], str], *, limit: int, cursor: str | None
) -> tuple[tuple[Entry, ...], str | None]:
    """Return up to `limit` entries behind the one called `cursor`, and the cursor of the next page (None at the end).

    Raises:
        InvalidInput: no entry is called `cursor`.
    """
    names = [name(entry) for entry in entries]
    if cursor is not None and cursor not in names:
        raise InvalidInput(f"cursor {cursor!r} names no entry of this list. Start again without a cursor.")
    first = 0 if cursor is None else names.index(cursor) + 1
    page = tuple(entries[first : first + limit])
    return page, names[first + limit - 1] if first + limit < len(entries) else None
