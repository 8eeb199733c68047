"""Google Benchmark's JSON (`--benchmark_format=json`, `--benchmark_out=FILE`), versions 1.0 to 1.9.

A row is one repetition, or something that looks like one: an aggregate (`_cv` is a ratio in a column of times,
`_stddev` a spread), a complexity fit (in ns whatever the rows say), an error (with time 0). Only repetitions are
measurements, and all of them come from one process.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

from dart_perf.ingest.document import Doubled, show
from dart_perf.ingest.draft import Draft
from dart_perf.ingest.gbench_context import environment, measured_at, producer, warnings
from dart_perf.ingest.gbench_row import counters, no_measurement, read_cells
from dart_perf.ingest.source import Source
from dart_perf.model.measurement import Benchmark, Run

_HINT = (
    "Means and medians are no samples: run the program without --benchmark_report_aggregates_only, and look whether "
    "every benchmark failed."
)


class Row(NamedTuple):
    """A row with its place in the file."""

    number: int
    benchmark: str
    fields: dict[str, Any]

    @property
    def what(self) -> str:
        return f"benchmarks[{self.number}] {self.fields.get('name', self.benchmark)}"


def recognises(source: Source) -> bool:
    """Say whether the document has the tool's list of benchmarks."""
    found = source.json if source.is_json else None
    return isinstance(found, dict) and isinstance(found.get("benchmarks"), list) and "context" in found


def read(source: Source) -> tuple[Run, ...]:
    """Return the run of a Google Benchmark file.

    Raises:
        InvalidInput: it is none, a field has a wrong type, or no row is a measurement.
        UnknownUnit: a row's `time_unit` is not known.
    """
    found = source.json
    benchmarks = found.get("benchmarks") if isinstance(found, dict) else None
    if not isinstance(benchmarks, list):
        raise source.error("", f"found {show(found)}, allowed is an object with the lists `context`, `benchmarks`.")
    context = found.get("context", {})
    if not isinstance(context, dict):
        raise source.error("context", f"found {show(context)}, allowed is an object.")
    rows = [_row(source, i, fields) for i, fields in enumerate(benchmarks)]
    if not rows:
        raise source.error("benchmarks", f"no measurement: no rows. {_HINT}")
    draft = Draft(source, joins=True)
    kept = list(_repetitions(rows, draft))
    _add(draft, kept)
    for text in warnings(context, [r.fields for r in kept]):
        draft.warn(text)
    where = environment(source, context)
    return (draft.run(producer(context), hint=_HINT, when=measured_at(context), environment=where),)


def _row(source: Source, number: int, fields: Any) -> Row:
    place = f"benchmarks[{number}]"
    if not isinstance(fields, dict):
        raise source.error(place, f"found {show(fields)}, allowed is an object: one row of the tool's output.")
    name = fields.get("run_name", fields.get("name"))
    if not isinstance(name, str) or not name:
        raise source.error(f"{place}.name", f"found {show(name)}, allowed is the benchmark's name.")
    for key in ("family_index", "per_family_instance_index", "repetition_index", "threads"):
        value = fields.get(key)
        if value is not None and type(value) is not int:
            raise source.error(f"{place}.{key}", f"found {show(value)}, allowed is an integer.")
    return Row(number, name, fields)


def _repetitions(rows: list[Row], draft: Draft) -> Iterator[Row]:
    """Yield the rows that are repetitions, those of one benchmark in the order in which they were taken."""
    groups: dict[str, list[Row]] = defaultdict(list)
    names = {str(row.fields.get("name")) for row in rows}
    for row in rows:
        refusal = _twice(row) or no_measurement(row.fields, names)
        if refusal is None:
            groups[row.benchmark].append(row)
        else:
            draft.leave_out(row.what, *refusal)
    for group in groups.values():
        families = {(r.fields.get("family_index"), r.fields.get("per_family_instance_index")) for r in group}
        indices = Counter(r.fields.get("repetition_index") for r in group)
        for row in sorted(group, key=_repetition):
            index = row.fields.get("repetition_index")
            if len(families) > 1:
                reason = "several benchmarks have this name; whose value it is, nobody knows: rename one"
                draft.leave_out(row.what, "ambiguous", reason)
            elif index is not None and indices[index] > 1:
                reason = f"repetition {index} stands there {indices[index]} times: import files one by one"
                draft.leave_out(row.what, "ambiguous", reason)
            else:
                yield row


def _twice(row: Row) -> tuple[str, str] | None:
    if isinstance(row.fields, Doubled):
        return "ambiguous", f"the key {row.fields.twice[0]!r} stands there twice: rename the user counter"
    return None


def _repetition(row: Row) -> tuple[int, int]:
    index = row.fields.get("repetition_index")
    return (index if isinstance(index, int) else row.number), row.number


def _add(draft: Draft, rows: list[Row]) -> None:
    """Add the values of all repetitions; they come from one process."""
    unread: dict[tuple[str, str], None] = {}
    for row in rows:
        place = f"benchmarks[{row.number}]"
        read, problems = read_cells(draft.source, row.fields, place)
        for column, reason in problems:
            draft.leave_out(f"{row.what} {column}", "value", reason)
        if not read and not problems:
            draft.leave_out(row.what, "value", "it has neither a time nor a rate")
        for metric, value in read:
            draft.keep(Benchmark(name=row.benchmark), metric, (value,), place=place, processes=(0,))
        unread |= {(row.benchmark, name): None for name in counters(row.fields)}
    for name, counter in unread:
        reason = "a user counter does not say whether lower or higher is better"
        draft.leave_out(f"{name} {counter}", "counter", reason)
