"""What asv's files say of machine, environment, commit and time."""

from datetime import UTC, datetime
from typing import Any

from dart_perf.ingest import field
from dart_perf.ingest.document import show
from dart_perf.ingest.draft import Draft
from dart_perf.ingest.source import Source
from dart_perf.model.environment import Environment


def commit(source: Source, value: Any) -> str | None:
    """Return the commit that was measured. Raises InvalidInput where it is no text."""
    return field.text(source, value, "commit_hash")


def measured_at(source: Source, starts: list[Any]) -> datetime | None:
    """Return when the first benchmark started (UTC); the file's own `date` is the commit's.

    `starts` are milliseconds since 1970, or None.

    Raises:
        InvalidInput: one is no such number.
    """
    known = [start for start in starts if start is not None]
    for start in known:
        if type(start) is not int or not 0 <= start < 2**43:  # the year 2248
            raise source.error("started_at", f"found {show(start)}, allowed are milliseconds since 1970.")
    return datetime.fromtimestamp(min(known) / 1000, UTC) if known else None


def environment(draft: Draft, found: dict[str, Any], machine: dict[str, Any]) -> Environment:
    """Return what the results say of the machine, else what `machine.json` does.

    Raises:
        InvalidInput: a field has a wrong type.
    """
    source = draft.source
    said = machine | field.mapping(source, found.get("params"), "params")
    texts = {key: field.text(source, said.get(key), f"params.{key}") for key in ("cpu", "os", "arch", "num_cpu")}
    cores = texts["num_cpu"] or ""
    python = field.text(source, found.get("python"), "python") or ""
    needed = field.mapping(source, found.get("requirements"), "requirements")
    versions = {name: field.text(source, v, f"requirements.{name}") for name, v in needed.items()}
    set_for_it = field.mapping(source, found.get("env_vars"), "env_vars")
    if set_for_it:
        draft.warn(f"asv set environment variables: {', '.join(f'{k}={v}' for k, v in sorted(set_for_it.items()))}")
    return Environment(
        cpu_model=texts["cpu"],
        cores=field.cores(source, int(cores), "params.num_cpu") if cores.isdecimal() else None,
        os=texts["os"].split()[0].lower() if texts["os"] else None,
        architecture=texts["arch"].lower() if texts["arch"] else None,
        interpreter=f"Python {python}" if python[:1].isdigit() else None,
        libraries={name: version for name, version in versions.items() if version},
    )
