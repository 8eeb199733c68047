"""Where the environment of a benchmark changed: one series ends and another of the same benchmark and metric begins.

Their levels are not compared: a step between two environments says nothing of a commit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from dart_perf.model.environment import Environment
from dart_perf.model.series import Location, SeriesValues
from dart_perf.model.trend import Pattern


@dataclass(frozen=True, slots=True)
class Succession:
    """Two series of one benchmark and metric, the second from where the first ends."""

    old: int
    new: int
    """Indices in the selection."""
    old_run: str
    new_run: str
    """Last run of the old and first run of the new environment."""


def successions(series: Sequence[SeriesValues], locations: Sequence[Location]) -> tuple[Succession, ...]:
    """Return where environments follow one another by commit position; where positions are not known, nothing is said.

    Two that overlap by more than one run are two machines side by side, and no change.
    """
    named: dict[tuple[str, str], list[int]] = {}
    for index, one in enumerate(series):
        if one.entry.fingerprint and one.places.size:
            named.setdefault((one.entry.benchmark.label, one.entry.metric.name), []).append(index)
    found: list[Succession] = []
    for group in named.values():
        ends = [(spans[0], spans[1], index) for index in group if (spans := _span(series[index], locations))]
        ends.sort()
        for (_, last, old), (first, _, new) in pairwise(ends):
            if last <= first:
                runs = (locations[series[old].places[-1]].run, locations[series[new].places[0]].run)
                found.append(Succession(old, new, *runs))
    return tuple(found)


def _span(series: SeriesValues, locations: Sequence[Location]) -> tuple[int, int] | None:
    first, last = locations[series.places[0]].position, locations[series.places[-1]].position
    return None if first is None or last is None else (first, last)


def environment_patterns(
    found: Sequence[Succession],
    series: Sequence[SeriesValues],
    locations: Sequence[Location],
    environments: Mapping[str, Environment],
) -> dict[int, tuple[Pattern, ...]]:
    """Return the pattern of every series that begins where another ends, by its index in the selection.

    Args:
        found: the successions.
        series: of the selection.
        locations: of the selection.
        environments: by fingerprint.
    """
    patterns: dict[int, tuple[Pattern, ...]] = {}
    for one in found:
        old, new = series[one.old], series[one.new]
        before, after = environments.get(old.entry.fingerprint), environments.get(new.entry.fingerprint)
        what = "; ".join(_differences(before, after)) if before and after else "not stated by the runs"
        place = locations[new.places[0]].commit or one.new_run
        said = f"environment changed at {place[:10]}: {what}. Levels before and after are not comparable"
        patterns[one.new] = (*patterns.get(one.new, ()), Pattern(kind="environment", said=said))
    return patterns


def _differences(before: Environment, after: Environment) -> list[str]:
    """Return what differs, also where one side does not state it."""
    said = list(before.differences(after))
    said += [f"{name}: stated on one side only" for name in _one_sided(before, after)]
    return said or ["only what no field names"]


def _one_sided(before: Environment, after: Environment) -> list[str]:
    names = [name for name in type(before).model_fields if name != "libraries"]
    fields = [name for name in names if (getattr(before, name) is None) != (getattr(after, name) is None)]
    return [*fields, *(f"library {name}" for name in sorted(before.libraries.keys() ^ after.libraries.keys()))]
