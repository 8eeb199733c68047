"""Proving the runs and the history that is derived from them."""

from collections import defaultdict
from collections.abc import Container
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

from pydantic import ValidationError

from dart_perf.model.measurement import Run, series_id
from dart_perf.model.operation import Progress
from dart_perf.model.record import digest
from dart_perf.store import segment
from dart_perf.store.fault import Damaged
from dart_perf.store.findings import Findings
from dart_perf.store.history import NOTHING, History, Index
from dart_perf.store.run_segment import RunSegment, head_of, points_of
from dart_perf.store.runs import RunLog

Print = tuple[int, int]
"""Number of points and checksum over their lines."""


class Proven(NamedTuple):
    """The runs that hold."""

    total: int
    points: int
    ids: set[str]
    all_read: bool
    """False where a segment does not hold: which runs are behind its damage is not known."""


class _Reading:
    """What was read of the runs so far: each segment once, for all that is to be proven with it."""

    def __init__(self, folded: Container[int]) -> None:
        self.folded = folded
        self.total = self.points = self.kept = 0
        self.ids: set[str] = set()
        self.prints: dict[str, Print] = defaultdict(lambda: (0, 0))
        """Fingerprint of each folded series, as the runs say it."""
        self.following = 0
        """The next sequence number; below 0 where it is not known."""
        self.all_read = True

    def skip(self) -> None:
        """Say that a segment could not be read."""
        self.following, self.all_read = -1, False

    def take(self, number: int, line: segment.Line, through: int) -> str:
        """Take a line in; return what is wrong with it, or nothing. Below `through` a prune left gaps."""
        try:
            problem = _problem(line.record, self.following, through)
            said = list(points_of(line.record))
            sequence, name = int(line.record["sequence"]), str(line.record["run_id"])
        except (KeyError, TypeError, ValueError, AttributeError) as error:  # its checksum holds, but it is no run
            self.following = -1
            return f"no run: {error!r}"
        self.kept += sequence < through
        self.total += not problem
        self.points += len(said)
        self.ids.add(name)
        self.following = sequence + 1
        if number in self.folded:
            for series, point in said:
                count, checksum = self.prints[series]
                self.prints[series] = count + 1, crc32(segment.frame_json(point), checksum)
        return problem


def check_runs(root: Path, findings: Findings, progress: Progress) -> Proven:
    """Prove every line of every segment, and that the history holds what they say."""
    runs, history = RunLog(root), History(root)
    index = _index(runs, history, findings)  # before the runs: it may be behind them, never ahead
    reading = _Reading(index.folded)
    live = findings.attempt(runs.live.file, runs.live.read)
    if live is None:
        return Proven(0, 0, reading.ids, all_read=False)
    if live.interrupted:
        findings.warn(runs.live.file, "a prune goes on, or was interrupted: the next write puts it in order")
    numbers = runs.numbers()
    steps = len(numbers) + len(index.series)
    for done, number in enumerate(numbers):
        progress(done, steps, "proving the runs")
        if number > live.first and number - 1 not in numbers:
            problem = f"segment {number - 1:06d} before it is missing. Restore it from a backup."
            findings.add(runs.file(number), None, problem)
            reading.following = -1
        _check_segment(runs, number, live.through, reading, findings)
    if reading.all_read and reading.kept != live.through - live.gone:
        stayed = f"{live.through - live.gone} runs stayed when older ones were pruned, but {reading.kept} of them are"
        findings.add(runs.folder, None, f"{stayed} there. Restore the folder from version control or a backup.")
    for done, series in enumerate(sorted(index.series.keys() | reading.prints.keys()), start=len(numbers)):
        progress(done, steps, "proving the history")
        findings.attempt(history.file(series, 1), _compare, history, index, series, reading.prints[series])
    return Proven(reading.total, reading.points, reading.ids, reading.all_read)


def _index(runs: RunLog, history: History, findings: Findings) -> Index:
    if not history.index_file.exists():
        return NOTHING
    found = findings.attempt(history.index_file, history.read_index)
    index = findings.attempt(history.index_file, history.index, runs) or NOTHING
    if found is not None and index is NOTHING:
        findings.warn(history.index_file, "it does not fit the runs; the next append folds them anew")
    return index


def _check_segment(runs: RunLog, number: int, through: int, reading: _Reading, findings: Findings) -> None:
    path = runs.file(number)
    lines = findings.attempt(path, runs.records, number)
    if lines is None:
        reading.skip()
        return
    if lines.torn:
        findings.warn(path, f"{lines.torn} bytes of an unfinished run at the end; the next append replaces them")
    for line in lines.lines:
        problem = reading.take(number, line, through)
        if problem:
            findings.add(path, line.offset, f"{problem}. Restore the file from version control or a backup.")
    _check_index(RunSegment(path, number), lines, findings)


def _check_index(known: RunSegment, lines: segment.Lines, findings: Findings) -> None:
    found = findings.attempt(known.index_file, known.read_index) if known.index_file.exists() else None
    if found is None:
        return
    heads = findings.attempt(known.file, lambda: [head_of(known.number, line, known.file) for line in lines.lines])
    if heads is not None and found != (lines.end + lines.torn + lines.room, heads):
        findings.warn(known.index_file, "it is not the index of this segment; it is derived: delete it")


def _problem(record: dict[str, Any], following: int, through: int) -> str:
    try:
        run = Run.model_validate(record["run"])
    except ValidationError as error:
        return f"no run: {error}"
    if record["run_id"] != f"run-{digest(record['run'])[:16]}":
        return "the id is not that of the run"
    if record["series"] != [series_id(m, run.environment) for m in run.measurements]:
        return "the series are not those of the measurements"
    jumps = following < record["sequence"] <= through
    if following >= 0 and record["sequence"] != following and not jumps:
        return f"sequence {record['sequence']} instead of {following}"
    return ""


def _compare(history: History, index: Index, series: str, expected: Print) -> None:
    entry = index.series.get(series, {"points": 0, "segments": []})
    count = checksum = 0
    for number, size in enumerate(entry["segments"], start=1):
        data = history.counted_bytes(history.file(series, number), size)
        count, checksum = count + data.count(b"\n"), crc32(data, checksum)
    if (count, checksum) == expected and count == entry["points"]:
        return  # byte for byte what the runs say
    for number, size in enumerate(entry["segments"], start=1):
        history.counted(history.file(series, number), size)  # names the line, where one does not hold
    raise Damaged(history.file(series, 1), None, f"its points are not those of the runs. {history.remedy}")
