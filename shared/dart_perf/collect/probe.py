"""A loop timer for benchmark programs: times operations in batches and prints one JSON document at the end.

    with Probe("robot", group="dynamics", version=robot.__version__) as probe:
        probe.run([Loop("step", world.step, inner=300)])
        probe.guard("contacts", world.contacts())

Why batches, and why they are warmed up: in one process of dartpy the first 1-3 batches ran 1.2-5 times slow, and the
spread of wall time (MAD/median) was 9-51 %. The batches of all loops are taken in turn, so that a burst of other work
on the machine touches one batch of each loop instead of all batches of one. Batches are short and many: what shares a
core makes it 1.1-1.7 times slower for tenths of a second at a time, and the fast moments between are what repeats.
(Two busy neighbours, 12 pairs of processes, nothing changed: the log ratio of medians had a standard deviation of .31,
that of minima .23 with 20 batches and .17 with 50; the median ratio of minima was within 1 % of the truth.) Samples of
one process are still not independent: processes are what is counted.

Where a scenario counts instructions instead of timing, the environment says how often each loop runs: just as often,
untimed, its state put back before every `inner` calls.
"""

import gc
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from itertools import repeat
from time import perf_counter_ns, process_time_ns
from types import TracebackType
from typing import Any, Self

SCHEMA = "dart-perf/results/1"
PRODUCER = "dart-perf probe 1"
WARM_UP = 4
"""Batches that are thrown away: the first 1-3 ran 1.2-5 times slow."""
BATCHES = 30
"""Batches that are kept."""
COUNTS = "DART_PERF_COUNTS"
"""Where it is set, nothing is timed: `{"iterations": 100, "more": {"step": 200}}`, the number of each loop."""
NOTHING = Fraction(0)
"""Extra work of a program that nothing was planted in."""


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Loop:
    """One operation and how often a batch calls it; a batch should last about 5 ms."""

    name: str
    operation: Callable[[], object]
    inner: int
    """Calls a batch."""
    prepare: Callable[[], object] = _nothing
    """Called before every batch, untimed: puts back the state that the operation changes."""
    group: str | None = None
    """Kind of work; the probe's group where it is None."""


class Probe:
    """Times loops and holds guards; as a context manager it prints the document on leaving without an error.

    While it is open, what native libraries write to standard output goes to standard error: dartpy 6.16 prints
    messages there, and they would spoil the document.
    """

    def __init__(self, suite: str, *, group: str = "", version: str | None = None) -> None:
        self.suite = suite
        self.group = group
        self.version = version
        self._samples: dict[tuple[str, str, str], list[float]] = {}
        self._guards: dict[str, dict[str, Any]] = {}
        self._counted: list[dict[str, Any]] = []
        self._stdout = -1

    def run(
        self, loops: Iterable[Loop], *, warm_up: int = WARM_UP, batches: int = BATCHES, extra_work: Fraction = NOTHING
    ) -> None:
        """Time every loop: `warm_up` batches each, then `batches` that are kept.

        `extra_work` plants a real slowdown: with 3/10, ten operations make thirteen calls (`batch_size`).

        Raises:
            ValueError: it is counted, and a number of iterations cannot make its share of extra work.
        """
        plan = os.environ.get(COUNTS)
        if plan is not None:
            self._count(loops, json.loads(plan), extra_work)
            return
        chosen = [(loop, *batch_size(loop.inner, extra_work)) for loop in loops]
        for number in range(warm_up + batches):
            for loop, operations, calls in chosen:
                wall, cpu = _time_batch(loop, operations, calls)
                if number >= warm_up:
                    group = self.group if loop.group is None else loop.group
                    self._samples.setdefault((loop.name, group, "cpu_time"), []).append(cpu)
                    self._samples.setdefault((loop.name, group, "wall_time"), []).append(wall)

    def _count(self, loops: Iterable[Loop], plan: dict[str, Any], extra_work: Fraction) -> None:
        """Run every loop as often as the plan says, and note how often that was and how often it was prepared."""
        for loop in loops:
            number = plan["more"].get(loop.name, plan["iterations"])
            prepared = _run_counted(loop, number * (1 + extra_work))
            said = {"iterations": number} | ({"preparations": prepared} if loop.prepare is not _nothing else {})
            group = self.group if loop.group is None else loop.group
            self._counted += [
                {
                    "benchmark": {"suite": self.suite, "name": loop.name, "group": group},
                    "metric": {"name": name, "unit": "count", "better": "higher"},
                    "samples": [value],
                }
                for name, value in said.items()
            ]

    def guard(self, name: str, value: float | str, *, tolerance: float = 0.0) -> None:
        """Record what the program computed; `tolerance` is the relative difference that is still the same."""
        self._guards[name] = {"name": name, "value": value, "tolerance": tolerance}

    def document(self) -> dict[str, Any]:
        """Return the document of the native format; times are seconds a call."""
        measurements = [
            {
                "benchmark": {"suite": self.suite, "name": name, "group": group},
                "metric": {"name": metric, "unit": "s"},
                "samples": samples,
            }
            for (name, group, metric), samples in self._samples.items()
        ]
        head: dict[str, Any] = {"schema": SCHEMA, "producer": PRODUCER}
        if self.version is not None:
            head["version"] = self.version
        return head | {"measurements": measurements + self._counted, "guards": list(self._guards.values())}

    def __enter__(self) -> Self:
        sys.stdout.flush()
        self._stdout = os.dup(1)
        os.dup2(2, 1)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        sys.stdout.flush()
        os.dup2(self._stdout, 1)
        os.close(self._stdout)
        if error is None:
            sys.stdout.write(json.dumps(self.document(), allow_nan=False) + "\n")
            sys.stdout.flush()


def batch_size(inner: int, extra_work: Fraction) -> tuple[int, int]:
    """Return how many operations a batch counts, and the calls that they make with their extra work.

    A slower operation comes in fewer a batch, so that the batch lasts about as long: batches of another length start
    cold and are disturbed in another share, which changed minima by -0.6 to 0.7 % (benchmarks/batch_length.py).
    """
    parts = extra_work.denominator
    operations = max(1, round(inner / (1 + extra_work) / parts)) * parts
    return operations, int(operations * (1 + extra_work))


@contextmanager
def _no_garbage() -> Iterator[None]:
    """Collect no garbage meanwhile: a collection would be measured as the operation that it happens to interrupt."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _run_counted(loop: Loop, calls: Fraction) -> int:
    """Make so many calls without timing them; return how often the loop was prepared. No garbage is collected."""
    if calls.denominator != 1:
        raise ValueError(f"{float(calls):g} calls of {loop.name}: choose `counts` that its extra work divides")
    starts = range(0, int(calls), loop.inner)
    with _no_garbage():
        for start in starts:
            loop.prepare()
            for _ in repeat(None, min(loop.inner, int(calls) - start)):  # makes no number a call
                loop.operation()
    return len(starts)


def _time_batch(loop: Loop, operations: int, calls: int) -> tuple[float, float]:
    """Return wall and CPU seconds an operation of one batch, which makes `calls`; no garbage is collected."""
    loop.prepare()
    operation = loop.operation
    with _no_garbage():
        wall, cpu = perf_counter_ns(), process_time_ns()
        for _ in range(calls):
            operation()
        cpu, wall = process_time_ns() - cpu, perf_counter_ns() - wall
    return wall / operations / 1e9, cpu / operations / 1e9
