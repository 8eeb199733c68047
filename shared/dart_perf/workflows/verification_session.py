"""Measuring one scenario on both sides until its verdict stands or its time is over; every pair is kept as it comes."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dart_perf.analysis import guards
from dart_perf.analysis.verification import pending
from dart_perf.errors import MeasurementFailed
from dart_perf.measure import whole
from dart_perf.measure.process import Output
from dart_perf.model.measurement import Run
from dart_perf.model.verification import Counts, Evidence, Execution, FloorPair, Pair, PairVerdict
from dart_perf.workflows.project import Progress
from dart_perf.workflows.verification_budget import Timer
from dart_perf.workflows.verification_log import FLOOR_PAIRS, Log
from dart_perf.workflows.verification_side import Watched

HASH_SEEDS = 1 << 32
"""Python takes seeds below this."""
COUNTING_SHARE = 0.25
"""Part of the time that counting may take before the first pair; what takes longer is counted in what is left."""
TELL_SECONDS = 3.0
"""Time between two progress messages on pairs: a log that nobody sees moving stays short."""
EARLIER = "measured by an earlier call, which decided; nothing was measured now"
COUNTED = "timed by an earlier call, which decided; the instructions were counted now"


@dataclass(frozen=True)
class Session:
    """One scenario at work."""

    log: Log
    base: Watched
    head: Watched
    time: Timer
    """What it may take, and how much of that is left."""
    progress: Progress
    execution: Callable[[float], Execution]
    """Says whether head runs what was changed, by a process that takes at most so many seconds."""

    def measure(self, notes: tuple[str, ...] = ()) -> Evidence:
        """Measure until the verdict stands or the time is over, and return everything that was measured, with `notes`.

        Raises:
            MeasurementFailed: a program failed or loaded what it must not. What was measured before is kept.
        """
        before = self.log.evidence(notes)
        if before.pairs and pending(before) is None:
            return self._count_later(before, notes)
        self._measure()
        unknown = (f"{side.label}: {said}" for side in (self.base, self.head) for said in sorted(side.unreported))
        return self.log.evidence((*notes, *unknown))

    def _measure(self) -> None:
        spent = self._warm_up()
        if guards.changed(*self.log.guards()):
            return
        if not self.log.has("execution"):
            self._tell("which of the changed lines run")
            self.log.attempt.append("execution", self.execution(self.time.left()))
        self._count(spent, COUNTING_SHARE * self.time.seconds)
        self._measure_pairs()
        self._count(spent, self.time.left())

    def _count_later(self, decided: Evidence, notes: tuple[str, ...]) -> Evidence:
        """Return what was measured; count what an earlier budget had no room for where this one has."""
        if not guards.changed(*decided.guards):
            self._count(max(decided.pairs[-1].cpu), self.time.left())
        note = EARLIER if self.log.evidence().counts == decided.counts else COUNTED
        return self.log.evidence((*notes, note))

    def _tell(self, message: str) -> None:
        done, total = min(self.time.seconds, self.time.gone()), round(self.time.seconds)
        self.progress(round(done), total, f"{self.base.scenario.name}: {message}")

    def _warm_up(self) -> float:
        """Run each side once, which fills the file cache and shows what it computes; return the larger CPU seconds."""
        outputs = []
        for side in (self.base, self.head):
            self._tell(f"one process of {side.label}, thrown away")
            outputs.append(side.run(0))
        runs = [side.read(output) for side, output in zip((self.base, self.head), outputs, strict=True)]
        self._keep_guards(runs)
        self.log.attempt.append("unmatched", {"said": unmatched_times(runs, self.log.question.decides)})
        return max(output.cpu_seconds for output in outputs)

    def _keep_guards(self, runs: Sequence[Run | None]) -> None:
        base, head = (() if run is None else run.guards for run in runs)
        self.log.add_guards(base, head)

    def _count(self, spent: float, most: float) -> None:
        """Count the instructions of one process a side, where that takes at most `most` seconds; say why not else.

        `spent` are the CPU seconds of a process.
        """
        if self.log.has("counts") or self.log.has("uncountable"):
            return
        expected = whole.SLOWER * spent
        if 2 * expected > most:
            reason = f"two processes under valgrind would take about {2 * expected:.0f} s; give a larger budget"
            self.log.attempt.append("not_counted", {"reason": reason})
            return
        try:
            self._tell("counting instructions")
            base, head = (side.count(max(2 * expected, self.time.left())) for side in (self.base, self.head))
            self.log.attempt.append("counts", Counts(base=base, head=head))
        except MeasurementFailed as error:
            self.log.attempt.append("not_counted", {"reason": str(error).splitlines()[0]})
            self.log.attempt.append("uncountable", {})

    def _measure_pairs(self) -> None:
        lacking = FLOOR_PAIRS - len(self.log.floor())
        longest, told = 0.0, -math.inf
        while self.time.left() > longest:
            open_ = pending(self.log.evidence())
            if open_ is None:
                return
            if self.time.gone() - told >= TELL_SECONDS:
                told = self.time.gone()
                known = say_progress(open_.judgement, open_.pairs, confirming=open_.fresh)
                self._tell(f"{known}; {self.time.left():.0f} s left")
            pair = self._measure_pair(fresh=open_.fresh, again=lacking > 0)
            lacking -= 1
            longest = max(longest, pair.seconds)

    def _measure_pair(self, *, fresh: bool, again: bool) -> Pair:
        """Run base and head next to each other in random order, and base once more among them where `again`."""
        rng, begun, started = self.log.project.rng, self.time.gone(), self.log.project.now()
        seed, sides = rng.randrange(HASH_SEEDS), [self.base, self.head, *([self.base] if again else [])]
        order = rng.sample(range(len(sides)), len(sides))
        outputs = {which: sides[which].run(seed) for which in order}
        runs = [sides[which].read(outputs[which]) for which in (0, 1)]
        self._keep_guards(runs)
        if again:
            self.log.add_floor(
                FloorPair(
                    when=started, cpu=_cpu(outputs[0], outputs[2]), wall=_wall(outputs[0], outputs[2]),
                    load=outputs[0].load_before,
                )
            )  # fmt: skip
        pair = Pair(
            order="base first" if order.index(0) < order.index(1) else "head first",
            cpu=_cpu(outputs[0], outputs[1]),
            wall=_wall(outputs[0], outputs[1]),
            started=started,
            seconds=self.time.gone() - begun,
            load=outputs[order[0]].load_before,
            inner=inner_times(runs, self.log.question.decides),
            fresh=fresh,
        )
        self.log.attempt.append("pair", pair)
        return pair


def say_progress(judgement: PairVerdict, pairs: int, *, confirming: bool) -> str:
    """Return what is known so far, e.g. `pair 34: 1.021x [0.98, 1.06]`."""
    what = "confirming the improvement, fresh pair" if confirming else "pair"
    low, high = ("?" if end is None else f"{end:.3f}" for end in (judgement.low, judgement.high))
    known = "" if judgement.ratio is None else f": {judgement.ratio:.3f}x [{low}, {high}]"
    return f"{what} {pairs + 1}{known}"


def inner_times(runs: Sequence[Run | None], decides: str) -> dict[str, tuple[float, float]]:
    """Return the fastest repetition of each benchmark that both programs printed a time of, by its label, seconds."""
    base, head = (_fastest(run, f"{decides}_time") for run in runs)
    return {name: (base[name], head[name]) for name in base.keys() & head.keys()}


def unmatched_times(runs: Sequence[Run | None], decides: str) -> list[str]:
    """Return what is to be said of each benchmark inside the program that cannot be judged, base's first."""
    base, head = (_fastest(run, f"{decides}_time") for run in runs)
    said = [
        f"head does not have {name}, which base has: it is not judged" for name in sorted(base.keys() - head.keys())
    ]
    said += [
        f"base does not have {name}, which is new in head: it is not judged" for name in sorted(head.keys() - base)
    ]
    zero = sorted(name for name in base.keys() & head.keys() if not (base[name] > 0 and head[name] > 0))
    return said + [f"{name} printed a time of 0: it has no ratio and is not judged" for name in zero]


def _fastest(run: Run | None, metric: str) -> dict[str, float]:
    found = run.measurements if run else ()
    return {m.benchmark.label: min(m.samples) for m in found if m.metric.name == metric}


def _cpu(one: Output, other: Output) -> tuple[float, float]:
    return one.cpu_seconds, other.cpu_seconds


def _wall(one: Output, other: Output) -> tuple[float, float]:
    return one.wall_seconds, other.wall_seconds
