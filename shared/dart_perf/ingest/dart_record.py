"""DART's own records, schema `dart-perf/1`: instruction counts, allocations and guards of a commit and its parent.

Each row is identified by `row`, `det` and `version`; `head` and `parent` were measured in one go in one environment,
so they become two runs. `delta` and the verdict are computed from them. Counts are exact; wall time is advisory.
"""

from typing import Any

from dart_perf.errors import InvalidInput
from dart_perf.ingest import field
from dart_perf.ingest.document import show
from dart_perf.ingest.draft import Draft
from dart_perf.ingest.source import Source
from dart_perf.model.environment import Environment
from dart_perf.model.measurement import Benchmark, Guard, Run, printable

SCHEMA = "dart-perf/1"
_METRICS = {
    "ir_per_step": ("instructions", "Ir"),
    "allocs_per_step": ("allocations", "allocs"),
    "bytes_per_step": ("allocated_bytes", "B"),
    "max_rss_kb": ("peak_rss", "KiB"),  # as getrusage(2) counts it
    "wall_ms_per_step": ("wall_time", "ms"),
}
"""Metric and unit of each column."""
_KNOWN = {"guards", "time_advanced", "allocs", "bytes", "cases", "micro_instrumented"}
"""Columns that are no metrics of their own: what was computed, totals of those by step, and what was run."""
_SIDES = ("parent", "head")


def recognises(source: Source) -> bool:
    """Say whether the document names the schema."""
    found = source.json if source.is_json else None
    return isinstance(found, dict) and found.get("schema") == SCHEMA


def read(source: Source) -> tuple[Run, ...]:
    """Return the run of the parent, where it was measured, and that of the commit.

    Raises:
        InvalidInput: it is none, a field has a wrong type, or nothing of the commit is a measurement.
    """
    found = field.mapping(source, source.json, "")
    if found.get("schema") != SCHEMA:
        raise source.error("schema", f"found {show(found.get('schema'))}, allowed is {SCHEMA!r}.")
    about = field.mapping(source, found.get("run"), "run")
    results = field.mappings(source, found.get("results"), "results")
    rows = [(row, f"results[{i}]") for i, row in enumerate(results)]
    runs = []
    for side in _SIDES:
        if side == "head" or any(row.get(side) is not None for row, _ in rows):
            run = _run(source, about, rows, side)
            runs += [run] if run else []
    return tuple(runs)


def _run(source: Source, about: dict[str, Any], rows: list[tuple[dict[str, Any], str]], side: str) -> Run | None:
    draft = Draft(source)
    guards: list[Guard] = []
    for row, place in rows:
        _add(draft, guards, row, side, place)
    head = side == "head"
    commit, branch, describe = (
        field.text(source, about.get(key), f"run.{key}") for key in ("commit", "branch", "describe")
    )
    parent = field.text(source, about.get("parent"), "run.parent")
    when = field.moment(draft, about.get("time"), "run.time")
    try:
        return draft.run(
            SCHEMA, when=when, commit=commit if head else parent, environment=_environment(source, about),
            branch=branch if head else None, version=describe if head else None, guards=tuple(guards),
        )  # fmt: skip
    except InvalidInput:
        if head:
            raise
        return None  # the same rows are left out of the commit's run, each with its reason


def _environment(source: Source, about: dict[str, Any]) -> Environment:
    """Return what the record says; its own fingerprint stands for all that it does not say one by one."""
    env = field.mapping(source, about.get("env"), "run.env")
    said = {key: field.text(source, env.get(key), f"run.env.{key}") for key in ("valgrind", "glibc", "fingerprint")}
    return Environment(
        cpu_model=field.text(source, env.get("host_cpu"), "run.env.host_cpu"),
        interpreter=field.text(source, env.get("compiler"), "run.env.compiler"),
        build_type=field.text(source, env.get("preset"), "run.env.preset"),
        libraries={key: text for key, text in said.items() if text},
    )


def _add(draft: Draft, guards: list[Guard], row: dict[str, Any], side: str, place: str) -> None:
    source = draft.source
    benchmark = _benchmark(draft, row, place)
    if benchmark is None:
        return
    if row.get("status") != "ok":
        why = row.get("error") or row.get("failures") or ""
        draft.leave_out(f"{place} {benchmark.label}", "failed", f"status {show(row.get('status'))} {show(why)}")
        return
    if row.get(side) is None:
        draft.leave_out(f"{place}.{side} {benchmark.label}", "missing", f"it was not measured for the {side}")
        return
    columns = field.mapping(source, row.get(side), f"{place}.{side}")
    for column, value in columns.items():
        where = f"{place}.{side}.{column}"
        if column in _METRICS and value is not None:
            metric, unit = _METRICS[column]
            draft.add(benchmark, metric, unit, [value], place=where)
        elif column not in _METRICS and column not in _KNOWN:
            draft.leave_out(f"{where} {benchmark.label}", "column", "it does not say whether lower or higher is better")
    if columns.get("wall_ms_per_step") is not None:
        draft.warn("wall_time is one window of steps on a hosted runner: advisory, as the record says")
    guards.extend(_guards(source, benchmark, row, columns, f"{place}.{side}"))


def _benchmark(draft: Draft, row: dict[str, Any], place: str) -> Benchmark | None:
    """Return the benchmark; a row of another version is another benchmark."""
    params = {}
    for key in ("det", "version", "threads"):
        value = row.get(key)
        if value is not None and type(value) not in (str, int):
            raise draft.source.error(f"{place}.{key}", f"found {show(value)}, allowed is a text or an integer.")
        if value not in (None, "") and not (key == "threads" and value == 1):
            params[key] = show(value) if isinstance(value, int) else str(value)
    return draft.benchmark(row.get("row"), place=f"{place}.row", params=params)


def _guards(
    source: Source, benchmark: Benchmark, row: dict[str, Any], columns: dict[str, Any], place: str
) -> list[Guard]:
    """Return what the program computed, and the digest of what it was given: both must be equal to compare costs."""
    said = dict(field.mapping(source, columns.get("guards"), f"{place}.guards"))
    hashes = said.get("hash")
    if isinstance(hashes, dict):  # one for each case
        del said["hash"]
        said |= {f"hash {case}": value for case, value in hashes.items()}
    said |= {"time_advanced": columns.get("time_advanced"), "input_sha": row.get("input_sha")}
    found, label = list[Guard](), benchmark.label
    for name, value in said.items():
        if value is None:
            continue
        if not isinstance(value, bool | int | float | str):
            raise source.error(f"{place}.guards.{name}", f"found {show(value)}, allowed is a number, text or truth.")
        found.append(Guard(name=printable(f"{label} {name}"), value=_plain(value)))
    return found


def _plain(value: float | str) -> float | str:
    """Return the value as a guard keeps it: truth as text, and integers beyond 64 bits too, which no store keeps."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int) and value.bit_length() >= 64 else value  # noqa: PLR2004
