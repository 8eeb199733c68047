"""What was measured to verify changes: one segment of lines an attempt, written while it is measured.

`attempts/<question>/<head's tree>.jsonl`: the first line is the question with the attempt's number, each further one
what was measured, in order. The attempts at one question are the files of its folder, so the ledger cannot disagree
with the measurements. Lines survive the death of their writer, not a power cut: a receipt is what must last.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dart_perf.model.record import Record, digest
from dart_perf.model.verification import FloorPair, Question
from dart_perf.store import segment
from dart_perf.store.fault import Damaged, read_bytes
from dart_perf.store.layout import folders, part
from dart_perf.store.lock import Lock

FOLDER = "attempts"
FLOORS = "floors"


class Attempt:
    """The lines of one attempt; `append` adds to the file and to them."""

    def __init__(
        self, root: Path, path: Path, lines: list[dict[str, Any]], end: int, *, number: int, known: int
    ) -> None:
        self.number = number
        """Which variant it is of those that were held against the same base."""
        self.known = known
        """How many of them there are by now."""
        self.lines = lines
        """`{"kind": ..., "content": {...}}` each, in the order in which they were written."""
        self._root, self._path, self._end = root, path, end

    def append(self, kind: str, content: Record | dict[str, Any]) -> None:
        """Add a line. Raises Unwritable; every earlier line is intact."""
        plain = content.model_dump(mode="json", exclude_defaults=True) if isinstance(content, Record) else content
        line = {"kind": kind, "content": plain}
        self._end = _append(self._root, self._path, line, self._end)
        self.lines.append(line)


class Attempts:
    """All attempts and floors below a store's root."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / FOLDER

    @contextmanager
    def at_work(self, question: Question) -> Iterator[Attempt]:
        """Give the attempt at `question`, a new one where its head was not held against this base before.

        Nobody else writes to it meanwhile.

        Raises:
            Busy: another process is at work on the same question.
            Corrupted: a line of it is damaged; names the file and the byte.
        """
        key = digest([question.scenario, question.program, question.base.tree, question.environment.fingerprint])[:16]
        with Lock(self.root, f"attempt-{key}").held():
            folder = self.folder / key
            path = folder / f"{part(question.head.tree[:16], 'tree')}.jsonl"
            lines, end = _read(path)
            others = sum(name.endswith(".jsonl") for name in folders(folder) if name != path.name)
            if not lines:
                number = 1 + others
                first = {"kind": "question", "content": question.model_dump(mode="json"), "attempt": number}
                end = _append(self.root, path, first, 0)
                lines = [first]
            elif lines[0].get("kind") != "question":
                raise Damaged(path, 0, "no attempt begins so. Delete the file; the change is then verified anew.")
            number = int(lines[0]["attempt"])
            yield Attempt(self.root, path, lines[1:], end, number=number, known=max(number, 1 + others))

    def floor(self, scenario: str, key: str) -> list[FloorPair]:
        """Return what was measured of the scenario against itself on this machine, oldest first. Raises Corrupted."""
        lines, _ = _read(self._floor(scenario, key))
        return [FloorPair.model_validate(line) for line in lines]

    def add_floor(self, scenario: str, key: str, pair: FloorPair) -> None:
        """Add a pair; the caller measures, so nobody else on this machine does."""
        path = self._floor(scenario, key)
        _, end = _read(path)
        _append(self.root, path, pair.model_dump(mode="json"), end)

    def _floor(self, scenario: str, key: str) -> Path:
        return self.folder / FLOORS / f"{part(scenario, 'scenario')}-{key}.jsonl"


def _read(path: Path) -> tuple[list[dict[str, Any]], int]:
    try:
        data = read_bytes(path)
    except FileNotFoundError:
        return [], 0
    found = segment.scan(data, path)
    return [line.record for line in found.lines], found.end


def _append(root: Path, path: Path, line: dict[str, Any], end: int) -> int:
    data = segment.frame(line)
    segment.append(root, path, data, end=end, durable=False)
    return end + len(data)
