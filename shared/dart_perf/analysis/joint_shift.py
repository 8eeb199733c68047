"""Newest points of all benchmarks that moved alike: the machine's doing, or that of something all of them use.

Nothing is excused by it: a commit that slows everything, e.g. by a flag of the compiler, looks the same. Only measuring
the old commit again, beside the new one, tells the two apart, and the warning says so.
"""

import math
from collections.abc import Sequence

import numpy as np

from dart_perf.analysis.newest import Newest
from dart_perf.analysis.together import LEAST_PART, MOST_OF, OUTSTANDING, SMALLEST
from dart_perf.model.comparison import SeriesVerdict
from dart_perf.stats.common import FEWEST
from dart_perf.stats.location import robust_sd
from dart_perf.stats.samples import sign_of_worse

SHOWN = 3
"""Benchmarks that differ from the others, and are named."""


def joint_shifts(items: Sequence[Newest], verdicts: Sequence[SeriesVerdict]) -> tuple[str, ...]:
    """Return a warning for each machine and metric of which nearly all benchmarks moved by 3 % or more together.

    As for histories (`analysis.together`): at least five benchmarks, of which four fifths took half of the movement.
    """
    named = {(item.label, item.entry.metric.name): item for item in items}
    groups: dict[tuple[str, str, str], dict[str, float]] = {}
    for verdict in verdicts:
        entry = named[verdict.benchmark, verdict.metric].entry
        if entry.metric.assumption == "exact" or min(verdict.baseline, verdict.current) <= 0:
            continue
        shift = sign_of_worse(entry.metric.better) * math.log(verdict.current / verdict.baseline)
        groups.setdefault((entry.fingerprint, entry.metric.name, entry.metric.better), {})[verdict.benchmark] = shift
    return tuple(said for (_, metric, _), shifts in groups.items() if (said := _said(metric, shifts)))


def _said(metric: str, shifts: dict[str, float]) -> str:
    """Return what to say of the benchmarks of one machine; empty where they did not move together."""
    sizes = np.array(list(shifts.values()))
    common = float(np.median(sizes))
    if len(shifts) < FEWEST or abs(common) < SMALLEST or np.mean(sizes / common >= LEAST_PART) < MOST_OF:
        return ""
    bound = max(OUTSTANDING * robust_sd(sizes), SMALLEST)
    own = sorted((name for name, shift in shifts.items() if shift - common > bound), key=lambda n: -shifts[n])
    beyond = ", ".join(f"{name} {math.exp(shifts[name] - common):.2f}x" for name in own[:SHOWN])
    more = f" and {len(own) - SHOWN} more" if len(own) > SHOWN else ""
    word = "slower" if common > 0 else "faster"
    said = f"{metric} of the {len(shifts)} benchmarks of one machine is {math.exp(abs(common)):.2f}x {word} together"
    rest = f"; beyond that {beyond}{more}" if own else "; none stands out"
    return f"{said}: the machine, or what all of them use{rest}. compare_with_baseline measures the old side again"
