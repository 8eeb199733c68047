"""nanobench's JSON (`ankerl::nanobench::templates::json()`), version 4.

Each of `measurements` is an epoch; its numbers are already divided by `iterations`, but not by `batch`, by which the
tool's own table divides. A counter that the system does not give is 0 in every epoch.
"""

import math
from typing import Any

from dart_perf.ingest import field
from dart_perf.ingest.document import show
from dart_perf.ingest.draft import Draft
from dart_perf.ingest.source import Source
from dart_perf.model.measurement import Benchmark, Run

COUNTERS = {
    "instructions": "instructions", "cpucycles": "cpu_cycles", "branchinstructions": "branches",
    "branchmisses": "branch_misses", "pagefaults": "page_faults", "contextswitches": "context_switches",
}  # fmt: skip
"""Metric of each counter. None is exact: the counting loop is part of them, and epochs differ."""


def recognises(source: Source) -> bool:
    """Say whether the document has the tool's list of results with their epochs."""
    found = source.json if source.is_json else None
    results = found.get("results") if isinstance(found, dict) else None
    first = results[0] if isinstance(results, list) and results else None
    return isinstance(first, dict) and first.keys() >= {"name", "epochs", "measurements"}


def read(source: Source) -> tuple[Run, ...]:
    """Return the run of a nanobench file.

    Raises:
        InvalidInput: it is none, a field has a wrong type, or it holds no epoch.
    """
    found = field.mapping(source, source.json, "")
    draft = Draft(source)
    for i, row in enumerate(field.mappings(source, found.get("results"), "results")):
        _add(draft, row, f"results[{i}]")
    draft.warn("all epochs of a benchmark come from one process: they are not independent")
    return (draft.run("nanobench", hint="Render the results after the benchmarks ran."),)


def _add(draft: Draft, row: dict[str, Any], place: str) -> None:
    source = draft.source
    size = row.get("complexityN", -1)
    params = {} if _number(draft, size, f"{place}.complexityN") == -1 else {"N": show(size)}
    title = field.text(source, row.get("title"), f"{place}.title") or ""
    benchmark = draft.benchmark(row.get("name"), place=f"{place}.name", suite=title, params=params)
    if benchmark is None:
        return
    batch = _number(draft, row.get("batch", 1), f"{place}.batch")
    if not 0 < batch < math.inf:
        raise source.error(f"{place}.batch", f"found {show(batch)}, allowed is a positive number.")
    if batch != 1:
        unit = field.text(source, row.get("unit"), f"{place}.unit") or "op"
        draft.warn(f"{benchmark.label}: an iteration is {batch:g} {unit}; times and counts are of one {unit}")
    epochs = field.mappings(source, row.get("measurements"), f"{place}.measurements")
    if not epochs:
        draft.leave_out(f"{place} {benchmark.label}", "statistics", "it has no epochs")
    for column, metric in {"elapsed": "wall_time", **COUNTERS}.items():
        _column(draft, benchmark, epochs, column, metric, batch, f"{place}.measurements")


def _column(
    draft: Draft, benchmark: Benchmark, epochs: list[dict[str, Any]], column: str, metric: str, batch: float, place: str
) -> None:
    """Add what one column says in every epoch."""
    known = {i: _number(draft, e[column], f"{place}[{i}].{column}") for i, e in enumerate(epochs) if column in e}
    if len(known) < len(epochs) and (known or column == "elapsed"):
        draft.leave_out(f"{place} {benchmark.label} {column}", "value", f"{len(epochs) - len(known)} epochs lack it")
    if column != "elapsed" and known and not any(known.values()):
        reason = "0 in every epoch: it did not happen, or the system does not count it"
        draft.leave_out(f"{place} {benchmark.label} {column}", "counter", reason)
    elif known:
        order = list(known)
        draft.add(
            benchmark, metric, "s" if column == "elapsed" else "1", [value / batch for value in known.values()],
            place=place, better="lower", processes=(0,) * len(known), where=lambda k: f"{place}[{order[k]}].{column}",
        )  # fmt: skip


def _number(draft: Draft, value: Any, place: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise draft.source.error(place, f"found {show(value)}, allowed is a number.")
    try:
        return float(value)
    except OverflowError:
        return math.inf
