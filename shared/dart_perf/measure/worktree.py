"""Past commits in folders of their own: disposable git worktrees, and the first-parent line they are taken from.

The project's own work tree, index and branches are never touched. Hooks do not run, and nothing is fetched.
"""

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dart_perf.errors import InvalidInput
from dart_perf.measure.repository import commit_named, tell
from dart_perf.measure.revision import git, unreadable

HEAD = "HEAD"
ADD = ("worktree", "add", "--quiet", "--detach", "--force")
SUBMODULE = "160000"
"""Mode of a file that is another repository's commit."""


def first_parent_line(folder: Path, span: str) -> list[str]:
    """Return the commits of `A..B` on the first-parent line, oldest first, both ends included.

    An empty A is the first commit there is, an empty B is HEAD.

    Raises:
        InvalidInput: it is no range, git knows an end not, or A is no first-parent ancestor of B.
    """
    first, dots, last = span.partition("..")
    if not dots or last.startswith(".") or not (first or last):
        raise InvalidInput(f"{span!r} is no range of commits. Give A..B or A.., e.g. v6.19.0..HEAD.")
    reason = unreadable(folder)
    if reason is not None:
        raise InvalidInput(f"git reads no repository at {folder}, so there are no past commits: {reason}")
    start, end = (commit_named(folder, name) if name else None for name in (first, last or HEAD))
    line = (git(folder, "rev-list", "--first-parent", "--reverse", str(end)) or "").split()
    if not line:
        raise InvalidInput(f"git cannot list the commits up to {last or HEAD}. Look at `git log --first-parent`.")
    if start is not None and start not in line:
        near = git(folder, "merge-base", start, str(end)) or "none"
        where = f"is no first-parent ancestor of {last or HEAD}"
        raise InvalidInput(
            f"{first} {where}: it was merged, or is not in this clone's history. Give one of `git log --first-parent "
            f"{last or HEAD}`; where the two lines parted: {near[:12]}."
        )
    return line[line.index(start) :] if start is not None else line


class NotCheckedOut(InvalidInput):
    """Git did not put a commit into a folder."""


@contextmanager
def checked_out(repository: Path, place: Path, commit: str) -> Iterator[Path]:
    """Give a worktree of `commit` at `place` until the block ends; whatever ends it, nothing of it stays.

    Raises:
        NotCheckedOut: git cannot check it out; says what it wrote.
    """
    try:
        add(repository, place, commit)
        yield place
    finally:
        remove(repository, place)


def add(repository: Path, place: Path, commit: str) -> None:
    """Check `commit` out at `place`. Raises NotCheckedOut."""
    tell(repository, *ADD, str(place), commit, failure=NotCheckedOut)


def remove(repository: Path, place: Path) -> None:
    """Take a worktree away, whole or half made, with what git knows of it; nothing happens where there is none."""
    delete(place)  # first: of a half-made one git removes nothing but its record
    if str(place) in known(repository):
        with suppress(NotCheckedOut):  # the next backfill removes what this one could not
            tell(repository, "worktree", "remove", "--force", "--force", str(place), failure=NotCheckedOut)


def known(repository: Path) -> set[str]:
    """Return the paths of all worktrees that git knows."""
    lines = (git(repository, "worktree", "list", "--porcelain", "-z") or "").split("\0")
    return {line.removeprefix("worktree ") for line in lines if line.startswith("worktree ")}


def record_of(place: Path) -> Path | None:
    """Return the folder in which git keeps its record of the worktree at `place`; None where either knows no other."""
    try:
        record = Path(os.fsdecode((place / ".git").read_bytes()).removeprefix("gitdir: ").removesuffix("\n"))
        back = os.fsdecode((record / "gitdir").read_bytes()).removesuffix("\n")
    except (OSError, ValueError):
        return None
    return record if back == str(place / ".git") else None


def submodules(repository: Path, commit: str) -> list[str]:
    """Return the paths of the commit's submodules, which stay empty in a worktree."""
    listed = (git(repository, "ls-tree", "-r", "-z", "--full-tree", commit) or "").split("\0")
    return [line.partition("\t")[2] for line in listed if line.startswith(SUBMODULE)]


def is_dirty(folder: Path, besides: list[str]) -> bool:
    """Say whether tracked files other than `besides`, paths from `folder`, differ from the commit that is there."""
    excluded = [f":(exclude,literal){path}" for path in besides]
    found = git(folder, "status", "--porcelain", "--untracked-files=no", "--", ":(top)", *excluded)
    return found is None or bool(found)


def prefix(folder: Path) -> str:
    """Return the path of `folder` from the top of its work tree; empty where it is the top."""
    return git(folder, "rev-parse", "--show-prefix") or ""


def delete(place: Path) -> None:
    """Remove a folder and all in it, or a link; also what its permissions protect, as a build may leave it."""
    if place.is_symlink():  # a clone may bring one, and what it leads to is not ours
        place.unlink()
        return
    try:
        shutil.rmtree(place)
    except FileNotFoundError:
        return
    except OSError:
        with suppress(OSError):
            place.chmod(stat.S_IRWXU)
        for folder, names, _ in os.walk(place):
            for path in (Path(folder) / name for name in names):
                with suppress(OSError):
                    if not path.is_symlink():
                        path.chmod(stat.S_IRWXU)
        shutil.rmtree(place, ignore_errors=True)  # what is left the next backfill tries again
