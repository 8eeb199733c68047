r"""JSON Lines in which every line proves itself, appended durably.

A line is `{"crc":"1a2b3c4d","record":{...},"schema_number":1}` and "\n"; the CRC-32 covers every byte after its own
comma. What ends without "\n" is the torn tail of a writer that died: nobody was told that it is stored, so it is
ignored on reading and cut off by the next append. Anything else that does not hold is damage and is named.
"""

import os
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

import orjson

from dart_perf.model.baseline import SCHEMA
from dart_perf.store import atomic
from dart_perf.store.fault import Damaged, writing
from dart_perf.store.seal import check_schema

_HEAD = b'{"crc":"%08x",'
_FRAME = len(_HEAD % 0)


class Line(NamedTuple):
    """A proven line of a segment."""

    offset: int
    """First byte in the file."""
    size: int
    """Bytes without the newline."""
    record: dict[str, Any]


class Lines(NamedTuple):
    """What a segment holds from some offset on."""

    lines: list[Line]
    end: int
    """Offset behind the last whole line: where the next one is appended."""
    torn: int
    """Bytes behind `end` that a writer left when it died."""


def frame(record: dict[str, Any]) -> bytes:
    """Return `record` as a line with its CRC and newline; its keys are sorted, so equal records have equal bytes."""
    rest = orjson.dumps({"record": record, "schema_number": SCHEMA}, option=orjson.OPT_SORT_KEYS)[1:]
    return _HEAD % crc32(rest) + rest + b"\n"


def parse(line: bytes, file: Path, offset: int) -> dict[str, Any]:
    """Return the record of one line (without its newline) that starts at `offset` of `file`.

    Raises:
        Damaged: the line does not prove itself.
        NewerSchema: a newer dart-perf wrote it.
    """
    if not _proven(line):
        problem = "the line there does not match its checksum, and nothing behind it was read."
        raise Damaged(file, offset, f"{problem} Restore the file from version control or a backup.")
    content = orjson.loads(line)
    check_schema(content.get("schema_number"), file)
    record = content.get("record")
    if not isinstance(record, dict):
        raise Damaged(file, offset, "a line without a record. Restore the file from a backup.")
    return record


def scan(data: bytes, file: Path, base: int = 0) -> Lines:
    """Return the lines of `data`, which starts at byte `base` of `file`.

    Raises:
        Damaged: a whole line does not prove itself, or the newline that ended the last one is damaged.
        NewerSchema: a newer dart-perf wrote a line.
    """
    lines, start = [], 0
    while (end := data.find(b"\n", start)) >= 0:
        lines.append(Line(base + start, end - start, parse(data[start:end], file, base + start)))
        start = end + 1
    tail = data[start:]
    if _proven(tail[:-1]):  # a torn write never ends in a byte that nobody wrote
        raise Damaged(file, base + len(data) - 1, "a newline should stand here. Restore the file from a backup.")
    return Lines(lines, base + start, len(tail))


def append(root: Path, path: Path, data: bytes, *, end: int, durable: bool = True) -> None:
    """Write `data` (whole lines) at `end`, over what a dead writer left there; durable when the call returns.

    The caller holds the lock and has found `end` by `scan`. Where the file system gives up half-way, whole lines stay
    (nobody is told; appending again is harmless) and a torn one is cut off.

    Raises:
        Unwritable: the file system refuses; every earlier line is intact.
    """
    atomic.make_folder(root, path.parent)
    with writing(path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | atomic.OPEN, 0o644)
        try:
            if os.fstat(descriptor).st_size > end:
                os.ftruncate(descriptor, end)
            os.lseek(descriptor, end, os.SEEK_SET)
            try:
                atomic.write_all(descriptor, data)
                if durable:
                    os.fsync(descriptor)
            except OSError:
                whole = data.rfind(b"\n", 0, os.lseek(descriptor, 0, os.SEEK_CUR) - end) + 1
                os.ftruncate(descriptor, end + whole)
                raise
        finally:
            os.close(descriptor)
        if end == 0 and durable:  # whoever made the file may have died before its name was durable
            atomic.sync_names(root, path.parent)


def _proven(line: bytes) -> bool:
    return len(line) > _FRAME and line[:_FRAME] == _HEAD % crc32(line[_FRAME:])
