"""The file of the columnar cache: which runs it covers, and of each series the value of every one of them.

`cache/values.columns`: the SHA-256 of all that follows, 64 hexadecimal digits and a newline; a header, one line of
JSON; then the values of all series (float64) and the index of each value's run (int32), both little endian. What does
not prove itself, was made by another version or reduces in another way is not there.
"""

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import orjson

from dart_perf.store import atomic
from dart_perf.store.fault import Busy, Unwritable
from dart_perf.store.lock import Lock

FORMAT = "dart-perf-columns/1"
_DIGEST = 64
_VALUE, _RUN = np.dtype("<f8"), np.dtype("<i4")


class Column(NamedTuple):
    """A series in order of arrival."""

    values: npt.NDArray[np.float64]
    runs: npt.NDArray[np.int32]
    """Index of each value's run in `Table.runs`."""


@dataclass(frozen=True, slots=True)
class Table:
    """What is covered."""

    runs: tuple[tuple[str, int], ...] = ()
    """Id and sequence number of each run, in order of arrival."""
    columns: Mapping[str, Column] = field(default_factory=dict)

    @property
    def points(self) -> int:
        """Values in all series."""
        return sum(len(column.values) for column in self.columns.values())


class ColumnFile:
    """The file below one store's folder; a failure to read or write it is no error: it is made again."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.path = root / "cache" / "values.columns"
        self._scratch = root / "tmp" / "cache.tmp"
        self._lock = Lock(root, "cache", wait_seconds=0)

    def read(self, reduction: str) -> Table:
        """Return what the file holds of this reduction; nothing where it does not hold."""
        try:
            data = self.path.read_bytes()
        except OSError:
            return Table()
        digest = hashlib.sha256(memoryview(data)[_DIGEST + 1 :]).hexdigest()
        if data[: _DIGEST + 1] != b"%b\n" % digest.encode():
            return Table()
        return _parse(data, reduction)

    def write(self, table: Table, reduction: str) -> None:
        """Replace the file, unless another process does or the folder cannot be written. Not durable."""
        series = [[name, len(column.values)] for name, column in table.columns.items()]
        header = {"format": FORMAT, "reduction": reduction, "runs": table.runs, "series": series}
        columns = table.columns.values()
        parts = [orjson.dumps(header), b"\n"]
        parts += [np.ascontiguousarray(column.values, _VALUE).tobytes() for column in columns]
        parts += [np.ascontiguousarray(column.runs, _RUN).tobytes() for column in columns]
        data = b"".join(parts)
        whole = b"%b\n%b" % (hashlib.sha256(data).hexdigest().encode(), data)
        with suppress(Busy, Unwritable), self._lock.held():
            atomic.write(self.root, self.path, whole, scratch=self._scratch, durable=False)


def _parse(data: bytes, reduction: str) -> Table:
    """Return the content of a file whose digest holds: what it says is what some version of dart-perf wrote."""
    end = data.find(b"\n", _DIGEST + 1)
    try:
        header = orjson.loads(data[_DIGEST + 1 : end])
        if header["format"] != FORMAT or header["reduction"] != reduction:
            return Table()
        runs = tuple((str(name), int(sequence)) for name, sequence in header["runs"])
        names, sizes = [str(name) for name, _ in header["series"]], [int(size) for _, size in header["series"]]
        count = sum(sizes)
        if min(sizes, default=0) < 0 or len(data) != end + 1 + count * (_VALUE.itemsize + _RUN.itemsize):
            return Table()
        values = np.frombuffer(data, _VALUE, count, end + 1)
        places = np.frombuffer(data, _RUN, count, end + 1 + values.nbytes)
    except (KeyError, TypeError, ValueError):
        return Table()
    ends = np.cumsum([0, *sizes]).tolist()
    spans = zip(names, ends[:-1], ends[1:], strict=True)
    return Table(runs, {name: Column(values[a:b], places[a:b]) for name, a, b in spans})
