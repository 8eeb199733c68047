"""What pairs of processes of one program differ by, from what was recorded: the noise of a plan of pairs."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import mean, median
from typing import Literal

from dart_perf.model.measurement import Process, Run
from dart_perf.model.verification import FloorPair

Time = Literal["cpu", "wall"]

FLOOR_ENOUGH = 10
"""Pairs of one program against itself that are taken instead of anything else; they know an sd to a fifth."""


@dataclass(frozen=True, slots=True)
class PairNoise:
    """Recorded differences of whole processes next to each other, and what a pair takes."""

    differences: tuple[float, ...]
    """Log ratios without a change."""
    seconds: float
    """Mean elapsed time of a pair."""


def pair_noise(
    baseline: Sequence[Run], pairs: Sequence[tuple[Run, Run]], floor: Sequence[FloorPair], time: Time
) -> PairNoise | None:
    """Return the noise of pairs: of the floor where it is known, else of recorded pairs and of neighbours on one side.

    A recorded pair may hold a change, so each session counts around its own median. None where no process is known.
    """
    if len(floor) >= FLOOR_ENOUGH:
        sides = [pair.cpu if time == "cpu" else pair.wall for pair in floor]
        found = tuple(math.log(b / a) for a, b in sides if min(a, b) > 0)
        return PairNoise(found, mean(sum(pair.wall) for pair in floor)) if found else None
    differences = [value for pair in pairs for value in _centred(_together(*pair, time))]
    differences += [value for run in baseline for value in _neighbours(run.processes, time)]
    walls = [process.wall_seconds for run in baseline for process in run.processes]
    return PairNoise(tuple(differences), 2.0 * mean(walls)) if differences else None


def _together(one: Run, other: Run, time: Time) -> list[float]:
    """Return the log ratio of each block that both runs have a process in."""
    first, second = ({process.block: _spent(process, time) for process in run.processes} for run in (one, other))
    common = [block for block in first if block in second and min(first[block], second[block]) > 0]
    return [math.log(second[block] / first[block]) for block in common]


def _neighbours(processes: Sequence[Process], time: Time) -> list[float]:
    """Return the log ratio of each process to the one before it in the same session."""
    ordered = sorted(processes, key=lambda process: process.started)
    return [
        math.log(_spent(after, time) / _spent(before, time))
        for before, after in pairwise(ordered)
        if before.session == after.session and min(_spent(before, time), _spent(after, time)) > 0
    ]


def _centred(values: Sequence[float]) -> list[float]:
    return [value - median(values) for value in values]


def _spent(process: Process, time: Time) -> float:
    return process.cpu_seconds if time == "cpu" else process.wall_seconds
