"""Benchmarks written in Python: pytest-benchmark tests, pyperf scripts, programs with a Probe."""

import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import PurePosixPath

from dart_perf.model.setup import Proposal
from dart_perf.workflows.discovery.imported import sources_of
from dart_perf.workflows.discovery.interpreter import OWN, interpreters, with_module
from dart_perf.workflows.discovery.naming import name_of
from dart_perf.workflows.discovery.source import Module, Modules
from dart_perf.workflows.discovery.tree import FOLDERS, Tree

SETTINGS = ("conftest.py", "pyproject.toml", "pytest.ini", "setup.cfg", "tox.ini")
"""Files of the project's folder that tell pytest what to do."""
PYTEST = (
    "-m", "pytest", "-q", "--rootdir={root}", "-p", "no:cacheprovider", "--benchmark-only",
    "--benchmark-timer=time.process_time", "--benchmark-max-time=0.2", "--benchmark-json={results}",
)  # fmt: skip
"""Short, because processes are what is counted; CPU time, because neighbours on the machine disturb wall time."""
PYPERF = ("--quiet", "--processes=1", "-o", "{results}")
"""One worker a process, because dart-perf starts the processes, interleaved with those of the other side."""
DISTURBS = re.compile(r"(?<!\S)(?:--cov|-n[ =\d]|--numprocesses|--dist)")
"""Options of pytest that make benchmarks slow (coverage) or leave them out (pytest-xdist)."""
ASKS = "it reads arguments: add those with which it does its work"
LONG_SECONDS = 300.0
"""Time-out of a suite of benchmarks; each takes about half a second, and a suite may have hundreds."""


def pytest_benchmarks(tree: Tree, modules: Modules) -> Iterator[Proposal]:
    """Yield one entry a folder with tests that use pytest-benchmark."""
    found = sorted(
        (module.file for module in modules.of.values() if module.fixture), key=lambda file: (file.parent, file)
    )
    for folder, group in groupby(found, key=lambda file: file.parent):
        files = list(group)
        python = with_module(tree.root, "pytest_benchmark")
        sources = sources_of(tree, modules, files, _settings(tree, folder))
        addopts = _addopts(tree)
        tests = [f"{{root}}/{file}" for file in files]
        yield Proposal(
            name=name_of(files[0] if len(files) == 1 else folder),
            kind="pytest-benchmark",
            place=str(files[0] if len(files) == 1 else folder),
            argv=((python.item if python else OWN), *PYTEST, *(["-o", "addopts="] if addopts else []), *tests),
            format="pytest-benchmark",
            files=sources.files,
            variables=sources.variables,
            timeout_seconds=LONG_SECONDS,
            remarks=(*sources.remarks, *addopts),
            undecided="" if python else _missing(tree, "pytest-benchmark"),
        )


def pyperf_scripts(tree: Tree, modules: Modules) -> Iterator[Proposal]:
    """Yield one entry for each script that uses pyperf."""
    for module in modules.of.values():
        if not module.runner or module.fixture:
            continue
        python = with_module(tree.root, "pyperf")
        yield _script(
            tree, modules, module, "pyperf", python.item if python else OWN, PYPERF,
            undecided="" if python else _missing(tree, "pyperf"),
        )  # fmt: skip


def probes(tree: Tree, modules: Modules) -> Iterator[Proposal]:
    """Yield one entry for each program that prints the native format."""
    for module in modules.of.values():
        if module.native and not module.fixture and not module.runner:
            python = with_module(tree.root, "dart_perf")
            reason = ASKS if module.reads_arguments else ""
            yield _script(tree, modules, module, "dart-perf", python.item if python else OWN, undecided=reason)


def plain_scripts(tree: Tree, modules: Modules) -> Iterator[Proposal]:
    """Yield one entry for each other script in a folder of benchmarks: its whole process is what is measured."""
    python = interpreters(tree.root)[0]
    for module in modules.of.values():
        known = module.fixture or module.native or module.runner
        if known or FOLDERS.isdisjoint(module.file.parts[:-1]):
            continue
        if module.problem or module.runs:
            reason = ASKS if module.reads_arguments else ""
            yield _script(tree, modules, module, "none", python.item, undecided=module.problem or reason)


def _script(
    tree: Tree, modules: Modules, module: Module, form: str, python: str, more: tuple[str, ...] = (),
    undecided: str = "",
) -> Proposal:  # fmt: skip
    sources = sources_of(tree, modules, [module.file])
    whole = ("the whole process is measured, with the start of Python: let it work for a second or more",)
    return Proposal.model_validate({
        "name": name_of(module.file),
        "kind": {"none": "program", "dart-perf": "probe"}.get(form, form),
        "place": str(module.file),
        "argv": (python, f"{{root}}/{module.file}", *more),
        "format": form,
        "files": sources.files,
        "variables": sources.variables,
        "timeout_seconds": LONG_SECONDS if form == "pyperf" else None,
        "remarks": (*sources.remarks, *(whole if form == "none" else ())),
        "undecided": undecided,
    })  # fmt: skip


def _settings(tree: Tree, folder: PurePosixPath) -> list[str]:
    above = [str(parent / "conftest.py") for parent in (folder, *folder.parents)]
    return sorted({name for name in (*SETTINGS, *above) if tree.has(name)})


def _addopts(tree: Tree) -> tuple[str, ...]:
    """Return why the project's own options of pytest are left out, where they disturb benchmarks."""
    for name in SETTINGS[1:]:
        said = re.search(r"^\s*addopts\s*=(.*(?:\n[ \t\"'-].*)*)", tree.text(PurePosixPath(name)), flags=re.MULTILINE)
        found = DISTURBS.search(said.group(1).replace('"', " ").replace("'", " ").replace("[", " ")) if said else None
        if found:
            return (f"addopts of {name} are left out, because {found.group().strip()} disturbs benchmarks",)
    return ()


def _missing(tree: Tree, distribution: str) -> str:
    places = " and ".join(python.said for python in interpreters(tree.root))
    return f"{distribution} is not installed in {places}: install it in the one that has the project, and name it here"
