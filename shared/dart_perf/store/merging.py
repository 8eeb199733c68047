"""Taking what another store holds into this one: runs, baselines with their programs, and what happened to them.

Everything is known by its content, so merging twice is merging once and an interrupted merge is repeated. The other
store is only read, and proven before anything is written here.
"""

from pathlib import Path
from typing import Any, NamedTuple

from dart_perf.model.baseline import Action, Baseline, BaselineEvent, State
from dart_perf.model.measurement import Run
from dart_perf.model.operation import Merge, Progress
from dart_perf.store import atomic, layout, seal
from dart_perf.store.baseline_log import Log
from dart_perf.store.baselines import Baselines
from dart_perf.store.event_count import Key
from dart_perf.store.fault import Damaged, read_bytes
from dart_perf.store.programs import Programs
from dart_perf.store.run_segment import row
from dart_perf.store.runs import RunLog
from dart_perf.store.series import SeriesView

_MADE_CURRENT = {Action.PROMOTED, Action.ROLLED_BACK}


class Missing(NamedTuple):
    """What the log of another store adds to the one here."""

    records: list[dict[str, Any]]
    current: str | None
    """The baseline that becomes current where none was."""
    warning: str


def check(here: Baselines, there: Baselines) -> None:
    """Refuse what could not be merged, before anything is written.

    Raises:
        InvalidInput: a name differs in case alone from one that is stored here.
        Damaged: a log here does not hold, or a baseline of the same id has other content.
    """
    for key in there.logged():
        layout.refuse_other_case(here.folder, key[0], "scenario")
        layout.refuse_other_case(here.folder / key[0], key[1], "platform")
        here.read_log(key)
        for name in there.read_log(key).states():
            path = here.file(name)
            if path.exists() and (data := read_bytes(path)) != (other := read_bytes(there.file(name))):
                problem = "it has other content than in the other store. Find out which is right, and move one away."
                raise Damaged(path, seal.first_difference(data, other), problem)


def merge(root: Path, other: Path, scratch: Path, progress: Progress) -> Merge:
    """Merge the proven store below `other` into that below `root`; the caller holds the lock here.

    Raises:
        InvalidInput, Corrupted: see `check`; nothing was written.
    """
    here, there = Baselines(root), Baselines(other)
    check(here, there)
    new, known, elsewhere = _merge_runs(root, other, scratch, progress)
    baselines = programs = events = 0
    current, warnings = list[str](), list[str]()
    for key in there.logged():
        progress(baselines, None, f"merging baselines of {key[0]} on {key[1]}")
        log, theirs = here.read_log(key), there.read_log(key)
        added = [there.load(name) for name in theirs.states() if name not in log.states()]
        programs += _keep_programs(root, other, added, scratch)
        _keep_files(here, there, key, log, added, scratch)
        missing = missing_events(log, theirs)
        if missing.records:
            here.extend(key, here.read_log(key), missing.records, scratch)
        baselines, events = baselines + len(added), events + len(missing.records)
        current += [missing.current] if missing.current else []
        warnings += [missing.warning] if missing.warning else []
    if elsewhere:
        warnings.append(f"{elsewhere} runs have another commit position there; the position here was kept")
    summary = (
        f"merged {other}: {new} new and {known} known runs, {baselines} new baselines, {programs} new program files, "
        f"{events} new events"
    )
    return Merge(
        summary=summary, runs=new, known=known, baselines=baselines, programs=programs, events=events,
        current=tuple(current), warnings=tuple(warnings),
    )  # fmt: skip


def _merge_runs(root: Path, other: Path, scratch: Path, progress: Progress) -> tuple[int, int, int]:
    """Append the runs that are new; return how many were, how many were known, and how many of those lie elsewhere."""
    runs, theirs = RunLog(root), RunLog(other)
    series = SeriesView(root, runs)
    runs.refresh(series.index().through)
    new, known, elsewhere, numbers = 0, 0, 0, theirs.numbers()
    for done, number in enumerate(numbers):
        progress(done, len(numbers), "merging runs")
        rows = []
        for line in theirs.records(number).lines:
            new_row = row(Run.model_validate(line.record["run"]), line.record["position"])
            head = runs.heads.get(new_row.run_id)
            rows += [new_row] if head is None else []
            known += head is not None
            elsewhere += head is not None and head.position != new_row.position
        runs.append(rows)
        series.fold(scratch)
        new += len(rows)
    return new, known, elsewhere


def _keep_programs(root: Path, other: Path, baselines: list[Baseline], scratch: Path) -> int:
    """Copy the program files of baselines, each proven by its SHA-256; return how many are new."""
    mine, theirs = Programs(root), Programs(other)
    named = {sha256 for b in baselines if b.program is not None for sha256 in b.program.files.values()}
    new = sum(not (mine.folder / sha256).is_file() for sha256 in named)
    mine.keep(((sha256, theirs.content(sha256)) for sha256 in sorted(named)), scratch)
    return new


def _keep_files(
    here: Baselines, there: Baselines, key: Key, log: Log, baselines: list[Baseline], scratch: Path
) -> None:
    if baselines and log.counted is None:  # so that a merge that is interrupted is no lost log
        here.counts.write(key, len(log.events), scratch)
    for baseline in baselines:
        data = read_bytes(there.file(baseline.id))
        atomic.write(here.root, here.file(baseline.id), data, scratch=scratch)


def missing_events(here: Log, there: Log) -> Missing:
    """Return what must be appended to a log so that it knows what happened in the other store too.

    Equal events are one event. What was pruned here and lives there comes back as it was; what was pruned there and
    lives here stays. What was current here stays current, unless it was withdrawn there.
    """
    known, alive, theirs = set(here.events), here.states(), there.states()
    again = [e for name in theirs if name in here.captured and name not in alive for e in _captures(there, name)]
    new = [
        event for event in dict.fromkeys(there.events)
        if event not in known
        and not (event.action is Action.CAPTURED and event.baseline in here.captured)
        and not (event.action is Action.PRUNED and event.baseline in alive.keys() | theirs.keys())
    ]  # fmt: skip
    new = again + new
    merged = here._replace(events=(*here.events, *new)).states()
    before = next((name for name, state in alive.items() if state is State.CURRENT), None)
    after = next((name for name, state in merged.items() if state is State.CURRENT), None)
    warning = ""
    if before is not None and merged[before] is State.WITHDRAWN:
        now = f"{after} is current now" if after else "nothing is current in its place"
        warning = f"{before} was current here and was withdrawn in the other store: {now}"
    elif before is not None and after != before:
        made = [e for e in here.events if e.baseline == before and e.action in _MADE_CURRENT]
        new.append(made[-1])
    entries = there.captured | here.captured
    records = [_record(event, entries[event.baseline].model_dump(mode="json")) for event in new]
    return Missing(records, after if before is None and new else None, warning)


def _captures(log: Log, name: str) -> list[BaselineEvent]:
    return [e for e in log.events if e.action is Action.CAPTURED and e.baseline == name][:1]


def _record(event: BaselineEvent, entry: dict[str, Any]) -> dict[str, Any]:
    plain = event.model_dump(mode="json")
    if event.action is not Action.CAPTURED:
        return plain
    shown = {name: value for name, value in entry.items() if name not in {"id", "scenario", "platform", "state"}}
    return plain | {"entry": shown}
