"""Exact metrics (instructions, allocations, sizes): no test is run while the value repeats.

Three identical repeats a side make a value exact; the margin applies to it as to any other. Else it is judged like a
noisy one, with a warning.
"""

from dataclasses import replace

import numpy as np

from dart_perf.model.judgement import Judgement, Status
from dart_perf.stats.compare import estimate, estimate_change
from dart_perf.stats.decide import decide
from dart_perf.stats.estimate import Estimate
from dart_perf.stats.levels import FEWEST_RUNS
from dart_perf.stats.samples import Values, check_margin, read_samples, sign_of_worse
from dart_perf.units import Better

COUNT_SD = 0.0005
"""How much a count differs between sessions, log scale: dartpy's instruction counts differ by 0.05 % with the size of
the process environment (Mytkowicz et al., ASPLOS 2009, describe the effect)."""


def compare_exact(baseline: Values, current: Values, *, margin: float = 0.05, better: Better = "lower") -> Judgement:
    """Judge an exact metric; shapes (n,) and (m,), base units.

    Raises:
        InvalidInput: a value or argument is not usable; the message names it.
    """
    return decide(estimate_exact(baseline, current, margin=margin, better=better), margin)


def estimate_exact(
    baseline: Values,
    current: Values,
    *,
    margin: float = 0.05,
    better: Better = "lower",
    processes: tuple[int, int] | None = None,
) -> Estimate | Judgement:
    """Return a finished judgement where both sides repeat, else what `multiple.decide_all` decides on.

    `processes` as in `compare`: it counts only where the value does not repeat.

    Raises:
        InvalidInput: as `compare_exact`.
    """
    before, after = read_samples(baseline, "baseline"), read_samples(current, "current")
    sides = (before, after)
    if min(side.size for side in sides) < FEWEST_RUNS:
        found = f"{before.size} baseline and {after.size} current values"
        note = f"{found}: exact means at least {FEWEST_RUNS} identical repeats a side"
        return Judgement(
            status=Status.INSUFFICIENT_DATA, margin=check_margin(margin), runs_needed=FEWEST_RUNS, warnings=(note,)
        )
    sign = sign_of_worse(better)
    if all(np.ptp(side) == 0.0 for side in sides):
        return decide(estimate_change(before, after, sign, paired=False), margin)
    item = estimate(before, after, margin=margin, better=better, between_sessions=COUNT_SD, processes=processes)
    if isinstance(item, Judgement):
        return item
    note = "the value does not repeat: judged as a noisy one, though its metric is exact"
    return replace(item, warnings=(*item.warnings, note))
