"""Scenario x platform x version: what is stored for each, and where platforms disagree about one version."""

from collections import defaultdict
from collections.abc import Iterable

from dart_perf.model.baseline import Baseline, State
from dart_perf.model.history import MatrixCell
from dart_perf.model.measurement import Guard

Key = tuple[str, str, str]
"""Scenario, version and platform."""


def matrix(baselines: Iterable[tuple[Baseline, State]]) -> tuple[MatrixCell, ...]:
    """Return a cell for each scenario x platform x version of `baselines`, which come oldest first.

    Of several baselines the current one stands for its cell, else the newest that was not withdrawn.
    """
    shown: dict[Key, tuple[Baseline, State]] = {}
    for baseline, state in baselines:
        key = baseline.scenario, baseline.version, baseline.platform
        if key not in shown or _rank(state) >= _rank(shown[key][1]):
            shown[key] = baseline, state
    versions: dict[tuple[str, str], list[Baseline]] = defaultdict(list)
    for (scenario, version, _), (baseline, _) in sorted(shown.items(), key=lambda item: item[0]):
        versions[scenario, version].append(baseline)
    return tuple(
        MatrixCell(
            scenario=scenario,
            platform=platform,
            version=version,
            state=state,
            baseline=baseline.id,
            disagreements=tuple(
                text for other in versions[scenario, version] if other is not baseline
                for text in _disagreements(baseline, other)
            ),
        )
        for (scenario, version, platform), (baseline, state) in sorted(shown.items(), key=lambda item: item[0])
    )  # fmt: skip


def _rank(state: State) -> int:
    return {State.CURRENT: 2, State.WITHDRAWN: 0}.get(state, 1)


def _disagreements(mine: Baseline, other: Baseline) -> list[str]:
    guards, theirs = _guards(mine), _guards(other)
    found = [
        f"guard {name}: {guards[name].value} here, {theirs[name].value} on {other.platform}"
        for name in sorted(guards.keys() & theirs.keys())
        if not guards[name].agrees(theirs[name])
    ]
    counts, others = _exact(mine), _exact(other)
    found += [
        f"{key}: {_show(counts[key])} here, {_show(others[key])} on {other.platform}"
        for key in sorted(counts.keys() & others.keys())
        if counts[key] != others[key]
    ]
    return found


def _guards(baseline: Baseline) -> dict[str, Guard]:
    return {guard.name: guard for run in baseline.runs for guard in run.guards}


def _exact(baseline: Baseline) -> dict[str, frozenset[float]]:
    """Return the distinct values of each exact metric over all runs."""
    found: dict[str, frozenset[float]] = {}
    for measurement in (m for run in baseline.runs for m in run.measurements if m.metric.assumption == "exact"):
        found[measurement.key] = found.get(measurement.key, frozenset()) | frozenset(measurement.samples)
    return found


def _show(values: frozenset[float]) -> str:
    shown = [f"{value:.15g}" for value in sorted(values)]
    return shown[0] if len(shown) == 1 else f"{shown[0]} to {shown[-1]}"
