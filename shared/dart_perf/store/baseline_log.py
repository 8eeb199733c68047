"""What happened to the baselines of a scenario x platform, and the states that follow from it.

The log's line for `captured` carries what a list shows of the baseline, so that listing parses no baseline at all.
"""

from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from dart_perf.model.baseline import Action, Baseline, BaselineEntry, BaselineEvent, State
from dart_perf.model.measurement import Run
from dart_perf.store import segment
from dart_perf.store.event_count import Key
from dart_perf.store.fault import Damaged, read_bytes


class Log(NamedTuple):
    """The log of a scenario x platform."""

    events: tuple[BaselineEvent, ...]
    captured: dict[str, BaselineEntry]
    """What a list shows, by id of the baseline, in order of capture; the state is that at capture."""
    end: int
    """Bytes of whole lines."""
    torn: int
    """Bytes behind them that a dead writer left."""
    unnumbered: int = 0
    """Events at its beginning that were written before events were numbered."""
    counted: int | None = None
    """How many events were counted beside the log: all, or all but the last; None where there is no count."""

    @property
    def whole(self) -> bool:
        """True where the count proves that no event that was acknowledged is missing at the end."""
        return self.counted is not None and self.uncounted <= 1

    @property
    def uncounted(self) -> int:
        """Events behind those that were counted: one where a writer died between the two, never more."""
        return len(self.events) - max(self.counted or 0, self.unnumbered)

    def states(self) -> dict[str, State]:
        """Return the state of every baseline at the end of the log.

        Captured is a candidate. Promoted is current, and what was current is superseded: one baseline is current a
        scenario x platform, whatever its version. Rolled back names the one that is current again. Withdrawn is final.
        Pruned has no state, until it is captured again (as a merge does) and is what it was.
        """
        found: dict[str, State] = {}
        pruned: dict[str, State] = {}
        for event in self.events:
            before = found.get(event.baseline)
            if event.action is Action.CAPTURED:
                found.setdefault(event.baseline, pruned.get(event.baseline, State.CANDIDATE))
            elif event.action is Action.PRUNED:
                pruned[event.baseline] = found.pop(event.baseline, State.CANDIDATE)
            elif event.action is Action.WITHDRAWN:
                (found if before is not None else pruned)[event.baseline] = State.WITHDRAWN
            elif before not in {None, State.WITHDRAWN}:  # a merged log may hold events in another order
                found |= {b: State.SUPERSEDED for b, state in found.items() if state is State.CURRENT}
                found[event.baseline] = State.CURRENT
        return found

    def entries(self) -> list[BaselineEntry]:
        """Return what a list shows now, in order of capture."""
        states = self.states()
        return [e.model_copy(update={"state": states[n]}) for n, e in self.captured.items() if n in states]

    def refusal(self, event: BaselineEvent) -> str:
        """Return why `event` does not follow from the state of its baseline, which was captured; else nothing."""
        if event.action is Action.CAPTURED:
            return "it was captured already."
        if self.states()[event.baseline] is State.WITHDRAWN:
            return "it was withdrawn, which is final. Capture a new one."
        if event.action is Action.ROLLED_BACK:
            been = {e.baseline for e in self.events if e.action in {Action.PROMOTED, Action.ROLLED_BACK}}
            if event.baseline not in been:
                return "it has never been current. Promote it instead."
        return ""


def read_log(path: Path, key: Key) -> Log:
    """Return the log in `path`; an empty one where there is none.

    Raises:
        Damaged: a line does not hold, or one is missing before another.
        NewerSchema: a newer dart-perf wrote it.
    """
    try:
        found = _scan(path)
    except FileNotFoundError:
        return Log((), {}, 0, 0)
    events, captured, unnumbered = list[BaselineEvent](), {}, 0
    for line in found.lines:
        fields = dict(line.record)
        shown, number = fields.pop("entry", None), fields.pop("sequence", None)
        if number is None and unnumbered == len(events):
            unnumbered += 1
        elif number != len(events):
            problem = f"event {number} stands here instead of event {len(events)}: a line was lost, doubled or moved."
            raise Damaged(path, line.offset, f"{problem} Restore the file from version control or a backup.")
        try:
            event = BaselineEvent.model_validate(fields)
            if event.action is Action.CAPTURED:
                captured[event.baseline] = entry(key, event.baseline, shown or {})
        except ValidationError as error:
            raise Damaged(path, line.offset, f"no event: {error.errors()[0]['msg']}. Restore it.") from error
        events.append(event)
    return Log(tuple(events), captured, found.end, found.torn, unnumbered)


def _scan(path: Path) -> segment.Lines:
    """Return the lines of the log; a writer may have put one over a torn end between two reads of it."""
    try:
        return segment.scan(read_bytes(path), path)
    except Damaged:
        return segment.scan(read_bytes(path), path)


def entry(key: Key, name: str, shown: dict[str, Any]) -> BaselineEntry:
    """Return the list's entry at capture. Raises ValidationError."""
    fields = {"id": name, "scenario": key[0], "platform": key[1], "state": State.CANDIDATE}
    return BaselineEntry.model_validate(fields | shown)


def details(baseline: Baseline) -> dict[str, Any]:
    """Return what a list shows of a baseline beside its key and state."""
    plain = baseline.model_dump(mode="json", include={"version", "created", "created_by", "reason"})
    said = {process.session for run in baseline.runs for process in run.processes}
    return plain | {
        "processes": sum(_processes(run) for run in baseline.runs),
        "sessions": len(said) + sum(not run.processes for run in baseline.runs),
        "remeasurable": baseline.program is not None,
    }


def _processes(run: Run) -> int:
    """Return the processes of a run; a file that says nothing of them came from one."""
    return len(run.processes) or len({i for m in run.measurements for i in m.processes}) or 1
