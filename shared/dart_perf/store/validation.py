"""Proving everything that is stored: digests, checksums, schema numbers and what refers to what."""

from pathlib import Path

from dart_perf.model.history import Validation
from dart_perf.model.operation import Progress
from dart_perf.store import layout, segment
from dart_perf.store.check_baselines import check_baselines, check_programs, check_references
from dart_perf.store.check_runs import check_runs
from dart_perf.store.fault import read_bytes
from dart_perf.store.findings import Findings
from dart_perf.store.jobs import JOB_FORMAT
from dart_perf.store.matrix import matrix
from dart_perf.store.receipts import RECEIPT_FORMAT
from dart_perf.store.seal import unseal


def validate(root: Path, progress: Progress = lambda _done, _total, _message: None) -> Validation:
    """Return what is stored below `root` and what of it does not hold; damage is returned, not raised.

    `progress` is called with each segment of runs and each series: a million points take seconds.
    """
    findings = Findings(root)
    mark, holds = root / "store.json", [part for part in layout.PARTS if layout.folders(root / part)]
    if mark.exists():
        findings.attempt(mark, _unseal, layout.STORE_FORMAT, mark)
    elif holds:  # looked at first: the mark is written before anything else
        problem = (
            f"missing, though there is {holds[0]}/. Restore it from version control; the next write makes it anew."
        )
        findings.add(mark, None, problem)
    baselines = check_baselines(root, findings)
    sealed = [baseline for baseline, _ in baselines]
    check_programs(root, findings, sealed)
    runs = check_runs(root, findings, progress)
    if runs.all_read:
        check_references(root, findings, sealed, runs.ids)
    for name in layout.folders(root / "jobs"):
        if name.endswith(".json"):
            findings.attempt(root / "jobs" / name, _unseal, JOB_FORMAT, root / "jobs" / name)
    for file in sorted((root / "receipts").glob("receipt-*.json")):
        findings.attempt(file, _unseal, RECEIPT_FORMAT, file)
    for file in sorted((root / "attempts").glob("*/*.jsonl")):
        findings.attempt(file, _scan, file)
    return Validation(
        sound=not findings.damage,
        summary=_summary(findings, len(baselines), runs.total, runs.points),
        baselines=len(baselines),
        runs=runs.total,
        points=runs.points,
        findings=tuple(findings.damage),
        matrix=matrix(baselines),
        warnings=tuple(findings.warnings),
    )


def _unseal(kind: str, file: Path) -> object:
    return unseal(kind, read_bytes(file), file)


def _scan(file: Path) -> object:
    return segment.scan(read_bytes(file), file)


def _summary(findings: Findings, baselines: int, runs: int, points: int) -> str:
    held = f"{baselines} baselines, {runs} runs and {points} points hold"
    if findings.damage:
        first = findings.damage[0]
        place = first.file if first.offset is None else f"{first.file}, byte {first.offset}"
        count = len(findings.damage)
        return f"damaged: {count} finding{'s' if count != 1 else ''}, the first in {place}; {held}"
    return f"sound: {held}" if baselines or runs else f"sound: nothing is stored in {findings.root} yet"
