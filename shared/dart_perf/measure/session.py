"""Several processes of one program, or of two side by side: blocks in turn, the order inside each drawn at random.

The machine's speed wanders over minutes by more than most regressions; neighbours in time share it, so the block is
what is compared. Both programs of a block get the same PYTHONHASHSEED, drawn anew for each block: the layout that a
seed brings is then noise over blocks, and never a difference between the sides.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from dart_perf.errors import InvalidInput
from dart_perf.measure.launch import Cancelled
from dart_perf.measure.process import Output, run
from dart_perf.model.measurement import Process

MOST_BLOCKS = 1000
"""Bound on one session; Scenario.repetitions has the same."""
HASH_SEEDS = 1 << 32
"""Python takes seeds below this."""


@dataclass(frozen=True, slots=True)
class Side:
    """A program to measure, as it is run."""

    label: str
    """What progress calls it, e.g. baseline, current."""
    argv: tuple[str, ...]
    cwd: Path
    env: Mapping[str, str]
    timeout: float
    """Seconds after which one process is ended and the measurement fails."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One process: which side it belongs to, what it cost, what it said."""

    side: int
    """Index into the sides."""
    process: Process
    output: Output


def measure(
    sides: Sequence[Side],
    *,
    blocks: int,
    rng: random.Random,
    clock: Callable[[], datetime],
    session: str,
    progress: Callable[[int, int, str], None] = lambda _done, _total, _message: None,
    cancelled: Callable[[], bool] = lambda: False,
    first_block: int = 0,
    check: Callable[[int, Output], None] = lambda _side, _output: None,
    warms_up: bool = True,
) -> list[Measured]:
    """Run each of one or two sides once a block and return all processes in the order in which they ran.

    One process a side runs first and is thrown away: it fills the file cache and writes byte code. `Process.index`
    counts within a side from `first_block`, so that further blocks of a session can be added to a run. `check` looks
    at what that first process said, and raises before the others run. Counts that no cache can change need not warm
    up: then it looks at the first block.

    Raises:
        InvalidInput: not one or two sides, or a number of blocks that is not allowed.
        MeasurementFailed: a process failed; nothing is returned of a session with a failure. Cancelled: as asked.
    """
    if not 1 <= len(sides) <= 2 or not 1 <= blocks <= MOST_BLOCKS:  # noqa: PLR2004 -- two sides are compared
        raise InvalidInput(f"{len(sides)} sides in {blocks} blocks: give 1 or 2 sides and 1 to {MOST_BLOCKS} blocks.")
    warming = [*enumerate(sides)] if warms_up else []
    total = len(sides) * blocks + len(warming)
    done: list[Measured] = []

    def step(number: int, message: str, side: Side, seed: int) -> Output:
        progress(number, total, message)
        if cancelled():
            raise Cancelled("the measurement was cancelled. Ask again to repeat it.")
        env = {"PYTHONHASHSEED": str(seed), **side.env}  # a scenario that names the variable keeps it
        return run(side.argv, cwd=side.cwd, env=env, timeout=side.timeout, clock=clock, cancelled=cancelled)

    for number, side in warming:
        check(number, step(number, f"warming the file cache: one process of {side.label}, thrown away", side, 0))
    for block in range(first_block, first_block + blocks):
        seed = rng.randrange(HASH_SEEDS)
        for position, which in enumerate(rng.sample(range(len(sides)), len(sides))):
            where = f"block {block - first_block + 1} of {blocks}, {sides[which].label}"
            output = step(len(warming) + len(done), where, sides[which], seed)
            if block == first_block and not warms_up:
                check(which, output)
            done.append(Measured(which, process_of(output, session, block, position), output))
    progress(total, total, "measured")
    return done


def process_of(output: Output, session: str, block: int, position: int) -> Process:
    """Return the record of a process that ran."""
    return Process(
        index=block,
        session=session,
        block=block,
        position=position,
        started=output.started,
        wall_seconds=output.wall_seconds,
        cpu_seconds=output.cpu_seconds,
        peak_rss_bytes=output.peak_rss_bytes,
        load_before=output.load_before,
        load_after=output.load_after,
    )
