"""How many runs a question takes: from a spread to runs, or from runs to the smallest effect that is called.

It is the arithmetic of `decide`, so a plan that is followed leads to the verdict it promised, as far as the spread it
stands on is known (`plan_samples` says how far).
"""

import math
from dataclasses import dataclass, replace

import scipy  # its `special` takes 0.3 s to load, and does so at the first use

from dart_perf.errors import InvalidInput
from dart_perf.stats.compare import estimate
from dart_perf.stats.estimate import Estimate
from dart_perf.stats.levels import FEWEST_RUNS, LEVEL, MOST_RUNS, POWER, detectable, runs_needed
from dart_perf.stats.samples import Values, check_margin

LEAST_POWER = 0.5
"""Below this a coin would find as many."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure, and what it will show."""

    runs: int | None
    """Runs (processes or pairs) a side; None where no number up to 100,000 is enough."""
    effect: float
    """True ratio, above 1, that is called worse with `power` from `runs`."""
    margin: float
    power: float
    spread: float
    """Standard deviation of the log ratio of one run a side that the plan stands on."""
    warnings: tuple[str, ...] = ()


def plan(
    spread: float,
    *,
    effect: float | None = None,
    runs: int | None = None,
    margin: float = 0.05,
    power: float = POWER,
    paired: bool = True,
    between_sessions: float = 0.0,
) -> Plan:
    """Return the runs that call a true ratio `effect` (default (1 + margin)^2), or the ratio that `runs` call.

    Args:
        spread: sd of the log ratio of one run a side: of pair log ratios, or sqrt(2) times that of unit logs.
        effect: true ratio to be called, above 1 + margin.
        runs: runs (pairs) a side; give this or `effect`.
        margin: largest relative change that does not matter.
        power: share of such changes that are called, in [0.5, 1).
        paired: pairs measured side by side; else two samples.
        between_sessions: sd of a session's level on the log scale; 0.0 where both sides are measured together.

    Raises:
        InvalidInput: an argument is out of its range, or both `effect` and `runs` are given.
    """
    _check(spread, effect, runs, check_margin(margin), power, between_sessions)
    unit = Estimate(
        0.0, spread, math.sqrt(2.0) * between_sessions, 1.0, spread, 1, 1,
        paired=paired, randomised=paired or between_sessions == 0.0,
    )  # fmt: skip
    if runs is not None:
        return Plan(runs, math.exp(detectable(unit.with_runs(runs), margin, power)), margin, power, spread)
    target = (1.0 + margin) ** 2 if effect is None else effect
    found = runs_needed(unit, margin, math.log(target), power)
    notes = (
        ()
        if found is not None
        else (f"no number of runs up to {MOST_RUNS} is enough: sessions differ by more than the effect",)
    )
    return Plan(found, target, margin, power, spread, notes)


def plan_samples(
    baseline: Values,
    current: Values,
    *,
    effect: float | None = None,
    runs: int | None = None,
    margin: float = 0.05,
    power: float = POWER,
    paired: bool = False,
) -> Plan:
    """Return the plan for programs that spread as these samples do, (n,) and (m,) of at least 3 values above 0.

    Raises:
        InvalidInput: as `plan`; or the samples are too few or hold 0, so that they have no spread on logs.
    """
    found = estimate(baseline, current, margin=margin, paired=paired, between_sessions=0.0)
    if not isinstance(found, Estimate) or found.difference is not None:
        raise InvalidInput(
            f"a spread needs at least {FEWEST_RUNS} values above 0 a side: measure more, or give the spread itself."
        )
    made = plan(found.spread, effect=effect, runs=runs, margin=margin, power=power, paired=paired)
    degrees = found.degrees
    low, high = (
        made.spread * math.sqrt(degrees / float(scipy.special.chdtri(degrees, tail))) for tail in (LEVEL, 1.0 - LEVEL)
    )
    count = min(found.n_baseline, found.n_current)
    note = f"the spread of {made.spread:.2g} is known from {count} runs: it may be {low:.2g} to {high:.2g}"
    return replace(made, warnings=(*found.warnings, *made.warnings, note))


def _check(spread: float, effect: float | None, runs: int | None, margin: float, power: float, between: float) -> None:
    if not (math.isfinite(spread) and spread >= 0 and math.isfinite(between) and between >= 0):
        raise InvalidInput(f"spread is {spread}, between_sessions {between}: both are finite sds of at least 0.")
    if effect is not None and runs is not None:
        raise InvalidInput("effect and runs are both given: one follows from the other, give one.")
    if effect is not None and not (math.isfinite(effect) and effect > 1.0 + margin):
        raise InvalidInput(f"effect is {effect}: it must be a ratio above 1 + margin = {1.0 + margin:g} to be called.")
    if runs is not None and runs < FEWEST_RUNS:
        raise InvalidInput(f"runs is {runs}: at least {FEWEST_RUNS} a side are needed.")
    if not LEAST_POWER <= power < 1:
        raise InvalidInput(f"power is {power}: it must lie in [{LEAST_POWER}, 1), e.g. 0.8.")
