"""What is said of a question that no series answers: what each part of it could have been."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches

from dart_perf.errors import MissingData
from dart_perf.model.glob import matches
from dart_perf.model.history import SeriesEntry

SHOWN = 5
"""Names that an error lists of each kind."""

_NAMES: dict[str, tuple[str, Callable[[SeriesEntry], str]]] = {
    "benchmark": ("Benchmarks", lambda entry: entry.benchmark.label),
    "group": ("Groups", lambda entry: entry.benchmark.group),
    "metric": ("Metrics", lambda entry: entry.metric.name),
    "environment": ("Environments", lambda entry: entry.fingerprint),
}


def nothing_found(entries: Sequence[SeriesEntry], filters: Mapping[str, str | None]) -> MissingData:
    """Return the error for `filters` (benchmark, group, metric, environment) that no entry passes together.

    Of what no series has, the nearest names are listed; where each alone is there, what the others leave of each.
    """
    if not entries:
        return MissingData(
            "the store holds no series. Measure with capture_baseline, or read results with import_results."
        )
    asked = {name: value for name, value in filters.items() if value is not None}
    said = f"no series matches {', '.join(f'{name} {value!r}' for name, value in asked.items())}."
    unknown = [name for name in asked if not any(_passes(entry, name, asked[name]) for entry in entries)]
    if unknown:
        listed = [_listed(name, asked[name], entries) for name in unknown]
        return MissingData(" ".join([said, *listed, "A filter that is not given passes everything."]))
    listed = []
    for name, value in asked.items():
        others = [(other, wanted) for other, wanted in asked.items() if other != name]
        left = [entry for entry in entries if all(_passes(entry, *other) for other in others)]
        if left:
            listed.append(f"Without {name} {value!r}: {_listed(name, value, left)}")
    return MissingData(" ".join([said, "Each alone is there.", *listed]))


def _passes(entry: SeriesEntry, name: str, value: str) -> bool:
    own = _NAMES[name][1](entry)
    if name == "benchmark":
        return matches(own, value)
    return not own or own.startswith(value) if name == "environment" else own == value


def _listed(name: str, value: str, entries: Iterable[SeriesEntry]) -> str:
    """Return what there is of a kind, the nearest first, e.g. `Metrics: cpu_time, wall_time.`."""
    title, named = _NAMES[name]
    there = sorted({named(entry) for entry in entries} - {""})
    plain = value.strip("*?").lower()
    near = [n for n in there if plain and plain in n.lower()]
    near += [n for n in get_close_matches(value, there, SHOWN, 0.5) if n not in near]
    shown = (near + [n for n in there if n not in near])[:SHOWN]
    more = f" and {len(there) - len(shown)} more" if len(there) > len(shown) else ""
    return f"{title}: {', '.join(shown) or 'none has a name'}{more}."
