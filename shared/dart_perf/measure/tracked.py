"""Files of a commit, read from git's object database: nothing is checked out, filtered or fetched."""

import re
import subprocess
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple, cast

from dart_perf.errors import InvalidInput
from dart_perf.measure.revision import argv, commit_of, environment, git, unreadable

SECONDS = 600.0
"""Bound on one git process that lists or copies: 2 GiB at 4 MiB/s, far slower than any disk."""
CHUNK = 2**20
"""Bytes copied at a time."""
SHOWN = 10
"""Branches that an error names."""
_LINE = re.compile(rb"(\d{6}) (\w+) ([0-9a-f]+) +(-|\d+)\t(.*)", re.DOTALL)


class Tracked(NamedTuple):
    """A file of a commit."""

    path: str
    """From the top of the commit's tree; bytes that are no UTF-8 come as surrogates."""
    mode: str
    """100644 and 100755 are files, 120000 is a symbolic link, 160000 another repository's commit."""
    object: str
    size: int
    """Bytes."""


def listed(folder: Path, ref: str, paths: Sequence[str] = ()) -> Iterator[Tracked]:
    """Yield the files at and below `paths` of the commit that `ref` means; all its files where none is given.

    A path that it does not have gives nothing.

    Raises:
        InvalidInput: git knows no such commit, or cannot list it.
    """
    commit = commit_of(folder, ref)
    if commit is None:
        if (problem := unreadable(folder)) is not None:
            raise InvalidInput(f"git reads no repository at {folder}, so there is no ref {ref!r}: {problem}")
        refs = git(folder, "for-each-ref", f"--count={SHOWN}", "--format=%(refname:short)") or "none"
        raise InvalidInput(f"ref {ref!r} names no commit here. Refs are: {', '.join(refs.split())}. Fetch it first.")
    names = ["--", *paths] if paths else []
    with _running(folder, "--literal-pathspecs", "ls-tree", "-r", "-z", "-l", "--full-tree", commit, *names) as process:
        for record in _records(process.stdout):
            line = _LINE.fullmatch(record)
            if line is None:
                raise InvalidInput(f"git lists {ref} in a way that is not known: {record[:80]!r}. Please report it.")
            size = 0 if line[4] == b"-" else int(line[4])
            yield Tracked(line[5].decode("utf-8", "surrogateescape"), line[1].decode(), line[3].decode(), size)
        if process.handle.wait() != 0:
            raise InvalidInput(f"git cannot list {ref}: is it a partial or damaged clone? Try `git fsck`, or fetch it.")


def copy(folder: Path, files: Iterable[tuple[Tracked, Path]]) -> None:
    """Write the content of files of a commit to paths.

    Raises:
        InvalidInput: an object is missing, as in a partial clone.
        OSError: a path cannot be written.
    """
    with _running(folder, "cat-file", "--batch") as process:
        for file, path in files:
            process.stdin.write(f"{file.object}\n".encode())
            process.stdin.flush()
            head = process.stdout.readline().split()
            if head[1:2] != [b"blob"]:
                raise InvalidInput(f"git does not have the content of {file.path!r}. Fetch the whole ref first.")
            _take(process.stdout, int(head[2]), path)


def _take(stream: IO[bytes], size: int, path: Path) -> None:
    with path.open("wb") as target:
        while size:
            chunk = stream.read(min(size, CHUNK))
            if not chunk:
                raise InvalidInput(f"git ended within {path.name!r}. Try `git fsck`, and import again.")
            size -= target.write(chunk)
    stream.read(1)  # the newline behind an object


class _Process(NamedTuple):
    """A git process with both its pipes."""

    stdin: IO[bytes]
    stdout: IO[bytes]
    handle: subprocess.Popen[bytes]


@contextmanager
def _running(folder: Path, *arguments: str) -> Iterator[_Process]:
    """Run git until the block ends; it is ended where it takes longer than `SECONDS`."""
    try:
        process = subprocess.Popen(
            argv(folder, *arguments),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(),
            start_new_session=True,  # Ctrl-C is for us, who say what was stored
        )
    except OSError as error:
        raise InvalidInput(f"git could not be started: {error.strerror}. Install git.") from error
    bound = threading.Timer(SECONDS, process.kill)
    bound.start()
    try:
        yield _Process(cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout), process)
    finally:
        bound.cancel()
        process.kill()
        process.communicate()


def _records(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield what stands between NUL bytes."""
    rest = b""
    while chunk := stream.read1(CHUNK):  # type: ignore[attr-defined]  # a pipe is buffered
        *whole, rest = (rest + chunk).split(b"\0")
        yield from whole
