"""What is held against what: a commit, or the working tree as a commit that no branch knows.

The user's checkout, index and branches are not touched. A dirty working tree becomes a tree by a copy of the index, and
a commit with the author and the time of its parent, so that the same files above the same commit have the same hash.
Its objects lie in the repository, where git's own clean-up takes them when no worktree needs them any more.
"""

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dart_perf.errors import InvalidInput
from dart_perf.measure.index import temporary
from dart_perf.measure.repository import check_readable, commit_named, hash_of, tell
from dart_perf.measure.revision import commit_of, git

SHORT = 12
"""Digits of a hash that are shown."""
LARGEST = 256 << 20
"""Bytes of files that git does not know yet: far above any source, below what build outputs and data sets take."""
SHOWN = 5
"""Files that a message names."""
MAIN = ("refs/remotes/origin/HEAD", "refs/remotes/origin/main", "refs/remotes/origin/master",
        "refs/heads/main", "refs/heads/master")  # fmt: skip
"""Where the main branch is looked for, in this order."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One side's files, as git has them."""

    commit: str
    """Hash of a commit object; of a dirty working tree one that no branch holds."""
    tree: str
    """Hash of its tree."""
    label: str
    """How it is named to people."""
    dirty: bool
    parent: str
    """The commit below a dirty tree; else `commit`."""


def take(folder: Path, name: str | None, *, home: Path) -> Snapshot:
    """Return the commit that `name` means, or with None the working tree: all files that git would not ignore.

    A working tree that holds nothing new is its commit. What lies below `home`, the store, is as in that commit.

    Raises:
        InvalidInput: no repository, no such commit, no commit at all, conflicts that are not resolved, or untracked
            files of more than 256 MiB.
    """
    check_readable(folder)
    if name is not None:
        return _of_commit(folder, commit_named(folder, name))
    head = commit_of(folder, "HEAD")
    if head is None:
        raise InvalidInput("this repository has no commit yet, so there is nothing to compare with. Commit first.")
    _check_resolved(folder)
    return _of_working_tree(folder, _of_commit(folder, head), home)


def _of_commit(folder: Path, commit: str) -> Snapshot:
    tree = hash_of(tell(folder, "rev-parse", "--verify", f"{commit}^{{tree}}"))
    return Snapshot(commit, tree, commit[:SHORT], dirty=False, parent=commit)


def _of_working_tree(folder: Path, head: Snapshot, home: Path) -> Snapshot:
    top, store = top_of(folder), inside(folder, home)
    new = _untracked(top, store)
    with temporary(top, home) as index:
        index.copy()
        try:
            index.tell("add", "--update", "--", *besides(store))
            # Not `git add`: that compares every file with every path that it is given.
            index.tell("update-index", "-z", "--add", "--remove", "--replace", "--stdin", given=b"\0".join(new))
        except InvalidInput as error:
            raise InvalidInput(f"the working tree cannot be read: {error}. Mend that, or ignore the file.") from error
        if store:
            index.tell("reset", "--quiet", head.commit, "--", f":(top,literal){store}")
        tree = index.tree()
        if tree == head.tree:
            return head
        commit = index.commit(tree, head.commit, "Working tree")
    changed = tell(folder, "diff-tree", "-r", "-M", "--name-only", "-z", head.commit, commit).count(b"\0")
    label = f"working tree ({changed} file{'s' * (changed != 1)} changed) on {head.commit[:SHORT]}"
    return Snapshot(commit, tree, label, dirty=True, parent=head.commit)


def top_of(folder: Path) -> Path:
    """Return the top of the work tree that holds `folder`."""
    return Path(os.fsdecode(tell(folder, "rev-parse", "--show-toplevel")).removesuffix("\n")).resolve()


def besides(store: str) -> list[str]:
    """Return the pathspec of everything but the store."""
    return [":(top)", *([f":(top,exclude,literal){store}"] if store else [])]


def inside(folder: Path, home: Path) -> str:
    """Return the store's path from the top of the work tree that holds `folder`; empty where it lies elsewhere."""
    top = top_of(folder)
    store = home.resolve()
    return store.relative_to(top).as_posix() if store != top and store.is_relative_to(top) else ""


def _check_resolved(folder: Path) -> None:
    listed = tell(folder, "ls-files", "--unmerged", "-z", "--", ":(top)").split(b"\0")
    paths = sorted({os.fsdecode(line.partition(b"\t")[2]) for line in listed if line})
    if paths:
        raise InvalidInput(
            f"the index holds conflicts that are not resolved: {some(paths)}. "
            "Resolve and `git add` them, or give the commit that is to be verified as head."
        )


def _untracked(top: Path, store: str) -> list[bytes]:
    """Return the paths of files that git does not know and would not ignore. Raises InvalidInput: too many bytes."""
    told = tell(top, "ls-files", "--others", "--exclude-standard", "-z", "--", *besides(store))
    names = [name.removesuffix(b"/") for name in told.split(b"\0") if name]  # another repository ends in a slash
    sizes = {name: _size(top / os.fsdecode(name)) for name in names}
    if sum(sizes.values()) > LARGEST:
        largest = [os.fsdecode(name) for name in sorted(sizes, key=lambda name: -sizes[name])]
        raise InvalidInput(
            f"files that git does not know yet hold {sum(sizes.values()) >> 20} MiB, and at most {LARGEST >> 20} are "
            f"taken with the working tree. Ignore them (.gitignore); the largest are {some(largest)}."
        )
    return names


def _size(path: Path) -> int:
    try:
        found = path.lstat()
    except OSError:  # gone since it was listed
        return 0
    return found.st_size if stat.S_ISREG(found.st_mode) else 0


def some(names: Sequence[str]) -> str:
    """Return the first names, and how many more there are."""
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")


def main_branch(folder: Path) -> tuple[str, str]:
    """Return name and commit of the main branch: the remote's, else one of that name.

    Raises:
        InvalidInput: there is none.
    """
    for ref in MAIN:
        commit = commit_of(folder, ref)
        if commit is not None:
            known = git(folder, "rev-parse", "--abbrev-ref", ref)
            return known or ref.partition("/")[2].partition("/")[2], commit
    raise InvalidInput(
        "no main branch is known here (origin/HEAD, origin/main, origin/master, main, master). Give base, e.g. HEAD~1."
    )


def merge_base(folder: Path, head: Snapshot) -> str:
    """Return the hash of the commit where `head` left the main branch; `main_branch` says which that is.

    Raises:
        InvalidInput: there is no main branch, no common commit, or nothing changed since.
    """
    check_readable(folder)
    name, commit = main_branch(folder)
    found = git(folder, "merge-base", commit, head.parent)
    if not found:
        shallow = git(folder, "rev-parse", "--is-shallow-repository") == "true"
        remedy = "`git fetch --unshallow`, or give base" if shallow else "Give base"
        what = "in this shallow clone" if shallow else "in their history"
        raise InvalidInput(f"{head.label} and {name} have no common commit {what}. {remedy}, e.g. HEAD~1.")
    if _of_commit(folder, found).tree == head.tree:
        what = f"nothing changed since {found[:SHORT]}, where {head.label} left {name}"
        raise InvalidInput(f"{what}: there is nothing to verify. Give base, e.g. HEAD~1.")
    return found
