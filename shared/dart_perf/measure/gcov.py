"""Which lines of C and C++ ran, where the build counts them: gcc's `--coverage`, read with `gcov --json-format`.

The program writes its counters below a folder of ours (GCOV_PREFIX), never beside the build.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from dart_perf.errors import MeasurementFailed
from dart_perf.measure.launch import SAID_LINES

SECONDS = 120.0
"""Bound on one gcov process; it reads hundreds of objects a second."""
BATCH = 50
"""Objects a process of gcov reads: names of 4096 bytes at most stay far below the limit on arguments."""


def variables(counters: Path) -> dict[str, str]:
    """Return what makes an instrumented program write its counters below `counters`."""
    return {"GCOV_PREFIX": str(counters)}


def notes(own: Path, changed: Iterable[str]) -> list[Path]:
    """Return the notes (.gcno) below `own` of objects that any of the `changed` files is part of, by file name."""
    wanted = [Path(name).name.encode() for name in changed]
    if not wanted:
        return []
    found = []
    for folder, names, files in os.walk(own):
        names[:] = sorted(name for name in names if name != ".git")
        for path in (Path(folder, name) for name in sorted(files) if name.endswith(".gcno")):
            data = path.read_bytes()
            if any(name in data for name in wanted):
                found.append(path)
    return found


def counted(objects: Iterable[Path], counters: Path, place: Path) -> dict[str, dict[int, int]]:
    """Return how often each line of each source ran: real path to line to count, 0 where it did not.

    `objects` are notes, `counters` the folder of `variables`, `place` an empty folder. An object without counters was
    not loaded: none of its lines ran.

    Raises:
        MeasurementFailed: gcov is not there or cannot read them, e.g. as another compiler wrote them.
    """
    program = shutil.which("gcov")
    if program is None:
        raise MeasurementFailed("gcov is not on PATH, which reads what a build with --coverage counts. Install gcc.")
    linked = [_link(path, counters, place / str(number)) for number, path in enumerate(objects)]
    found: dict[str, dict[int, int]] = {}
    for first in range(0, len(linked), BATCH):
        for document in _documents(program, linked[first : first + BATCH], place):
            folder = str(document.get("current_working_directory", ""))
            for file in document.get("files", []):
                lines = found.setdefault(os.path.realpath(Path(folder, file["file"])), {})
                for line in file["lines"]:
                    number = int(line["line_number"])
                    lines[number] = lines.get(number, 0) + int(line["count"])
    return found


def _link(note: Path, counters: Path, place: Path) -> Path:
    """Put an object's notes and counters into one folder, as gcov wants them; return the name to give it."""
    place.mkdir(parents=True)
    (place / note.name).symlink_to(note)
    data = Path(f"{counters}{note.resolve().with_suffix('.gcda')}")
    if data.is_file():
        (place / data.name).symlink_to(data)
    return place / data.name


def _documents(program: str, names: Iterable[Path], cwd: Path) -> Iterator[Mapping[str, Any]]:
    try:
        done = subprocess.run(
            [program, "--json-format", "--stdout", *map(str, names)],
            cwd=cwd,
            capture_output=True,
            timeout=SECONDS,
            check=False,
            start_new_session=True,  # Ctrl-C is for us
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MeasurementFailed(f"gcov could not be run to its end: {error}. Run it by hand.") from error
    said = done.stderr.decode("utf-8", "replace")
    if done.returncode or re.search(r"version .*, prefer", said):
        lines = " ".join(said.splitlines()[-SAID_LINES:])
        raise MeasurementFailed(f"gcov cannot read what the build counts: {lines}. Use the gcov of the compiler.")
    for row in done.stdout.splitlines():
        try:
            yield json.loads(row)
        except ValueError as error:
            raise MeasurementFailed(f"gcov printed no JSON: {row[:80]!r}. Use gcov of gcc 9 or later.") from error
