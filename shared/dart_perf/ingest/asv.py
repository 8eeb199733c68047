"""asv's results (`results/MACHINE/COMMIT-ENV.json`, version 2) with `machine.json` beside and `benchmarks.json` above.

A row stands by position under `result_columns` and ends where all that follows is null; combinations of parameters are
flattened. null is a failure, NaN a skip, and intervals of one value are infinite, which is no strict JSON.
"""

import math
from collections.abc import Iterator
from itertools import product, zip_longest
from typing import Any

from dart_perf.ingest import field
from dart_perf.ingest.asv_place import commit, environment, measured_at
from dart_perf.ingest.document import show
from dart_perf.ingest.draft import NO_DIRECTION, Draft
from dart_perf.ingest.source import Source
from dart_perf.model.measurement import Benchmark, Run

TYPES = {"time": ("wall_time", "s"), "memory": ("memory", "B"), "peakmemory": ("peak_rss", "B")}
"""Metric and unit of each type; a benchmark may set another clock than `timeit.default_timer`, of which no file tells.
`track` has a unit of the author's and no direction."""
_PREFIXES = {"time": "time", "timeraw": "time", "mem": "memory", "peakmem": "peakmemory", "track": "track"}
"""Type by the first word of a benchmark's name: asv's own rule."""


def recognises(source: Source) -> bool:
    """Say whether the document has what asv keeps of one commit."""
    found = source.json if source.is_json else None
    return isinstance(found, dict) and found.keys() >= {"commit_hash", "params", "results"}


def read(source: Source) -> tuple[Run, ...]:
    """Return the run of an asv results file.

    Raises:
        InvalidInput: it is none, of another version, a field has a wrong type, or it holds no value.
    """
    found = field.mapping(source, source.json, "")
    if found.get("version") != 2 or "result_columns" not in found:  # noqa: PLR2004 -- the version that is read
        raise source.error(
            "version", f"found {show(found.get('version'))}, allowed is 2. Convert the results with `asv update`."
        )
    known = _companion(source, "../benchmarks.json")
    draft = Draft(source)
    if not known:
        draft.warn(
            "no benchmarks.json beside the results: what is measured is read from names, and parameters are numbered"
        )
    columns = field.items(source, found["result_columns"], "result_columns")
    rows = field.mapping(source, found.get("results"), "results")
    starts = [_add(draft, name, _row(source, columns, row, name), known.get(name)) for name, row in rows.items()]
    run = draft.run(
        "asv",
        hint="Look whether every benchmark failed.",
        when=measured_at(source, starts),
        commit=commit(source, found.get("commit_hash")),
        environment=environment(draft, found, _companion(source, "machine.json")),
    )
    return (run,)


def _companion(source: Source, relative: str) -> dict[str, Any]:
    beside = source.companion(relative)
    return field.mapping(beside, beside.json, "") if beside else {}


def _row(source: Source, columns: list[Any], row: Any, name: str) -> dict[str, Any]:
    """Return a row by column; those that were cut off at the right are null."""
    cells = field.items(source, row, f"results.{name}")
    if not all(isinstance(column, str) for column in columns) or len(cells) > len(columns):
        raise source.error(f"results.{name}", f"{len(cells)} values for {len(columns)} columns. Run asv again.")
    return dict(zip(columns, cells, strict=False))


def _add(draft: Draft, name: str, row: dict[str, Any], about: Any) -> Any:
    """Add the values of a benchmark and all of its parameters; return when it started."""
    source, place = draft.source, f"results.{name}"
    about = field.mapping(source, about, f"benchmarks.json: {name}")
    word = name.rpartition(".")[2].partition("_")[0]
    kind = field.text(source, about.get("type"), f"benchmarks.json: {name}.type") or _PREFIXES.get(word)
    if about and row.get("version") not in (None, about.get("version")):
        draft.leave_out(place, "version", "its code changed since; asv shows such results no more")
    elif kind not in TYPES:
        reason = f"a tracked value: {NO_DIRECTION}" if kind == "track" else f"its type {show(kind)} is not known"
        draft.leave_out(place, "direction" if kind == "track" else "type", reason)
    elif row.get("result") is None:
        draft.leave_out(place, "failure", "it failed, or was not run")
    else:
        metric, unit = TYPES[kind]
        said = f"benchmarks.json: {name}.param_names"
        names = [field.text(source, n, said) for n in field.items(source, about.get("param_names"), said)]
        if kind == "time" and not row.get("samples"):
            draft.warn("times without --record-samples: asv's median of the repetitions is the only sample")
        for benchmark, values, where in _cells(draft, name, row, names):
            draft.add(benchmark, metric, unit, values, place=where)
    return row.get("started_at")


def _cells(
    draft: Draft, name: str, row: dict[str, Any], names: list[str | None]
) -> Iterator[tuple[Benchmark, list[Any], str]]:
    """Yield each combination of parameters with its values and place."""
    source, place = draft.source, f"results.{name}"
    results = field.items(source, row["result"], f"{place}.result")
    params = [
        field.items(source, axis, f"{place}.params[{i}]")
        for i, axis in enumerate(field.items(source, row.get("params"), f"{place}.params"))
    ]
    samples = field.items(source, row.get("samples"), f"{place}.samples") or [None] * len(results)
    count = math.prod(len(axis) for axis in params)
    if not len(results) == len(samples) == count:
        problem = f"{len(results)} results and {len(samples)} lists of samples for {count} combinations of parameters"
        raise source.error(place, f"{problem}. Run asv again.")
    for i, (values, result, sampled) in enumerate(zip(product(*params), results, samples, strict=True)):
        labels = [given or f"param{k + 1}" for k, (_, given) in enumerate(zip_longest(values, names[: len(values)]))]
        benchmark = _benchmark(draft, name, dict(zip(labels, values, strict=True)), place)
        if benchmark is None:
            continue
        if result is None:
            draft.leave_out(f"{place}[{i}] {benchmark.label}", "failure", "it failed, or was not run")
        elif isinstance(result, float) and math.isnan(result):
            draft.leave_out(f"{place}[{i}] {benchmark.label}", "skipped", "it was skipped for these parameters")
        elif sampled:
            yield benchmark, field.items(source, sampled, f"{place}.samples[{i}]"), f"{place}.samples[{i}]"
        else:
            yield benchmark, [result], f"{place}.result[{i}]"


def _benchmark(draft: Draft, name: str, params: dict[str, Any], place: str) -> Benchmark | None:
    texts = {k: field.text(draft.source, v, f"{place}.params") or "" for k, v in params.items()}
    suite, _, short = name.rpartition(".")
    return draft.benchmark(short, place=place, suite=suite, params=texts)
