"""What the head of a Google Benchmark file says of machine and build, and what the reader must know."""

import math
from datetime import UTC, datetime
from typing import Any

from dart_perf.ingest import field
from dart_perf.ingest.document import show
from dart_perf.ingest.source import Source
from dart_perf.model.environment import Environment
from dart_perf.model.measurement import printable


def producer(context: dict[str, Any]) -> str:
    """Return the tool and, where the file says it, its version."""
    version = context.get("library_version")
    return f"google-benchmark {version}" if isinstance(version, str) and version else "google-benchmark"


def measured_at(context: dict[str, Any]) -> datetime | None:
    """Return when it was measured (UTC); None where the file does not say, or leaves the time zone out."""
    try:
        when = datetime.fromisoformat(context["date"])
        return when.astimezone(UTC) if when.tzinfo is not None else None
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def environment(source: Source, context: dict[str, Any]) -> Environment:
    """Return what the file says; what it leaves open stays None. Raises InvalidInput for a wrong type."""
    cores = field.cores(source, context.get("num_cpus"), "context.num_cpus")
    build = context.get("library_build_type")
    if build is not None and not isinstance(build, str):
        raise source.error("context.library_build_type", f"found {show(build)}, allowed is a string, e.g. 'release'.")
    version = context.get("library_version")
    libraries = {"benchmark": printable(version)} if isinstance(version, str) and version else {}
    return Environment(cores=cores, build_type=None if build is None else printable(build), libraries=libraries)


def warnings(context: dict[str, Any], rows: list[dict[str, Any]]) -> tuple[str, ...]:
    """Return what the reader of these measurements must know."""
    found = []
    if context.get("library_build_type") == "debug":
        found.append("the benchmark library is a debug build: its own overhead is in every time. Link a release build.")
    if context.get("cpu_scaling_enabled") is True:
        found.append("CPU frequency scaling was on: times wander with the clock frequency")
    if context.get("date") is not None and measured_at(context) is None:
        found.append(
            f"context.date {show(context['date'])} has no time zone or is no date: when it was measured is open"
        )
    load, cores = context.get("load_avg"), context.get("num_cpus")
    if isinstance(load, list) and load and _busy(load[0], cores):
        found.append(f"load average {load[0]:.3g} on {cores} cores at the start: other programs were running")
    if any(isinstance(r.get("threads"), int) and r["threads"] > 1 for r in rows):
        found.append(
            "benchmarks with threads: cpu_time sums over the threads; before library 1.9.0 real_time was divided by "
            "their number, so compare only files of one library version"
        )
    found.append("all repetitions of a benchmark come from one process: they are not independent")
    return tuple(found)


def _busy(load: Any, cores: Any) -> bool:
    known = isinstance(load, int | float) and isinstance(cores, int) and not isinstance(load, bool)
    return known and math.isfinite(load) and load >= cores
