"""pyperf's JSON (`-o FILE.json` or `FILE.json.gz`), format 1.0 (pyperf 1 and 2).

A run is a process. Its `values` are already divided by loops; a calibration run has none, and `warmups` are not
values. Values of one process are alike, so each carries the index of its process.
"""

from bisect import bisect_left
from typing import Any, NamedTuple

from dart_perf.ingest import field
from dart_perf.ingest.document import show
from dart_perf.ingest.draft import Draft
from dart_perf.ingest.source import Source
from dart_perf.model.environment import Environment
from dart_perf.model.measurement import Run

UNITS = {"second": ("wall_time", "s"), "byte": ("peak_memory", "B"), "integer": ("value", "1")}
"""Metric and unit of the values by `metadata.unit`; an integer has no direction."""


class _Values(NamedTuple):
    """Values of all runs of a benchmark, with the process of each: the index of its run."""

    values: list[Any]
    processes: list[int]

    def where(self, i: int) -> str:
        """Return where value `i` stands below the benchmark."""
        run = self.processes[i]
        first = bisect_left(self.processes, run)  # they ascend: one bad value asks this of every value
        return f"runs[{run}].values[{i - first}]"


def recognises(source: Source) -> bool:
    """Say whether the document has the tool's list of benchmarks with their runs."""
    found = source.json if source.is_json else None
    benchmarks = found.get("benchmarks") if isinstance(found, dict) and "version" in found else None
    first = benchmarks[0] if isinstance(benchmarks, list) and benchmarks else None
    return isinstance(first, dict) and isinstance(first.get("runs"), list)


def read(source: Source) -> tuple[Run, ...]:
    """Return the run of a pyperf file.

    Raises:
        InvalidInput: it is none, of another format version, a field has a wrong type, or it holds no value.
    """
    found = field.mapping(source, source.json, "")
    if found.get("version") != "1.0":
        raise source.error(
            "version", f"found {show(found.get('version'))}, allowed is '1.0'. Convert it with `pyperf convert`."
        )
    common = field.mapping(source, found.get("metadata"), "metadata")
    draft = Draft(source)
    known = [
        _add(draft, row, common, f"benchmarks[{i}]")
        for i, row in enumerate(field.items(source, found.get("benchmarks"), "benchmarks"))
    ]
    shared = {k: v for k, v in (known[0] if known else common).items() if all(other.get(k) == v for other in known)}
    version = field.text(source, shared.get("perf_version"), "metadata.perf_version")
    when = field.moment(draft, next((m["date"] for m in known if "date" in m), None), "metadata.date")
    run = draft.run(
        f"pyperf {version}" if version else "pyperf",
        hint="Look whether it was written with --worker or calibration alone.",
        when=when,
        environment=_environment(source, shared),
    )
    return (run,)


def _add(draft: Draft, fields: Any, common: dict[str, Any], place: str) -> dict[str, Any]:
    """Add the values of a benchmark; return what the file says of all of its runs, and `date` of the first."""
    source = draft.source
    row = field.mapping(source, fields, place)
    metadata = common | field.mapping(source, row.get("metadata"), f"{place}.metadata")
    runs = field.mappings(source, row.get("runs"), f"{place}.runs")
    said = [field.mapping(source, run.get("metadata"), f"{place}.runs[{i}].metadata") for i, run in enumerate(runs)]
    first = said[0] if said else {}
    metadata |= {k: v for k, v in first.items() if k == "date" or all(other.get(k) == v for other in said)}
    benchmark = draft.benchmark(metadata.get("name"), place=f"{place}.metadata.name")
    if benchmark is None:
        return metadata
    unit = field.text(source, metadata.get("unit"), f"{place}.metadata.unit") or "second"
    if unit not in UNITS:
        raise source.error(f"{place}.metadata.unit", f"found {unit!r}, allowed are {', '.join(UNITS)}.")
    found = _values(draft, runs, place, benchmark.label)
    if found.values:
        draft.add(
            benchmark, *UNITS[unit], found.values,
            place=place, processes=found.processes, where=lambda i: f"{place}.{found.where(i)}",
        )  # fmt: skip
    return metadata


def _values(draft: Draft, runs: list[dict[str, Any]], place: str, label: str) -> _Values:
    """Return the values of all runs; calibration runs and warm-ups are left out by name."""
    found = _Values([], [])
    if not runs:
        draft.leave_out(f"{place} {label}", "calibration", "it has no runs")
    for i, run in enumerate(runs):
        where = f"{place}.runs[{i}]"
        values = field.items(draft.source, run.get("values"), f"{where}.values")
        warmups = field.items(draft.source, run.get("warmups"), f"{where}.warmups")
        if not values:
            draft.leave_out(f"{where} {label}", "calibration", "a calibration run, which has no values")
        elif warmups:
            draft.leave_out(f"{where}.warmups {label}", "warm-up", f"{len(warmups)} before the values that count")
        found.values.extend(values)
        found.processes.extend([i] * len(values))
    return found


def _environment(source: Source, metadata: dict[str, Any]) -> Environment:
    def text(key: str) -> str | None:
        return field.text(source, metadata.get(key), f"metadata.{key}")

    system, architecture = field.platform(text("platform"))
    return Environment(
        cpu_model=text("cpu_model_name"),
        cores=field.cores(source, metadata.get("cpu_count"), "metadata.cpu_count"),
        os=system,
        architecture=architecture,
        interpreter=field.python(text("python_implementation"), text("python_version")),
    )
