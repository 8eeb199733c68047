"""What `go test -bench` prints, as text or as the events of `-json`.

`BenchmarkFib/n=10-8   5000   325 ns/op   16 B/op`: name, GOMAXPROCS where it is not 1, iterations, pairs of value and
unit (https://go.dev/design/14313-benchmark-format). Lines that repeat a name inside one package are repetitions
(`-count`); the format cannot tell them from two benchmarks of one name. Which way is better for a unit of one's own
(`ReportMetric`) is open, unless a line of golang/perf's benchfmt says it: `Unit widgets/op better=higher`.
"""

import re
from collections import Counter

from dart_perf.errors import UnknownUnit
from dart_perf.ingest import field, go_events
from dart_perf.ingest.document import show
from dart_perf.ingest.draft import NO_DIRECTION, Draft
from dart_perf.ingest.go_output import Block, Line, Output, lines
from dart_perf.ingest.source import Source
from dart_perf.model.environment import Environment
from dart_perf.model.measurement import COMMIT, Benchmark, Run, printable
from dart_perf.units import parse

_RESULT = re.compile(r"^Benchmark\S*[ \t]+\d+[ \t]+[-+\dNI]\S*[ \t]+\S", re.MULTILINE)
_METRICS = {"ns/op": "wall_time", "MB/s": "bytes_per_second", "B/op": "allocated_bytes", "allocs/op": "allocations"}
"""The units of package testing, and what is measured in them."""
_REPEATED = (
    "results that repeat a name in one package are read as its repetitions (-count): those of one `go test` come from "
    "one process and are not independent"
)
_PLACE = ("goos", "goarch", "cpu", "commit", "branch")
"""Results that differ in one of these are of different runs."""


def recognises(source: Source) -> bool:
    """Say whether a line is a benchmark's result, or the text is a list of test events."""
    if source.is_json:
        return go_events.first(source) is not None
    return not source.text.lstrip().startswith("<") and _RESULT.search(source.text) is not None


def read(source: Source) -> tuple[Run, ...]:
    """Return one run for each machine and commit that the text names.

    Raises:
        InvalidInput: no line is a result, or a line of `-json` is no event.
    """
    output = Output()
    for package, text in (go_events.printed(source) if source.is_json else {"": source.text}).items():
        output.add(lines(text, package))
    groups: dict[tuple[str | None, ...], list[Block]] = {}
    for block in output.blocks:
        groups.setdefault(tuple(block.head.get(key) for key in _PLACE), []).append(block)
    first, *others = [*groups.values()] or [[]]
    return (_run(source, output, first, output.no_results), *(_run(source, output, group, []) for group in others))


def _run(source: Source, output: Output, blocks: list[Block], no_results: list[tuple[str, str, str]]) -> Run:
    draft = Draft(source, joins=True)
    for what, kind, reason in no_results:
        draft.leave_out(what, kind, reason)
    known: dict[tuple[str, str], Benchmark | None] = {}
    undirected: Counter[tuple[str, str]] = Counter()
    for block in blocks:
        for line in block.results:
            name = (block.head.get("pkg", ""), line.fields[0])
            if known.get(name) is None:  # repetitions share it; one that was left out is left out at each line
                known[name] = _benchmark(draft, line, name[0])
            benchmark = known[name]
            if benchmark is not None:
                undirected.update(_add(draft, benchmark, line, block.process, output))
        _warn_of_twins(draft, block)
    for (label, unit), count in undirected.items():
        hint = f"add a line `Unit {unit} better=lower`, or higher"
        draft.leave_out(f"{label} {unit}, {count} x", "unit", f"{NO_DIRECTION}: {hint}")
    head = blocks[0].head if blocks else {}
    commit = head.get("commit") or None
    if commit and not re.fullmatch(COMMIT, commit):
        draft.warn(f"commit {show(commit)} is none: which commit was measured is open")
        commit = None
    event = go_events.first(source) or {}
    when = field.moment(draft, event.get("Time"), "Time")
    place = Environment(os=head.get("goos"), architecture=head.get("goarch"), cpu_model=head.get("cpu"))
    failed = "Run `go test -bench .` and look whether it failed."
    branch = head.get("branch") or None
    return draft.run("go test", hint=failed, environment=place, commit=commit, branch=branch, when=when)


def _benchmark(draft: Draft, line: Line, package: str) -> Benchmark | None:
    """Return the benchmark; the number behind the last hyphen is GOMAXPROCS, which Go writes where it is not 1."""
    text = line.fields[0]
    name, _, cores = text.rpartition("-")
    split = bool(name) and cores.isascii() and cores.isdigit()
    params = {"gomaxprocs": cores} if split else {}
    return draft.benchmark(name if split else text, place=line.place, suite=package, params=params)


def _add(draft: Draft, benchmark: Benchmark, line: Line, process: int, output: Output) -> list[tuple[str, str]]:
    """Add the values of a line; return benchmark and unit of those of which nobody knows which way is better."""
    fields, undirected = line.fields, []
    for value, unit in zip(fields[2::2], fields[3::2], strict=True):
        metric, spelled, better = _METRICS.get(unit), unit, output.better.get(unit)
        if metric is None and line.cut and unit == fields[-1]:  # B/op without its end is B
            draft.leave_out(f"{line.place} {benchmark.label} {unit}", "cut off", "the text ends inside this line")
            continue
        if metric is None and better is None and not _directed(unit):
            undirected.append((benchmark.label, unit))
            continue
        if metric is None and better is not None:
            spelled = "count"  # its name is its unit; of what size that is, nobody needs to know
        draft.add(
            benchmark, metric or printable(unit), spelled, [float(value)],
            place=line.place, better=better, processes=[process],
        )  # fmt: skip
    return undirected


def _directed(unit: str) -> bool:
    try:
        return parse(unit).better is not None
    except UnknownUnit:
        return False


def _warn_of_twins(draft: Draft, block: Block) -> None:
    counts = Counter(line.fields[0] for line in block.results)
    least, most = min(counts.values()), max(counts.values())
    if most > 1:
        draft.warn(_REPEATED)
    if most > least:
        more = ", ".join(printable(name) for name in [name for name in counts if counts[name] > least][:3])
        draft.warn(
            f"{block.head.get('pkg') or 'one package'}: {more} stands there more often than others ({most} against "
            f"{least}): where two benchmarks share that name, rename one"
        )
