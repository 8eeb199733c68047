"""What the columns of a BenchmarkDotNet row mean."""

from collections import Counter
from typing import Any

from dart_perf.ingest import field
from dart_perf.ingest.document import show
from dart_perf.ingest.draft import Draft
from dart_perf.model.measurement import Benchmark

_NO_RESULT = {
    "Jitting": "the first calls, while the code is compiled",
    "Pilot": "how many operations a repetition needs was still being found out",
    "Warmup": "warm-up",
    "Actual": "it stands again as a result, without overhead and outliers",
    "Unknown": "its stage is not known",
}
"""Why a measurement of each stage of the workload is no result."""


def add_times(draft: Draft, benchmark: Benchmark, row: dict[str, Any], place: str) -> bool:
    """Add the workload's results; everything else in the list is left out by stage. Return whether it succeeded."""
    source = draft.source
    rows = field.mappings(source, row.get("Measurements"), f"{place}.Measurements")
    values: list[float] = []
    processes: list[int] = []
    others: Counter[tuple[str, str]] = Counter()
    for i, fields in enumerate(rows):
        kind = (str(fields.get("IterationMode")), str(fields.get("IterationStage")))
        if kind != ("Workload", "Result"):
            others[kind] += 1
            continue
        where, launch = f"{place}.Measurements[{i}]", fields.get("LaunchIndex")
        if type(launch) is not int or not 0 <= launch < 2**31:
            raise source.error(f"{where}.LaunchIndex", f"found {show(launch)}, allowed is the number of the process.")
        value = _per_operation(draft, fields, where, benchmark)
        if value is not None:
            values.append(value)
            processes.append(launch)
    for (mode, stage), count in others.items():
        reason = "the harness itself was measured" if mode == "Overhead" else _NO_RESULT.get(stage)
        why = reason or f"known are Workload and Overhead with their stages, found {show(mode)}, {show(stage)}"
        draft.leave_out(f"{place}.Measurements {count} x {mode} {stage} {benchmark.label}", "stage", why)
    outliers = others["Workload", "Actual"] - len(values)
    if values and outliers > 0:
        draft.warn(f"{benchmark.label}: BenchmarkDotNet removed {outliers} outliers before it wrote the results")
    if values:
        draft.add(
            benchmark, "wall_time", "ns", values, place=f"{place}.Measurements(Workload Result)", processes=processes
        )
        return True
    return _add_original_values(draft, benchmark, row, place)


def _per_operation(draft: Draft, fields: dict[str, Any], place: str, benchmark: Benchmark) -> float | None:
    time, count = fields.get("Nanoseconds"), fields.get("Operations")
    for key, number in (("Nanoseconds", time), ("Operations", count)):
        if type(number) not in (int, float):
            raise draft.source.error(f"{place}.{key}", f"found {show(number)}, allowed is a number.")
    try:
        return float(time) / float(count)  # type: ignore[arg-type]  # both were checked
    except (OverflowError, ZeroDivisionError):
        said = f"{show(time)} ns in {show(count)} operations"
        draft.leave_out(f"{place} {benchmark.label}", "value", said)
        return None


def _add_original_values(draft: Draft, benchmark: Benchmark, row: dict[str, Any], place: str) -> bool:
    statistics = row.get("Statistics")
    if statistics is None:
        reason = "it has no statistics: it failed, and what is said of its memory means nothing"
        draft.leave_out(f"{place} {benchmark.label}", "failed", reason)
        return False
    where = f"{place}.Statistics.OriginalValues"
    plain = field.mapping(draft.source, statistics, f"{place}.Statistics").get("OriginalValues")
    values = field.items(draft.source, plain, where)
    if not values:
        reason = "only statistics of its times were exported: use the full JSON exporter"
        draft.leave_out(f"{place} {benchmark.label}", "statistics", reason)
    draft.add(benchmark, "wall_time", "ns", values, place=where)
    return True


def add_memory(draft: Draft, benchmark: Benchmark, row: dict[str, Any], place: str) -> None:
    """Add what an operation allocates, where the memory diagnoser ran."""
    memory = field.mapping(draft.source, row.get("Memory"), f"{place}.Memory")
    value = memory.get("BytesAllocatedPerOperation")
    if value is not None:
        where = f"{place}.Memory.BytesAllocatedPerOperation"
        draft.add(benchmark, "allocated_bytes", "B", [value], place=where)


def add_metrics(draft: Draft, benchmark: Benchmark, row: dict[str, Any], place: str) -> None:
    """Add what other diagnosers measured; their descriptors say which way is better."""
    source = draft.source
    for i, metric in enumerate(field.mappings(source, row.get("Metrics"), f"{place}.Metrics")):
        where = f"{place}.Metrics[{i}]"
        about = field.mapping(source, metric.get("Descriptor"), f"{where}.Descriptor")
        name = field.text(source, about.get("Id"), f"{where}.Descriptor.Id")
        greater = field.truth(source, about.get("TheGreaterTheBetter"), f"{where}.Descriptor.TheGreaterTheBetter")
        unit = field.text(source, about.get("Unit"), f"{where}.Descriptor.Unit") or "1"
        if name == "Allocated Memory" and row.get("Memory") is not None:
            continue  # the same number as in Memory
        if name is None or greater is None or metric.get("Value") is None:
            draft.leave_out(f"{where} {benchmark.label}", "metric", "it has no name, direction or value")
            continue
        spelled = "count" if unit == "Count" else unit
        draft.add(
            benchmark, name, spelled, [metric["Value"]], place=f"{where}.Value", better="higher" if greater else "lower"
        )
