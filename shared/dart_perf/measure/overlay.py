"""The two trees that are compared: each side's own, with the benchmark's own files of head in both.

They are put together in git's object database, so that what is checked out is exactly a tree of it: executable bits,
symbolic links and line ends are git's matter, and no link of one side leads a file of the other out of its folder.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dart_perf.errors import InvalidInput
from dart_perf.measure import sources, tracked, worktree
from dart_perf.measure.index import temporary
from dart_perf.measure.snapshot import Snapshot, inside, some
from dart_perf.measure.tracked import Tracked
from dart_perf.model.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Laid:
    """What is checked out for one side."""

    commit: str
    tree: str


@dataclass(frozen=True, slots=True)
class Overlaid:
    """Both sides, and what the reader must know of them."""

    base: Laid
    head: Laid
    notes: tuple[str, ...]
    lacking: tuple[str, ...]
    """Paths that argv names and base lacks until it is built: head's may be what the user built, left unignored."""


def overlaid(folder: Path, scenario: Scenario, base: Snapshot, head: Snapshot, *, home: Path) -> Overlaid:
    """Return what is checked out for both sides of the project in `folder`; the store below `home` is in neither.

    Raises:
        InvalidInput: a pattern of `benchmark_files` is none or matches nothing that head holds, the project's folder is
            not in one of them, or the two do not differ in anything but the benchmark.
    """
    below, store = worktree.prefix(folder), inside(folder, home)
    old, new = (_files(folder, side, below, which) for side, which in ((base, "base"), (head, "head")))
    own = _own(scenario, new)
    left = {path for path in _matched(scenario, old) if path not in new}
    named = [path for path in _named(scenario) if path in new and path not in own]
    lacking = [path for path in named if path not in old]
    if not scenario.build:
        check_programs(scenario, lacking, base)
    changes = [*(_entry(new[path]) for path in own), *(_out(old[path]) for path in left)]
    laid = Overlaid(
        _laid(folder, base, changes, store, home),
        _laid(folder, head, [], store, home),
        (*_notes(old, new, own, left), *_programs(old, new, named), *_empty(folder, (base, head))),
        tuple(lacking),
    )
    if laid.base.tree == laid.head.tree:
        differs = "" if base.tree == head.tree else " in anything but the benchmark's own files or the store"
        what = f"{head.label} does not differ from {base.label}{differs}"
        raise InvalidInput(f"{what}: there is nothing to verify. Give another base, e.g. HEAD~1.")
    return laid


def _files(folder: Path, side: Snapshot, below: str, which: str) -> dict[str, Tracked]:
    """Return the files of the project by path from its folder."""
    listed = tracked.listed(folder, side.commit, [below] if below else [])
    found = {file.path.removeprefix(below): file for file in listed if file.mode != worktree.SUBMODULE}
    if not found:
        raise InvalidInput(f"the project's folder {below or '.'} is not in {which} ({side.label}). Give another.")
    return found


def _matched(scenario: Scenario, files: Mapping[str, Tracked]) -> set[str]:
    patterns = scenario.benchmark_files
    return {path for p in patterns for path in sources.matching(scenario.name, "benchmark_files", p, files)}


def _own(scenario: Scenario, files: Mapping[str, Tracked]) -> list[str]:
    for pattern in scenario.benchmark_files:
        if not any(sources.matching(scenario.name, "benchmark_files", pattern, files)):
            raise InvalidInput(
                f"scenario {scenario.name!r}: {pattern!r} in `benchmark_files` matches no file of head. "
                "Mend the pattern (relative to the project's folder), or let git know the file."
            )
    return sorted(_matched(scenario, files))


def _named(scenario: Scenario) -> list[str]:
    """Return the paths from the project's folder that its argv may name, e.g. `bench.py` of `{root}/bench.py::test`."""
    items = [item.partition("::")[0] for item in scenario.argv]
    return [
        os.path.normpath(item.removeprefix("{root}/") if item.startswith("{root}/") else Path(scenario.cwd, item))
        for item in items
    ]


def check_programs(scenario: Scenario, lacking: Sequence[str], base: Snapshot) -> None:
    """Refuse a scenario that runs what base lacks.

    Raises:
        InvalidInput: `lacking` is not empty.
    """
    if lacking:
        raise InvalidInput(
            f"base ({base.label}) has no {some(lacking)}, which scenario {scenario.name!r} runs. Name what is the "
            "benchmark in its `benchmark_files`, so that head's is used for both sides; or give a later base."
        )


def _programs(old: Mapping[str, Tracked], new: Mapping[str, Tracked], named: Sequence[str]) -> list[str]:
    """Say where each side runs a program of its own: what is measured then is that program's change, too."""
    other = [path for path in named if path in old and old[path][1:3] != new[path][1:3]]
    remedy = "if that is the benchmark and not what it measures, name it there"
    what = "which argv names, differs between base and head and is not in `benchmark_files`, so each side runs its own"
    return [f"{some(other)}, {what}; {remedy}"] if other else []


def _entry(file: Tracked) -> bytes:
    return f"{file.mode} {file.object}\t{file.path}".encode("utf-8", "surrogateescape")


def _out(file: Tracked) -> bytes:
    """Return the line that takes a path out: mode and object are 0."""
    return f"0 {'0' * len(file.object)}\t{file.path}".encode("utf-8", "surrogateescape")


def _laid(folder: Path, side: Snapshot, changes: Sequence[bytes], store: str, home: Path) -> Laid:
    with temporary(folder, home) as index:
        index.tell("read-tree", side.tree)
        if store:
            index.tell("rm", "-r", "-f", "--cached", "--quiet", "--ignore-unmatch", "--", f":(top,literal){store}")
        if changes:  # deletions are told first: a file may take a folder's place
            given = b"".join(change + b"\0" for change in sorted(changes))
            index.tell("update-index", "-z", "--replace", "--index-info", given=given)
        tree = index.tree()
        if tree == side.tree:
            return Laid(side.commit, tree)
        return Laid(index.commit(tree, side.commit, f"{side.label} as it is measured"), tree)


def _notes(
    old: Mapping[str, Tracked], new: Mapping[str, Tracked], own: Sequence[str], left: Iterable[str]
) -> list[str]:
    lacking = [path for path in own if path not in old]
    other = [path for path in own if path in old and old[path][1:3] != new[path][1:3]]
    both = "head's is used for both sides"
    return [
        *([f"base has no {some(lacking)}: {both}"] if lacking else []),
        *([f"the benchmark's own {some(other)} differs between base and head: {both}"] if other else []),
        *([f"head has no {some(sorted(left))} any more: left out on both sides"] if left else []),
    ]


def _empty(folder: Path, sides: Iterable[Snapshot]) -> list[str]:
    names = sorted({path for side in sides for path in worktree.submodules(folder, side.commit)})
    what = f"submodules stay empty on both sides ({some(names)})"
    return [f"{what}: nothing is fetched; a step of `build` may do that"] if names else []
