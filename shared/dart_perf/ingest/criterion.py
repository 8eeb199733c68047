"""Criterion.rs's results on disk: `target/criterion/GROUP/FUNCTION/VALUE/new/sample.json`, versions 0.3 to 0.7.

A sample is the total time of several iterations: `times[i] / iters[i]` is one repetition, in ns. The name stands in
`benchmark.json` beside it. `estimates.json` is computed from the sample (its slope is null in Flat mode), `change/`
from two of them, and `base/` or another name is a stored baseline.
"""

from typing import Any

from dart_perf.ingest import field
from dart_perf.ingest.document import show
from dart_perf.ingest.draft import Draft
from dart_perf.ingest.source import Source
from dart_perf.model.measurement import Benchmark, Run

_SAMPLE = {"sampling_mode", "iters", "times"}
_BENCHMARK = {"group_id", "function_id", "full_id"}
_GIVE = "Give `new/sample.json` of the same benchmark."


def recognises(source: Source) -> bool:
    """Say whether it is one of the three files that Criterion writes beside each other."""
    found = source.json if source.is_json else None
    return isinstance(found, dict) and (found.keys() >= _SAMPLE or found.keys() >= _BENCHMARK or _is_estimates(found))


def _is_estimates(found: dict[str, Any]) -> bool:
    mean = found.get("mean")
    return "median" in found and isinstance(mean, dict) and mean.keys() >= {"confidence_interval", "point_estimate"}


def read(source: Source) -> tuple[Run, ...]:
    """Return the run of a sample.json.

    Raises:
        InvalidInput: it is none, or it is one of Criterion's other files (says which), or its name is not beside it.
    """
    found = field.mapping(source, source.json, "")
    if not found.keys() >= _SAMPLE:
        raise source.error("", _other(source, found))
    beside = source.companion("benchmark.json")
    if beside is None:
        raise source.error(
            "", "no benchmark.json beside it, where the name stands. Give the path of the file in place."
        )
    draft = Draft(source)
    benchmark = _benchmark(draft, beside)
    if benchmark is not None:
        values = _values(draft, found, benchmark)
        draft.add(benchmark, "wall_time", "ns", values, place="times", processes=[0] * len(values))
    draft.warn("all repetitions of a benchmark come from one process: they are not independent")
    folder = source.path.parent.name if source.path else "new"
    if folder != "new":
        draft.warn(
            f"folder {folder!r} is a stored baseline: what `cargo bench` compares with, not what it measured last"
        )
    return (draft.run("criterion", hint="Run `cargo bench` again."),)


def _other(source: Source, found: dict[str, Any]) -> str:
    if found.keys() >= _BENCHMARK:
        return f"Criterion's benchmark.json: a name without times. {_GIVE}"
    if not _is_estimates(found):
        return f"found {show(found)}, allowed is Criterion's sample.json with sampling_mode, iters and times."
    if source.path and source.path.parent.name == "change":
        return f"Criterion's change/estimates.json: how far the result moved against an old baseline, no times. {_GIVE}"
    return f"Criterion's estimates.json: computed from the sample, no repetitions. {_GIVE}"


def _benchmark(draft: Draft, beside: Source) -> Benchmark | None:
    """Return the benchmark: group, function and value, each where there is one."""
    names = field.mapping(beside, beside.json, "")
    group, function, value = (field.text(beside, names.get(k), k) for k in ("group_id", "function_id", "value_str"))
    if group is None:
        raise beside.error("group_id", f"found {show(names.get('group_id'))}, allowed is the benchmark's name.")
    params = {"value": value} if value is not None else {}
    return draft.benchmark(function or group, place="benchmark.json", suite=group if function else "", params=params)


def _values(draft: Draft, found: dict[str, Any], benchmark: Benchmark) -> list[float]:
    """Return times by iteration; what cannot be divided is left out."""
    source = draft.source
    times, iters = (field.items(source, found[key], key) for key in ("times", "iters"))
    if len(times) != len(iters):
        raise source.error("times", f"{len(times)} times for {len(iters)} iters. Run `cargo bench` again.")
    values: list[float] = []
    counts: set[float] = set()
    for i, (time, count) in enumerate(zip(times, iters, strict=True)):
        for key, number in (("times", time), ("iters", count)):
            if type(number) not in (int, float):
                raise source.error(f"{key}[{i}]", f"found {show(number)}, allowed is a number.")
        try:
            values.append(float(time) / float(count))
            counts.add(float(count))
        except (OverflowError, ZeroDivisionError):
            draft.leave_out(f"times[{i}] {benchmark.label}", "value", f"{show(time)} ns in {show(count)} iterations")
    if len(counts) > 1:
        said = f"{min(counts):.0f} to {max(counts):.0f}"
        draft.warn(f"a repetition is a mean over {said} iterations: the short ones are noisier")
    return values
