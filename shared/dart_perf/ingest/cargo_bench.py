"""Rust's bencher lines, `test NAME ... bench: 1,234 ns/iter (+/- 56)`.

`cargo bench` prints them, and Criterion with `--output-format bencher`. The value is a median (libtest) or a slope
(Criterion) over samples that are not printed, so it is one sample. MB/s is computed from it. A line that was cut off is
left out, and so is what `running N tests` promised and did not come.
"""

import re
from typing import NamedTuple

from dart_perf.ingest.document import show
from dart_perf.ingest.draft import Draft
from dart_perf.ingest.source import Source
from dart_perf.model.measurement import Run

_NUMBER = r"[0-9][0-9,]*(?:\.[0-9]+)?"
_TEST = re.compile(r"test (?P<name>.*?) *\.\.\. *(?P<rest>.*)")
_BENCH = re.compile(
    rf"bench: +(?P<value>{_NUMBER}) (?P<unit>ns|us|µs|ms|s)/iter \(\+/- {_NUMBER}\)(?P<rate> = {_NUMBER} [A-Z]?B/s)?"
)
_LONG = re.compile(r"test .* has been running for over [0-9]+ seconds")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_RUNNING = re.compile(r"running ([0-9]{1,9}) tests?")
_PROGRAM = re.compile(r"\s*Running (?:unittests )?(\S+)(?: \(.*\))?")
"""What cargo says on its other stream before each program, e.g. `Running benches/sort.rs (target/release/…)`."""
_CLAIM = re.compile(r"^test .* \.\.\. +bench: ", re.MULTILINE)
_OTHERS = {
    "ok": "a test, no benchmark",
    "ignored": "it was ignored",
    "FAILED": "it failed",
    "should panic": "a test, no benchmark",
}


class _Count(NamedTuple):
    """How many tests a program announced, and where."""

    announced: int
    line: int


def recognises(source: Source) -> bool:
    """Say whether a line of the text is a bencher line."""
    return not source.is_json and _CLAIM.search(_COLOUR.sub("", source.text)) is not None


def read(source: Source) -> tuple[Run, ...]:
    """Return the run of a text with bencher lines.

    Raises:
        InvalidInput: no line is a measurement.
    """
    draft = Draft(source)
    suite, expected, found = "", _Count(0, 0), 0
    for number, line in enumerate(_COLOUR.sub("", source.text).replace("\r\n", "\n").split("\n"), 1):
        running = _RUNNING.fullmatch(line)
        program = _PROGRAM.fullmatch(line)
        if running:
            _missing(draft, expected, found)
            expected, found = _Count(int(running[1]), number), 0
        elif program:
            suite = program[1]
        elif line.startswith("test ") and not line.startswith("test result: ") and not _LONG.fullmatch(line):
            found += 1
            _add(draft, suite, line, f"line {number}")
    _missing(draft, expected, found)
    draft.warn("one value a benchmark: libtest and Criterion print a median or slope of samples that they do not show")
    return (draft.run("cargo-bench", hint="Give the output of `cargo bench`, or Criterion's own folder."),)


def _missing(draft: Draft, expected: _Count, found: int) -> None:
    if found < expected.announced:
        said = f"running {expected.announced} tests, but {found} stand there: was it cut off?"
        draft.leave_out(f"line {expected.line}", "missing", said)


def _add(draft: Draft, suite: str, line: str, place: str) -> None:
    test = _TEST.fullmatch(line)
    bench = _BENCH.fullmatch(test["rest"].rstrip()) if test else None
    if test is None or bench is None:
        said = (test["rest"] if test else "").partition(",")[0].strip()
        draft.leave_out(f"{place} {line}", "line", _OTHERS.get(said, f"{show(line)} is no whole bencher line"))
        return
    benchmark = draft.benchmark(test["name"], place=place, suite=suite)
    if benchmark is None:
        return
    value = float(bench["value"].replace(",", ""))
    draft.add(benchmark, "wall_time", bench["unit"], [value], place=place)
    if bench["rate"]:
        draft.leave_out(f"{place} {benchmark.label} throughput", "rate", "computed from the time")
