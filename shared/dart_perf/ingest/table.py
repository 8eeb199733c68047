"""The formats that are read: the one place that knows them all."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from dart_perf.errors import InvalidInput, UnknownFormat
from dart_perf.ingest import (
    asv,
    benchmarkdotnet,
    cargo_bench,
    catch2,
    criterion,
    dart_record,
    gab_custom,
    github_action_benchmark,
    go_test,
    google_benchmark,
    hyperfine,
    jmh,
    junit,
    nanobench,
    native,
    pyperf,
    pytest_benchmark,
    sealed,
)
from dart_perf.ingest.document import show
from dart_perf.ingest.source import Source
from dart_perf.model.measurement import Run


class Reader(NamedTuple):
    """How one format is recognised and read."""

    recognises: Callable[[Source], bool]
    """Whether the text claims to be of this format; it may still be wrong."""
    read: Callable[[Source], tuple[Run, ...]]


FORMATS: dict[str, Reader] = {
    "go-test": Reader(go_test.recognises, go_test.read),  # first: lines of JSON are no JSON to those below
    "dart-perf": Reader(native.recognises, native.read),
    "dart-perf-baseline": Reader(sealed.recognises, sealed.read),
    "google-benchmark": Reader(google_benchmark.recognises, google_benchmark.read),
    "asv": Reader(asv.recognises, asv.read),
    "benchmarkdotnet": Reader(benchmarkdotnet.recognises, benchmarkdotnet.read),
    "cargo-bench": Reader(cargo_bench.recognises, cargo_bench.read),
    "catch2": Reader(catch2.recognises, catch2.read),
    "criterion": Reader(criterion.recognises, criterion.read),
    "dart-perf-record": Reader(dart_record.recognises, dart_record.read),
    "github-action-benchmark": Reader(github_action_benchmark.recognises, github_action_benchmark.read),
    "hyperfine": Reader(hyperfine.recognises, hyperfine.read),
    "jmh": Reader(jmh.recognises, jmh.read),
    "junit": Reader(junit.recognises, junit.read),
    "nanobench": Reader(nanobench.recognises, nanobench.read),
    "pyperf": Reader(pyperf.recognises, pyperf.read),
    "pytest-benchmark": Reader(pytest_benchmark.recognises, pytest_benchmark.read),
    "customSmallerIsBetter": Reader(gab_custom.recognises, gab_custom.read_smaller),
    "customBiggerIsBetter": Reader(gab_custom.recognises, gab_custom.read_bigger),
}
"""Every format by the name that callers use; `auto` asks them in this order, those that refuse all of a shape last."""


def read_as(source: Path | str | bytes, form: str, within: Path | None = None) -> tuple[Run, ...]:
    """Return the runs of `source` in format `form`, or the first format that recognises it for `auto`.

    What some tools write beside their results (`Source.companion`) is read below the folder `within` alone.

    Raises:
        InvalidInput: the format is unknown, or the text is none that can be read.
        UnknownFormat: `auto`, and no format claims it.
    """
    check_form(form)
    text = Source.of(source, within)
    with collector_paused():
        return _read(text, form)


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pause the search for cycles of garbage, of which parsed text holds none.

    It looks at everything again and again while a file grows in memory: half the time of 100,000 benchmarks. Where it
    is off already it stays so, so that two readers at a time cannot leave it off.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _read(text: Source, form: str) -> tuple[Run, ...]:
    """Return the runs of a text, see `read_as`."""
    try:
        name = _recognised(text) if form == "auto" else form
        if name is None:
            raise UnknownFormat(
                f"{text.name}: none of the known formats. Known are: {_allowed()}. "
                'A native document starts with {"schema": "dart-perf/results/1", ...}.'
            )
        return FORMATS[name].read(text)
    except ValidationError as error:  # a value of the right type that a record refuses, e.g. a control character
        problem = error.errors(include_url=False, include_context=False)[0]
        place = ".".join(str(part) for part in problem["loc"])
        raise text.error(place, f"{problem['msg']}, found {show(problem['input'])}. Mend the document.") from error
    except RecursionError as error:
        raise InvalidInput(f"{text.name}: nested too deeply to be benchmark results.") from error


def check_form(form: str) -> None:
    """Raise InvalidInput where `form` is neither `auto` nor a known format."""
    if form != "auto" and form not in FORMATS:
        raise InvalidInput(f"format {form!r} is not known. Known are: {_allowed()}.")


def _allowed() -> str:
    return ", ".join(("auto", *FORMATS))


def _recognised(text: Source) -> str | None:
    """Return the first format that recognises the text; `recognises` of a JSON format asks `text.is_json` first."""
    return next((name for name, reader in FORMATS.items() if reader.recognises(text)), None)
