"""What of a project keeps it from being measured: its store, its dart-perf.toml, its programs, another measurement."""

import shutil
from collections.abc import Iterator, Sequence

from dart_perf.errors import PerfError
from dart_perf.measure import asked, catalogue, installed, lock, revision, trust
from dart_perf.model.setup import Limit
from dart_perf.workflows.project import Project

FREE_BYTES = 1 << 30
"""Room on the disk of the store below which a month of measuring may not fit; a comparison stores some 100 kB."""
LARGEST_STORE = 64 << 20
"""Bytes of a store that is proven on the way: 2.4 s at the 27 MiB/s that 1,000 runs of 50 series were proven at."""

NAMED_WAITERS = 5
"""Of those who wait for the lock, who is named: an answer is bounded, and the first are those who matter."""


def limits(project: Project, holder: lock.Holder | None) -> Iterator[Limit]:
    """Yield what of the project limits measuring; `holder` measures now."""
    yield _lock(holder)
    yield _git(project)
    yield _disk(project)
    yield _store(project)
    try:
        scenarios = catalogue.load(project.root)
    except PerfError as error:
        yield Limit(name="trust", state="limits", finding=str(error), meaning="none of its scenarios can be measured")
        return
    yield from installed.programs(scenarios, project.root)
    yield from _counts(asked.unasked(scenarios, project.root))
    if trust.is_trusted(project.root):
        yield from installed.pythons(scenarios, project.root)
    yield _trust(project)


def _git(project: Project) -> Limit:
    reason = revision.unreadable(project.root)
    without = "results carry no commit, and points stand in order of arrival"
    if reason is None:
        has = "results carry the commit of this repository"
        found = has if revision.commit_of(project.root, "HEAD") else f"this repository has no commit yet: {without}"
        return Limit(name="git", state="fine", finding=found)
    if revision.is_outside(reason):
        return Limit(name="git", state="fine", finding=f"no git repository: {without}")
    remedy = "mend what git says, e.g. git config --global --add safe.directory FOLDER for another user's"
    return Limit(
        name="git", state="limits", finding=f"git reads no repository here: {reason}", meaning=without,
        remedy="install git" if reason == revision.NOT_INSTALLED else remedy,
    )  # fmt: skip


def _counts(unasked: list[str]) -> Iterator[Limit]:
    if unasked:
        finding = f"{', '.join(unasked)}: {asked.FINDING}"
        yield Limit(name="counts", state="unknown", finding=finding, meaning=asked.MEANING, remedy=asked.REMEDY)


def _disk(project: Project) -> Limit:
    there = next(folder for folder in (project.home, *project.home.parents) if folder.is_dir())
    free = shutil.disk_usage(there).free
    said = f"{free / (1 << 30):.1f} GiB are free for the store"
    try:
        project.check_writable()
    except PerfError as error:
        return Limit(
            name="disk", state="limits", finding=f"the store {project.home} cannot be written", meaning=str(error),
            remedy="make it writable, or set DART_PERF_HOME",
        )  # fmt: skip
    if free >= FREE_BYTES:
        return Limit(name="disk", state="fine", finding=said)
    return Limit(
        name="disk", state="limits", finding=said, meaning="a measurement may be lost for want of room",
        remedy="free some, or set DART_PERF_HOME to a folder on another disk",
    )  # fmt: skip


def _store(project: Project) -> Limit:
    size = sum(path.stat().st_size for path in project.home.rglob("*") if path.is_file())
    if size > LARGEST_STORE:
        said = f"{size >> 20} MiB, too large to be proven on the way"
        return Limit(name="store", state="unknown", finding=said, remedy="dart-perf-baseline --validate")
    validation = project.store.validate()
    if validation.sound:
        return Limit(name="store", state="fine", finding=validation.summary)
    return Limit(
        name="store", state="limits", finding=validation.summary, meaning="nothing is judged on a damaged store",
        remedy="dart-perf-baseline --validate names each damaged file",
    )  # fmt: skip


def _trust(project: Project) -> Limit:
    if catalogue.read_bytes(project.root) is None:
        return Limit(
            name="trust", state="fine", finding=f"no {catalogue.FILE}: only built-in scenarios",
            remedy="dart-perf-baseline --init writes one for what is found here",
        )  # fmt: skip
    if trust.is_trusted(project.root):
        return Limit(name="trust", state="fine", finding=f"{catalogue.FILE} is trusted as it is now")
    return Limit(
        name="trust", state="limits", finding=f"{catalogue.FILE} is not trusted, or changed since",
        meaning="its scenarios run nothing", remedy=trust.REMEDY,
    )  # fmt: skip


def _lock(holder: lock.Holder | None) -> Limit:
    line = _line(lock.waiters())
    if holder is not None or line:
        return Limit(
            name="lock", state="limits", finding=f"held by {holder or 'one who just got it'}{line}",
            meaning="a measurement waits for it, because two at once measure each other", remedy="wait for it to end",
        )  # fmt: skip
    dead = lock.died()
    before = f"; the last to do so died on the way ({dead}), which stops nobody" if dead else ""
    return Limit(name="lock", state="fine", finding=f"nobody measures now{before}")


def _line(waiters: Sequence[lock.Waiter]) -> str:
    if not waiters:
        return ""
    more = f"; and {len(waiters) - NAMED_WAITERS} more" if len(waiters) > NAMED_WAITERS else ""
    said = "; ".join(str(waiter) for waiter in waiters[:NAMED_WAITERS])
    return f"; {len(waiters)} in line, first come, first served: {said}{more}"
