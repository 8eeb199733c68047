"""What was derived from stored values and may be lost: small results, each under the digest of what it came from.

`cache/KIND.lines` holds a line each, `CRC32 KEY CONTENT`; what does not prove itself is not there. Nothing of it is
durable, nothing waits for a lock, and no failure to read or to write is an error: the result is computed again.
"""

import os
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from zlib import crc32

from dart_perf.store import atomic, layout
from dart_perf.store.fault import Busy, Unwritable, writing
from dart_perf.store.lock import Lock

BYTES = 64 * 2**20
"""Size from which a file is cut to its newest half: some 60 generations of 1,000 results of 1 kB."""
_CRC, _KEY = 8, 32
_FRAME = _CRC + 1 + _KEY + 1


class Derived:
    """Derived results of one store."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / "cache"
        self._scratch = root / "tmp" / "cache.tmp"
        self._lock = Lock(root, "cache", wait_seconds=0)

    def file(self, kind: str) -> Path:
        """Return the file of a kind. Raises InvalidInput where that is no part of a path."""
        return self.folder / f"{layout.part(kind, 'kind')}.lines"

    def recall(self, kind: str, keys: Collection[str]) -> dict[str, bytes]:
        """Return what is there of `keys` (32 hexadecimal digits each)."""
        data, wanted = self._read(kind), {key.encode(): key for key in keys}
        found: dict[str, bytes] = {}
        for line in data.split(b"\n"):
            key = wanted.get(line[_CRC + 1 : _FRAME - 1])
            if key is not None and line[:_CRC] == b"%08x" % crc32(line[_CRC:]):
                found[key] = line[_FRAME:]
        return found

    def keep(self, kind: str, results: Mapping[str, bytes]) -> None:
        """Keep results, one line of text each, unless another process is writing or the folder cannot be written.

        A folder that nothing has made a store of yet stays as it is.
        """
        if layout.signature(self.root / "store.json") is None:
            return
        data = b"".join(_line(key, content) for key, content in results.items())
        with suppress(Busy, Unwritable), self._lock.held():
            before = self._read(kind)
            if len(before) + len(data) > BYTES:
                newest = before[len(before) // 2 :].partition(b"\n")[2]
                atomic.write(self.root, self.file(kind), newest + data, scratch=self._scratch, durable=False)
            else:
                self._append(self.file(kind), data if before[-1:] in {b"", b"\n"} else b"\n" + data)

    def _read(self, kind: str) -> bytes:
        try:
            return self.file(kind).read_bytes()
        except OSError:
            return b""

    def _append(self, path: Path, data: bytes) -> None:
        atomic.make_folder(self.root, path.parent, durable=False)
        with writing(path):
            descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | atomic.OPEN, 0o644)
            try:
                atomic.write_all(descriptor, data)
            finally:
                os.close(descriptor)


def _line(key: str, content: bytes) -> bytes:
    rest = b" %b %b" % (key.encode(), content)
    return b"%08x%b\n" % (crc32(rest), rest)
