"""What two identical programs, measured side by side, say about the machine: nothing smaller can be told on it."""

from dart_perf.analysis.reduction import by_block
from dart_perf.model.measurement import Run
from dart_perf.model.setup import Floor
from dart_perf.stats.compare import compare
from dart_perf.stats.power import plan_samples

FINE, USUAL = 0.01, 0.05
"""Margins that the smallest change is told for: the finest that is common, and the default."""
TIMES = ("cpu_time", "wall_time")


def floors(one: Run, other: Run, *, processes: int) -> tuple[Floor, ...]:
    """Return one floor a time, in the order of TIMES, for `processes` a side; `one` and `other` are the same program.

    Raises:
        InvalidInput: fewer than 3 pairs were measured.
    """
    keys = {m.metric.name: m.key for m in one.measurements}
    return tuple(_floor(one, other, keys[name], name, processes) for name in TIMES if name in keys)


def _floor(one: Run, other: Run, key: str, name: str, processes: int) -> Floor:
    sides = [by_block(run, found) for run in (one, other) if (found := run.measurement(key))]
    common = [place for place in sides[0] if place in sides[-1]]
    before, after = ([side[place] for place in common] for side in sides)
    seen = compare(before, after, margin=USUAL, paired=True)
    fine, usual = (plan_samples(before, after, runs=processes, margin=m, paired=True) for m in (FINE, USUAL))
    return Floor(
        metric=name,
        pairs=len(common),
        ratio=seen.ratio or 1.0,
        low=seen.low or 0.0,
        high=seen.high or 0.0,
        spread=fine.spread,
        processes=processes,
        smallest=fine.effect,
        smallest_usual=usual.effect,
        warnings=tuple(dict.fromkeys((*seen.warnings, *fine.warnings))),
    )
