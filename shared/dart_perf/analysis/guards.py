"""Guards of two sides: what the program computed must agree before anything is said about speed."""

from collections.abc import Iterable, Mapping, Sequence

from dart_perf.model.measurement import Guard, Run

NAMES = ("baseline", "current")
"""What the two sides are called."""


def changes(baseline: Sequence[Run], current: Sequence[Run]) -> tuple[str, ...]:
    """Return the guards of the baseline that no longer agree, e.g. `contacts: 711 -> 0`.

    One that is no longer computed has changed too, where the program itself was measured; a file of results may hold
    its times only.
    """
    return changed(_of(baseline), _of(current), whole=_measured_here(current))


def doubts(baseline: Sequence[Run], current: Sequence[Run]) -> tuple[str, ...]:
    """Return a warning for each guard that varies on one side, or that only one side has."""
    return doubtful(_of(baseline), _of(current), whole=_measured_here(current))


def changed(before: Iterable[Guard], after: Iterable[Guard], *, whole: bool = True) -> tuple[str, ...]:
    """Return the guards of `before` that no longer agree; `whole` says that `after` holds all that was computed.

    Every later value must agree with one of the earlier ones: a program that computes something else in one process of
    ten has changed. A guard that is new has nothing to agree with: `doubtful` tells it.
    """
    known, found = by_name(before), by_name(after)
    return tuple(
        f"{name}: {_said(known[name])} -> {_said(found[name]) if name in found else 'not computed'}"
        for name in sorted(known)
        if (name in found or whole) and not _all_known(found.get(name, ()), known[name])
    )


def doubtful(
    before: Iterable[Guard], after: Iterable[Guard], *, whole: bool = True, names: tuple[str, str] = NAMES
) -> tuple[str, ...]:
    """Return a warning for each guard that varies within a side, and for each that could not be checked."""
    known, found = by_name(before), by_name(after)
    warnings = []
    for side, guards in zip(names, (known, found), strict=True):
        varying = [name for name, values in guards.items() if len(values) > 1]
        warnings += [f"guard {name} varies within the {side} ({_said(guards[name])})" for name in varying]
    if not whole:
        unchecked = f"could not be checked: the {names[1]} results hold no guard of that name"
        warnings += [f"guard {name} {unchecked}" for name in sorted(known.keys() - found.keys())]
    unknown = f"could not be checked: the {names[0]} holds no guard of that name"
    return (*warnings, *(f"guard {name} {unknown}" for name in sorted(found.keys() - known.keys())))


def by_name(guards: Iterable[Guard]) -> Mapping[str, Sequence[Guard]]:
    """Return the distinct values of each guard, in the order in which they came."""
    found: dict[str, list[Guard]] = {}
    for guard in guards:
        known = found.setdefault(guard.name, [])
        if not any(guard.agrees(other) for other in known):
            known.append(guard)
    return found


def distinct(guards: Iterable[Guard]) -> tuple[Guard, ...]:
    """Return each value of each guard once."""
    return tuple(guard for values in by_name(guards).values() for guard in values)


def _of(runs: Sequence[Run]) -> list[Guard]:
    return [guard for run in runs for guard in run.guards]


def _measured_here(runs: Sequence[Run]) -> bool:
    """Say whether dart-perf ran the programs, so that all they compute is known."""
    return all(run.processes for run in runs)


def _all_known(found: Sequence[Guard], known: Sequence[Guard]) -> bool:
    return bool(found) and all(any(guard.agrees(other) for other in known) for guard in found)


def _said(guards: Sequence[Guard]) -> str:
    return ", ".join(str(guard.value) for guard in guards)
