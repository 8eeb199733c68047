"""hyperfine's JSON (`--export-json`), versions 1.6 to 1.20.

Each of `times` is a process of its own, in seconds. A command that failed (`--ignore-failure`) has times too: a crash
looks like a speed-up. `user` and `system` are means over all processes, the failed ones too, and no samples.
"""

from functools import partial
from typing import Any

from dart_perf.ingest import field
from dart_perf.ingest.document import show
from dart_perf.ingest.draft import Draft
from dart_perf.ingest.source import Source
from dart_perf.model.measurement import Run

_SUMMARY = {"command", "mean", "times"}


def recognises(source: Source) -> bool:
    """Say whether the document has the tool's list of commands with their times."""
    found = source.json if source.is_json else None
    results = found.get("results") if isinstance(found, dict) else None
    return (
        isinstance(results, list) and bool(results) and isinstance(results[0], dict) and results[0].keys() >= _SUMMARY
    )


def read(source: Source) -> tuple[Run, ...]:
    """Return the run of a hyperfine file.

    Raises:
        InvalidInput: it is none, a field has a wrong type, or no command succeeded.
    """
    found = field.mapping(source, source.json, "")
    draft = Draft(source)
    for i, row in enumerate(field.mappings(source, found.get("results"), "results")):
        _add(draft, row, f"results[{i}]")
    return (draft.run("hyperfine", hint="Look whether every command failed, and export again."),)


def _add(draft: Draft, row: dict[str, Any], place: str) -> None:
    source = draft.source
    given = field.mapping(source, row.get("parameters"), f"{place}.parameters")
    if "parameter" in row:  # before 1.11: the value of the only one
        given = {"parameter": row["parameter"]} | given
    params = {k: field.text(source, v, f"{place}.parameters.{k}") or "" for k, v in given.items()}
    benchmark = draft.benchmark(row.get("command"), place=f"{place}.command", params=params)
    if benchmark is None:
        return
    what = f"{place} {benchmark.label}"
    times = field.items(source, row.get("times"), f"{place}.times")
    if not times:
        draft.leave_out(what, "statistics", "its times were not exported, only statistics of them")
    kept = _succeeded(draft, row, times, place, what)
    for metric, unit, column in (("wall_time", "s", "times"), ("peak_rss", "B", "memory_usage_byte")):
        here = f"{place}.{column}"
        values = field.items(source, row.get(column), here)
        if values and len(values) != len(times):
            raise source.error(here, f"{len(values)} values for {len(times)} times. Export again.")
        if values and kept:
            draft.add(
                benchmark, metric, unit, [values[i] for i in kept],
                place=here, processes=kept, where=partial(_place, here, kept),
            )  # fmt: skip
    if "user" in row or "system" in row:
        draft.leave_out(f"{what} user, system", "mean", "means of all processes, no samples")


def _place(column: str, kept: list[int], i: int) -> str:
    """Return where the value `i` of those that are kept stands."""
    return f"{column}[{kept[i]}]"


def _succeeded(draft: Draft, row: dict[str, Any], times: list[Any], place: str, what: str) -> list[int]:
    """Return which of the times are of commands that succeeded."""
    codes = field.items(draft.source, row.get("exit_codes"), f"{place}.exit_codes")
    if not codes:
        if times:
            draft.warn(
                "it has no exit codes, as hyperfine of old wrote: a command that failed may stand among the times"
            )
        return list(range(len(times)))
    if len(codes) != len(times):
        raise draft.source.error(
            f"{place}.exit_codes", f"{len(codes)} exit codes for {len(times)} times. Export again with hyperfine."
        )
    for i, code in enumerate(codes):
        if code is None:
            draft.leave_out(f"{what} times[{i}]", "failure", "a signal ended the command; its time means nothing")
        elif type(code) is not int:
            raise draft.source.error(f"{place}.exit_codes[{i}]", f"found {show(code)}, allowed is an integer.")
        elif code:
            draft.leave_out(f"{what} times[{i}]", "failure", f"exit code {code}: the time of a failure means nothing")
    return [i for i, code in enumerate(codes) if code == 0]
