"""The baselines: sealed files that never change, beside a log for each scenario x platform."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from dart_perf.errors import InvalidInput, NoBaseline
from dart_perf.model.baseline import BASELINE_FORMAT, Action, Baseline, BaselineEntry, BaselineEvent
from dart_perf.model.history import Finding
from dart_perf.model.record import digest
from dart_perf.store import atomic, layout, seal, segment
from dart_perf.store.baseline_log import Log, details, read_log
from dart_perf.store.event_count import EventCounts, Key
from dart_perf.store.fault import Damaged, Unreadable, read_bytes
from dart_perf.store.findings import finding
from dart_perf.store.layout import Signature

_SHOWN = 10
"""Baselines an error names."""


class Baselines:
    """All baselines of a store; what another process adds is seen by the next call."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / "baselines"
        self.counts = EventCounts(root)
        self._logs: dict[Key, tuple[Signature, Log]] = {}
        self._entries: tuple[BaselineEntry, ...] = ()
        self._damage: dict[Key, Finding] = {}
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
        """Return every baseline whose log holds, by scenario, platform and order of capture. Raises NewerSchema.

        One `stat` a log tells whether anything changed: a log grows with every change, so its size cannot stay.
        """
        with self._guard:
            seen = dict(self._signatures())
            if seen != self._seen or self._damage:  # what was damaged may have been restored beside the log
                damage: dict[Key, Finding] = {}
                logs = [self._log(key, seen.get(key), damage) for key in self.logged()]
                self._entries = tuple(e for log in logs if log is not None for e in log.entries())
                self._damage, self._seen = damage, seen
            return self._entries

    def damage(self) -> dict[Key, Finding]:
        """Return what does not hold of each log that `entries` leaves out. Raises NewerSchema."""
        with self._guard:
            self.entries()
            return self._damage

    def prove(self, start: str) -> None:
        """Refuse ids that begin with `start` where `entries` just left out a log that may hold one. Raises Damaged."""
        for (scenario, platform), found in self._damage.items():
            folder = f"{scenario}/{platform}/"
            if folder.startswith(start) or start.startswith(folder):
                raise Damaged(self.root / found.file, found.offset, found.problem)

    def logged(self) -> list[Key]:
        """Return every scenario x platform that has, or had, a log."""
        return sorted({key for key, _ in self._signatures()} | self.counts.keys())

    def _signatures(self) -> Iterator[tuple[Key, Signature]]:
        base = str(self.folder)
        for scenario in layout.folders(base):
            for platform in layout.folders(f"{base}/{scenario}"):
                folder = f"{base}/{scenario}/{platform}"
                now = layout.signature(f"{folder}/log.jsonl") or layout.folder_signature(folder)
                if now is not None:
                    yield (scenario, platform), now

    def _log(self, key: Key, now: Signature | None, damage: dict[Key, Finding]) -> Log | None:
        """Return a log, read no more often than it changes; None where it does not hold, which `damage` then says."""
        known = self._logs.get(key)
        if known is not None and known[0] == now:
            return known[1]
        try:
            log = self.read_log(key)
        except (Damaged, Unreadable) as error:
            damage[key] = finding(self.root, self.log_file(key), error)
            return None
        if now is not None:
            self._logs[key] = now, log
        return log

    def read_log(self, key: Key) -> Log:
        """Return the log of a scenario x platform; an empty one where there never was one.

        The count is read before the log, and the sealed files before both, as a capture writes them in the other
        order: whoever reads while another process writes finds too many events, never too few.

        Raises:
            Damaged: a line does not hold, or events are missing.
            NewerSchema: a newer dart-perf wrote it.
        """
        path, empty = self.log_file(key), not (layout.signature(self.log_file(key)) or (0, 0, 0))[1]
        sealed = [name for name in layout.folders(path.parent) if name.endswith(".json")] if empty else []
        count = self.counts.read(key)
        log = read_log(path, key)
        if count is not None and len(log.events) > count + 1:  # a writer went on between the two reads
            all_of_a_step = self.counts.coming(key) == len(log.events)
            count = len(log.events) if all_of_a_step else min(self.counts.read(key) or 0, len(log.events))
        if (count or 0) > len(log.events):
            problem = f"{len(log.events)} events stand here, but {count} were written: the rest is lost."
        elif count is None and not log.events and len(sealed) > 1:
            problem = f"no event stands here, but {len(sealed)} baselines beside it were captured: the log is lost."
        else:
            return log._replace(counted=count)
        raise Damaged(path, log.end, f"{problem} Restore the file from version control or a backup.")

    def find(self, name: str) -> BaselineEntry:
        """Return the entry whose id, or unambiguous start of an id, is `name`.

        Raises:
            NoBaseline: none is; names those that exist.
            InvalidInput: several are.
            Damaged: it may be one whose log does not hold.
        """
        entries = self.entries()
        found = [e for e in entries if e.id == name]
        if name and not found:
            self.prove(name)
            found = [e for e in entries if e.id.startswith(name)]
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
            key = name.split("/", maxsplit=1)[0], name.split("/")[1]
            if name not in self.read_log(key).states():
                raise NoBaseline(f"baseline {name} was pruned. List those that are left.") from error
            raise Damaged(path, None, "missing, but the log names it. Restore it from version control.") from error
        try:
            baseline = Baseline.model_validate(content)
        except ValidationError as error:
            raise Damaged(path, None, f"no baseline: {error.errors()[0]['msg']}. Restore it.") from error
        if _id(baseline, content) != name:
            raise Damaged(path, None, f"it holds baseline {_id(baseline, content)}. Move it back to where it was.")
        return baseline

    def add(self, baseline: Baseline, event: BaselineEvent, scratch: Path) -> None:
        """Seal `baseline` and log its capture; the caller holds the lock. Twice the same is once."""
        content, key = baseline.model_dump(mode="json", exclude_defaults=True), (baseline.scenario, baseline.platform)
        name = _id(baseline, content)
        if event.action is not Action.CAPTURED or event.baseline != name:
            raise InvalidInput(f"the event of a new baseline is `captured` of {name}, not `{event.action}` of another.")
        layout.refuse_other_case(self.folder, baseline.scenario, "scenario")
        layout.refuse_other_case(self.folder / baseline.scenario, baseline.platform, "platform")
        path, data, log = self.file(name), seal.seal(BASELINE_FORMAT, content), self.read_log(key)
        if not path.exists():
            if log.counted is None:  # so that captures that are interrupted are no lost log
                self.counts.write(key, len(log.events), scratch)
            atomic.write(self.root, path, data, scratch=scratch)
        elif (there := read_bytes(path)) != data:
            problem = "it exists with other content. Restore it from version control, or remove it."
            raise Damaged(path, seal.first_difference(data, there), problem)
        if name not in log.states():
            self._append(key, log, event.model_dump(mode="json") | {"entry": details(baseline)}, scratch)

    def log_event(self, event: BaselineEvent, scratch: Path) -> None:
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
        refusal = log.refusal(event)
        if refusal:
            raise InvalidInput(f"{event.baseline} cannot be {event.action}: {refusal}")
        self._append(key, log, event.model_dump(mode="json"), scratch)

    def _append(self, key: Key, log: Log, record: dict[str, Any], scratch: Path) -> None:
        if self.counts.read(key) != len(log.events):
            self.counts.write(key, len(log.events), scratch)  # its writer died: the count is never two behind
        numbered = record | {"sequence": len(log.events)}
        segment.append(self.root, self.log_file(key), segment.frame(numbered), end=log.end)
        self.counts.write(key, len(log.events) + 1, scratch)

    def extend(self, key: Key, log: Log, records: list[dict[str, Any]], scratch: Path) -> None:
        """Append several events in one step, all or none of them; the caller holds the lock and has read `log`.

        The log is replaced by a longer one: of lines that are appended, a writer that dies may leave a part.
        """
        first, path = len(log.events), self.log_file(key)
        new = [segment.frame(record | {"sequence": n}, _since(record)) for n, record in enumerate(records, start=first)]
        self.counts.write(key, first, scratch, coming=first + len(new))
        before = read_bytes(path)[: log.end] if log.end else b""
        atomic.write(self.root, path, before + b"".join(new), scratch=scratch)
        self.counts.write(key, first + len(new), scratch)


def _since(record: dict[str, Any]) -> int:
    """Return the schema since which there are such events."""
    return 2 if record["action"] == Action.PRUNED else seal.OLDEST


def _id(baseline: Baseline, content: dict[str, Any]) -> str:
    """Return the id that follows from the content itself."""
    return f"{baseline.scenario}/{baseline.platform}/{baseline.version}/{digest(content)[:8]}"
