"""What a law asks of a reading: an answer or a clear error, values in no order, and every trace of what was said."""

import re
from collections import Counter
from typing import Any

from dart_perf.errors import PerfError
from dart_perf.ingest import read
from dart_perf.ingest.native import write
from dart_perf.model.measurement import Run, printable


def attempt(source: str | bytes, form: str = "auto") -> tuple[Run, ...] | None:
    """Return what was read, or None for a clear error; anything else escapes and fails the law."""
    try:
        return read(source, form)
    except PerfError as error:
        said = str(error)
    assert said.startswith("the text")
    assert len(said) < 2000
    assert printable(said) == said
    return None


def sound(runs: tuple[Run, ...] | None) -> None:
    """What was read can be stored, written and read again, and holds nothing that moves a cursor."""
    for run in runs or ():
        assert run.measurements
        assert all(m.samples for m in run.measurements)
        assert read(write([run])) == (run,)
        assert run.id  # the content has a digest
        shown = [run.producer, run.commit, run.branch, run.version, *run.warnings, *(m.key for m in run.measurements)]
        shown += [text for item in run.left_out for text in (item.what, item.reason)]
        shown += [text for text in run.environment.model_dump().values() if isinstance(text, str)]
        shown += [text for pair in run.environment.libraries.items() for text in pair]
        assert all(text is None or printable(text) == text for text in shown)


def samples(runs: tuple[Run, ...] | None) -> Counter[tuple[str, float]]:
    """Return every value with its benchmark and metric, in no order."""
    return Counter((m.key, value) for run in runs or () for m in run.measurements for value in m.samples)


def traces(runs: tuple[Run, ...] | None) -> Counter[tuple[str, Any]]:
    """Return all that a reading says, in no order; numbers of rows do not count, because they move with other rows."""
    found: Counter[tuple[str, Any]] = samples(runs)
    for run in runs or ():
        said = [*(f"{item.what}: {item.reason}" for item in run.left_out), *run.warnings]
        found.update((re.sub(r"\d+", "#", text) if "[" in text or "line" in text else text, "") for text in said)
    return found
