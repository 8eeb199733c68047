"""What the columns of a Google Benchmark row mean."""

from collections.abc import Collection
from typing import Any

from dart_perf.errors import UnknownUnit
from dart_perf.ingest.document import show
from dart_perf.ingest.source import Source
from dart_perf.ingest.value import in_base_unit
from dart_perf.model.measurement import Metric
from dart_perf.units import direction
from dart_perf.units import parse as parse_unit

_COLUMNS = {
    "real_time": ("wall_time", ""),
    "cpu_time": ("cpu_time", ""),
    "items_per_second": ("items_per_second", "items/s"),
    "bytes_per_second": ("bytes_per_second", "B/s"),
    "allocs_per_iter": ("allocations", "allocs"),
    "max_bytes_used": ("peak_heap", "B"),
}
"""Metric and unit of each column that is measured; the unit of times stands in the row."""

_RESERVED = {
    "name", "family_index", "per_family_instance_index", "run_name", "run_type", "repetitions", "repetition_index",
    "threads", "iterations", "time_unit", "label", "error_occurred", "error_message", "skipped", "skip_message",
    "aggregate_name", "aggregate_unit", "total_allocated_bytes", "net_heap_growth",
}  # fmt: skip
_AGGREGATES = ("mean", "median", "stddev", "cv", "BigO", "RMS")


def no_measurement(row: dict[str, Any], names: Collection[str] = ()) -> tuple[str, str] | None:
    """Return kind and reason where the row is no repetition, else None; `names` are those of all rows."""
    if row.get("error_occurred"):
        return "error", f"it failed: {show(row.get('error_message', ''))}; its time means nothing"
    if row.get("skipped"):
        return "skipped", f"it was skipped: {show(row.get('skip_message', ''))}; its time means nothing"
    fitted = row.get("run_type") != "iteration"  # a counter of a repetition may have any name
    if fitted and {"big_o", "cpu_coefficient", "real_coefficient", "rms"} & row.keys():
        return "complexity", "a fit of complexity over several benchmarks, no repetition"
    kind = row.get("run_type", _guessed_type(row, names))
    if kind == "aggregate":
        name = row.get("aggregate_name", "statistic")
        return "aggregate", f"{name} of repetitions, computed and not measured"
    if kind != "iteration":
        return "unknown", f"run_type {show(kind)} is not known; known are iteration and aggregate"
    return None


def _guessed_type(row: dict[str, Any], names: Collection[str]) -> str:
    """Before 1.5 a row did not say what it is: its name ends in the statistic.

    A smallest or largest value was a statistic of the user's, and stands beside its benchmark; else it is a name.
    """
    stem, _, tail = str(row.get("name", "")).rpartition("_")
    computed = tail in _AGGREGATES or (tail in {"min", "max"} and stem in names)
    return "aggregate" if "aggregate_name" in row or computed else "iteration"


def counters(row: dict[str, Any]) -> list[str]:
    """Return the names of the row's user counters: numbers that are neither the tool's own nor directed."""
    return [k for k, v in row.items() if k not in _RESERVED and k not in _COLUMNS and isinstance(v, int | float)]


def read_cells(
    source: Source, row: dict[str, Any], place: str
) -> tuple[list[tuple[Metric, float]], list[tuple[str, str]]]:
    """Return the row's values in base units, and (column, reason) of those that are no measurement.

    Raises:
        InvalidInput: a value is no number.
        UnknownUnit: the row's `time_unit` is not known.
    """
    read, problems = [], []
    for column, (name, unit) in _COLUMNS.items():
        if column not in row:
            continue
        metric, factor = _metric(source, name, unit or row.get("time_unit", "ns"), place)
        number, reason = in_base_unit(source, row[column], factor, metric, f"{place}.{column}")
        if reason:
            problems.append((column, reason))
        else:
            read.append((metric, number))
    return read, problems


def _metric(source: Source, name: str, text: Any, place: str) -> tuple[Metric, float]:
    if not isinstance(text, str):
        raise source.error(f"{place}.time_unit", f"found {show(text)}, allowed are 'ns', 'us', 'ms' and 's'.")
    try:
        unit = parse_unit(text)
        metric = Metric(name=name, unit=unit.base, better=direction(text, None), assumption=unit.assumption)
    except UnknownUnit as error:
        raise UnknownUnit(f"{source.name}: {place}.time_unit: {error}") from error
    if name.endswith("_time") and unit.base != "s":
        raise source.error(f"{place}.time_unit", f"found {show(text)}, allowed are 'ns', 'us', 'ms' and 's'.")
    return metric, unit.factor
