"""The list that github-action-benchmark reads for tools it does not know: name, value and unit, one value each.

The file does not say which way is better; that stands in the name of the format, as it does in the action's `tool`.
"""

from dart_perf.errors import InvalidInput
from dart_perf.ingest import field, gab_value
from dart_perf.ingest.document import show
from dart_perf.ingest.draft import Draft
from dart_perf.ingest.source import Source
from dart_perf.model.measurement import Run

_ROW = {"name", "unit", "value"}


def recognises(source: Source) -> bool:
    """Refuse a text of this shape, because only the caller knows its direction; of any other, say no.

    Raises:
        InvalidInput: it is such a list; names the two formats to choose from.
    """
    found = source.json if source.is_json else None
    if isinstance(found, list) and found and isinstance(found[0], dict) and found[0].keys() >= _ROW:
        raise _undirected(source)
    return False


def read_smaller(source: Source) -> tuple[Run, ...]:
    """Return the run of a list whose values are better lower; see `_read`."""
    return _read(source, "customSmallerIsBetter")


def read_bigger(source: Source) -> tuple[Run, ...]:
    """Return the run of a list whose values are better higher; see `_read`."""
    return _read(source, "customBiggerIsBetter")


def _read(source: Source, tool: str) -> tuple[Run, ...]:
    """Return the run.

    Raises:
        InvalidInput: it is no such list, a field has a wrong type, or nothing in it is a measurement.
    """
    draft = Draft(source)
    if not isinstance(source.json, list):
        raise source.error("", f"found {show(source.json)}, allowed is a list of objects with name, unit and value.")
    for i, plain in enumerate(source.json):
        row = field.mapping(source, plain, f"[{i}]")
        benchmark = draft.benchmark(row.get("name"), place=f"[{i}].name")
        if benchmark is not None:
            gab_value.add(draft, benchmark, tool, row, f"[{i}]")
    draft.warn(gab_value.ONE_VALUE)
    return (draft.run(tool),)


def _undirected(source: Source) -> InvalidInput:
    choice = " or ".join(f"format={name!r}" for name in gab_value.CUSTOM)
    return source.error(
        "",
        f"a list of custom benchmarks does not say whether lower or higher is better. Give {choice}. "
        "On the command line: `dart-perf-baseline --import FILE --input-format NAME`; what is stored can be compared.",
    )
