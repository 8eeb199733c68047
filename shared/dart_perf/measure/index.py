"""An index of one's own: trees are put together in it, and the user's index is never written."""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from dart_perf.errors import InvalidInput
from dart_perf.measure.repository import hash_of, tell

PREFIX = "index-"
"""Of the folders that hold such an index."""

TRIES, POLL_SECONDS = 40, 0.05
"""How often and how far apart: 2 s in all, and a tree of a million files is written in one."""


@dataclass(frozen=True, slots=True)
class Index:
    """A file that git takes for the index, of the repository that holds `folder`."""

    folder: Path
    file: Path

    def tell(self, *arguments: str, given: bytes = b"") -> bytes:
        """Run git with this index. Raises InvalidInput."""
        return tell(self.folder, *arguments, given=given, more={"GIT_INDEX_FILE": str(self.file)})

    def copy(self) -> None:
        """Begin with what the user's index holds: with its times of files git need not read them all again.

        The copy has the index's own time too: a file that is as young as that git reads, whatever its size and time.
        """
        theirs = os.fsdecode(tell(self.folder, "rev-parse", "--git-path", "index")).removesuffix("\n")
        with suppress(FileNotFoundError):  # there is none before the first `git add`
            shutil.copy2(self.folder / theirs, self.file)

    def tree(self) -> str:
        """Write what it holds as a tree and return its hash. Raises InvalidInput."""
        return hash_of(self.tell("write-tree"))

    def commit(self, tree: str, parent: str, message: str) -> str:
        """Return a commit of `tree` that has the same hash whenever it is made. Raises InvalidInput."""
        when = tell(self.folder, "rev-list", "--timestamp", "--max-count=1", parent).split()[0].decode()
        who = {
            f"GIT_{role}_{key}": value
            for role in ("AUTHOR", "COMMITTER")
            for key, value in (("NAME", "dart-perf"), ("EMAIL", "dart-perf@localhost"), ("DATE", f"{when} +0000"))
        }
        arguments = ("commit-tree", tree, "-p", parent, "-m", message)
        return hash_of(tell(self.folder, *arguments, more=who))


@contextmanager
def temporary(folder: Path, home: Path) -> Iterator[Index]:
    """Give an empty index in the store's folder `home` that is gone when the block ends.

    Raises:
        InvalidInput: the store cannot be written.
    """
    above = home / "tmp"
    try:
        above.mkdir(parents=True, exist_ok=True)
        place, held = _made(above.resolve())
    except OSError as error:
        what = f"the store's folder {above} cannot be written: {error.strerror}"
        raise InvalidInput(f"{what}. Make it writable, or set DART_PERF_HOME to another folder.") from error
    try:
        yield Index(folder, place / "index")
    finally:
        shutil.rmtree(place, ignore_errors=True)
        os.close(held)


def _made(above: Path) -> tuple[Path, int]:
    """Return a new folder and the descriptor that holds it: so that others see that its process lives."""
    while True:
        place = Path(tempfile.mkdtemp(prefix=PREFIX, dir=above))
        held = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
        fcntl.flock(held, fcntl.LOCK_EX)
        if place.is_dir():
            return place, held
        os.close(held)  # a sweep saw it before it was held


def sweep(home: Path) -> None:
    """Take away what killed processes left."""
    for place in (home / "tmp").glob(f"{PREFIX}*"):
        with suppress(OSError):  # another sweep was faster, or it is in use
            held = os.open(place, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_DIRECTORY)
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _delete(place)
            finally:
                os.close(held)


def _delete(place: Path) -> None:
    """Remove the folder, into which a git whose caller was killed may still write for a moment."""
    for _ in range(TRIES):
        shutil.rmtree(place, ignore_errors=True)
        if not place.exists():
            return
        time.sleep(POLL_SECONDS)
