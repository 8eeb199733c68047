"""A sealed baseline as results: its runs, after its digest was proven."""

from pydantic import ValidationError

from dart_perf.ingest.document import show
from dart_perf.ingest.source import Source
from dart_perf.model.baseline import BASELINE_FORMAT, SCHEMA, Baseline
from dart_perf.model.measurement import Run
from dart_perf.model.record import digest


def recognises(source: Source) -> bool:
    """Say whether the document calls itself a sealed baseline."""
    found = source.json if source.is_json else None
    return isinstance(found, dict) and found.get("format") == BASELINE_FORMAT


def read(source: Source) -> tuple[Run, ...]:
    """Return the runs of a sealed baseline.

    Raises:
        InvalidInput: it is none, a newer dart-perf sealed it, or it was changed since.
    """
    found = source.json
    content = found.get("content") if isinstance(found, dict) else None
    if not isinstance(found, dict) or not isinstance(content, dict) or found.get("format") != BASELINE_FORMAT:
        raise source.error("", f"found {show(found)}, allowed is a sealed baseline with format {BASELINE_FORMAT!r}.")
    if found.get("schema_number") != SCHEMA:
        number = show(found.get("schema_number"))
        raise source.error("schema_number", f"found {number}, allowed is {SCHEMA}. Install a dart-perf that reads it.")
    try:
        proven = digest(content) == found.get("digest")
    except (TypeError, ValueError):  # numbers or strings that no sealed file holds
        proven = False
    if not proven:
        raise source.error("digest", "the content was changed after it was sealed. Copy the baseline again.")
    try:
        return Baseline.model_validate(content).runs
    except ValidationError as error:
        raise source.error("content", f"no baseline: {error.errors()[0]['msg']}. Copy the baseline again.") from error
