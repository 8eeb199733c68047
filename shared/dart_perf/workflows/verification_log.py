"""What was measured of one attempt, as records: read from its lines, and added to them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from dart_perf.analysis import guards
from dart_perf.errors import MissingData
from dart_perf.model.measurement import Guard
from dart_perf.model.record import digest
from dart_perf.model.scenario import Scenario
from dart_perf.model.verification import (
    Counts,
    Evidence,
    Execution,
    FloorPair,
    Pair,
    Question,
    Receipt,
    ScenarioVerdict,
)
from dart_perf.store.attempts import Attempt
from dart_perf.workflows.project import Project

FLOOR_PAIRS = 20
"""Pairs of base against itself that tell what the machine differs by: they know a spread within a third."""
FLOOR_AGE = timedelta(days=7)
"""Age from which such a pair is too old: machines are updated, and loaded otherwise."""
MOST_FLOOR = 100
"""Newest pairs that count."""
Guards = tuple[tuple[Guard, ...], tuple[Guard, ...]]


@dataclass(frozen=True, slots=True)
class Log:
    """The evidence of one attempt as it grows."""

    project: Project
    attempt: Attempt
    question: Question
    margin: float

    def evidence(self, notes: tuple[str, ...] = ()) -> Evidence:
        """Return all that was measured so far."""
        execution, counts, not_counted = (self._last(kind) for kind in ("execution", "counts", "not_counted"))
        unmatched = (self._last("unmatched") or {"said": []})["said"]
        return Evidence(
            question=self.question,
            margin=self.margin,
            attempt=self.attempt.number,
            attempts=self.attempt.known,
            pairs=self.pairs(),
            guards=self.guards(),
            counts=None if counts is None else Counts.model_validate(counts),
            not_counted="" if counts is not None or not_counted is None else str(not_counted["reason"]),
            execution=Execution(state="unknown", reason="not asked")
            if execution is None
            else Execution.model_validate(execution),
            floor=tuple(self.floor()),
            notes=(*notes, *unmatched),
        )

    def pairs(self) -> tuple[Pair, ...]:
        """Return the pairs in the order in which they were measured."""
        return tuple(Pair.model_validate(line["content"]) for line in self.attempt.lines if line["kind"] == "pair")

    def guards(self) -> Guards:
        """Return what base and head computed, each value once however many processes computed it."""
        said = [line["content"] for line in self.attempt.lines if line["kind"] == "guards"]
        base, head = ([Guard.model_validate(item) for one in said for item in one[name]] for name in ("base", "head"))
        return guards.distinct(base), guards.distinct(head)

    def add_guards(self, base: Sequence[Guard], head: Sequence[Guard]) -> None:
        """Add what both sides computed, where none of their processes computed it before."""
        known = self.guards()
        both = guards.distinct((*known[0], *base)), guards.distinct((*known[1], *head))
        if both != known:
            self.attempt.append("guards", {"base": _plain(base), "head": _plain(head)})

    def has(self, kind: str) -> bool:
        """Say whether anything of that kind was added."""
        return self._last(kind) is not None

    def seal(self, evidence: Evidence, verdict: ScenarioVerdict) -> str:
        """Seal the verdict and return its receipt's id: that of an earlier call where nothing was measured since."""
        measured = digest(evidence.model_copy(update={"notes": ()}))
        last = self._last("sealed")
        if last is not None and last["evidence"] == measured and self._holds(last["receipt"]):
            return str(last["receipt"])
        made = Receipt(created=self.project.now(), created_by=self.project.who, evidence=evidence, verdict=verdict)
        name = self.project.store.add_receipt(made)
        self.attempt.append("sealed", {"evidence": measured, "receipt": name})
        return name

    def _holds(self, receipt: str) -> bool:
        try:
            self.project.store.receipt(receipt)
        except MissingData:
            return False
        return True

    def floor(self) -> list[FloorPair]:
        """Return the pairs of base against itself on this machine that are not too old, oldest first."""
        return recent_floor(self.project, self.question.scenario, self._floor)

    def add_floor(self, pair: FloorPair) -> None:
        """Add a pair of base against itself."""
        self.project.store.add_floor(self.question.scenario, self._floor, pair)

    @property
    def _floor(self) -> str:
        return floor_key(self.question.program, self.question.environment.fingerprint)

    def _last(self, kind: str) -> dict[str, Any] | None:
        return next((line["content"] for line in reversed(self.attempt.lines) if line["kind"] == kind), None)


PROGRAM = {"name", "argv", "cwd", "format", "decides", "environment", "variables", "build", "benchmark_files"}
"""What of a declaration makes the program that is measured; an edited margin or time-out is no new question."""


def declared(scenario: Scenario) -> str:
    """Return what a declaration is known by: the same scenario with other arguments is another program."""
    return digest(scenario.model_dump(mode="json", include=PROGRAM))


def floor_key(program: str, fingerprint: str) -> str:
    """Return under which key the floor of a `declared` program in one environment is kept."""
    return digest([program, fingerprint])[:16]


def recent_floor(project: Project, scenario: str, key: str) -> list[FloorPair]:
    """Return the pairs of a scenario against itself, by `floor_key`, that are not too old, oldest first."""
    oldest = project.now() - FLOOR_AGE
    return [pair for pair in project.store.floor(scenario, key) if pair.when >= oldest][-MOST_FLOOR:]


def _plain(guards: Iterable[Guard]) -> list[dict[str, Any]]:
    return [guard.model_dump(mode="json") for guard in guards]
