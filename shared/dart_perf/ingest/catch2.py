"""Catch2's XML (`-r xml`), versions 2 and 3: benchmarks of a test program.

The XML holds no repetitions: of each benchmark its mean (always in ns) is the one sample, and that is said. A
benchmark outside of sections is run again for each of them; such twins are left out, because a benchmark in a loop
looks the same.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dart_perf.ingest import markup
from dart_perf.ingest.document import show
from dart_perf.ingest.draft import Draft
from dart_perf.ingest.source import Source
from dart_perf.model.measurement import Run, printable

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_ROOTS = {"Catch": "catch2 2", "Catch2TestRun": "catch2"}
"""The first tag, and the tool with what the tag says of its version."""
_MEAN = "each value is the mean that Catch2 computed: the XML holds no repetitions, so nothing is known of their spread"


def recognises(source: Source) -> bool:
    """Say whether the first tag is one of Catch2's."""
    return markup.root(source) in _ROOTS


def read(source: Source) -> tuple[Run, ...]:
    """Return the run of a Catch2 XML report.

    Raises:
        InvalidInput: it is none, it breaks, or holds no benchmark's mean.
    """
    root = markup.parse(source)
    if root.tag not in _ROOTS:
        raise source.error("", f"found <{show(root.tag)}>, allowed are <Catch> and <Catch2TestRun>.")
    draft = Draft(source)
    for case in root.iter("TestCase"):
        name = case.get("name", "").strip()
        outcome = case.find("OverallResult")
        if outcome is None:
            raise source.error(f"TestCase {name}", "it has no result: did the program crash? Run it again.")
        failed = outcome.get("success") != "true"
        benchmarks = list(_benchmarks(case, ()))
        for sections, found in benchmarks:
            _add(draft, found, "/".join((name, *sections)), failed=failed)
        if not benchmarks:
            draft.leave_out(f"TestCase {printable(name)}", "test", "it holds no benchmark")
    draft.warn(_MEAN)
    version = root.get("catch2-version")
    producer = f"catch2 {printable(version)}" if version else _ROOTS[root.tag]
    return (draft.run(producer, hint="Look whether the tests failed, and whether --skip-benchmarks was given."),)


def _benchmarks(parent: "Element", sections: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], "Element"]]:
    """Yield the benchmarks of a test case with the names of the sections they stand in.

    One that failed may be there as nothing but its failure.
    """
    pending = [(sections, parent)]
    while pending:
        names, element = pending.pop()
        for child in element:
            if child.tag in {"BenchmarkResults", "failed"}:
                yield names, child
        inner = [((*names, child.get("name", "").strip()), child) for child in element if child.tag == "Section"]
        pending.extend(reversed(inner))


def _add(draft: Draft, found: "Element", suite: str, *, failed: bool) -> None:
    if found.tag == "failed":
        draft.leave_out(
            f"TestCase {printable(suite)}", "failed", f"a benchmark failed: {show(found.get('message', ''))}"
        )
        return
    name = found.get("name", "")
    place = f"BenchmarkResults {printable(name)}"
    benchmark = draft.benchmark(name, place=place, suite=suite)
    if benchmark is None:
        return
    failure, mean = found.find("failed"), found.find("mean")
    if failure is not None:
        draft.leave_out(benchmark.label, "failed", f"it failed: {show(failure.get('message', ''))}")
    elif failed:
        draft.leave_out(benchmark.label, "failed", "its test case failed: what it measured may not be what was meant")
    elif mean is None:
        draft.leave_out(benchmark.label, "no result", "it has no mean")
    else:
        draft.add(benchmark, "wall_time", "ns", [_number(draft.source, mean, place)], place=place)


def _number(source: Source, mean: "Element", place: str) -> float:
    text = mean.get("value", "")
    try:
        return float(text)
    except ValueError as error:
        raise source.error(f"{place} mean", f"found {show(text)}, allowed is a number of nanoseconds.") from error
