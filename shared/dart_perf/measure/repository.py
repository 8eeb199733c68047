"""Calls of git that must succeed: what it says on failure becomes the error.

No hook runs, no submodule is entered, nothing is fetched and nothing of the repository is locked for a look. What the
repository's configuration says of content (filters, line ends) is heeded, as in the user's own checkout; so whoever
calls this for a project that came from elsewhere asks `trust` first.
"""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from dart_perf.errors import InvalidInput
from dart_perf.measure.launch import say_status
from dart_perf.measure.revision import argv, commit_of, environment, git, unreadable
from dart_perf.measure.tracked import SECONDS

QUIET = (
    f"core.hooksPath={os.devnull}",
    "submodule.recurse=false",
    "advice.detachedHead=false",
    "advice.addEmbeddedRepo=false",
    "core.safecrlf=false",
    "core.splitIndex=false",  # of a temporary index: its shared part would be written into the repository
    "diff.ignoreSubmodules=dirty",  # or git would be run in each
    "i18n.commitEncoding=UTF-8",
)
"""What every call is configured with, whatever the configuration says."""


def command(repository: Path, *arguments: str) -> list[str]:
    """Return the command line of one such call."""
    line = argv(repository, *arguments)
    line[1:1] = [part for setting in QUIET for part in ("-c", setting)]
    return line


def tell(
    repository: Path,
    *arguments: str,
    given: bytes = b"",
    more: Mapping[str, str] | None = None,
    failure: type[InvalidInput] = InvalidInput,
) -> bytes:
    """Run git to its end and return what it prints; `given` is its standard input, `more` goes to its environment.

    Raises:
        InvalidInput, or the `failure` that was asked for: it could not be run or failed; says what it wrote.
    """
    try:
        done = subprocess.run(
            command(repository, *arguments),
            input=given,
            capture_output=True,
            timeout=SECONDS,
            check=False,
            env=environment() | dict(more or {}),
            start_new_session=True,  # Ctrl-C is for us, who take away what was begun
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise failure(f"git {arguments[0]} could not be run to its end: {error}. Look at the repository.") from error
    if done.returncode != 0:
        raise failed(arguments, done.returncode, done.stderr, failure)
    return done.stdout


def failed(
    arguments: tuple[str, ...], status: int, stderr: bytes | bytearray, failure: type[InvalidInput]
) -> InvalidInput:
    """Return the error for a call that failed, with what it wrote; `status` is as `say_status` takes it."""
    said = " ".join(stderr.decode("utf-8", "replace").split())
    said = said or f"it {say_status(status)} and wrote nothing. Ask again; if it stays so, look at the repository."
    named = " ".join(arguments[:2] if arguments[1:] and not arguments[1].startswith("-") else arguments[:1])
    return failure(f"git {named} failed: {said}")


def hash_of(printed: bytes) -> str:
    """Return the object's name that git printed alone."""
    return printed.decode().strip()


def check_readable(folder: Path) -> None:
    """Prove that `folder` lies in the work tree of a repository that git reads.

    Raises:
        InvalidInput: git is not installed, there is no repository, git refuses it, or it is bare.
    """
    reason = unreadable(folder)
    if reason is not None:
        raise InvalidInput(
            f"git reads no repository at {folder}, so there are no two sides to compare: {reason}. "
            "Start in a git repository, or `git init` and commit."
        )
    if git(folder, "rev-parse", "--is-inside-work-tree") != "true":
        what = f"{folder} is a bare repository or git's own folder, which has no working tree"
        raise InvalidInput(f"{what}. Clone it, and start in the clone.")


def commit_named(folder: Path, name: str) -> str:
    """Return the hash of the commit that `name` means. Raises InvalidInput."""
    found = commit_of(folder, name)
    if found is None:
        raise InvalidInput(f"git knows no commit {name!r} here. Give a hash, a tag or a branch; or fetch it.")
    return found


def own_folder(folder: Path) -> Path:
    """Return the folder in which git keeps what all worktrees of the repository share. Raises InvalidInput."""
    told = os.fsdecode(tell(folder, "rev-parse", "--git-common-dir")).removesuffix("\n")
    return (folder / told).resolve()
