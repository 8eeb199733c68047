"""How many runs and how much time a question takes, from the noise that a baseline recorded."""

from statistics import mean
from typing import Literal

import numpy as np

from dart_perf.analysis.pair_noise import PairNoise, pair_noise
from dart_perf.analysis.planning import Goal, plan_series
from dart_perf.errors import MissingData
from dart_perf.measure import catalogue
from dart_perf.model.answer import Plan
from dart_perf.model.baseline import Baseline
from dart_perf.model.measurement import Run
from dart_perf.model.scenario import Scenario
from dart_perf.stats.levels import FEWEST_RUNS
from dart_perf.stats.sequence import attempt_level
from dart_perf.stats.sequence_plan import PairPlan, plan_pairs
from dart_perf.stats.sequence_power import MOST_PAIRS
from dart_perf.workflows import baselines
from dart_perf.workflows.detection import allowed
from dart_perf.workflows.history_detection import MARGIN
from dart_perf.workflows.project import Project
from dart_perf.workflows.verification_log import declared, floor_key, recent_floor

SHOWN = 10
"""Series that an answer names, the most demanding first."""
MOST_PROCESSES = 200
"""Processes a side that the tools and commands allow."""
SEED = 0
"""The same records give the same plan."""
PAIRED_SESSIONS = 5
"""Sessions whose pairs tell the noise: newer ones know the machine as it is."""


def plan_runs(
    project: Project, scenario: str, *, effect: float = 1.1, margin: float | None = None, power: float = 0.8
) -> Plan:
    """Return the runs a side, and the pairs, that find `effect` with `power`, for a scenario or baseline id.

    Raises:
        NoBaseline: nothing was measured yet.
        InvalidInput: the margin is not possible, or the effect is not beyond it.
        MissingData: the baseline holds too few runs to know a spread, or exact counts alone, which have none.
    """
    name = scenario if "/" in scenario else baselines.current(project, scenario).id
    sealed = project.store.baseline(name)
    entry = catalogue.load(project.root).get(sealed.scenario)
    asked = allowed(margin, entry.margin if entry else MARGIN)
    goal = Goal(effect, asked, power, entry.repetitions if entry else 10, entry.decides if entry else "cpu")
    recorded = _pairs(project, sealed.scenario)
    series = plan_series(sealed.runs, recorded, goal)
    if not series and all(m.metric.assumption == "exact" for run in sealed.runs for m in run.measurements):
        raise MissingData(
            f"{sealed.id} holds exact counts alone, which do not vary: nothing is to plan. Compare with it."
        )
    if not series:
        raise MissingData(f"{sealed.id} holds too few processes to know its spread. Capture it with 5 or more.")
    needed = [item.runs_needed for item in series]
    runs = None if None in needed else max(n for n in needed if n is not None)
    seconds = [process.wall_seconds for run in sealed.runs for process in run.processes]
    time = None if runs is None or not seconds else 2 * runs * mean(seconds)
    noise = _noise(project, sealed, entry, recorded, goal.decides)
    pairs = None if noise is None else _plan_pairs(noise, goal)
    minutes = None if noise is None or pairs is None or pairs.pairs is None else pairs.pairs * noise.seconds / 60.0
    return Plan(
        summary=_summary(runs, time, effect, power) + _say_pairs(pairs, minutes),
        scenario=sealed.scenario,
        effect=effect,
        margin=asked,
        power=power,
        runs=runs,
        seconds=time,
        pairs=pairs.pairs if pairs else None,
        pair_minutes=minutes,
        series=series[:SHOWN],
        warnings=(*_warnings(runs, len(series) - SHOWN), *(pairs.warnings if pairs else ())),
    )


def _noise(
    project: Project,
    sealed: Baseline,
    entry: Scenario | None,
    recorded: list[tuple[Run, Run]],
    time: Literal["cpu", "wall"],
) -> PairNoise | None:
    """Return what pairs of whole processes differ by; None where fewer than three differences are known."""
    places = sorted({run.environment.fingerprint for run in sealed.runs})
    keys = [] if entry is None else [floor_key(declared(entry), place) for place in places]
    floor = [pair for key in keys for pair in recent_floor(project, sealed.scenario, key)]
    found = pair_noise(sealed.runs, recorded, floor, time)
    return found if found is not None and len(found.differences) >= FEWEST_RUNS else None


def _plan_pairs(noise: PairNoise, goal: Goal) -> PairPlan:
    """Return the plan of a first attempt, at the level that it may spend."""
    return plan_pairs(
        noise.differences, effect=goal.effect, margin=goal.margin, power=goal.power, level=attempt_level(1),
        rng=np.random.default_rng(SEED),
    )  # fmt: skip


def _say_pairs(plan: PairPlan | None, minutes: float | None) -> str:
    if plan is None:
        return ""
    if plan.pairs is None or minutes is None:
        return f"; verify_change would need more than {MOST_PAIRS} pairs"
    return (
        f"; verify_change finds it within {plan.pairs} pairs, {minutes:.1f} min, half of the time within {plan.typical}"
    )


def _warnings(runs: int | None, hidden: int) -> tuple[str, ...]:
    warnings = []
    if hidden > 0:
        warnings.append(f"{hidden} less demanding series are not shown")
    if runs is not None and runs > MOST_PROCESSES:
        warnings.append(f"a comparison takes at most {MOST_PROCESSES} processes a side: ask for a larger effect")
    return tuple(warnings)


def _pairs(project: Project, scenario: str) -> list[tuple[Run, Run]]:
    """Return the newest runs that were measured side by side."""
    sessions: dict[str, list[Run]] = {}
    for run in project.store.runs(scenario=scenario)[-2 * PAIRED_SESSIONS :]:
        if run.processes:
            sessions.setdefault(run.processes[0].session, []).append(run)
    return [(group[0], group[1]) for group in sessions.values() if len(group) == 2]  # noqa: PLR2004 -- two sides


def _summary(runs: int | None, seconds: float | None, effect: float, power: float) -> str:
    if runs is None:
        return f"no number of runs finds {effect:g}x with probability {power:g} in every series: ask for a larger one"
    time = "" if seconds is None else f", about {seconds:.0f} s"
    return f"{runs} runs a side find {effect:g}x with probability {power:g} in every series that decides{time}"
