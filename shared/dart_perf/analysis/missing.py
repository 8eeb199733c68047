"""Series that one side lacks: which of them must be found before anything is cleared."""

from collections.abc import Callable, Sequence
from typing import Literal

from dart_perf.analysis.assembly import is_of_process
from dart_perf.model.measurement import Run
from dart_perf.model.scenario import Scenario

Side = Literal["cpu", "wall"]
"""Which time decides where a benchmark has both."""


def deciding(scenario: Scenario | None) -> Side:
    """Return which time decides in a scenario; CPU time where none is known."""
    return scenario.decides if scenario else "cpu"


def reported(decides: Side) -> str:
    """Return the time that is only told where a benchmark has both."""
    return "wall_time" if decides == "cpu" else "cpu_time"


def never_in_files(baseline: Sequence[Run], current: Sequence[Run], missing: Sequence[str]) -> tuple[str, ...]:
    """Return the missing series that only dart-perf's own processes have, where all current runs are from elsewhere.

    No file of results can hold them, so they did not vanish.
    """
    if any(run.processes for run in current):
        return ()
    of_process = {m.key for run in baseline for m in run.measurements if is_of_process(run, m)}
    return tuple(key for key in missing if key in of_process)


def say_never_in_files(keys: Sequence[str]) -> list[str]:
    """Say that nothing is known about them."""
    ending = "was not compared: only dart-perf itself measures it, results of a file have none"
    return [f"{key} {ending}" for key in keys]


def deciding_missing(baseline: Sequence[Run], missing: Sequence[str], decides: Side) -> tuple[str, ...]:
    """Return the missing series that would decide: without them nothing can be cleared."""
    measured = {m.key: m for run in baseline for m in run.measurements}
    names = {(m.benchmark.label, m.metric.name) for m in measured.values()}
    deciding = "cpu_time" if decides == "cpu" else "wall_time"
    return tuple(
        key
        for key in missing
        if measured[key].metric.name != reported(decides) or (measured[key].benchmark.label, deciding) not in names
    )


def without_which(
    baseline: Sequence[Run], current: Sequence[Run], missing: Sequence[str], decides: Callable[[str | None], Side]
) -> tuple[str, ...]:
    """Return the `missing` series without which nothing is cleared; of those that `baseline` lacks, all.

    `decides` says which time decides in a scenario.
    """
    unheld = never_in_files(baseline, current, missing)
    held = {m.key: decides(run.scenario) for run in baseline for m in run.measurements}
    sides: tuple[Side, ...] = ("cpu", "wall")
    asked = {side: [key for key in missing if held.get(key) == side and key not in unheld] for side in sides}
    kept = {key for side in sides for key in deciding_missing(baseline, asked[side], side)}
    return tuple(key for key in missing if key in kept or (key not in held and key not in unheld))
