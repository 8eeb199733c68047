"""Checking a side out so that git, too, ends when the process that asked for it is killed."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from dart_perf.measure import repository as git
from dart_perf.measure.launch import Launch
from dart_perf.measure.revision import NOT_INSTALLED, environment
from dart_perf.measure.tracked import SECONDS
from dart_perf.measure.worktree import ADD, NotCheckedOut


def check_out(repository: Path, place: Path, commit: str, *, holding: Sequence[int]) -> None:
    """Make `place` a worktree of `commit`; the descriptors `holding` stay open until git has ended.

    Raises:
        NotCheckedOut: git cannot check it out; says what it wrote.
        MeasurementFailed: it took longer than 10 min, or was killed.
    """
    program = shutil.which("git")
    if program is None:
        raise NotCheckedOut(f"{NOT_INSTALLED}. Install it.")
    line = git.command(repository, *ADD, str(place), commit)
    running = Launch([program, *line[1:]], Path("/"), environment(), holding)
    try:
        running.wait(SECONDS, lambda: False)
    finally:
        running.close()
    status = int(running.cost()["status"])
    if status != 0:
        raise git.failed(ADD, status, running.stderr, NotCheckedOut)
