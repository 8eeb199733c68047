"""What the file system can refuse, said in the store's words."""

import errno
from pathlib import Path
from types import TracebackType

from dart_perf.errors import Corrupted, PerfError

_REMEDY = {
    errno.ENOSPC: "Free some space and repeat the call",
    errno.EDQUOT: "Free some space within the quota and repeat the call",
    errno.EFBIG: "Raise the limit on file sizes and repeat the call",
    errno.EACCES: "Make the folder writable for this user, or name another store",
    errno.EPERM: "Make the folder writable for this user, or name another store",
    errno.EROFS: "Mount the folder writable, or name another store",
}


_ANOTHER = {
    errno.ENAMETOOLONG: "Give a shorter path",
    errno.ELOOP: "Its links lead in a circle: mend them, or give another path",
    errno.EISDIR: "Give a file",
}
"""What helps where being allowed to read would not."""


class Unwritable(PerfError):  # noqa: N818 -- errors are named after the fact
    """The file system refused a write; what was stored before is intact."""


class Unreadable(PerfError):  # noqa: N818 -- errors are named after the fact
    """The file system refused to read a stored file."""


class Damaged(Corrupted):
    """A stored file does not hold what was written, and where that shows."""

    def __init__(self, file: Path, offset: int | None, problem: str) -> None:
        super().__init__(f"{file}: {problem}" if offset is None else f"{file}, byte {offset}: {problem}")
        self.file = file
        self.offset = offset
        """First bad byte; None where the whole content is in doubt."""
        self.problem = problem


class Busy(PerfError):  # noqa: N818 -- errors are named after the fact
    """Another process holds the store's lock for longer than anything here takes."""


class _Writing:
    """A context; a class, because an append enters several and a generator costs three times as much."""

    __slots__ = ("path",)

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if isinstance(error, OSError):
            remedy = _REMEDY.get(error.errno or 0, "Mend that and repeat the call")
            reason = error.strerror or type(error).__name__
            what = f"{self.path} cannot be written: {reason}. What was stored before is intact. {remedy}."
            raise Unwritable(what) from error


def writing(path: Path) -> _Writing:
    """Turn what the file system says while `path` is written into `Unwritable`."""
    return _Writing(path)


def read_bytes(path: Path, start: int = 0) -> bytes:
    """Return the content of `path` from byte `start` on.

    Raises:
        FileNotFoundError: it is not there; only the caller knows what that means.
        Unreadable: the file system refuses.
    """
    try:
        with path.open("rb") as file:
            file.seek(start)
            return file.read()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path | str, error: OSError) -> Unreadable:
    """Return what is said of a file or folder that the file system refuses to read or to look into."""
    reason = error.strerror or type(error).__name__
    remedy = _ANOTHER.get(error.errno or 0, "Make it readable for this user and repeat")
    return Unreadable(f"{path} cannot be read: {reason}. {remedy}.")
