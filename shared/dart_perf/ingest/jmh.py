"""JMH's JSON (`-rf json`), versions 1.0 to 1.37.

`rawData[fork][iteration]` are the samples, and each fork is a process of its own. Which way is better stands in the
mode: throughput (`thrpt`) is better higher, times (`avgt`, `sample`, `ss`) lower. NaN and infinities are strings.
"""

import math
import re
from typing import Any

from dart_perf.ingest import field
from dart_perf.ingest.document import show
from dart_perf.ingest.draft import Draft
from dart_perf.ingest.source import Source
from dart_perf.model.environment import Environment
from dart_perf.model.measurement import Benchmark, Run
from dart_perf.units import Better

_MODES: dict[str, tuple[str, Better]] = {
    "thrpt": ("throughput", "higher"),
    "avgt": ("wall_time", "lower"),
    "sample": ("sampled_time", "lower"),
    "ss": ("single_shot_time", "lower"),
}
"""Metric and direction of each mode."""
_NOT_FINITE = {"NaN": math.nan, "+INF": math.inf, "-INF": -math.inf}
"""How JMH spells what JSON has no number for."""
_PERCENTILE = re.compile(r"p\d\.\d+$")
_PER_OPERATION = re.compile(r"(?:ops/\w+|[\w#]+/op)")
_TOTAL = "a profiler's rate or total: it grows with the work that is done, so neither way is better"
_AUXILIARY = "right for the methods of a @Group, wrong for a counter of @AuxCounters that counts what is bad"
"""The file writes both alike."""
_SECONDARY = {"gc.alloc.rate.norm": "allocated_bytes"}
"""What profilers measure under another name than this project's."""
_VM = ("jmhVersion", "jdkVersion", "vmName", "vmVersion")
"""Rows that differ in one of these are of different runs."""


def recognises(source: Source) -> bool:
    """Say whether it is a list of benchmarks with their primary metrics."""
    found = source.json if source.is_json else None
    first = found[0] if isinstance(found, list) and found else None
    return isinstance(first, dict) and first.keys() >= {"benchmark", "mode", "primaryMetric"}


def read(source: Source) -> tuple[Run, ...]:
    """Return one run for each virtual machine that the file names.

    Raises:
        InvalidInput: it is none, a field has a wrong type, or nothing in it is a measurement.
        UnknownUnit: a score's unit contradicts its mode.
    """
    drafts: dict[tuple[str | None, ...], Draft] = {}
    for i, row in enumerate(field.mappings(source, source.json, "")):
        machine = tuple(field.text(source, row.get(key), f"[{i}].{key}") for key in _VM)
        _add(drafts.setdefault(machine, Draft(source)), row, f"[{i}]")
    return tuple(_run(draft, *machine) for machine, draft in drafts.items()) or (_run(Draft(source)),)


def _run(
    draft: Draft, version: str | None = None, jdk: str | None = None, vm: str | None = None, build: str | None = None
) -> Run:
    libraries = {name: text for name, text in (("jdk", jdk), ("jmh", version)) if text}
    machine = " ".join(text for text in (vm, build) if text) or None
    return draft.run(
        f"jmh {version}" if version else "jmh",
        hint="Look whether every benchmark failed, and whether -Djmh.json.rawData=false hides what was measured.",
        environment=Environment(interpreter=machine, libraries=libraries),
    )


def _add(draft: Draft, row: dict[str, Any], place: str) -> None:
    source = draft.source
    mode = row.get("mode")
    if not isinstance(mode, str) or mode not in _MODES:
        raise source.error(f"{place}.mode", f"found {show(mode)}, allowed are {', '.join(_MODES)}. Run one of them.")
    benchmark = _benchmark(draft, row, place)
    if benchmark is None:
        return
    metric, better = _MODES[mode]
    primary = field.mapping(source, row.get("primaryMetric"), f"{place}.primaryMetric")
    _add_score(draft, benchmark, metric, primary, f"{place}.primaryMetric", better)
    secondary = field.mapping(source, row.get("secondaryMetrics"), f"{place}.secondaryMetrics")
    for name, plain in secondary.items():
        where = f"{place}.secondaryMetrics[{show(name)}]"
        score = field.mapping(source, plain, where)
        unit = str(score.get("scoreUnit"))
        plain_name = name.lstrip("·")  # before 1.36 profilers marked their names so
        if _PERCENTILE.search(name):
            draft.leave_out(where, "statistic", "a percentile, computed from the samples of the primary metric")
        elif not _PER_OPERATION.fullmatch(unit):
            draft.leave_out(f"{where} {benchmark.label}", "profiler", f"{_TOTAL} ({unit})")
        else:
            way: Better = "higher" if unit.startswith("ops/") else "lower"
            if way == "higher":
                draft.warn(
                    f"{show(name)} is read as better higher, like all that JMH counts in {show(unit)}: {_AUXILIARY}"
                )
            _add_score(draft, benchmark, _SECONDARY.get(plain_name, plain_name), score, where, way)


def _benchmark(draft: Draft, row: dict[str, Any], place: str) -> Benchmark | None:
    """Return the benchmark: class, method, parameters, and threads (`-t`) where they are more than one."""
    source = draft.source
    name = field.text(source, row.get("benchmark"), f"{place}.benchmark")
    given = field.mapping(source, row.get("params"), f"{place}.params")
    params = {key: field.text(source, text, f"{place}.params.{key}") or "" for key, text in given.items()}
    threads = row.get("threads", 1)
    if type(threads) is not int:
        raise source.error(f"{place}.threads", f"found {show(threads)}, allowed is a number of threads.")
    suite, _, method = (name or "").rpartition(".")
    return draft.benchmark(
        method, place=f"{place}.benchmark", suite=suite, params=params | ({"-t": str(threads)} if threads != 1 else {})
    )


def _add_score(
    draft: Draft, benchmark: Benchmark, metric: str, score: dict[str, Any], place: str, better: Better
) -> None:
    """Add the iterations of every fork; of a histogram, which `sample` writes, each iteration's mean."""
    source = draft.source
    unit = score.get("scoreUnit")
    if not isinstance(unit, str):
        raise source.error(f"{place}.scoreUnit", f"found {show(unit)}, allowed is a text, e.g. 'ops/s'.")
    histogram = "rawDataHistogram" in score
    key = "rawDataHistogram" if histogram else "rawData"
    forks = field.items(source, score.get(key), f"{place}.{key}")
    values: list[Any] = []
    processes: list[int] = []
    for fork, plain in enumerate(forks):
        iterations = field.items(source, plain, f"{place}.{key}[{fork}]")
        for i, value in enumerate(iterations):
            where = f"{place}.{key}[{fork}][{i}]"
            values.append(_mean(source, value, where) if histogram else _number(value))
            processes.append(fork)
    if not values:
        draft.leave_out(f"{place} {benchmark.label}", "statistics", "its raw data was not exported, only a score")
    elif len(forks) == 1:
        draft.warn("all iterations of a benchmark come from one fork: they are not independent")
    if histogram and values:
        draft.warn("of single calls in mode `sample` each value is the mean of one iteration")
    spelled = "count" if unit == "#/op" else unit
    draft.add(benchmark, metric, spelled, values, place=f"{place}.{key}", better=better, processes=processes)


def _number(value: Any) -> Any:
    return _NOT_FINITE.get(value, value) if isinstance(value, str) else value


def _mean(source: Source, value: Any, place: str) -> float:
    """Return the mean of [value, count] pairs; NaN where there are none, or where they exceed any number."""
    total = count = 0.0
    for pair in field.items(source, value, place):
        if not isinstance(pair, list) or len(pair) != 2 or not all(type(n) in (int, float) for n in pair):  # noqa: PLR2004
            raise source.error(place, f"found {show(pair)}, allowed are pairs of a time and how often it was seen.")
        try:
            total, count = total + float(pair[0]) * float(pair[1]), count + float(pair[1])
        except OverflowError:
            return math.nan
    return total / count if count else math.nan
