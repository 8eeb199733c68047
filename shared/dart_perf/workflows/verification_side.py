"""One side of a change, ready to run: each process reports what it loaded, and must not load the other side."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from dart_perf.errors import MeasurementFailed
from dart_perf.measure import loaded, whole
from dart_perf.measure.launch import Cancelled
from dart_perf.measure.process import Output, run
from dart_perf.measure.program import command, resolve
from dart_perf.measure.side_sweep import lives
from dart_perf.measure.variables import environment_of
from dart_perf.model.measurement import Run
from dart_perf.model.scenario import Program, Scenario
from dart_perf.store import atomic
from dart_perf.workflows.printed import read_printed
from dart_perf.workflows.project import Project

REPORTS = "loaded-"
"""How the folder is named into which a process reports; the id of who measures follows."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A side's program in its folder."""

    project: Project
    scenario: Scenario
    label: str
    program: Program
    folder: Path
    other: Path
    changed: Sequence[str]
    """Files that differ between the sides, relative to the folder."""
    reports: Path
    """Empty folder into which a process reports what it loaded."""
    files: set[str] = field(default_factory=set)
    """Files of the side that its processes loaded, relative to the folder."""
    seen: set[str] = field(default_factory=set)
    """Real paths that were reported and found to be right."""
    unreported: set[str] = field(default_factory=set)
    """What is not known of what its processes loaded."""

    def run(self, seed: int) -> Output:
        """Run one process.

        Raises:
            MeasurementFailed: it failed. WrongSide: it loaded what is not of this side.
        """
        argv, cwd = command(self.program, self.folder)
        env = {"PYTHONHASHSEED": str(seed), **environment_of(self.program, self.folder)}
        reporting = loaded.reporting(env, self.reports)
        try:
            output = run(argv, cwd=cwd, env=reporting, timeout=self.scenario.timeout_seconds, clock=self.project.now)
        except Cancelled:
            raise
        except MeasurementFailed as error:
            raise MeasurementFailed(f"The program fails in {self.label}: {error}") from error
        self._check(loaded.read_loaded(self.reports, cwd=cwd), argv)
        return output

    def _check(self, found: loaded.Loaded, argv: Sequence[str]) -> None:
        if found.files <= self.seen:  # looking for copies reads the side's folder
            return
        self.seen.update(found.files)
        wrong = loaded.foreign(
            found, own=self.folder, other=self.other, checkout=self.project.root, home=self.project.home
        )
        copies = () if wrong else loaded.installed_copies(found, self.changed, own=self.folder)
        if wrong or copies:
            raise loaded.wrong_side((*wrong, *copies), self.label)
        self.files.update(loaded.own_files(found, self.folder))
        said = loaded.unreported(found, argv)
        self.unreported.update([said] if said else [])

    def read(self, output: Output) -> Run | None:
        """Return the run that a process printed; None where the process itself is measured."""
        return read_printed(self.scenario.name, self.program, output)

    def count(self, most: float) -> int:
        """Return the instructions of one whole process, which may take at most so many seconds.

        Raises:
            MeasurementFailed: there is no valgrind, or the program does not run under it.
        """
        argv, cwd = command(self.program, self.folder)
        env = environment_of(self.program, self.folder)
        return whole.count_whole(argv, cwd=cwd, env=env, timeout=most, clock=self.project.now)


def _reports(project: Project) -> Path:
    """Make the folder of this process's reports; those of processes that were killed are taken away."""
    above = project.home / "tmp"
    for left in above.glob(f"{REPORTS}*"):
        if not lives(int(left.name.removeprefix(REPORTS))):
            shutil.rmtree(left, ignore_errors=True)
    made = above / f"{REPORTS}{os.getpid()}"
    shutil.rmtree(made, ignore_errors=True)
    atomic.make_folder(project.home, made)
    return made


@contextmanager
def watched(
    project: Project, scenario: Scenario, folders: tuple[Path, Path], changed: Sequence[str]
) -> Iterator[tuple[Watched, Watched]]:
    """Give base and head, ready to run; `changed` are the files that differ, relative to a side's folder.

    Raises:
        InvalidInput, MeasurementFailed: a program cannot be resolved there.
    """
    wanted = scenario.model_copy(update={"files": ()})  # what a baseline keeps; a side has the whole tree
    reports = _reports(project)

    def side(label: str, folder: Path, other: Path) -> Watched:
        return Watched(project, wanted, label, resolve(wanted, folder)[0], folder, other, changed, reports)

    try:
        base, head = side("base", *folders), side("head", folders[1], folders[0])
        yield base, head
    finally:
        shutil.rmtree(reports, ignore_errors=True)
