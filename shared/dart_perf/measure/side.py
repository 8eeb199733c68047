"""One side of a comparison on disk: a worktree of a tree, what its build left, and who uses it.

`tree-<16 hex>` is the folder; beside it lie `.json`, the mark that it is finished, and `.lock`, held exclusively while
it is made or taken away and shared while it is measured. The kernel gives a lock back when its holder dies. A side
without a mark is half made.

A side that stands is used again without building. What is assumed: the same tree, built by the same steps with the
same variables, interpreter and PATH, gives the same program; compilers and libraries outside of it did not change.
What its runs wrote into it is taken away before it is used again, and where a file that the build left is changed or
gone it is made anew, so that a side from before measures as one that was just made.
"""

import fcntl
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from dart_perf.errors import InvalidInput
from dart_perf.measure import worktree
from dart_perf.measure.inventory import Inventory
from dart_perf.model.record import digest
from dart_perf.model.scenario import Scenario

NAME = re.compile(r"tree-[0-9a-f]{16}")
FORMAT = 1
"""Number of what a mark says; another one is not used."""


def build_digest(scenario: Scenario, environment: Mapping[str, str]) -> str:
    """Return the SHA-256 of what a build depends on besides its tree; `environment` is the caller's."""
    named = {name: environment.get(name) for name in ("PATH", *scenario.environment)}
    return digest([FORMAT, scenario.build, scenario.variables, named, sys.executable, sys.version])


@dataclass(frozen=True, slots=True)
class Mark:
    """What was finished, and when."""

    tree: str
    commit: str
    build: str
    built: str
    """ISO 8601, UTC."""
    files: Inventory

    def encoded(self) -> bytes:
        """Return it as JSON."""
        said = {"format": FORMAT, "tree": self.tree, "commit": self.commit, "build": self.build, "built": self.built}
        return json.dumps(said | {"files": self.files}, sort_keys=True).encode() + b"\n"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a side lies; all paths are of equal length, because their length would be part of what is measured."""

    above: Path
    """The folder `worktrees` of the store, resolved."""
    name: str

    @property
    def folder(self) -> Path:
        """The worktree."""
        return self.above / self.name

    @property
    def mark(self) -> Path:
        """The file that says it is finished; its time is that of the last use."""
        return self.above / f"{self.name}.json"

    @property
    def scratch(self) -> Path:
        """What becomes the mark."""
        return self.above / f"{self.name}.tmp"

    @property
    def lock(self) -> Path:
        """The file that is locked."""
        return self.above / f"{self.name}.lock"

    def read(self) -> Mark | None:
        """Return the mark; None where there is none that can be used."""
        try:
            said = json.loads(self.mark.read_bytes())
            if said.pop("format") != FORMAT:
                return None
            return Mark(**said)
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None

    def stands(self) -> Mark | None:
        """Return the mark where the side is finished, and git and its folder still know each other."""
        return self.read() if worktree.record_of(self.folder) else None

    def used(self) -> None:
        """Remember that it is used now."""
        with suppress(OSError):
            os.utime(self.mark)

    def last_used(self) -> float:
        """Return when that was; 0 where it is gone meanwhile."""
        try:
            return self.mark.stat().st_mtime
        except OSError:
            return 0.0

    def clear(self, repository: Path) -> None:
        """Take everything away but the lock, whichever repository it is of; the caller holds it exclusively."""
        record = worktree.record_of(self.folder)
        self.mark.unlink(missing_ok=True)
        self.scratch.unlink(missing_ok=True)
        worktree.remove(record.parent.parent if record else repository, self.folder)


def place_of(above: Path, repository: Path, tree: str, build: str) -> Place:
    """Return where the side of a tree that is built so lies; `repository` is git's own folder."""
    return Place(above, f"tree-{digest([str(repository), tree, build])[:16]}")


@dataclass(slots=True)
class Claim:
    """A lock that is held, for itself alone until it is shared."""

    descriptor: int

    def share(self) -> None:
        """Let others use the side too. Between the two states another may take it, so the caller looks again."""
        os.ftruncate(self.descriptor, 0)
        fcntl.flock(self.descriptor, fcntl.LOCK_SH)

    def release(self) -> None:
        """Give it back."""
        fcntl.flock(self.descriptor, fcntl.LOCK_UN)  # closing alone would leave it to a child's copy
        os.close(self.descriptor)


def claim(place: Place) -> Claim | None:
    """Take the side for this process alone; None where anybody uses or makes it. Raises InvalidInput."""
    taken = _take(place, fcntl.LOCK_EX)
    if taken is not None:
        os.ftruncate(taken.descriptor, 0)
        os.pwrite(taken.descriptor, str(os.getpid()).encode(), 0)
    return taken


def join(place: Place) -> Claim | None:
    """Use the side beside others; None while somebody has it for himself. Raises InvalidInput."""
    return _take(place, fcntl.LOCK_SH)


def _take(place: Place, kind: int) -> Claim | None:
    while True:
        try:
            descriptor = os.open(place.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
        except OSError as error:
            raise InvalidInput(f"{place.lock} cannot be used: {error.strerror}. Make it writable.") from error
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(descriptor), place.lock.stat()):
                return Claim(descriptor)
        os.close(descriptor)  # it was taken away meanwhile, and others lock the new one


def maker(place: Place) -> int | None:
    """Return the process that has the side for itself, or had it when it died; None where nobody says so."""
    try:
        return int(place.lock.read_bytes())
    except (OSError, ValueError):
        return None


@contextmanager
def claimed(place: Place) -> Iterator[Claim | None]:
    """Hold what `claim` gives until the block ends."""
    taken = claim(place)
    try:
        yield taken
    finally:
        if taken is not None:
            taken.release()
