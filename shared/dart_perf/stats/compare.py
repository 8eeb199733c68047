"""Samples against samples: is the current program slower than the baseline?"""

import math
from dataclasses import replace

import numpy as np

from dart_perf.errors import InvalidInput
from dart_perf.model.judgement import Judgement, Status
from dart_perf.stats.decide import decide
from dart_perf.stats.difference import estimate_difference, largest_size
from dart_perf.stats.estimate import Estimate, estimate_pairs, estimate_samples
from dart_perf.stats.levels import FEWEST_RUNS, runs_needed
from dart_perf.stats.processes import PROCESS_LEAST, carry_processes
from dart_perf.stats.samples import Floats, Values, check_margin, read_samples, sign_of_worse
from dart_perf.stats.sessions import PRIOR_LEAST, carry_sessions
from dart_perf.units import Better

FEW_RUNS = 6
"""Below this an outlier cannot be told from the spread, and no rank test of pairs could reach 2.5 % (1/2^5 = 3.1 %)."""


def compare(
    baseline: Values,
    current: Values,
    *,
    margin: float = 0.05,
    better: Better = "lower",
    paired: bool = False,
    between_sessions: float | None = None,
    processes: tuple[int, int] | None = None,
) -> Judgement:
    """Judge `current` against `baseline`; every value is one independent run (process), shapes (n,) and (m,).

    Args:
        baseline: values of the reference, in base units.
        current: values of what is judged, in the same units.
        margin: largest relative change that does not matter, 0 or more; 0.05 is 5 %.
        better: which direction is better, `lower` or `higher`.
        paired: values of equal index were measured side by side, their order drawn at random.
        between_sessions: sd of a session's level on the log scale (see `stats.sessions`), for samples that were not
            taken together. None: then against now, with a prior that is said as a warning. 0.0: one session, runs of
            both sides in random order. Ignored where `paired`.
        processes: how many processes the values of each side came from, where some are samples of one process (see
            `stats.processes`); None: every value is a run. Ignored where `paired`.

    Raises:
        InvalidInput: a value or argument is not usable; the message names it.
    """
    item = estimate(
        baseline, current, margin=margin, better=better, paired=paired, between_sessions=between_sessions,
        processes=processes,
    )  # fmt: skip
    return decide(item, margin)


def estimate(
    baseline: Values,
    current: Values,
    *,
    margin: float = 0.05,
    better: Better = "lower",
    paired: bool = False,
    between_sessions: float | None = None,
    processes: tuple[int, int] | None = None,
) -> Estimate | Judgement:
    """Return what `compare` decides on, for `multiple.decide_all`; a judgement where the runs are too few to estimate.

    Raises:
        InvalidInput: as `compare`.
    """
    before, after = read_samples(baseline, "baseline"), read_samples(current, "current")
    sign = sign_of_worse(better)
    check_margin(margin)
    if paired and before.size != after.size:
        raise InvalidInput(
            f"{before.size} baseline and {after.size} current values are no pairs: give one of each a pair, in order."
        )
    if min(before.size, after.size) < FEWEST_RUNS:
        return _too_few((before.size, after.size), processes, margin, together=paired or between_sessions == 0.0)
    made = estimate_change(before, after, sign, paired=paired)
    if min(before.size, after.size) < FEW_RUNS:
        note = f"fewer than {FEW_RUNS} runs a side: one outlier among them cannot be told"
        made = replace(made, warnings=(*made.warnings, note))
    if made.standard_error == 0.0:
        what = "differences of the pairs" if paired else "values of each side"
        note = f"the {what} are all equal: they are taken as exact; a coarse clock looks like this"
        made = replace(made, warnings=(*made.warnings, note))
    silent = not (before.any() or after.any())  # sessions differ by a share, and a share of 0 is 0
    if paired or silent:
        return made
    if processes is not None:
        least = min(PROCESS_LEAST, between_sessions or PROCESS_LEAST)  # what steadier than that differs little
        made = carry_processes(made, _on_scale(made, before, after), processes, least)
    return carry_sessions(made, between_sessions)


def _on_scale(made: Estimate, before: Floats, after: Floats) -> tuple[Floats, Floats]:
    """Return both sides on the scale of the estimate: logs, or shares of the largest value."""
    if made.difference is None:
        return np.log(before), np.log(after)
    size = largest_size(before, after)
    return before / size, after / size


def estimate_change(before: Floats, after: Floats, sign: int, *, paired: bool) -> Estimate:
    """Return the log ratio of two sides, or their difference where a value is 0 or less; both of at least 2 values."""
    if min(before.min(), after.min()) <= 0:
        return estimate_difference(before, after, sign, paired=paired)
    build = estimate_pairs if paired else estimate_samples
    return build(np.log(before), np.log(after), sign)


def _too_few(values: tuple[int, int], processes: tuple[int, int] | None, margin: float, *, together: bool) -> Judgement:
    """Say how many runs it takes, for programs as noisy as most."""
    typical = Estimate(
        0.0, PRIOR_LEAST, 0.0, 1.0, math.sqrt(2.0) * PRIOR_LEAST, 1, 1, paired=False, randomised=True
    )  # fmt: skip
    place = "" if together else " measured side by side and"
    short = (
        f"{_counted(values, processes)}; the number needed assumes them{place} to spread by {100 * PRIOR_LEAST:.0f} %"
    )
    return Judgement(
        status=Status.INSUFFICIENT_DATA, margin=margin, runs_needed=runs_needed(typical, margin), warnings=(short,)
    )


def _counted(values: tuple[int, int], processes: tuple[int, int] | None) -> str:
    """Say how many there are and how many there must be, in processes where they are known."""
    counts, what = (values, "runs") if processes is None else (processes, "processes")
    said = f"{counts[0]} baseline and {counts[1]} current {what}: at least {FEWEST_RUNS} a side are needed"
    return said if processes is None else f"{said}, and repetitions of one process count as one"
