"""Proving the runs and the history that is derived from them."""

from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

from pydantic import ValidationError

from dart_perf.errors import PerfError
from dart_perf.model.measurement import Run, series_id
from dart_perf.model.record import digest
from dart_perf.store import segment
from dart_perf.store.fault import Damaged
from dart_perf.store.findings import Findings
from dart_perf.store.history import NOTHING, History, Index
from dart_perf.store.run_segment import RunSegment, points_of
from dart_perf.store.runs import RunLog

Print = tuple[int, int]
"""Number of points and checksum over their lines."""


class Proven(NamedTuple):
    """The runs that hold."""

    total: int
    ids: set[str]
    all_read: bool
    """False where a segment does not hold: which runs are behind its damage is not known."""


def check_runs(root: Path, findings: Findings) -> Proven:
    """Prove every line of every segment."""
    log, count, following, ids, all_read = RunLog(root), 0, 0, set[str](), True
    live = findings.attempt(log.live.file, log.live.read)
    if live is None:
        return Proven(0, ids, all_read=False)
    if live.interrupted:
        findings.warn(log.live.file, "a prune goes on, or was interrupted: the next write puts it in order")
    numbers, kept = log.numbers(), 0
    for number in numbers:
        path = log.file(number)
        if number > live.first and number - 1 not in numbers:
            findings.add(path, None, f"segment {number - 1:06d} before it is missing. Restore it from a backup.")
            following = -1  # where it goes on is not known
        lines = findings.attempt(path, log.records, number)
        if lines is None:
            following, all_read = -1, False
            continue
        if lines.torn:
            findings.warn(path, f"{lines.torn} bytes of an unfinished run at the end; the next append replaces them")
        for line in lines.lines:
            kept += line.record.get("sequence", -1) < live.through
            problem = _problem(line.record, following, live.through)
            if problem:
                findings.add(path, line.offset, f"{problem}. Restore the file from version control or a backup.")
            else:
                count += 1
            ids.add(line.record.get("run_id", ""))
            following = line.record.get("sequence", -2) + 1
        _check_index(log, number, findings)
    if all_read and kept != live.through - live.gone:
        problem = f"{live.through - live.gone} runs stayed when older ones were pruned, but {kept} of them are there."
        findings.add(log.folder, None, f"{problem} Restore the folder from version control or a backup.")
    return Proven(count, ids, all_read)


def _check_index(log: RunLog, number: int, findings: Findings) -> None:
    known = RunSegment(log.file(number), number)
    found = findings.attempt(known.index_file, known.read_index) if known.index_file.exists() else None
    whole = findings.attempt(known.file, known.whole) if found is not None else None
    if found is not None and whole is not None and found != (whole.size, whole.heads):
        findings.warn(known.index_file, "it is not the index of this segment; it is derived: delete it")


def _problem(record: dict[str, Any], following: int, through: int) -> str:
    """Return what is wrong with a proven line, or nothing; below `through` a prune left gaps."""
    try:
        run = Run.model_validate(record["run"])
        if record["run_id"] != f"run-{digest(record['run'])[:16]}":
            return "the id is not that of the run"
        if record["series"] != [series_id(m, run.environment) for m in run.measurements]:
            return "the series are not those of the measurements"
        jumps = following < record["sequence"] <= through
        if following >= 0 and record["sequence"] != following and not jumps:
            return f"sequence {record['sequence']} instead of {following}"
    except (KeyError, ValidationError) as error:
        return f"no run: {error}"
    return ""


def check_history(root: Path, findings: Findings) -> int:
    """Prove that the history holds what the runs say; return the points of both together."""
    runs, history = RunLog(root), History(root)
    index = NOTHING
    if history.index_file.exists():
        found = findings.attempt(history.index_file, history.read_index)
        index = findings.attempt(history.index_file, history.index, runs) or NOTHING
        if found is not None and index is NOTHING:
            findings.warn(history.index_file, "it does not fit the runs; the next append folds them anew")
    expected, points = _prints(runs, index)
    for series in sorted(index.series.keys() | expected.keys()):
        findings.attempt(history.folder / series, _compare, history, index, series, expected.get(series, (0, 0)))
    return points


def _prints(runs: RunLog, index: Index) -> tuple[dict[str, Print], int]:
    """Return the fingerprint of each folded series as the runs say it, and the points of all runs."""
    prints: dict[str, Print] = defaultdict(lambda: (0, 0))
    points = 0
    for number in runs.numbers():
        try:
            lines = runs.records(number).lines
        except PerfError:
            continue  # `check_runs` names it
        for series, point in (found for line in lines for found in points_of(line.record)):
            points += 1
            if number in index.folded:
                count, checksum = prints[series]
                prints[series] = count + 1, crc32(segment.frame_json(point), checksum)
    return prints, points


def _compare(history: History, index: Index, series: str, expected: Print) -> None:
    entry = index.series.get(series, {"points": 0, "segments": []})
    count = checksum = 0
    for number, size in enumerate(entry["segments"], start=1):
        path = history.file(series, number)
        for line in history.counted(path, size):
            count, checksum = count + 1, crc32(segment.frame(line.record), checksum)
    if (count, checksum) != expected or count != entry["points"]:
        raise Damaged(history.folder / series, None, f"its points are not those of the runs. {history.remedy}")
