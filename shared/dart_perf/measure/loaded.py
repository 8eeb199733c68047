"""Which files a measured process loaded: its Python modules, its shared libraries, its executables.

An editable install makes the base worktree import head's package, an rpath makes base's program load head's library,
and then every change looks NORMAL. So every process says what it loaded. Python: `hook/sitecustomize.py`, put first on
PYTHONPATH. Native code: the report of glibc's loader (`LD_DEBUG=libs`, ld.so(8)). Children report too, where they
inherit the environment; a process that a signal ends reports its libraries, but no modules.

What it costs (benchmarks/results/loaded.md): 0.08 ms of CPU for a program of C++, 0.7 to 0.9 ms for a Python that
imports little, 0.6 % more instructions for one that imports numpy; the same on both sides.

The loader writes to a file that it holds open as one of the lowest file descriptors. A shell script that redirects
descriptor 3 would get the loader's last lines into its own file: `variables = {LD_DEBUG = ""}` keeps the loader silent.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dart_perf.errors import MeasurementFailed
from dart_perf.measure.loader import reported_libraries

HOOK = Path(__file__).with_name("hook")
FOLDER = "DART_PERF_LOADED"
"""Variable that names the folder of the reports; the hook reads it."""
SAID_PATHS = 3
"""Paths that a message names."""
PYTHON = re.compile(r"(lib)?(python|pypy)\d*(\.\d+)*t?(\.so.*|\.exe)?")
"""Names of interpreters and of the library that holds one."""
LIBRARY = re.compile(r"\.(so(\.\d+)*|dylib|pyd|dll)$")
_MODULE = re.compile(r"\.(py|pyc|(cpython|pypy|cp|abi)[^/]*\.(so|pyd))$")


class WrongSide(MeasurementFailed):
    """A process of one side loaded files of the other one, or of the user's own checkout."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What one process and its children loaded."""

    files: frozenset[str]
    """Real paths."""
    python: bool
    """Whether an interpreter reported its modules."""
    native: bool
    """Whether the dynamic loader reported executables and shared libraries."""


def reporting(env: Mapping[str, str], folder: Path, *, native: bool = True) -> dict[str, str]:
    """Return `env` with what makes one process report what it loads into `folder`, which exists and is empty.

    Give both sides folders whose paths are equally long: the size of the environment moves the stack. A scenario that
    sets LD_DEBUG itself keeps it, and its libraries stay unknown; so do all where `native` is False.
    """
    place = folder.resolve()
    path = os.pathsep.join([str(HOOK), *filter(None, [env.get("PYTHONPATH")])])
    made = {**env, "PYTHONPATH": path, FOLDER: str(place)}
    if native and "LD_DEBUG" not in env:
        made |= {"LD_DEBUG": "libs", "LD_DEBUG_OUTPUT": str(place / "ld")}
    return made


def read_loaded(folder: Path, *, cwd: Path | None = None) -> Loaded:
    """Return what was reported into `folder` and empty it for the next process.

    Modules without a file (built in, namespace packages) are left out, and so are relative paths of libraries and
    executables that lead to no file from `cwd`, where the process was started.
    """
    names: set[str] = set()
    python = native = False
    for path in sorted(folder.iterdir()):
        data = path.read_bytes()
        path.unlink()
        if path.name.startswith("py."):
            python = True
            names.update(os.fsdecode(name) for name in data.split(b"\0") if name)
        elif path.name.startswith("ld."):
            native = True
            names.update(_absolute(reported_libraries(data), cwd))
    return Loaded(frozenset(_real(names)), python, native)


def _absolute(names: Iterable[str], cwd: Path | None) -> Iterator[str]:
    for name in names:
        path = Path(name) if cwd is None else cwd / name
        if path.is_absolute() and path.is_file():
            yield str(path)


def _real(names: Iterable[str]) -> Iterator[str]:
    """Yield real paths; a folder is resolved once, as a thousand modules lie in a hundred folders."""
    folders: dict[str, str] = {}
    for name in names:
        folder, last = os.path.split(name)
        if folder not in folders:
            folders[folder] = os.path.realpath(folder)
        path = f"{folders[folder]}{os.sep}{last}"
        yield os.path.realpath(path) if os.path.islink(path) else path  # noqa: PTH114 -- a thousand times a process


def unreported(loaded: Loaded, argv: Sequence[str]) -> str:
    """Say what stays unknown of a process that was started with `argv`, and why; empty where all was reported."""
    said = []
    if not loaded.python and any(PYTHON.fullmatch(Path(name).name) for name in (argv[0], *loaded.files)):
        said.append(
            "which Python modules were loaded is unknown: the interpreter ignores its environment (-I, -E or -S in "
            "argv, or a script that starts it so) or was ended by a signal. Start it without these options."
        )
    if not loaded.native:
        said.append(
            "which shared libraries were loaded is unknown: only glibc's dynamic loader reports them (not macOS, musl "
            "or a static program, nor where the scenario sets LD_DEBUG)."
        )
    return " ".join(said)


def own_files(loaded: Loaded, own: Path) -> tuple[str, ...]:
    """Return the loaded files of the worktree of `own`, relative to `own`, sorted; built files, not their sources.

    Where `own` is a folder of a larger repository some may begin with `..`.
    """
    root = own.resolve()
    top = _top(root, None)
    return tuple(sorted(Path(os.path.relpath(path, root)).as_posix() for path in loaded.files if _below(path, top)))


def foreign(loaded: Loaded, *, own: Path, other: Path, checkout: Path, home: Path) -> tuple[str, ...]:
    """Return the real paths that a process of the side `own` must not load, sorted.

    Those of the side `other`; those below the user's `checkout`, but not what is installed there (an environment of
    venv, conda or npm: an editable install in it leads out of it, and that is found). The store `home` may lie inside
    the checkout: of it only worktrees beside `own` are foreign, as a shared environment may still lead to a third one.
    All three may be folders of larger repositories: the rest of the side's worktree is its own, and what the user's
    repository holds outside of `checkout` is foreign where the side has a file of that path.
    """
    users, store = checkout.resolve(), home.resolve()
    mine, theirs, top = _top(own.resolve(), store), _top(other.resolve(), store), _top(users, None)
    beside = mine.parent if mine.is_relative_to(store) and mine.parent != store else None
    installed: dict[Path, bool] = {}

    def wrong(path: str) -> bool:
        if _below(path, mine):
            return False
        if _below(path, theirs) or (beside is not None and _below(path, beside)):
            return True
        if not _below(path, top) or _below(path, store) or _is_installed(Path(path).parent, top, installed):
            return False
        return _below(path, users) or (mine / Path(path).relative_to(top)).exists()

    return tuple(sorted(path for path in loaded.files if wrong(path)))


def _top(folder: Path, within: Path | None) -> Path:
    """Return the top of the work tree that holds `folder`, looked for below `within`; `folder` where there is none."""
    for place in (folder, *folder.parents):
        if within is not None and (place == within or not place.is_relative_to(within)):
            return folder
        if (place / ".git").exists():
            return place
    return folder


def _below(path: str, folder: Path) -> bool:
    return path.startswith(f"{folder}{os.sep}")


def _is_installed(folder: Path, top: Path, known: dict[Path, bool]) -> bool:
    """Say whether `folder`, inside `top`, belongs to an environment that was installed there."""
    if folder not in known:
        here = folder.name == "node_modules" or any((folder / mark).exists() for mark in ("pyvenv.cfg", "conda-meta"))
        known[folder] = here or (folder != top and _is_installed(folder.parent, top, known))
    return known[folder]


def wrong_side(paths: Sequence[str], side: str) -> WrongSide:
    """Return the error for a process of `side` ("base" or "head") that loaded `paths`, which are foreign to it."""
    said = ", ".join(paths[:SAID_PATHS]) + (f" and {len(paths) - SAID_PATHS} more" if len(paths) > SAID_PATHS else "")
    remedies = []
    if any(_MODULE.search(path) for path in paths):
        remedies.append('variables = {PYTHONPATH = "{root}/src"} (the folder that holds the package) for Python')
    if any(not _MODULE.search(path) for path in paths):
        remedies.append(
            'an rpath inside the build folder or variables = {LD_LIBRARY_PATH = "{root}/build/lib"}, and programs that '
            "are named by {root}, for native code"
        )
    return WrongSide(
        f"The process of {side} loaded files that are not {side}'s: {said}. Both sides would measure the same code, "
        f"e.g. by an editable install. Make dart-perf.toml lead every side to its own files: {'; '.join(remedies)}."
    )


def installed_copies(loaded: Loaded, changed: Sequence[str], *, own: Path) -> tuple[str, ...]:
    """Return the loaded files outside the worktree of `own` that are installed copies of `changed` ones.

    Paths are relative to `own`. Where there are any, both sides measure the installed copy. A copy of
    `src/pkg/sub/mod.py` is `pkg/sub/mod.py` below a folder that is no package itself (nor the standard library); a copy
    of a shared library has the name of one that was built in the worktree, whatever source changed. Empty where nothing
    changed.
    """
    root = own.resolve()
    top = _top(root, None)
    outside = sorted(path for path in loaded.files if not _below(path, top))
    modules = tuple(_module_path(name, root) for name in changed if name.endswith(".py"))
    built = _built(top) if changed else frozenset()
    return tuple(path for path in outside if _is_copy(path, modules) or (Path(path).name in built))


def _module_path(name: str, root: Path) -> str:
    """Return the path from the folder that is on sys.path to a module: its packages and its file."""
    path = Path(name)
    first = len(path.parts) - 1
    while first and (root.joinpath(*path.parts[:first]) / "__init__.py").is_file():
        first -= 1
    return "/".join(path.parts[first:])


def _is_copy(path: str, modules: Iterable[str]) -> bool:
    for module in modules:
        if path.endswith(f"/{module}"):
            top = Path(path.removesuffix(f"/{module}"))
            return not (top / "__init__.py").exists() and not (top / "os.py").exists()
    return False


def _built(root: Path) -> frozenset[str]:
    """Return the names of shared libraries below `root`, but in environments that were installed there."""
    found: set[str] = set()
    for _, names, files in os.walk(root):
        if "pyvenv.cfg" in files or "conda-meta" in names:
            names.clear()
            continue
        names[:] = [name for name in names if name not in {".git", "node_modules"}]
        found.update(name for name in files if LIBRARY.search(name))
    return frozenset(found)
