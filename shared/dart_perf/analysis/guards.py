"""Guards of two sides: what the program computed must agree before anything is said about speed."""

from collections.abc import Sequence

from dart_perf.model.measurement import Guard, Run


def changes(baseline: Sequence[Run], current: Sequence[Run]) -> tuple[str, ...]:
    """Return the guards of the baseline that no longer agree, e.g. `contacts: 711 -> 0`.

    Every value of the current side must agree with one of the baseline's: a program that computes something else in
    one process of ten has changed. One that is no longer computed has changed too, where the program itself was
    measured; a file of results may hold its times only.
    """
    before, after = _by_name(baseline), _by_name(current)
    return tuple(
        f"{name}: {_said(before[name])} -> {_said(after[name]) if name in after else 'not computed'}"
        for name in sorted(before)
        if (name in after or _measured_here(current)) and not _all_known(after.get(name, ()), before[name])
    )


def _all_known(found: Sequence[Guard], known: Sequence[Guard]) -> bool:
    return bool(found) and all(any(guard.agrees(other) for other in known) for guard in found)


def doubts(baseline: Sequence[Run], current: Sequence[Run]) -> tuple[str, ...]:
    """Return a warning for each guard that varies on one side, or that only one side has."""
    before, after = _by_name(baseline), _by_name(current)
    warnings = []
    for side, guards in (("baseline", before), ("current", after)):
        varying = [name for name, found in guards.items() if len(found) > 1]
        warnings += [f"guard {name} varies within the {side} ({_said(guards[name])})" for name in varying]
    if not _measured_here(current):
        unchecked = "could not be checked: the current results hold no guard of that name"
        warnings += [f"guard {name} {unchecked}" for name in sorted(before.keys() - after.keys())]
    unknown = "could not be checked: the baseline holds no guard of that name"
    warnings += [f"guard {name} {unknown}" for name in sorted(after.keys() - before.keys())]
    return tuple(warnings)


def _measured_here(runs: Sequence[Run]) -> bool:
    """Say whether dart-perf ran the programs, so that all they compute is known."""
    return all(run.processes for run in runs)


def _by_name(runs: Sequence[Run]) -> dict[str, list[Guard]]:
    """Return the distinct values of each guard."""
    found: dict[str, list[Guard]] = {}
    for guard in (guard for run in runs for guard in run.guards):
        known = found.setdefault(guard.name, [])
        if not any(guard.agrees(other) for other in known):
            known.append(guard)
    return found


def _said(guards: Sequence[Guard]) -> str:
    return ", ".join(str(guard.value) for guard in guards)
