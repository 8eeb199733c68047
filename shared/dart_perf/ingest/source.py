"""The text to be read, and the way to say where in it something is wrong."""

import zlib
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from dart_perf.errors import InvalidInput
from dart_perf.ingest import document
from dart_perf.model.measurement import printable

MAX_BYTES = 512 * 2**20
"""More than any results file seen, and less than what would stall a machine."""
LONGEST_PLACE, LONGEST_PROBLEM = 200, 800
"""Characters of an error: what a person or an agent reads before it stops."""
LARGEST_KEPT = 16 * 2**20
"""Bytes of a companion that a server keeps after it was read: sixteen times what asv writes of its own benchmarks."""
_GZIP = b"\x1f\x8b"
"""How gzip begins (RFC 1952); pyperf writes it, and UTF-8 text never begins so."""


class Source:
    """A file or a text with the name that errors call it by."""

    def __init__(self, name: str, text: str, path: Path | None = None, within: Path | None = None) -> None:
        self.name = name
        self.text = text
        self.path = path
        """The file it was read from; None for a text."""
        self._within = within

    @classmethod
    def of(cls, source: Path | str | bytes, within: Path | None = None) -> "Source":
        """Return the source of a file, a text or its bytes.

        Companions of a file are read below `within` alone, which is a path without links.

        Raises:
            InvalidInput: it is missing, no file, too large, damaged gzip, not UTF-8 or empty.
        """
        name = str(source) if isinstance(source, Path) else "the text"
        data = _load(source) if isinstance(source, Path) else source
        if isinstance(data, bytes):
            data = _decode(name, _unpack(name, data) if data.startswith(_GZIP) else data)
        document.refuse_halves(data, data, name)
        if "\0" in data:
            raise InvalidInput(f"{name} holds NUL characters: it is no text, or UTF-16. Save the file as UTF-8.")
        if not data.strip():
            raise InvalidInput(f"{name} is empty. Give a results file, and look whether its benchmark program failed.")
        return cls(name, data, source if isinstance(source, Path) else None, within)

    def companion(self, relative: str) -> "Source | None":
        """Return the file at `relative` to this one's folder that some tools write beside their results.

        None where there is none, where this is a text, or where it would lead out of `within` (the file's own folder
        and the one above it, where no `within` was given).

        Raises:
            InvalidInput: it is there and cannot be read.
        """
        if self.path is None:
            return None
        allowed = self._within or self.path.parent.parent.resolve()
        path = (self.path.parent / relative).resolve()
        if not path.is_relative_to(allowed) or not path.is_file():
            return None
        status = path.stat()
        if status.st_size > LARGEST_KEPT:
            return Source.of(path, self._within)
        return _beside(path, self._within, (status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino))

    @cached_property
    def json(self) -> Any:
        """The text as JSON, see `document.parse`. Raises InvalidInput."""
        return document.parse(self.text, self.name)

    @property
    def is_json(self) -> bool:
        """Whether the text begins as JSON does; `json` may still refuse it, and then says where it breaks."""
        return self.text.lstrip().startswith(("{", "["))

    def error(self, place: str, problem: str) -> InvalidInput:
        """Return the error that says what is wrong at `place`, e.g. `measurements[2].samples[0]`.

        Both may quote the file: control characters are replaced, and what is long is cut.
        """
        where, what = _quoted(place, LONGEST_PLACE), _quoted(problem, LONGEST_PROBLEM)
        return InvalidInput(f"{self.name}: {where}: {what}" if where else f"{self.name}: {what}")


@lru_cache(maxsize=4)  # asv's benchmarks.json holds a megabyte and stands beside the results of thousands of commits
def _beside(path: Path, within: Path | None, _state: tuple[int, ...]) -> Source:
    """Return a companion; a copy that keeps its time (rsync -t, cp -p, tar) still changes the inode's own."""
    return Source.of(path, within)


def _quoted(text: str, most: int) -> str:
    plain = printable(text)
    return plain if len(plain) <= most else f"{plain[: most // 2]}…{plain[-most // 2 :]}"


def _load(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise InvalidInput(f"{path} has {size} bytes; allowed are {MAX_BYTES}. Split it into several files.")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InvalidInput(f"{path} cannot be read: {reason}. Give the path of a results file.") from error


def _unpack(name: str, data: bytes) -> bytes:
    """Return what gzip packed; never more than a file may have."""
    unpacking = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        plain = unpacking.decompress(data, MAX_BYTES + 1)
    except zlib.error as error:
        raise InvalidInput(f"{name}: damaged gzip: {error}. Copy the file again.") from error
    if len(plain) > MAX_BYTES:
        raise InvalidInput(f"{name} unpacks to more than {MAX_BYTES} bytes. Split it into several files.")
    if not unpacking.eof or unpacking.unused_data:
        raise InvalidInput(f"{name}: gzip that is cut off, or that something follows. Copy the file again.")
    return plain


def _decode(name: str, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(
            f"{name}, byte {error.start}: not UTF-8 (found {data[error.start : error.start + 1].hex()}). "
            "Save the file as UTF-8; PowerShell's `>` writes UTF-16, use `Out-File -Encoding utf8`."
        ) from error
