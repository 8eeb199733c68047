# ruff: noqa: T201 -- what it prints is read by the test that started it
"""Kill what lays two sides out at every nth step: `killed_sides.py PROJECT EVERY`.

For n = 1, 1 + EVERY ... a child process lays out a new change and is killed by SIGKILL at the nth call that changes the
file system or starts a program: before it, and of those that start a program right after it. Then what it left is swept
and looked at, and a line is printed. The last line is that of a child that came to its end.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dart_perf.measure import side_sweep, worktree
from dart_perf.workflows.project import open_project, silent
from dart_perf.workflows.scenarios import find
from dart_perf.workflows.sides import laid_out
from tests.workflows.changed import both

CHANGES = ("replace", "rename", "unlink", "rmdir", "mkdir", "ftruncate", "remove", "pwrite", "utime")


def die_at(number: int) -> None:
    left = [number]

    def step() -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def counted(call: Callable[..., Any], *, after: bool) -> Callable[..., Any]:
        def wrapped(*arguments: Any, **named: Any) -> Any:
            step()
            found = call(*arguments, **named)
            if after:
                step()
            return found

        return wrapped

    for name in CHANGES:
        setattr(os, name, counted(getattr(os, name), after=False))
    setattr(subprocess.Popen, "__init__", counted(subprocess.Popen.__init__, after=True))  # noqa: B010 -- mypy


def lay_out(root: Path) -> None:
    project = open_project(root)
    with laid_out(project, find(project, "work"), *both(project), silent) as sides:
        print((sides.base / "built.txt").read_text().strip(), (sides.head / "built.txt").read_text().strip())


def left(root: Path) -> str:
    """Sweep, and return what is out of order then."""
    project = open_project(root)
    side_sweep.sweep(root, project.home)
    above = project.home / "worktrees"
    names = {path.name.partition(".")[0] for path in above.iterdir()} if above.is_dir() else set()
    records = root / ".git" / "worktrees"
    found = {
        "without a mark": [name for name in names if not (above / f"{name}.json").is_file()],
        "without a folder": [name for name in names if not (above / name / "built.txt").is_file()],
        "known to git": {Path(path).name for path in worktree.known(root)} ^ names ^ {root.name},
        "recorded by git": ({path.name for path in records.iterdir()} if records.is_dir() else set()) ^ names,
        "indexes": [path.name for path in (project.home / "tmp").glob("*")],
    }
    return ", ".join(f"{what}: {sorted(those)}" for what, those in found.items() if those) or "in order"


def main(root: Path, every: int) -> None:
    number, status = 1, -1
    while status != 0:
        (root / "source.txt").write_text(f"{number}00\n")
        child = os.fork()
        if child == 0:
            die_at(number)
            lay_out(root)
            os._exit(0)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print(number, status, left(root), flush=True)
        number += every
    lay_out(root)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
