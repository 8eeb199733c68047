"""One value as github-action-benchmark keeps it: a name, a number, a unit in free text.

Which way is better stands in the unit where it is known, else in the name of the tool where that is one of the two
custom ones. Where a time or a rate and such a name contradict each other, one of them is wrong (there are projects
whose milliseconds are `customBiggerIsBetter`), and the value is left out; a size may be either, e.g. free memory.
The action's own rule (every other tool but benchmark.js and pytest: lower) is not used: it calls Go's MB/s and JMH's
ops/s better when they fall.
"""

import re
from functools import lru_cache
from typing import Any

from dart_perf.errors import UnknownUnit
from dart_perf.ingest.document import show
from dart_perf.ingest.draft import Draft
from dart_perf.model.measurement import Benchmark, printable
from dart_perf.units import Better, parse

CUSTOM: dict[str, Better] = {"customSmallerIsBetter": "lower", "customBiggerIsBetter": "higher"}
"""The tools whose values may be anything; their name says which way is better."""
ONE_VALUE = "each value is one number that the tool computed: nothing is known of its spread"
"""What every reader of such values says; `range` is free text and may be anything."""
_MEASURED = {"s": "wall_time", "B": "allocated_bytes", "1/s": "throughput", "B/s": "bytes_per_second"}
_ANYTHING = {"s": "time", "B": "size", "1/s": "rate", "B/s": "data_rate"}
"""What is measured in a base unit: by the tools that the action knows, and by custom ones."""
_COMPUTED = ("_stddev", "_cv", "_BigO", "_RMS")
"""Rows of Google Benchmark that the action keeps like any other; a `_mean` or `_median` is a value like any other."""
_CPU = re.compile(r"^cpu: (\S+) (\S+)$", re.MULTILINE)


def add(draft: Draft, benchmark: Benchmark, tool: str, bench: dict[str, Any], place: str) -> None:
    """Add the value, and the CPU time that stands in the text `extra` where Google Benchmark measured.

    Raises:
        InvalidInput: the unit is no text.
    """
    value, unit = bench.get("value"), bench.get("unit")
    if not isinstance(unit, str):
        raise draft.source.error(f"{place}.unit", f"found {show(unit)}, allowed is a text, e.g. 'ns/iter'.")
    if isinstance(value, bool) or not isinstance(value, int | float):
        draft.leave_out(f"{place} {benchmark.label}", "value", f"{show(value)} is no number")
        return
    if tool == "googlecpp" and benchmark.name.endswith(_COMPUTED):
        draft.leave_out(f"{place} {benchmark.label}", "aggregate", "a spread or a fit over repetitions, no time")
        return
    metric = _metric(tool, unit)
    if isinstance(metric, str):
        draft.leave_out(f"{place} {benchmark.label}", "contradiction", metric)
        return
    name, spelled, better = metric
    draft.add(benchmark, name, spelled, (value,), place=place, better=better)
    extra = bench.get("extra")
    if tool == "googlecpp" and isinstance(extra, str) and "cpu: " in extra:
        _add_cpu_time(draft, benchmark, extra, place)


def _add_cpu_time(draft: Draft, benchmark: Benchmark, extra: str, place: str) -> None:
    found = _CPU.search(extra)
    try:
        value = float(found[1]) if found else None
        base = parse(found[2]).base if found else None
    except (ValueError, UnknownUnit):
        value = base = None
    if found is None or value is None or base != "s":
        draft.leave_out(f"{place} {benchmark.label} cpu_time", "value", f"{show(extra)} says no CPU time")
    else:
        draft.add(benchmark, "cpu_time", found[2], (value,), place=f"{place}.extra")


@lru_cache(maxsize=4096)  # a history repeats few units 100,000 times
def _metric(tool: str, unit: str) -> tuple[str, str, Better | None] | str:
    """Return the metric's name, the unit to read, and which way is better where the tool's name says it.

    Names differ where base units do, so that a benchmark whose unit changed is another series. Where unit and tool
    contradict each other, return how.
    """
    stated = CUSTOM.get(tool)
    names = _ANYTHING if stated else _MEASURED
    try:
        known = parse(unit)
    except UnknownUnit:
        return ("value" if stated else "time"), unit, stated
    if stated and known.better not in (None, stated):
        if known.base != "B":
            return f"{show(unit)} is better {known.better}, and {tool} says {stated}: mend the one that is wrong"
        return "value", f"{unit} ({stated} is better)", stated
    plain = f"value [{printable(unit).strip()}]" if unit.strip() else "value"
    return names.get(known.base, plain), unit, stated
