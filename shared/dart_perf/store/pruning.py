"""Taking old runs and baselines out of a store: what goes is chosen in `retention`, and goes in one step each.

First the events that say which baselines are pruned, then the runs (`live_runs`), last the files that nothing names any
more (`sweeping`). Who dies in between leaves a sound store, from which the next write deletes what was left; pruning
again does the rest.
"""

from datetime import UTC, datetime
from pathlib import Path
from sys import intern
from typing import Any, NamedTuple

from dart_perf.model.baseline import Action, BaselineEntry, BaselineEvent, succession
from dart_perf.model.operation import Progress, Rule
from dart_perf.store import layout, segment
from dart_perf.store import runs as run_log
from dart_perf.store.baselines import Baselines
from dart_perf.store.event_count import Key
from dart_perf.store.fault import read_bytes
from dart_perf.store.jobs import Jobs
from dart_perf.store.retention import Stored, leaving_baselines, leaving_jobs, staying_runs
from dart_perf.store.runs import RunLog
from dart_perf.store.sweeping import sweep, unused_programs


class Plan(NamedTuple):
    """What goes, and what stays."""

    baselines: dict[Key, list[str]]
    stay: dict[int, str]
    """Why each run that stays does, by sequence number."""
    runs: int
    """How many go."""
    programs: list[str]
    bytes: int
    """Size of what goes."""

    @property
    def empty(self) -> bool:
        """True where nothing goes."""
        return not (self.runs or self.programs or any(self.baselines.values()))


def plan(root: Path, rule: Rule, progress: Progress) -> Plan:
    """Return what a prune by `rule` takes from the store below `root`. Raises Corrupted, NewerSchema."""
    baselines, leaving, needed = Baselines(root), dict[Key, list[str]](), set[str]()
    for key in baselines.logged():
        log = baselines.read_log(key)
        entries = [_in_utc(entry) for entry in log.entries()]
        leaving[key] = leaving_baselines(entries, succession(log.events), rule)
        for entry in entries:
            if entry.id not in leaving[key]:
                needed |= {run.id for run in baselines.load(entry.id).runs}
    gone = frozenset(name for names in leaving.values() for name in names)
    stored, sizes = _survey(RunLog(root), progress)
    stay = staying_runs(stored, rule, needed)
    programs = unused_programs(root, gone)
    size = sum(size for run, size in zip(stored, sizes, strict=True) if run.sequence not in stay)
    size += sum(_size(baselines.file(name)) for name in gone) + sum(_size(root / "programs" / p) for p in programs)
    return Plan(leaving, stay, len(stored) - len(stay), programs, size)


def _size(path: Path) -> int:
    return (layout.signature(path) or (0, 0, 0))[1]


def _in_utc(entry: BaselineEntry) -> BaselineEntry:
    return entry.model_copy(update={"created": _utc(entry.created)})


def _utc(when: datetime) -> datetime:
    return when if when.tzinfo is not None else when.replace(tzinfo=UTC)


def _survey(runs: RunLog, progress: Progress) -> tuple[list[Stored], list[int]]:
    """Return what decides about each run, and its size in bytes, in order of arrival."""
    stored, sizes, numbers = list[Stored](), list[int](), runs.numbers()
    for done, number in enumerate(numbers):
        progress(done, len(numbers), "looking at runs")
        for line in runs.records(number).lines:
            stored.append(_stored(line.record))
            sizes.append(line.size + 1)
    return stored, sizes


def _stored(record: dict[str, Any]) -> Stored:
    when = record["run"].get("when")
    at = _utc(datetime.fromisoformat(when)) if when is not None else None
    series = tuple(intern(name) for name in record["series"])
    return Stored(record["run_id"], record["sequence"], record["position"], at, series)


def prune(root: Path, found: Plan, event: BaselineEvent, scratch: Path, progress: Progress) -> None:
    """Take away what `found` says; the caller holds the lock under which it was found.

    `event` says who, when and why; it is logged of each baseline that goes.
    """
    runs = RunLog(root)
    live, numbers, behind = runs.live.read(), runs.numbers(), max(runs.on_disk(), default=0) + 1
    if found.runs:
        runs.live.write(live._replace(end=behind), scratch)
        through = _copy(runs, numbers, behind, found.stay, progress)
        live = live._replace(first=behind, through=through, gone=through - len(found.stay))
    baselines = Baselines(root)
    for key, names in found.baselines.items():
        if names:
            records = [_record(event, name) for name in names]
            baselines.extend(key, baselines.read_log(key), records, scratch)
    runs.live.write(live._replace(end=None, prunes=live.prunes + 1, sweeping=True), scratch)
    sweep(root, scratch)


def _record(event: BaselineEvent, name: str) -> dict[str, Any]:
    return event.model_copy(update={"action": Action.PRUNED, "baseline": name}).model_dump(mode="json")


def _copy(runs: RunLog, numbers: list[int], behind: int, stay: dict[int, str], progress: Progress) -> int:
    """Copy the lines of runs that stay into segments from number `behind` on; return the next sequence number."""
    batch, through = bytearray(), runs.live.read().through
    for done, number in enumerate(numbers):
        progress(done, len(numbers), "copying the runs that stay")
        data = read_bytes(runs.file(number))
        for line in segment.scan(data, runs.file(number)).lines:
            through = max(through, line.record["sequence"] + 1)
            if line.record["sequence"] in stay:
                batch += data[line.offset : line.offset + line.size + 1]
            if len(batch) >= run_log.SEGMENT_BYTES:
                segment.append(runs.root, runs.file(behind), bytes(batch), end=0)
                batch, behind = bytearray(), behind + 1
    if batch:
        segment.append(runs.root, runs.file(behind), bytes(batch), end=0)
    return through


def job_files(root: Path, rule: Rule) -> dict[str, list[Path]]:
    """Return the files of each job that goes, the record last."""
    jobs = Jobs(root)
    utc = [j.model_copy(update={"updated": _utc(j.updated)}) for j in jobs.all()]
    leaving = leaving_jobs(utc, rule)
    return {name: [jobs.folder / f"{name}{end}" for end in (".log", ".token", ".json")] for name in leaving}
