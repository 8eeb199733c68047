"""What a Python file is, told from its syntax tree."""

import ast
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from dart_perf.workflows.discovery.tree import FOLDERS, Tree

FIXTURES = frozenset({"benchmark", "benchmark_weave"})
"""What pytest-benchmark gives to a test that names it."""
ARGUMENTS = frozenset({"argparse", "click", "docopt", "fire", "optparse", "typer"})
"""Modules by which a program reads its arguments."""
SETS = frozenset({"logging", "os", "random", "sys", "warnings"})
"""What a module calls to set something up when it is imported, e.g. `sys.path.insert`."""
TEST = re.compile(r"test_.*\.py|.*_test\.py|conftest\.py|__init__\.py")
"""Files that are no programs, whatever they import."""
NATIVE = "dart-perf/results/1"
"""What the native format begins with."""
WORDS = (*FIXTURES, "pyperf", "dart_perf.collect", NATIVE)
"""One of these stands in every file that is recognised wherever it lies: parsing 4,400 files took 35 s."""


@dataclass(frozen=True, slots=True)
class Module:
    """A Python file of the project."""

    file: PurePosixPath
    imports: frozenset[str]
    """Dotted names of the modules it imports from outside its own package."""
    fixture: bool
    """Whether a test in it asks for pytest-benchmark's fixture."""
    runner: bool
    """Whether it makes a Runner of pyperf."""
    runs: bool
    """Whether it does something when it is run."""
    reads_arguments: bool
    native: bool
    """Whether it is a program that prints the native format, as far as can be told."""
    problem: str = ""
    """Why it could not be read as Python."""
    parsed: bool = True

    @property
    def packages(self) -> frozenset[str]:
        """First parts of the names that it imports."""
        return frozenset(name.partition(".")[0] for name in self.imports)


@dataclass(frozen=True, slots=True)
class Modules:
    """Every Python file of the project."""

    tree: Tree
    of: dict[PurePosixPath, Module]
    """By path, sorted; what cannot be a benchmark is parsed when somebody asks what it imports."""
    below: Mapping[PurePosixPath, Sequence[PurePosixPath]]
    """The paths of those in a folder and in folders within it, by folder."""

    def packages_of(self, file: PurePosixPath) -> frozenset[str]:
        """Return the first parts of the names that `file` imports."""
        if not self.of[file].parsed:
            self.of[file] = parse(file, self.tree.text(file))
        return self.of[file].packages


def read_modules(tree: Tree) -> Modules:
    """Return every Python file of the project."""
    of = {file: read(tree, file) for file in tree.files if file.suffix == ".py"}
    below: dict[PurePosixPath, list[PurePosixPath]] = {}
    for file in of:
        for folder in file.parents:
            below.setdefault(folder, []).append(file)
    return Modules(tree, of, below)


def read(tree: Tree, file: PurePosixPath) -> Module:
    """Return what `file` is; unparsed where it says none of WORDS and lies in no folder of benchmarks."""
    text = tree.text(file)
    if FOLDERS.isdisjoint(file.parts[:-1]) and not any(word in text for word in WORDS):
        return Module(file, frozenset(), False, False, False, False, False, parsed=False)
    return parse(file, text)


def parse(file: PurePosixPath, text: str) -> Module:
    """Return what a file with that text is."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a project's odd escape sequences nobody asked
            parsed = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = f", line {error.lineno}" if isinstance(error, SyntaxError) else ""
        return Module(
            file, frozenset(), False, False, False, False, False, f"it is no Python that can be read here{line}"
        )
    nodes = list(ast.walk(parsed))
    imports = frozenset(name for node in nodes for name in _imported(node))
    runs = any(map(_asks_for_name, nodes)) or any(map(_does_work, parsed.body))
    return Module(
        file,
        imports,
        fixture=any(_asks_for_fixture(node) for node in nodes),
        runner="pyperf" in imports and not TEST.fullmatch(file.name) and any(map(_makes_runner, nodes)),
        runs=runs,
        reads_arguments=not ARGUMENTS.isdisjoint(imports) or any(_is_argv(node) for node in nodes),
        native=_prints_native(file, text, imports, runs=runs),
    )


def _prints_native(file: PurePosixPath, text: str, imports: frozenset[str], *, runs: bool) -> bool:
    if TEST.fullmatch(file.name):
        return False
    return any(name.startswith("dart_perf.collect") for name in imports) or (runs and NATIVE in text)


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
        yield node.module


def _asks_for_fixture(node: ast.AST) -> bool:
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or not node.name.startswith("test"):
        return False
    arguments = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
    return any(argument.arg in FIXTURES for argument in arguments)


def _makes_runner(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and _last_name(node.func) == "Runner"


def _asks_for_name(node: ast.AST) -> bool:
    return isinstance(node, ast.Compare) and _first_name(node.left) == "__name__"


def _does_work(statement: ast.stmt) -> bool:
    """Say whether a statement of a module is more than a definition: a loop, a context, a call of no setting."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        return _first_name(statement.value.func) not in SETS
    return isinstance(statement, ast.For | ast.While | ast.With)


def _first_name(node: ast.AST) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _last_name(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else _first_name(node)


def _is_argv(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "argv"
