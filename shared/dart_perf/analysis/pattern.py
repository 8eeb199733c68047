"""The behaviour of a series by name, each in a sentence that a person can act on."""

from collections.abc import Sequence

from dart_perf.analysis.commit_range import range_of, said_range
from dart_perf.analysis.direction import turned, worded
from dart_perf.model.series import Location, SeriesValues
from dart_perf.model.trend import Change, Movement, Pattern, Spike
from dart_perf.units import Better

STEPS = 3
"""Changes that are told of a series, the newest first; find_change_points tells all."""


def name_patterns(
    series: SeriesValues, movement: Movement, changes: Sequence[Change], locations: Sequence[Location]
) -> tuple[Pattern, ...]:
    """Return the patterns of a series, its newest changes first.

    Args:
        series: the series.
        movement: of its values; without what its machine's benchmarks have in common, where that is something.
        changes: its changes as they are told, oldest first.
        locations: every run of the selection.
    """
    better = series.entry.metric.better
    steps = [_step(change) for change in reversed(changes)][:STEPS]
    passing = [_spike(series, spike, locations) for spike in movement.spikes]
    return (*steps, *_gradual(movement, better), *passing)


def _step(change: Change) -> Pattern:
    where = said_range(change.range)
    if change.together is None:
        return Pattern(kind="step", said=f"{worded(change.ratio)} {where}", ratio=change.ratio)
    rest = "" if change.own is None else f"; of that {worded(change.own)} is its own"
    said = f"{worded(change.ratio)} {where}, where all benchmarks of this machine moved: machine, not code{rest}"
    return Pattern(kind="machine", said=said, ratio=change.ratio)


def _spike(series: SeriesValues, spike: Spike, locations: Sequence[Location]) -> Pattern:
    ratio = turned(spike.ratio, series.entry.metric.better)
    where = said_range(range_of(spike.first, spike.last, series.places.tolist(), locations))
    runs = spike.last - spike.first + 1
    return Pattern(kind="spike", said=f"{worded(ratio)} for {runs} runs, {where}, and went away", ratio=ratio)


def _gradual(movement: Movement, better: Better) -> list[Pattern]:
    found: list[Pattern] = []
    slope, season = movement.slope, movement.season
    if movement.drift is not None and slope is not None and slope.percent_per_run is not None:
        ratio = turned(movement.drift, better)
        pace = f"{abs(slope.percent_per_run):.2g} % a run over {slope.points} runs"
        said = f"drifts, {worded(ratio)} in all, {pace}; no commit is the cause"
        found.append(Pattern(kind="drift", said=said, ratio=ratio))
    if season is not None:
        size = f"crest {season.swing:.3g}x trough, {season.share:.0%} of the variance"
        found.append(Pattern(kind="seasonal", said=f"comes back every {season.period:.3g} runs, {size}"))
    if movement.spread is not None:
        said = f"spread grew {movement.spread:.2g}x from the first third of the runs to the last"
        found.append(Pattern(kind="spread", said=said, ratio=movement.spread))
    return found
