"""The file that --output names: checked before anything is measured, written after the verdict is told."""

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from dart_perf.cli.start import tell
from dart_perf.errors import InvalidInput


def writable(path: Path | None) -> Path | None:
    """Return `path` as it is.

    Raises:
        InvalidInput: it could not be written, as far as that can be known without writing.
    """
    problem = "" if path is None else _problem(path)
    if problem:
        raise InvalidInput(f"cannot write {path}: {problem}. Name a file in a folder that can be written.")
    return path


def _problem(path: Path) -> str:
    if path.is_dir():
        return "it is a folder"
    if path.is_symlink() and not path.exists():
        return "it is a link that leads nowhere"
    if path.exists() and not os.access(path, os.W_OK):
        return "permission denied"
    if _is_special(path):
        return ""
    folder = path.resolve().parent
    if not folder.is_dir():
        return f"the folder {folder} does not exist"
    return "" if os.access(folder, os.W_OK) else f"the folder {folder} does not allow it"


def _is_special(path: Path) -> bool:
    """Return whether it is a device or a pipe, which is written to and never replaced."""
    return path.exists() and not path.is_file()


def write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, where a link leads, and say so on stderr.

    Raises:
        InvalidInput: it cannot be written.
    """
    with replacing(path) as file:
        file.write(content)


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that takes the place of `path` when the block ends, and is gone where it does not end well.

    Raises:
        InvalidInput: it cannot be written.
    """
    try:
        with path.open("wb") if _is_special(path) else _replaced(path.resolve()) as file:
            yield file
    except OSError as error:
        raise _unwritable(path, error) from error
    tell(f"written to {path}\n")


@contextmanager
def _replaced(path: Path) -> Iterator[IO[bytes]]:
    temporary = path.with_name(f".dart-perf-{uuid.uuid4().hex}")
    try:
        with temporary.open("xb") as file:  # unlike tempfile's, with the permissions that the user's umask leaves
            yield file
        if path.exists():
            shutil.copymode(path, temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _unwritable(path: Path, error: OSError) -> InvalidInput:
    return InvalidInput(f"cannot write {path}: {error.strerror}. Name a file in a folder that can be written.")
