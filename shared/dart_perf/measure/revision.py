"""Where the project's work tree stands: commit, branch, dirty or not, and the commit's place in history."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

NOT_INSTALLED = "git is not installed, or not on the path"
GIT_SECONDS = 20.0
"""Bound on one git call; a status of a large tree takes seconds."""


@dataclass(frozen=True, slots=True)
class Revision:
    """What git says about a folder."""

    commit: str
    """Full hash of HEAD."""
    branch: str | None
    """None where HEAD is detached."""
    dirty: bool
    """True where tracked files outside the store differ from the commit."""
    position: int | None
    """Number of first-parent ancestors of HEAD, which orders points of a series; None in a shallow clone."""


def revision(folder: Path, store: Path | None = None) -> Revision | None:
    """Return the revision of the work tree that holds `folder`; None without git, a repository or a commit.

    What changed below `store` does not make it dirty: capturing changes a store that is kept in git.
    """
    commit = git(folder, "rev-parse", "--verify", "HEAD^{commit}")
    count = git(folder, "rev-list", "--count", "--first-parent", "HEAD") if commit else None
    if not commit or not count:
        return None
    whole = git(folder, "rev-parse", "--is-shallow-repository") == "false"
    branch = git(folder, "symbolic-ref", "--quiet", "--short", "HEAD")
    changes = git(folder, "status", "--porcelain", "--untracked-files=no", "--", ":(top)", *_except(folder, store))
    return Revision(commit, branch or None, changes is None or bool(changes), int(count) - 1 if whole else None)


def _except(folder: Path, store: Path | None) -> list[str]:
    """Return the pathspec that leaves `store` out, where it lies within the work tree."""
    top = git(folder, "rev-parse", "--show-toplevel") if store else None
    if not store or not top or not store.resolve().is_relative_to(top) or store.resolve() == Path(top):
        return []
    return [f":(top,exclude,literal){store.resolve().relative_to(top).as_posix()}"]


def commit_of(folder: Path, name: str) -> str | None:
    """Return the hash of what `name` (HEAD, a branch, a short hash) means in the repository of `folder`, or None."""
    return git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}") or None


def unreadable(folder: Path) -> str | None:
    """Return in git's own words why it reads no repository there, e.g. another user's; None where it does."""
    try:
        done = _run(folder, "rev-parse", "--git-dir")
    except FileNotFoundError:
        return NOT_INSTALLED
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return None if done.returncode == 0 else " ".join(done.stderr.decode("utf-8", "replace").split())


def is_outside(reason: str) -> bool:
    """Say whether `unreadable` gave the reason that there is no repository at all."""
    return reason.startswith("fatal: not a git repository")


def git(folder: Path, *arguments: str, given: str = "") -> str | None:
    """Return what git prints, without white space around it, or None where it fails; `given` is its standard input."""
    try:
        done = _run(folder, *arguments, given=given)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", "replace").strip() if done.returncode == 0 else None


def _run(folder: Path, *arguments: str, given: str = "") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        argv(folder, *arguments),
        input=given.encode(),
        capture_output=True,
        timeout=GIT_SECONDS,
        check=False,
        env=environment(),
    )


def argv(folder: Path, *arguments: str) -> list[str]:
    """Return the command line of one git call in `folder`.

    No optional locks (a look must not disturb a commit), and no file-system monitor: the repository's own configuration
    could name a program there.
    """
    return ["git", "-c", "core.fsmonitor=false", "--no-optional-locks", "-C", str(folder), *arguments]


def environment() -> dict[str, str]:
    """Return what git runs with: nothing that points elsewhere, no prompts, and no network.

    An object that is missing from a partial clone would else be fetched by a program that the repository's own
    configuration can name.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    quiet = {"GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": "none", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}
    return kept | quiet
