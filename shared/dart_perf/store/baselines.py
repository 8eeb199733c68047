"""The baselines: sealed files that never change, and a log a scenario x platform from which their states follow.

The log's line for `captured` carries what a list shows of the baseline, so that listing parses no baseline at all.
"""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from dart_perf.errors import InvalidInput, NoBaseline
from dart_perf.model.baseline import BASELINE_FORMAT, Action, Baseline, BaselineEntry, BaselineEvent, State
from dart_perf.model.measurement import Run
from dart_perf.model.record import digest
from dart_perf.store import atomic, layout, seal, segment
from dart_perf.store.fault import Damaged, read_bytes
from dart_perf.store.layout import Signature

Key = tuple[str, str]
"""Scenario and platform."""

_SHOWN = 10
"""Baselines an error names."""


class Log(NamedTuple):
    """The log of a scenario x platform."""

    events: tuple[BaselineEvent, ...]
    details: dict[str, dict[str, Any]]
    """What a list shows, by id of the baseline, in order of capture."""
    end: int
    """Bytes of whole lines."""
    torn: int
    """Bytes behind them that a dead writer left."""


def states(events: tuple[BaselineEvent, ...]) -> dict[str, State]:
    """Return the state of every baseline at the end of a log.

    Captured is a candidate. Promoted is current, and what was current is superseded: one baseline is current a
    scenario x platform, whatever its version. Rolled back names the baseline that is current again. Withdrawn is final.
    """
    found: dict[str, State] = {}
    for event in events:
        if event.action is Action.CAPTURED:
            found.setdefault(event.baseline, State.CANDIDATE)
        elif event.action is Action.WITHDRAWN:
            found[event.baseline] = State.WITHDRAWN
        else:
            found |= {b: State.SUPERSEDED for b, state in found.items() if state is State.CURRENT}
            found[event.baseline] = State.CURRENT
    return found


class Baselines:
    """All baselines of a store; what another process adds is seen by the next call."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / "baselines"
        self._logs: dict[Key, tuple[Signature, Log]] = {}
        self._entries: tuple[BaselineEntry, ...] = ()
        self._seen: dict[Key, Signature] = {}
        self._guard = threading.RLock()

    def log_file(self, key: Key) -> Path:
        return self.folder / key[0] / key[1] / "log.jsonl"

    def file(self, name: str) -> Path:
        """Return the file of the baseline with this id. Raises InvalidInput for what is no id."""
        parts = name.split("/")
        if len(parts) != 4:  # noqa: PLR2004 -- scenario/platform/version/digest8
            raise InvalidInput(f"{name!r} is no baseline's id. Give scenario/platform/version/digest8.")
        scenario, platform, version, seal8 = map(layout.part, parts, ("scenario", "platform", "version", "digest"))
        return self.folder / scenario / platform / f"{version}.{seal8}.json"

    def entries(self) -> tuple[BaselineEntry, ...]:
        """Return every baseline by scenario, platform and order of capture.

        One `stat` a log tells whether anything changed: a log grows with every change, so its size cannot stay.
        """
        with self._guard:
            seen = dict(self._signatures())
            if seen != self._seen:
                logs = {key: self._log(key, now) for key, now in seen.items()}
                self._entries = tuple(e for key, log in sorted(logs.items()) for e in _entries(key, log))
                self._seen = seen
            return self._entries

    def _signatures(self) -> Iterator[tuple[Key, Signature]]:
        base = str(self.folder)
        for scenario in layout.folders(base):
            for platform in layout.folders(f"{base}/{scenario}"):
                now = layout.signature(f"{base}/{scenario}/{platform}/log.jsonl")
                if now is not None:
                    yield (scenario, platform), now

    def _log(self, key: Key, now: Signature) -> Log:
        known = self._logs.get(key)
        if known is not None and known[0] == now:
            return known[1]
        log = self.read_log(key)
        self._logs[key] = now, log
        return log

    def read_log(self, key: Key) -> Log:
        """Return the log of a scenario x platform; an empty one where there is none. Raises Corrupted, NewerSchema."""
        path = self.log_file(key)
        try:
            found = segment.scan(read_bytes(path), path)
        except FileNotFoundError:
            return Log((), {}, 0, 0)
        events, details = [], {}
        for line in found.lines:
            fields = dict(line.record)
            shown = fields.pop("entry", None)
            try:
                event = BaselineEvent.model_validate(fields)
            except ValidationError as error:
                raise Damaged(path, line.offset, f"no event: {error.errors()[0]['msg']}. Restore it.") from error
            if event.action is Action.CAPTURED:
                details[event.baseline] = shown or {}
            events.append(event)
        return Log(tuple(events), details, found.end, found.torn)

    def find(self, name: str) -> BaselineEntry:
        """Return the entry whose id, or unambiguous start of an id, is `name`.

        Raises:
            NoBaseline: none is; names those that exist.
            InvalidInput: several are.
        """
        entries = self.entries()
        found = [e for e in entries if e.id == name] or [e for e in entries if name and e.id.startswith(name)]
        if len(found) > 1:
            ids = ", ".join(e.id for e in found[-_SHOWN:])
            raise InvalidInput(f"{name!r} is the start of {len(found)} baselines: {ids}. Give more of the id.")
        if not found:
            ids = ", ".join(e.id for e in entries[-_SHOWN:])
            there = f"The newest of {len(entries)} are: {ids}." if entries else "The store has none: capture one."
            raise NoBaseline(f"no baseline {name!r} in {self.root}. {there}")
        return found[0]

    def load(self, name: str) -> Baseline:
        """Return the baseline with this id, proven by its seal. Raises Corrupted, NewerSchema."""
        path = self.file(name)
        try:
            content = seal.unseal(BASELINE_FORMAT, read_bytes(path), path)
        except FileNotFoundError as error:
            raise Damaged(path, None, "missing, but the log names it. Restore it from version control.") from error
        try:
            baseline = Baseline.model_validate(content)
        except ValidationError as error:
            raise Damaged(path, None, f"no baseline: {error.errors()[0]['msg']}. Restore it.") from error
        proven = f"{baseline.scenario}/{baseline.platform}/{baseline.version}/{digest(content)[:8]}"
        if proven != name:
            raise Damaged(path, None, f"it holds baseline {proven}. Move it back to where it was.")
        return baseline

    def add(self, baseline: Baseline, event: BaselineEvent, scratch: Path) -> None:
        """Seal `baseline` and log its capture; the caller holds the lock. Twice the same is once."""
        if event.action is not Action.CAPTURED or event.baseline != baseline.id:
            raise InvalidInput(
                f"a new baseline's event is `captured` of {baseline.id}, not `{event.action}` of {event.baseline}."
            )
        path, key = self.file(baseline.id), (baseline.scenario, baseline.platform)
        layout.refuse_other_case(self.folder, baseline.scenario, "scenario")
        layout.refuse_other_case(self.folder / baseline.scenario, baseline.platform, "platform")
        data = seal.seal(BASELINE_FORMAT, baseline.model_dump(mode="json"))
        if not path.exists():
            atomic.write(self.root, path, data, scratch=scratch)
        elif read_bytes(path) != data:
            raise Damaged(path, None, "it exists with other content. Restore it from version control, or remove it.")
        log = self.read_log(key)
        if baseline.id not in log.details:
            self._append(key, log, event.model_dump(mode="json") | {"entry": details(baseline)})

    def log_event(self, event: BaselineEvent) -> None:
        """Append to the log; the caller holds the lock.

        Raises:
            NoBaseline: the id is unknown.
            InvalidInput: the event does not follow from the state.
        """
        entry = self.find(event.baseline)
        if entry.id != event.baseline:
            raise NoBaseline(f"no baseline {event.baseline!r}. Did you mean {entry.id}?")
        key = (entry.scenario, entry.platform)
        log = self.read_log(key)
        refusal = _refusal(event, log)
        if refusal:
            raise InvalidInput(f"{event.baseline} cannot be {event.action}: {refusal}")
        self._append(key, log, event.model_dump(mode="json"))

    def _append(self, key: Key, log: Log, record: dict[str, Any]) -> None:
        segment.append(self.root, self.log_file(key), segment.frame(record), end=log.end)


def _refusal(event: BaselineEvent, log: Log) -> str:
    state = states(log.events)[event.baseline]
    if event.action is Action.CAPTURED:
        return "it was captured already."
    if state is State.WITHDRAWN:
        return "it was withdrawn, which is final. Capture a new one."
    if event.action is Action.ROLLED_BACK:
        been = {e.baseline for e in log.events if e.action in {Action.PROMOTED, Action.ROLLED_BACK}}
        if event.baseline not in been:
            return "it has never been current. Promote it instead."
    return ""


def _entries(key: Key, log: Log) -> Iterator[BaselineEntry]:
    state = states(log.events)
    for name, shown in log.details.items():
        yield BaselineEntry.model_validate(
            {"id": name, "scenario": key[0], "platform": key[1], "state": state[name], **shown}
        )


def details(baseline: Baseline) -> dict[str, Any]:
    """Return what a list shows of a baseline beside its key and state."""
    plain = baseline.model_dump(mode="json", include={"version", "created", "created_by", "reason"})
    return plain | {
        "processes": sum(_processes(run) for run in baseline.runs),
        "sessions": len({p.session for run in baseline.runs for p in run.processes})
        + sum(not run.processes for run in baseline.runs),
        "remeasurable": baseline.program is not None,
    }


def _processes(run: Run) -> int:
    """Processes of a run; a file that says nothing of them came from one."""
    return len(run.processes) or len({i for m in run.measurements for i in m.processes}) or 1
