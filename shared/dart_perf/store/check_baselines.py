"""Proving the baselines: seals, logs, and the programs they name."""

from pathlib import Path

from dart_perf.errors import NoBaseline
from dart_perf.model.baseline import Action, Baseline, State
from dart_perf.store import layout
from dart_perf.store.baseline_log import Log, details, entry
from dart_perf.store.baselines import Baselines
from dart_perf.store.event_count import Key
from dart_perf.store.findings import Findings
from dart_perf.store.programs import SHA256, Programs


def check_baselines(root: Path, findings: Findings) -> list[tuple[Baseline, State]]:
    """Prove every log and every baseline; return those that hold, oldest first within a scenario x platform."""
    store = Baselines(root)
    proven = []
    for key in store.logged():
        files = layout.folders(store.log_file(key).parent)  # before the log: a capture seals, then logs
        log = findings.attempt(store.log_file(key), store.read_log, key)
        if log is not None:
            _check_events(store, key, log, findings)
            proven += _check_files(store, key, log, files, findings)
    return proven


def _check_events(store: Baselines, key: Key, log: Log, findings: Findings) -> None:
    path, counted = store.log_file(key), store.counts.file(key)
    if log.unnumbered:
        findings.warn(path, f"its first {log.unnumbered} events have no number: nothing proves that none is missing")
    if log.uncounted > 1:
        problem = f"{log.counted or 0} events are counted here, but the log has {len(log.events)}."
        findings.add(counted, None, f"{problem} Restore both from version control; the next event counts anew.")
    if log.torn:
        findings.warn(path, f"{log.torn} bytes of an unfinished event at the end; the next event replaces them")
    captured: set[str] = set()
    for event in log.events:
        if event.action is Action.CAPTURED:
            captured.add(event.baseline)
        elif event.baseline not in captured:
            findings.add(path, None, f"{event.baseline} was {event.action} but not captured before. Restore the log.")


def _check_files(
    store: Baselines, key: Key, log: Log, files: list[str], findings: Findings
) -> list[tuple[Baseline, State]]:
    path, state, proven, known = store.log_file(key), log.states(), [], {"log.jsonl"}
    for name, listed in log.captured.items():
        file = findings.attempt(path, store.file, name)
        known |= {file.name} if file is not None else set()
        if name not in state:  # pruned
            continue
        baseline = findings.attempt(path, _load, store, name) if file is not None else None
        if baseline is not None:
            if listed != entry(key, name, details(baseline)):
                findings.add(path, None, f"what the log says of {name} is not what its file says. Restore both.")
            proven.append((baseline, state[name]))
    unnamed = sorted(set(files) - known)
    if len(unnamed) > 1 and not log.whole:  # one may be that of a capture that was interrupted just now
        problem = (
            f"no event names {len(unnamed)} of the files beside it, {unnamed[0]} first: events at its end are lost."
        )
        findings.add(path, log.end, f"{problem} Restore it from version control, or delete them.")
        return proven
    for name in unnamed:
        problem = "no event names it: a capture was interrupted. Capture it again, or delete the file"
        findings.warn(path.parent / name, problem)
    return proven


def _load(store: Baselines, name: str) -> Baseline | None:
    try:
        return store.load(name)
    except NoBaseline:  # pruned since the log was read
        return None


def check_references(root: Path, findings: Findings, baselines: list[Baseline], runs: set[str]) -> None:
    """Prove that the runs of every baseline are among the `runs`: they were appended before it was sealed."""
    missing = {b.id: lost for b in baselines if (lost := [r.id for r in b.runs if r.id not in runs])}
    if missing:
        name, lost = next(iter(missing.items()))
        total = len(set().union(*missing.values()))
        problem = f"{total} runs of {len(missing)} baselines are missing, {lost[0]} of {name} first."
        remedy = "Restore runs/*.jsonl from version control or a backup, or import the results again."
        findings.add(root / "runs", None, f"{problem} {remedy}")


def check_programs(root: Path, findings: Findings, baselines: list[Baseline]) -> None:
    """Prove that every file of a program is there and has its digest."""
    programs = Programs(root)
    named = {
        sha256: f"file {name!r} of {baseline.id}"
        for baseline in baselines
        for name, sha256 in (baseline.program.files if baseline.program else {}).items()
    }
    kept = layout.folders(programs.folder)
    for sha256 in kept:
        if SHA256.fullmatch(sha256):
            findings.attempt(programs.folder / sha256, programs.content, sha256)
        else:
            findings.warn(programs.folder / sha256, "its name is no SHA-256: no program uses it, delete it")
    for sha256 in sorted(named.keys() - set(kept)):
        problem = f"{named[sha256]} is missing. Restore it from version control."
        findings.add(programs.folder / sha256, None, problem)
