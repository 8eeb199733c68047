"""Both sides of a change laid out and built, ready to be measured next to each other."""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

from dart_perf.errors import InvalidInput, MeasurementFailed, PerfError
from dart_perf.measure import catalogue, side, side_sweep, worktree
from dart_perf.measure.build import BuildFailed
from dart_perf.measure.checkout import check_out
from dart_perf.measure.inventory import inventory, restore
from dart_perf.measure.launch import Cancelled
from dart_perf.measure.overlay import Laid, check_programs, overlaid
from dart_perf.measure.repository import own_folder
from dart_perf.measure.side import Claim, Mark, Place
from dart_perf.measure.snapshot import Snapshot
from dart_perf.model.scenario import Scenario
from dart_perf.store import atomic
from dart_perf.workflows.building import build_in
from dart_perf.workflows.project import Progress, Project

POLL_SECONDS = 0.2
"""Time between two looks whether another process has built what both need."""


@dataclass(frozen=True, slots=True)
class Sides:
    """Where the two sides lie; each folder is the `{root}` of its side."""

    base: Path
    head: Path
    notes: tuple[str, ...]
    """What the reader must know, e.g. a benchmark file that base does not have."""
    built: tuple[str, ...]
    """How each came to be: built now, or there before; base first."""


@dataclass(frozen=True, slots=True)
class _Side:
    """One side, and what it is made of."""

    project: Project
    scenario: Scenario
    which: str
    """base or head."""
    snapshot: Snapshot
    laid: Laid
    build: str
    place: Place
    root: Path
    """The project's folder in it."""
    progress: Progress

    @property
    def named(self) -> str:
        return f"{self.which} ({self.snapshot.label})"


@contextmanager
def laid_out(
    project: Project, scenario: Scenario, base: Snapshot, head: Snapshot, progress: Progress
) -> Iterator[Sides]:
    """Give both sides, built, until the block ends; no other process takes them away meanwhile.

    Raises:
        BuildFailed: a side does not build; says which, at which step, and quotes the end of its output.
        InvalidInput: see `measure.overlay.overlaid`; or the scenario is built in, where `{root}` is no project.
        PerfError: the store cannot be written.
    """
    _check(project, scenario)
    side_sweep.sweep(project.root, project.home)
    both = overlaid(project.root, scenario, base, head, home=project.home)
    atomic.make_folder(project.home, project.home / "worktrees")
    git, below = own_folder(project.root), worktree.prefix(project.root)
    build = side.build_digest(scenario, os.environ)
    sides = []
    for which, snapshot, laid in (("base", base, both.base), ("head", head, both.head)):
        place = side.place_of(project.home.resolve() / "worktrees", git, laid.tree, build)
        sides.append(_Side(project, scenario, which, snapshot, laid, build, place, place.folder / below, progress))
    said: dict[str, str] = {}
    with ExitStack() as stack:
        for one in sorted(sides, key=lambda one: one.place.name):  # in one order everywhere: nobody waits in a circle
            said[one.which] = stack.enter_context(_standing(one))
        check_programs(scenario, [path for path in both.lacking if not (sides[0].root / path).exists()], base)
        yield Sides(sides[0].root, sides[1].root, both.notes, (said["base"], said["head"]))
    side_sweep.sweep(project.root, project.home)


def _check(project: Project, scenario: Scenario) -> None:
    if not scenario.built_in:
        return
    own = [entry.name for entry in catalogue.load(project.root).values() if not entry.built_in]
    can = f"Those that can be verified are: {', '.join(own)}." if own else f"Declare one in {catalogue.FILE}."
    raise InvalidInput(
        f"scenario {scenario.name!r} is built in: it measures what is installed, not this project's files, so that "
        f"both sides would be the same. {can}"
    )


@contextmanager
def _standing(one: _Side) -> Iterator[str]:
    """Hold a side that is finished, and say how it came to be."""
    taken, said = _taken(one)
    try:
        yield said
    finally:
        taken.release()


def _taken(one: _Side) -> tuple[Claim, str]:
    """Return a shared claim on the side: as it was left, made now, or made by the process that was waited for."""
    while True:
        said = f"{one.named}: used beside another verification"
        taken = side.claim(one.place)
        try:
            if taken is not None:
                said = _made(one, taken)
                taken.share()
            else:
                taken = side.join(one.place)
            if taken is not None and one.place.stands():
                one.place.used()
                return taken, said
        except BaseException:
            if taken is not None:
                taken.release()
            raise
        if taken is not None:
            taken.release()  # its maker failed, or a sweep was faster
        else:
            one.progress(0, None, f"waiting for another process that lays out {one.named}")
        time.sleep(POLL_SECONDS)


def _made(one: _Side, taken: Claim) -> str:
    """Make the side where it does not stand as it was left; say which it was."""
    repository = one.project.root
    mark = one.place.stands()
    if mark is not None and mark.tree == one.laid.tree and restore(one.place.folder, mark.files):
        return f"{one.named}: built {mark.built}, used again"
    one.place.clear(repository)
    started = one.project.monotonic()
    try:
        one.progress(0, None, f"checking out {one.named}")
        check_out(repository, one.place.folder, one.laid.commit, holding=(taken.descriptor,))
        _build(one, taken)
        when = one.project.now().astimezone(UTC).isoformat(timespec="seconds")
        made = Mark(one.laid.tree, one.laid.commit, one.build, when, inventory(one.place.folder))
        atomic.write(one.project.home, one.place.mark, made.encoded(), scratch=one.place.scratch)
    except BaseException:
        one.place.clear(repository)
        raise
    done = "built" if one.scenario.build else "checked out, nothing to build,"
    return f"{one.named}: {done} in {one.project.monotonic() - started:.1f} s"


def _build(one: _Side, taken: Claim) -> None:
    def tell(done: int, total: int | None, message: str) -> None:
        one.progress(done, total, f"{one.named}: {message}")

    try:
        build_in(one.project, one.scenario, one.root, tell, holding=(taken.descriptor,))
    except Cancelled:
        raise
    except MeasurementFailed as error:
        what = f"{one.named} does not build for scenario {one.scenario.name!r}, so nothing is said about its speed"
        raise BuildFailed(f"{what}: {_shortened(one, error)}") from error
    except InvalidInput as error:
        raise InvalidInput(f"{one.named} cannot be built: {_shortened(one, error)}") from error


def _shortened(one: _Side, error: PerfError) -> str:
    return str(error).replace(str(one.root), "{root}")
