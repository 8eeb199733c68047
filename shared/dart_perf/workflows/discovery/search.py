"""Everything that looks like a benchmark in a project, in one order: what can be measured as it is, then the rest."""

import re
from pathlib import Path, PurePosixPath

from dart_perf.measure.version import VERSION
from dart_perf.model.setup import Proposal
from dart_perf.workflows.discovery import native, other, python
from dart_perf.workflows.discovery.naming import distinct
from dart_perf.workflows.discovery.source import read_modules
from dart_perf.workflows.discovery.tree import Tree, look


def search(root: Path) -> tuple[tuple[Proposal, ...], tuple[str, ...]]:
    """Return proposals for the project in `root`, and what was not looked at."""
    tree = look(root)
    modules = read_modules(tree)
    built = list(native.built_programs(tree))
    found = [
        *python.pytest_benchmarks(tree, modules),
        *built,
        *native.unbuilt_targets(tree, built),
        *python.pyperf_scripts(tree, modules),
        *other.asv_suites(tree),
        *python.probes(tree, modules),
        *python.plain_scripts(tree, modules),
    ]
    found += [*other.programs(tree, found), *other.make_rules(tree)]
    version = _version_file(tree)
    ordered = sorted(found, key=lambda proposal: bool(proposal.undecided))
    made = distinct(ordered)
    return tuple(proposal.model_copy(update={"version_file": version}) for proposal in made), tree.warnings


def _version_file(tree: Tree) -> str:
    """Return the file of the project that says its version as `version_file` must, or nothing."""
    if tree.has("package.xml") and re.search(
        r"<version[^>]*>\s*\d[^<]*</version>", tree.text(PurePosixPath("package.xml"))
    ):
        return "package.xml"
    for name in ("VERSION", "version.txt"):
        lines = tree.text(PurePosixPath(name)).splitlines() if tree.has(name) else []
        if lines and VERSION.fullmatch(lines[0].strip()):
            return name
    return ""
