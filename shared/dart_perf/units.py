"""Units: read once into base units, scaled only when printed.

A unit owns its direction (is lower or higher better?) and its assumption (is it exact, so that no test is run?).
Base units are `s`, `B`, `1` and their rates `1/s` and `B/s`; `B/s` is kept apart from `1/s` so that it prints as bytes.
The shape follows golang/perf's benchunit: a unit's metadata travels with the unit, callers never choose a test.
"""

from dataclasses import dataclass
from itertools import product
from typing import Literal

from dart_perf.errors import UnknownUnit

Better = Literal["lower", "higher"]
Assumption = Literal["none", "exact"]
Base = Literal["s", "B", "1", "1/s", "B/s"]


@dataclass(frozen=True, slots=True)
class Unit:
    """How one spelling of a unit is read: `value * factor` is the value in `base`."""

    base: Base
    factor: float
    better: Better | None
    """None where the unit alone does not tell; the source must then say it."""
    assumption: Assumption = "none"


_PREFIX = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9}
_BINARY = {"Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30}
_TIMES = {
    "s": 1.0, "sec": 1.0, "secs": 1.0, "second": 1.0, "seconds": 1.0,
    "ms": 1e-3, "msec": 1e-3, "millisecond": 1e-3, "milliseconds": 1e-3,
    "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "usec": 1e-6, "microsecond": 1e-6, "microseconds": 1e-6,
    "ns": 1e-9, "nsec": 1e-9, "nanosecond": 1e-9, "nanoseconds": 1e-9,
    "ps": 1e-12, "min": 60.0, "minutes": 60.0, "h": 3600.0,
}  # fmt: skip
_COUNTS = ("instructions", "allocations", "allocs", "calls", "branches", "Ir")
_EVENTS = ("items", "ops", "iterations", "iter", "calls", "requests", "req", "ticks", "frames", "steps")
_PER = {"s": 1.0, "sec": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9, "min": 60.0}
"""The times by which rates are divided, e.g. ops/ms (JMH), ops/sec (benchmark.js), iter/sec (pytest-benchmark)."""


def _known() -> dict[str, Unit]:
    table = {name: Unit("s", factor, "lower") for name, factor in _TIMES.items()}
    sizes = {prefix + "B": size for prefix, size in (_PREFIX | _BINARY).items()} | {"bytes": 1.0, "byte": 1.0}
    for name, size in sizes.items():
        table[name] = Unit("B", size, "lower")
        table |= {f"{name}/{per}": Unit("B/s", size, "higher") for per in ("s", "sec")}
    for event, (prefix, size), (per, seconds) in product(_EVENTS, _PREFIX.items(), _PER.items()):
        table[f"{prefix}{event}/{per}"] = Unit("1/s", size / seconds, "higher")
    table |= {"1/s": Unit("1/s", 1.0, "higher"), "Hz": Unit("1/s", 1.0, "higher")}
    table |= {name: Unit("1", 1.0, "lower", "exact") for name in _COUNTS}
    table |= {"1": Unit("1", 1.0, None), "": Unit("1", 1.0, None), "x": Unit("1", 1.0, None)}
    table |= {"%": Unit("1", 0.01, None), "ratio": Unit("1", 1.0, None), "count": Unit("1", 1.0, None)}
    return table


LONGEST = 60
"""Characters of an unknown unit that an error quotes: more than any unit has."""
KNOWN = _known()
"""Every spelling that is read, and how."""


def parse(text: str) -> Unit:
    """Return the unit that `text` spells; `per operation` tails (`ns/op`, `B/op`, `us/iter`) change nothing.

    Raises:
        UnknownUnit: the spelling is not in the table.
    """
    name = text.strip()
    unit = KNOWN.get(name)
    if unit is None:
        head, _, tail = name.partition("/")
        if tail in {"op", "iter", "step", "call", "round", "loop"}:
            unit = KNOWN.get(head)
    if unit is None:
        allowed = "s ms us ns, B KiB MiB, items/s B/s, instructions, allocations, 1"
        raise UnknownUnit(
            f"unit {text[:LONGEST]!r} is not known. Known are: {allowed}. Give one of these and convert the values."
        )
    return unit


def direction(text: str, stated: Better | None) -> Better:
    """Return which way is better for unit `text`, given what the source states.

    Raises:
        UnknownUnit: neither the unit nor the source says it, or the two contradict each other.
    """
    own = parse(text).better
    if own is None and stated is None:
        raise UnknownUnit(f"unit {text!r} has no direction of its own. Say better = 'lower' or 'higher' beside it.")
    if own is not None and stated is not None and own != stated:
        raise UnknownUnit(f"unit {text!r} is better {own}, but the source says better = {stated!r}. Mend the source.")
    return own or stated or "lower"


MOST_PLAIN = 1e6
"""From here on a number is written with a power of ten where no prefix is left."""


def scale(value: float, base: Base) -> str:
    """Return `value` (in base units) as people read it: three significant digits and a prefixed unit.

    Plain counts below a million keep six digits, so that 1000 -> 1001 can be seen.
    """
    if base == "1" and float(f"{abs(value):.6g}") < MOST_PLAIN:
        return f"{value:.6g}"
    magnitude = abs(value)
    steps: tuple[tuple[float, str], ...]
    if base == "s":
        steps = ((1.0, "s"), (1e-3, "ms"), (1e-6, "us"), (1e-9, "ns"))
    elif base in {"B", "B/s"}:
        steps = (*((size, prefix + base) for prefix, size in reversed(_BINARY.items())), (1.0, base))
    else:
        tail = "/s" if base == "1/s" else ""
        steps = tuple((size, prefix + tail) for prefix, size in reversed(_PREFIX.items()))
    # Rounded to three digits first, so that 999.9 us is 1 ms and not 1000 us.
    shown = float(f"{magnitude:.3g}")
    factor, unit = next(((f, u) for f, u in steps if shown >= f * (1 - 1e-12)), steps[-1])
    scaled = float(f"{value:.3g}") / factor
    if abs(scaled) >= MOST_PLAIN:
        scaled, unit = value, next(u for f, u in steps if f == 1.0)
        number = f"{scaled:.3g}"
    else:
        number = f"{scaled:.3g}" if abs(scaled) < 1000 else f"{scaled:.0f}"  # noqa: PLR2004 -- beyond the last prefix
    return f"{number}{unit}" if unit.startswith("/") else f"{number} {unit}".rstrip()
