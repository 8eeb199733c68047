"""The file that --output names: checked before anything is measured, written after the verdict is told."""

import os
import shutil
import uuid
from pathlib import Path

from dart_perf.cli.start import tell
from dart_perf.errors import InvalidInput


def writable(path: Path | None) -> Path | None:
    """Return `path` as it is.

    Raises:
        InvalidInput: it could not be written, as far as that can be known without writing.
    """
    problem = "" if path is None else _problem(path)
    if problem:
        raise InvalidInput(f"cannot write {path}: {problem}. Give --output a file in a folder that can be written.")
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
    try:
        if _is_special(path):
            path.write_bytes(content)
        else:
            _replace(path.resolve(), content)
    except OSError as error:
        message = f"cannot write {path}: {error.strerror}. Give --output a file in a folder that can be written."
        raise InvalidInput(message) from error
    tell(f"written to {path}\n")


def _replace(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".dart-perf-{uuid.uuid4().hex}")
    try:
        with temporary.open("xb") as file:  # unlike tempfile's, with the permissions that the user's umask leaves
            file.write(content)
        if path.exists():
            shutil.copymode(path, temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
