"""Reading benchmark results: one format a file, one table."""

from pathlib import Path

from dart_perf.model.measurement import Run


def read(source: Path | str | bytes, format: str = "auto") -> tuple[Run, ...]:  # noqa: A002 -- the word in use
    """Return the runs that `source` holds: a `Path` is a file, `str` and `bytes` are the text itself.

    What is not a measurement stands in `Run.left_out`; nothing is dropped without a word.

    Raises:
        InvalidInput: it cannot be read as `format`; names file, place, what was found and what is allowed.
    """
    from dart_perf.ingest.table import read_as  # the readers load where they are used

    return read_as(source, format)
