r"""JSON Lines in which every line proves itself, appended durably.

A line is `{"crc":"1a2b3c4d","record":{...},"schema_number":1}` and "\n"; the CRC-32 covers every byte after its own
comma. What ends without "\n" is the torn tail of a writer that died: nobody was told that it is stored, so it is
ignored on reading and cut off by the next append. NUL bytes at the end are room that a writer reserved, or that a
power cut left: no line holds any. Anything else that does not hold is damage and is named.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

import orjson

from dart_perf.store import atomic
from dart_perf.store.fault import Damaged, writing
from dart_perf.store.seal import OLDEST, check_schema

_HEAD = b'{"crc":"%08x",'
_FRAME = len(_HEAD % 0)

ROOM = 256 * 2**10
"""Bytes reserved at once: some 500 runs of one benchmark. A line written into them took a `fsync` of 130 to 150 us
instead of 220 (ext4, n 2,000), because the file does not grow."""
_sync = getattr(os, "fdatasync", os.fsync)
"""The bytes and, where it changed, the size of a file; its time need not be durable."""
_SECTOR = 512
"""Bytes that a disk writes or does not write as one."""


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
    room: int = 0
    """NUL bytes behind them, up to the end of the file."""


def frame(record: dict[str, Any], number: int = OLDEST) -> bytes:
    """Return `record` as a line with its CRC and newline; its keys are sorted, so equal records have equal bytes.

    `number` is the schema since which there are such records.
    """
    return frame_json(orjson.dumps(record, option=orjson.OPT_SORT_KEYS), number)


def frame_json(record: bytes, number: int = OLDEST) -> bytes:
    """Return canonical JSON as `frame` returns a record."""
    rest = b'"record":%b,"schema_number":%d}' % (record, number)
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
        line = data[start:end]
        if not _proven(line) and _unwritten(line, base + start) and not data[end + 1 :].strip(b"\0"):
            break
        lines.append(Line(base + start, end - start, parse(line, file, base + start)))
        start = end + 1
    tail = data[start:].rstrip(b"\0")
    if _proven(tail[:-1]):  # a torn write never ends in a byte that nobody wrote
        raise Damaged(
            file, base + start + len(tail) - 1, "a newline should stand here. Restore the file from a backup."
        )
    return Lines(lines, base + start, len(tail), len(data) - start - len(tail))


def append(root: Path, path: Path, data: bytes, *, end: int, durable: bool = True, room: int | None = None) -> int:
    """Write `data` (whole lines) at `end`, over what a dead writer left there; durable when the call returns.

    The caller holds the lock and has found `end` by `scan`. Where the file system gives up half-way, whole lines stay
    (nobody is told; appending again is harmless) and a torn one is cut off. `room` is that of `scan` where nothing is
    torn, and `data` one line: it is written into the room, or new room is reserved behind it. Returns what is left.

    Raises:
        Unwritable: the file system refuses; every earlier line is intact.
    """
    if room is None:  # who has room has looked before
        atomic.make_folder(root, path.parent, durable=durable)
    with writing(path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | atomic.OPEN, 0o644)
        try:
            left = _room(descriptor, data, end, room)
            try:
                atomic.write_all(descriptor, data)
                if durable:
                    _sync(descriptor)
            except OSError:
                whole = data.rfind(b"\n", 0, os.lseek(descriptor, 0, os.SEEK_CUR) - end) + 1
                os.ftruncate(descriptor, end + whole)
                raise
        finally:
            os.close(descriptor)
        if end == 0 and durable:  # whoever made the file may have died before its name was durable
            atomic.sync_names(root, path.parent)
    return left


def _room(descriptor: int, data: bytes, end: int, room: int | None) -> int:
    """Stand at `end`; return how much room there will be behind `data`. Without a `room` that is none."""
    left = 0
    if room is not None and len(data) <= room:
        left = room - len(data)
    elif os.fstat(descriptor).st_size > end:
        os.ftruncate(descriptor, end)
    if room is not None and len(data) > room:
        os.lseek(descriptor, end + len(data), os.SEEK_SET)
        try:
            atomic.write_all(descriptor, bytes(ROOM))
            left = ROOM
        except OSError:  # a disk that is nearly full may still take the line alone
            os.ftruncate(descriptor, end)
    os.lseek(descriptor, end, os.SEEK_SET)
    return left


def trim(path: Path, end: int) -> None:
    """Give back the room behind `end`; the caller holds the lock. Where that is refused, it stays."""
    with suppress(OSError):
        os.truncate(path, end)


def _proven(line: bytes) -> bool:
    return len(line) > _FRAME and line[:_FRAME] == _HEAD % crc32(line[_FRAME:])


def _unwritten(line: bytes, offset: int) -> bool:
    """Say whether a sector of `line`, which starts at byte `offset` of its file, was never written.

    One flipped bit cannot look so: a line begins and ends with a brace, which is six bits from NUL.
    """
    if line[:1] == b"\0":
        return True
    first = -offset % _SECTOR
    return any(not line[at : at + _SECTOR].strip(b"\0") for at in range(first, len(line), _SECTOR))
