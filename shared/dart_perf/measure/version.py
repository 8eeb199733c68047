"""The version of what a program measures, as its own source says it: a program that prints it, or a file."""

import hashlib
import re
from datetime import UTC, datetime
from pathlib import Path

from dart_perf.errors import InvalidInput, MeasurementFailed
from dart_perf.measure.process import run
from dart_perf.measure.variables import environment_of
from dart_perf.model.scenario import Program

LARGEST_FILE = 1 << 20
"""Bytes that are read of a file that holds a version."""
SECONDS = 30.0
"""Longest that a program may take to print the version; importing dartpy takes 0.3 s."""
VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}")
"""What a version may look like: it becomes part of a file name."""


def read_version(program: Program, folder: Path, timeout: float = SECONDS) -> tuple[str, str]:
    """Return version and identity of what `program` measures, as its source says them now.

    The version is "unknown" where there is no source. The identity is the SHA-256 of all that the source said, and
    empty where that is the version alone. A program that prints it gets `timeout` seconds, at most SECONDS.

    Raises:
        InvalidInput: the source says no version. MeasurementFailed: the program that is the source failed.
    """
    if program.version_argv:
        text, source = _ask(program, folder, min(timeout, SECONDS))
    elif program.version_file:
        path = (folder / program.version_file).resolve()
        text, source = _read_file(path, folder), f"{program.version_file} says"
    else:
        return "unknown", ""
    lines = [line.strip() for line in text.replace(str(folder), "{root}").splitlines() if line.strip()]
    first = lines[0] if lines else ""
    if not VERSION.fullmatch(first):
        allowed = "up to 64 letters, digits and '_.+-', starting with a letter or digit"
        raise InvalidInput(f"{source} {first[:80]!r} as the version. Allowed are {allowed}. Mend the version source.")
    # Further lines of a file are the project's notes; they do not say what is loaded.
    more = program.version_argv and len(lines) > 1
    return first, hashlib.sha256("\n".join(lines).encode()).hexdigest() if more else ""


def _ask(program: Program, folder: Path, timeout: float) -> tuple[str, str]:
    """Return what the version program printed and how an error calls that."""
    argv = tuple(item.replace("{root}", str(folder)) for item in program.version_argv)
    env = environment_of(program, folder)
    try:
        said = run(argv, cwd=folder, env=env, timeout=timeout, clock=lambda: datetime.now(UTC)).stdout
    except MeasurementFailed as error:
        what = f"version_argv, which gets {timeout:g} s (the scenario's timeout_seconds, at most {SECONDS:g} s), failed"
        raise MeasurementFailed(f"{what}: {error}") from error
    return said.decode("utf-8", "replace"), f"{list(argv)} printed"


def _read_file(path: Path, folder: Path) -> str:
    try:
        if not path.is_relative_to(folder.resolve()):
            raise InvalidInput(f"version_file {path} leads out of {folder}. Name a file inside it.")
        with path.open("rb") as file:
            text = file.read(LARGEST_FILE).decode("utf-8", "replace")
    except OSError as error:
        raise InvalidInput(f"version_file {path} cannot be read: {error.strerror}. Mend the scenario.") from error
    if path.suffix != ".xml":
        return text
    # A pattern, not a parser: package.xml is flat, and a parser would expand what a hostile file tells it to.
    found = re.search(r"<version[^>]*>([^<]*)</version>", text)
    return found.group(1) if found else ""
