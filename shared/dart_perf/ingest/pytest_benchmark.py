"""pytest-benchmark's JSON (`--benchmark-json`, `--benchmark-save`), versions 3 to 5.

`stats.data` holds the time of each round, already divided by `iterations`, in seconds of the test's `options.timer`
whatever the terminal shows. All else in `stats` is computed from it (`ops` too); `--benchmark-save` keeps that alone.
"""

import re
from typing import Any

from dart_perf.ingest import field
from dart_perf.ingest.document import show
from dart_perf.ingest.draft import NO_DIRECTION, Draft
from dart_perf.ingest.source import Source
from dart_perf.model.environment import Environment
from dart_perf.model.measurement import Run

TIMERS = {
    "perf_counter": ("wall_time", "s"), "perf_counter_ns": ("wall_time", "ns"),
    "monotonic": ("wall_time", "s"), "monotonic_ns": ("wall_time", "ns"),
    "time": ("wall_time", "s"), "time_ns": ("wall_time", "ns"),
    "process_time": ("cpu_time", "s"), "process_time_ns": ("cpu_time", "ns"),
    "thread_time": ("cpu_time", "s"), "thread_time_ns": ("cpu_time", "ns"),
}  # fmt: skip
"""Metric and unit of each clock of Python's module `time`, which `--benchmark-timer` may name."""
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
"""What is none: 'unversioned' outside git, 'unknown' where git failed."""
_HINT = "Save with --benchmark-json, or --benchmark-save and --benchmark-save-data: statistics are no samples."


def recognises(source: Source) -> bool:
    """Say whether the document has the tool's list of benchmarks and its machine."""
    found = source.json if source.is_json else None
    return isinstance(found, dict) and isinstance(found.get("benchmarks"), list) and "machine_info" in found


def read(source: Source) -> tuple[Run, ...]:
    """Return the run of a pytest-benchmark file.

    Raises:
        InvalidInput: it is none, a field has a wrong type, or it holds statistics alone.
    """
    found = field.mapping(source, source.json, "")
    draft = Draft(source)
    for i, row in enumerate(field.items(source, found.get("benchmarks"), "benchmarks")):
        _add(draft, row, f"benchmarks[{i}]")
    draft.warn("all rounds of a benchmark come from one process: they are not independent")
    version = field.text(source, found.get("version"), "version")
    run = draft.run(
        f"pytest-benchmark {version}" if version else "pytest-benchmark",
        hint=_HINT,
        when=field.moment(draft, found.get("datetime"), "datetime"),
        environment=_environment(source, field.mapping(source, found.get("machine_info"), "machine_info")),
        **_commit(draft, field.mapping(source, found.get("commit_info"), "commit_info")),
    )
    return (run,)


def _add(draft: Draft, fields: Any, place: str) -> None:
    source = draft.source
    row = field.mapping(source, fields, place)
    suite, name = _names(row)
    benchmark = draft.benchmark(
        name, place=f"{place}.name", suite=suite, group=field.text(source, row.get("group"), f"{place}.group") or ""
    )
    if benchmark is None:
        return
    stats = field.mapping(source, row.get("stats"), f"{place}.stats")
    data = field.items(source, stats.get("data"), f"{place}.stats.data")
    options = field.mapping(source, row.get("options"), f"{place}.options")
    timer = field.text(source, options.get("timer"), f"{place}.options.timer") or ""
    what = f"{place} {benchmark.label}"
    if not data:
        draft.leave_out(what, "statistics", "its rounds were not saved, only statistics of them")
    elif timer not in TIMERS:
        draft.leave_out(what, "timer", f"its timer {timer!r} is not known: what it counts, nobody knows")
    else:
        metric, unit = TIMERS[timer]
        draft.add(benchmark, metric, unit, data, place=f"{place}.stats.data", processes=(0,) * len(data))
        if stats.get("rounds") not in (None, len(data)):
            draft.warn(f"{place}.stats.rounds is {show(stats['rounds'])}, but {len(data)} rounds stand there")
    for key, value in field.mapping(source, row.get("extra_info"), f"{place}.extra_info").items():
        if isinstance(value, int | float) and not isinstance(value, bool):
            draft.leave_out(f"{what} extra_info.{key}", "extra_info", NO_DIRECTION)


def _names(row: dict[str, Any]) -> tuple[str, Any]:
    """Return the file (and class) that holds the test, and its name with the parameters' id, which is stable."""
    name, full = row.get("name"), row.get("fullname")
    if isinstance(name, str) and isinstance(full, str) and full.endswith(f"::{name}"):
        return full.removesuffix(f"::{name}"), name
    return "", full if isinstance(full, str) and full else name


def _environment(source: Source, machine: dict[str, Any]) -> Environment:
    cpu = field.mapping(source, machine.get("cpu"), "machine_info.cpu")
    texts = {
        key: field.text(source, machine.get(key), f"machine_info.{key}")
        for key in ("system", "machine", "python_implementation", "python_version")
    }
    model = cpu.get("brand_raw", cpu.get("brand"))  # py-cpuinfo renamed it in version 6
    return Environment(
        cpu_model=field.text(source, model, "machine_info.cpu.brand_raw"),
        cores=field.cores(source, cpu.get("count"), "machine_info.cpu.count"),
        os=texts["system"].lower() if texts["system"] else None,
        architecture=texts["machine"].lower() if texts["machine"] else None,
        interpreter=field.python(texts["python_implementation"], texts["python_version"]),
    )


def _commit(draft: Draft, info: dict[str, Any]) -> dict[str, Any]:
    """Return commit, branch and dirty, as far as the file says them: outside git, `dirty` false says nothing."""
    commit = field.text(draft.source, info.get("id"), "commit_info.id")
    if commit is None or not _COMMIT.fullmatch(commit):
        return {}
    branch = field.text(draft.source, info.get("branch"), "commit_info.branch")
    dirty = field.truth(draft.source, info.get("dirty"), "commit_info.dirty")
    return {"commit": commit, "branch": None if branch and branch.startswith("(") else branch, "dirty": dirty}
