"""The history that github-action-benchmark keeps, `data.js`: `window.BENCHMARK_DATA = {...}`; DART's dashboard is one.

One run a commit and suite, one value a benchmark: the action keeps no repetitions. `date` is when the action ran; it
is told and never used for order, which is that of the file.
"""

import math
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from dart_perf.errors import InvalidInput
from dart_perf.ingest import document, field, gab_value
from dart_perf.ingest.document import show
from dart_perf.ingest.draft import NAMED, Draft
from dart_perf.ingest.source import Source
from dart_perf.model.measurement import COMMIT, Benchmark, LeftOut, Run, printable

_HEAD = re.compile(r"\s*window\.BENCHMARK_DATA\s*=\s*")
_NO_MACHINE = "the file does not say on which machine: values of one benchmark may come from different ones"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COMMIT = re.compile(COMMIT)


def recognises(source: Source) -> bool:
    """Say whether the text sets the action's variable, or is the JSON of it."""
    if not source.is_json:
        return _HEAD.match(source.text) is not None
    found = source.json
    return isinstance(found, dict) and "entries" in found and {"repoUrl", "lastUpdate"} & found.keys() != set()


def read(source: Source) -> tuple[Run, ...]:
    """Return one run for each entry of each suite, in the order of the file.

    An entry without a measurement gives no run; it is left out of the first one.

    Raises:
        InvalidInput: it is no such history, or no entry holds a measurement.
    """
    found = source.json if source.is_json else _parse(source)
    suites = found.get("entries") if isinstance(found, dict) else None
    if not isinstance(suites, dict):
        raise source.error("", f"found {show(found)}, allowed is an object with `entries`, lists by suite.")
    field.mapping(source, suites, "entries")
    runs: list[Run] = []
    empty: list[LeftOut] = []
    for suite, entries in suites.items():
        known: dict[str, Benchmark] = {}
        for i, entry in enumerate(field.items(source, entries, f"entries[{show(suite)}]")):
            run = _run(source, suite, entry, f"entries[{show(suite)}][{i}]", known)
            if isinstance(run, LeftOut):
                empty.append(run)
            else:
                runs.append(run)
    if not runs:
        why = f"{empty[0].what}: {empty[0].reason}" if empty else "nothing in it"
        raise source.error("entries", f"no measurement: {why}. Look whether the benchmarks failed.")
    return (_noting(runs[0], empty), *runs[1:])


def _parse(source: Source) -> Any:
    head = _HEAD.match(source.text)
    if head is None:
        raise source.error("", "no `window.BENCHMARK_DATA = {...}`. Give the action's data.js.")
    blank = re.sub(r"[^\n]", " ", head[0])  # so that line and column of an error are those of the file
    return document.parse(blank + source.text[head.end() :].rstrip().removesuffix(";"), source.name)


def _run(source: Source, suite: str, entry: Any, place: str, known: dict[str, Benchmark]) -> Run | LeftOut:
    plain = field.mapping(source, entry, place)
    commit = field.mapping(source, plain.get("commit"), f"{place}.commit")
    tool = plain.get("tool")
    if not isinstance(tool, str):
        raise source.error(f"{place}.tool", f"found {show(tool)}, allowed is a text, e.g. 'googlecpp'.")
    draft = Draft(source)
    benches = field.items(source, plain.get("benches"), f"{place}.benches")
    for i, bench in enumerate(benches):
        where = f"{place}.benches[{i}]"
        fields = field.mapping(source, bench, where)
        benchmark = _benchmark(draft, suite, fields.get("name"), where, known)
        if benchmark is not None:
            gab_value.add(draft, benchmark, tool, fields, where)
    draft.warn(gab_value.ONE_VALUE)
    draft.warn(_NO_MACHINE)
    hash_, when = _commit(draft, commit), _moment(draft, plain.get("date"), f"{place}.date")
    try:
        return draft.run(printable(f"github-action-benchmark {tool}"), commit=hash_, when=when)
    except InvalidInput:  # nothing is left of it
        why = draft.counted() or "nothing in it"
        return LeftOut(what=f"{place} {commit.get('id', '')}", reason=f"no measurement: {why}")


def _benchmark(draft: Draft, suite: str, name: Any, place: str, known: dict[str, Benchmark]) -> Benchmark | None:
    """Return the benchmark of that name; a name is checked once and not once a commit."""
    found = known.get(name) if isinstance(name, str) else None
    if found is None:
        found = draft.benchmark(name, place=place, suite=suite)
        if found is not None and (found.name, found.suite) == (name, suite):
            known[name] = found
    return found


def _commit(draft: Draft, commit: dict[str, Any]) -> str | None:
    found = commit.get("id")
    if isinstance(found, str) and found and _COMMIT.fullmatch(found):
        return found
    draft.warn(f"commit {show(found)} is none: which commit was measured is open")
    return None


def _moment(draft: Draft, value: Any, place: str) -> datetime | None:
    """Return when the action ran, from milliseconds since 1970."""
    try:
        return _EPOCH + timedelta(milliseconds=value if type(value) in (int, float) else math.nan)
    except (TypeError, OverflowError, ValueError):
        draft.warn(f"{place} {show(value)} is no date: when it was measured is open")
        return None


def _noting(run: Run, empty: list[LeftOut]) -> Run:
    if not empty:
        return run
    said = f"{len(empty)} entries of the file hold no measurement, e.g. {empty[0].what}: {empty[0].reason}"
    named = {"left_out": (*run.left_out, *empty[:NAMED]), "warnings": (*run.warnings, said)}
    return run.model_copy(update=named | {"left_out_unnamed": run.left_out_unnamed + max(0, len(empty) - NAMED)})
