"""What a Python benchmark loads from its project: kept with a baseline, else both sides would load the new code."""

from collections.abc import Iterable
from dataclasses import dataclass
from glob import escape
from pathlib import PurePosixPath

from dart_perf.errors import InvalidInput
from dart_perf.measure.sources import MOST_BYTES, MOST_FILES, find_sources
from dart_perf.model.scenario import Scenario
from dart_perf.workflows.discovery.source import Modules
from dart_perf.workflows.discovery.tree import Tree

PLACES = ("", "src")
"""Folders that hold a project's packages."""


@dataclass(frozen=True, slots=True)
class Sources:
    """The files that make up a Python benchmark."""

    files: tuple[str, ...]
    """Patterns for a scenario's `files`; empty where they are too many to be kept."""
    variables: dict[str, str]
    remarks: tuple[str, ...] = ()


def sources_of(tree: Tree, modules: Modules, own: Iterable[PurePosixPath], more: Iterable[str] = ()) -> Sources:
    """Return what the benchmarks `own` and the files `more` load from the project, whatever imports it in turn."""
    own = list(own)
    patterns = {escape(str(file)) for file in own} | {escape(name) for name in more}
    paths: set[str] = set()
    seen: set[PurePosixPath] = set()
    waiting = [*own, *(PurePosixPath(name) for name in more if name.endswith(".py"))]
    while waiting:
        file = waiting.pop()
        if file in seen or file not in modules.of:
            continue
        seen.add(file)
        for name in sorted(modules.packages_of(file)):
            for place, pattern, members in _local(tree, modules, file, name):
                patterns.add(pattern)
                paths |= {place} if place is not None else set()
                waiting += members
    variables = {"PYTHONPATH": ":".join("{root}" + f"/{place}" * bool(place) for place in sorted(paths, reverse=True))}
    return _bounded(tree, sorted(patterns), variables if paths else {})


def _local(
    tree: Tree, modules: Modules, file: PurePosixPath, name: str
) -> list[tuple[str | None, str, list[PurePosixPath]]]:
    """Return where `name`, imported by `file`, lies in the project: a folder for PYTHONPATH, a pattern, its modules."""
    beside = str(file.parent)
    for place in dict.fromkeys((*PLACES, "" if beside == "." else beside)):
        base = PurePosixPath(place, name)
        on_path = place if place in PLACES else None  # a script finds what lies beside it
        if tree.has(f"{base}.py"):
            return [(on_path, escape(f"{base}.py"), [PurePosixPath(f"{base}.py")])]
        members = modules.below.get(base)
        if members:
            return [(on_path, f"{escape(str(base))}/**", list(members))]
    return []


def _bounded(tree: Tree, patterns: list[str], variables: dict[str, str]) -> Sources:
    """Return the patterns, with the Python files of packages alone where all are too many, or none and the reason."""
    python = [f"{pattern}/*.py" if pattern.endswith("/**") else pattern for pattern in patterns]
    for tried in (patterns, python):
        try:
            find_sources(Scenario(name="init", argv=("x",), files=tuple(tried)), tree.root)
        except InvalidInput:
            continue
        return Sources(tuple(tried), variables)
    reason = (
        f"what it imports here is more than {MOST_FILES} files or {MOST_BYTES >> 20} MiB, so nothing is kept with a "
        "baseline: it is compared with stored values alone. Name what matters in `files`."
    )
    return Sources((), variables, (reason,))
