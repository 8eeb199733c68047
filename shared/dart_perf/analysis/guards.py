"""Guards of two sides: what the program computed must agree before anything is said about speed."""

from collections.abc import Sequence

from dart_perf.model.measurement import Guard, Run


def changes(baseline: Sequence[Run], current: Sequence[Run]) -> tuple[str, ...]:
    """Return the guards that both sides have and that no longer agree, e.g. `contacts: 711 -> 0`."""
    before, after = _by_name(baseline), _by_name(current)
    common = sorted(before.keys() & after.keys())
    return tuple(
        f"{name}: {_said(before[name])} -> {_said(after[name])}"
        for name in common
        if not any(a.agrees(b) for a in before[name] for b in after[name])
    )


def doubts(baseline: Sequence[Run], current: Sequence[Run]) -> tuple[str, ...]:
    """Return a warning for each guard that varies on one side, or that only one side has."""
    before, after = _by_name(baseline), _by_name(current)
    warnings = []
    for side, guards in (("baseline", before), ("current", after)):
        varying = [name for name, found in guards.items() if len(found) > 1]
        warnings += [f"guard {name} varies within the {side} ({_said(guards[name])})" for name in varying]
    warnings += [f"guard {name} is in the baseline only" for name in sorted(before.keys() - after.keys())]
    return tuple(warnings)


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
