"""Which scenarios can say something of a change: those that load what was changed, as far as the budget reaches."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from dart_perf.errors import InvalidInput
from dart_perf.measure import catalogue
from dart_perf.model.record import digest
from dart_perf.model.scenario import Scenario
from dart_perf.workflows import scenarios
from dart_perf.workflows.project import Project

KIND = "loads"
EACH_SECONDS = 20.0
"""Least time that a scenario is given: some 50 pairs of short processes, which decide a change of twice a margin of
5 % (benchmarks/results/verify_statistics.md)."""
SHOWN = 3


@dataclass(frozen=True, slots=True)
class Choice:
    """What is measured, and how it was picked."""

    scenarios: tuple[Scenario, ...]
    said: str
    """Empty where they were named."""


def choose(project: Project, named: Sequence[str] | None, changed: Sequence[str], budget: float) -> Choice:
    """Return the scenarios that were `named`, or those that load the `changed` files, by how many of them.

    What a scenario loads is known from its last verification. Those of which it is not known come after the ones that
    load a changed file; those that load none are left out. Of one that is built it is never known that a changed file
    is no part of it: it loads what was made of its sources.

    Raises:
        InvalidInput: a name is unknown, or the project has nothing that could be measured.
        Untrusted: nobody trusted its dart-perf.toml.
    """
    if named:
        return Choice(tuple(_timed(scenarios.find(project, name)) for name in dict.fromkeys(named)), "")
    own = [entry for entry in catalogue.load(project.root).values() if not entry.built_in and not entry.counts]
    if not own:
        raise InvalidInput(
            f"{project.root} declares no scenario that is timed, so there is nothing to measure a change with. "
            "`dart-perf-baseline --init` writes dart-perf.toml for the benchmarks that it finds."
        )
    loads = known_loads(project, own)
    overlaps = {entry.name: _overlap(entry, loads.get(entry.name), changed) for entry in own}
    wanted = [entry for entry in own if overlaps[entry.name] != 0]
    wanted.sort(key=lambda entry: -(overlaps[entry.name] or 0))
    if not wanted:
        names = ", ".join(entry.name for entry in own)
        raise InvalidInput(
            f"no scenario loads a changed file ({_some(changed)}): {names} loaded others when last verified. "
            "Name one in scenarios to measure it all the same, or declare one that runs what was changed."
        )
    room = max(1, int(budget // EACH_SECONDS))
    taken, left = wanted[:room], wanted[room:]
    return Choice(
        tuple(scenarios.find(project, entry.name) for entry in taken),
        _say(taken, left, [entry for entry in own if entry not in wanted], overlaps),
    )


def _timed(entry: Scenario) -> Scenario:
    if entry.counts:
        raise InvalidInput(
            f"scenario {entry.name!r} counts instead of timing. Name one that is timed: instructions of the whole "
            "process are counted beside its time wherever valgrind is installed. compare_with_baseline takes counts."
        )
    return entry


def _overlap(entry: Scenario, loads: frozenset[str] | None, changed: Sequence[str]) -> int | None:
    found = 0 if loads is None else len(loads.intersection(changed))
    return None if not found and (loads is None or entry.build) else found


def _say(
    taken: Sequence[Scenario], left: Sequence[Scenario], without: Sequence[Scenario], overlaps: dict[str, int | None]
) -> str:
    said = [f"{entry.name} ({_why(entry, overlaps[entry.name])})" for entry in taken]
    text = "picked " + ", ".join(said)
    if left:
        text += f"; no time in this budget for {_some([entry.name for entry in left])}"
    if without:
        text += f"; left out, load no changed file: {_some([entry.name for entry in without])}"
    return text


def _why(entry: Scenario, overlap: int | None) -> str:
    if overlap is None:
        return "built, not known of which files" if entry.build else "not known yet what it loads"
    return f"loads {overlap} changed file{'s' * (overlap != 1)}"


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def known_loads(project: Project, entries: Sequence[Scenario]) -> dict[str, frozenset[str]]:
    """Return which files each scenario loaded when it was last verified, as far as that is still known."""
    keys = {_key(entry): entry.name for entry in entries}
    found = project.store.recall(KIND, keys)
    return {keys[key]: frozenset(orjson.loads(data)) for key, data in found.items()}


def keep_loads(project: Project, entry: Scenario, files: set[str]) -> None:
    """Remember which files a scenario loaded, relative to the project's folder."""
    project.store.keep(KIND, {_key(entry): orjson.dumps(sorted(files))})


def _key(entry: Scenario) -> str:
    return digest([KIND, entry.model_dump(mode="json")])[:32]
