"""Where a workflow works: a project's folder, its store, a clock, a source of randomness and a name."""

import errno
import getpass
import os
import random
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from dart_perf.errors import InvalidInput
from dart_perf.store import open_store
from dart_perf.store.contract import Store

SHOWN = 100
"""Characters of a path that an error quotes."""
REMEDIES = {
    errno.ENAMETOOLONG: "Give a shorter one",
    errno.ELOOP: "Its links lead in a circle: mend them, or give another path",
}
"""What to do about a path that the system refuses; anything else is mended where it is."""
Progress = Callable[[int, int | None, str], None]
"""Called with steps done, steps in all (None where unknown) and what is being done."""


def silent(_done: int, _total: int | None, _message: str) -> None:
    """Report to nobody."""


def utc_now() -> datetime:
    """Return the wall clock; the only place where workflows get the time by default."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Project:
    """A folder that is measured and what was remembered about it."""

    root: Path
    """Resolved folder; every path that a tool is given must lie in it."""
    home: Path
    """Folder of the store."""
    store: Store
    now: Callable[[], datetime] = utc_now
    monotonic: Callable[[], float] = time.monotonic
    """Seconds since some moment, for what lasts and what is left."""
    rng: random.Random = field(default_factory=random.Random)
    who: str = "unknown"
    """Person, agent or CI job that asks."""

    def check_writable(self) -> None:
        """Prove that the store's folder can be written, before anything is measured for it; leave nothing behind.

        Raises:
            InvalidInput: it cannot; the message names it.
        """
        there = next((folder for folder in (self.home, *self.home.parents) if folder.exists()), self.home)
        try:
            with tempfile.TemporaryDirectory(prefix=".dart-perf-", dir=there):
                pass
        except OSError as error:
            raise InvalidInput(
                f"the store {self.home} cannot be written: {error.strerror} ({there}), so nothing was measured. "
                "Make that folder writable, or set DART_PERF_HOME to another folder for the store."
            ) from error

    def has_file(self, text: str) -> bool:
        """Return whether `text` names a file; False for what can be no path, as a name that is too long."""
        try:
            return (self.root / text).is_file()
        except OSError:
            return False

    def path(self, text: str) -> Path:
        """Return the file or folder below the root that `text` names.

        Raises:
            InvalidInput: it leads out of the project (by `..`, an absolute path or a symbolic link), does not exist, or
                cannot be looked up, e.g. because it is too long, or leads through a folder that nobody may enter.
        """
        if "\0" in text:
            raise InvalidInput("a path holds a NUL character. Give the path of a file in the project.")
        try:
            resolved = (self.root / text).resolve()
            exists = resolved.exists()
        except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle, before Python 3.13
            reason = getattr(error, "strerror", None) or "its links lead in a circle"
            raise InvalidInput(f"{text[:SHOWN]!r} cannot be looked up: {reason}. Give another path.") from error
        if not resolved.is_relative_to(self.root):
            raise InvalidInput(f"{text!r} leads out of the project {self.root}. Copy the file into the project first.")
        if not exists:
            raise InvalidInput(f"{text!r} does not exist below {self.root}. Give a path relative to that folder.")
        return resolved


def refused(error: OSError | RuntimeError, what: str = "") -> InvalidInput | None:
    """Return what to say of a path that the system refuses; None for an error that is of no path.

    Before Python 3.13 `Path.resolve` turns a circle of links into a RuntimeError.
    """
    found = error if isinstance(error, OSError) else error.__context__
    if not isinstance(found, OSError) or not (what or found.filename):
        return None
    path = str(found.filename or ".")
    shown = path if len(path) <= SHOWN else f"…{path[-SHOWN:]}"  # the name itself
    remedy = REMEDIES.get(found.errno or 0, "Mend that, or give another path")
    return InvalidInput(f"{what or 'the path'} {shown!r} cannot be used: {found.strerror}. {remedy}.")


def _looked_up(folder: Callable[[], Path], what: str) -> Path:
    """Return where a folder is. Raises InvalidInput where the system does not even look."""
    try:
        found = folder().resolve()
        found.exists()  # `resolve` leaves it to this to refuse e.g. names that are too long
    except (OSError, RuntimeError) as error:
        problem = refused(error, what)
        if problem is None:
            raise
        raise problem from error
    return found


Opening = Callable[[], Project]
"""Opens the project that a server works on, anew until it succeeds. Raises what `open_project` does."""


def open_project(root: Path | None = None, environment: Mapping[str, str] = os.environ) -> Project:
    """Open the project in `root`, else in `DART_PERF_PROJECT`, else in the working directory.

    The store is `DART_PERF_HOME`, or `.dart-perf` in the project.

    Raises:
        InvalidInput: the folder does not exist, or that of the store cannot be one.
        Corrupted, NewerSchema, Unreadable: the store is not one that this dart-perf can use.
    """
    folder = _looked_up(lambda: Path(root or environment.get("DART_PERF_PROJECT") or Path.cwd()), "project folder")
    if not folder.is_dir():
        raise InvalidInput(f"project folder {folder} does not exist. Start in the project, or set DART_PERF_PROJECT.")
    home = _looked_up(lambda: Path(environment.get("DART_PERF_HOME") or folder / ".dart-perf"), "store folder")
    who = environment.get("DART_PERF_WHO") or _user()
    return Project(folder, home, open_store(f"file:{home}"), who=who)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user id without a name
        return f"uid-{os.getuid()}"
