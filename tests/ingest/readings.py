"""What a law asks of a reading: an answer or a clear error, values in no order, and every trace of what was said."""

import atexit
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from dart_perf.errors import PerfError
from dart_perf.ingest import read
from dart_perf.ingest.native import write
from dart_perf.model.measurement import Run, printable
from tests.ingest.samples import DATA, Sample


@cache
def _copy() -> Path:
    """Return a copy of the samples, in which those that are read with what lies beside them can be changed."""
    folder = tempfile.mkdtemp(prefix="samples-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(shutil.copytree(DATA, folder, dirs_exist_ok=True))


def attempt(
    source: str | bytes, form: str = "auto", sample: Sample | None = None, beside: Mapping[str, str] | None = None
) -> tuple[Run, ...] | None:
    """Return what was read, or None for a clear error; anything else escapes and fails the law.

    A `sample` that is read together with what lies beside it is replaced by `source` in its place, and so are the
    files of `beside`.
    """
    given: str | bytes | Path = source
    if sample is not None and sample.beside:
        given = _copy() / sample.file
        given.write_bytes(source if isinstance(source, bytes) else source.encode("utf-8", "surrogatepass"))
    for name, text in (beside or {}).items():
        (_copy() / name).write_text(text, encoding="utf-8")
    try:
        return read(given, form)
    except PerfError as error:
        said = str(error)
    finally:
        for name in beside or ():
            shutil.copy(DATA / name, _copy() / name)
    assert said.startswith((f"{_copy()}", "the text"))
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


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of every value in a document."""
    found = [path]
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        found += places(inner, (*path, key))
    return found


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(copy[path[0]], path[1:], new)
    return copy
