"""BenchmarkDotNet's JSON, full and brief, versions 0.11 to 0.15.

Samples are the `Measurements` that are the workload's results (`Nanoseconds / Operations`); the same list holds
jitting, pilot, warm-up and overhead. Where the export has none, `Statistics.OriginalValues` are the same in ns an
operation, without the process they came from. `ConfidenceInterval.Level` (a number or an enum) is not needed.
"""

from typing import Any

from dart_perf.ingest import field
from dart_perf.ingest.bdn_row import add_memory, add_metrics, add_times
from dart_perf.ingest.document import show
from dart_perf.ingest.draft import Draft
from dart_perf.ingest.source import Source
from dart_perf.model.environment import Environment
from dart_perf.model.measurement import Benchmark, Run


def recognises(source: Source) -> bool:
    """Say whether the document has the tool's two lists."""
    found = source.json if source.is_json else None
    return isinstance(found, dict) and found.keys() >= {"HostEnvironmentInfo", "Benchmarks"}


def read(source: Source) -> tuple[Run, ...]:
    """Return the run of a BenchmarkDotNet file.

    Raises:
        InvalidInput: it is none, a field has a wrong type, or nothing in it is a measurement.
    """
    found = field.mapping(source, source.json, "")
    host = field.mapping(source, found.get("HostEnvironmentInfo"), "HostEnvironmentInfo")
    draft = Draft(source)
    for i, row in enumerate(field.mappings(source, found.get("Benchmarks"), "Benchmarks")):
        place = f"Benchmarks[{i}]"
        benchmark = _benchmark(draft, row, place)
        if benchmark is not None:
            if not add_times(draft, benchmark, row, place):
                continue  # what the diagnosers write of a failure is 0
            add_memory(draft, benchmark, row, place)
            add_metrics(draft, benchmark, row, place)
    version = _text(source, host, "BenchmarkDotNetVersion")
    if field.truth(source, host.get("HasAttachedDebugger"), "HostEnvironmentInfo.HasAttachedDebugger"):
        draft.warn("a debugger was attached: every time holds its cost")
    if (_text(source, host, "Configuration") or "").upper() == "DEBUG":
        draft.warn("a debug build was measured: its times say little about a release build")
    return (
        draft.run(
            f"BenchmarkDotNet {version}" if version else "BenchmarkDotNet",
            hint="Look whether every benchmark failed; means alone are no samples: use the full JSON exporter.",
            environment=_environment(source, host, version),
        ),
    )


def _text(source: Source, host: dict[str, Any], key: str) -> str | None:
    return field.text(source, host.get(key), f"HostEnvironmentInfo.{key}")


def _environment(source: Source, host: dict[str, Any], version: str | None) -> Environment:
    return Environment(
        cpu_model=_text(source, host, "ProcessorName"),
        cores=field.cores(source, host.get("LogicalCoreCount"), "HostEnvironmentInfo.LogicalCoreCount"),
        os=_text(source, host, "OsVersion"),
        architecture=_text(source, host, "Architecture"),
        interpreter=_text(source, host, "RuntimeVersion"),
        build_type=_text(source, host, "Configuration"),
        libraries={"BenchmarkDotNet": version} if version else {},
    )


def _benchmark(draft: Draft, row: dict[str, Any], place: str) -> Benchmark | None:
    """Return the benchmark: type, method, parameters, and the job where it is not the default one."""
    source = draft.source
    space, kind, method, shown, parameters = (
        field.text(source, row.get(key), f"{place}.{key}")
        for key in ("Namespace", "Type", "Method", "DisplayInfo", "Parameters")
    )
    if method is None:
        raise source.error(f"{place}.Method", f"found {show(row.get('Method'))}, allowed is the method's name.")
    params = _parameters(parameters)
    job = _job(shown or "", parameters)
    if job != "DefaultJob":
        params["job"] = job
    suite = ".".join(text for text in (space, kind) if text)
    return draft.benchmark(method, place=f"{place}.Method", suite=suite, params=params)


def _parameters(text: str | None) -> dict[str, str]:
    """Return `N=8&Kind=a` by name; what is not clearly of that form stays one text."""
    pairs = [part.partition("=") for part in (text or "").split("&")] if text else []
    names = {name for name, _, _ in pairs}
    clear = len(names) == len(pairs) and all(name and sign and name != "job" for name, sign, _ in pairs)
    return {name: value for name, _, value in pairs} if clear else {"parameters": text or ""}


def _job(shown: str, parameters: str | None) -> str:
    """Return the job of `Type.Method: JOB [N=8]`: what a random id stands for, where the text says it.

    The values of parameters may hold anything, `: ` too, so they are cut off where the first name stands.
    """
    first = (parameters or "").partition("=")[0]
    before, _, _ = shown.partition(f" [{first}=" if first else " [")
    job = before.rpartition(": ")[2].partition(" [")[0].strip() or "DefaultJob"
    start, end = job.find("("), job.rfind(")")
    return job[start + 1 : end] if 0 < start < end else job
