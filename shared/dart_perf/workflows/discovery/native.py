"""Built programs that are benchmarks, told from strings in them: Google Benchmark, or the native format."""

import mmap
import re
from collections.abc import Iterator, Sequence
from glob import escape
from pathlib import Path, PurePosixPath

from dart_perf.measure.sources import MOST_BYTES
from dart_perf.model.setup import Proposal
from dart_perf.workflows.discovery.naming import name_of
from dart_perf.workflows.discovery.source import NATIVE
from dart_perf.workflows.discovery.tree import Tree

MAGIC = (b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
"""How programs begin: ELF, and Mach-O of one or several processors."""
LIBRARY = re.compile(r"\.(?:so(?:\.\d+)*|dylib|a|o)$")
GOOGLE = (b"benchmark_list_tests", b"libbenchmark.so", b"libbenchmark.dylib")
"""A flag of the library where it is linked in, and its names where it is loaded."""
GOOGLE_ARGUMENTS = ("--benchmark_format=json", "--benchmark_min_time=0.1")
"""Short, because processes are what is counted; without the `s` that release 1.8 allows and 1.7 refuses."""
USES = re.compile(r"\bbenchmark::benchmark(?:_main)?\b")
TARGET = re.compile(r"target_link_libraries\s*\(\s*([^\s)]+)([^)]*)\)", re.IGNORECASE)
INCLUDES = re.compile(r"#\s*include\s*[<\"]benchmark/benchmark\.h[>\"]")
SOURCES = frozenset({".cc", ".cpp", ".cxx", ".C"})
HOW = "build it as Release, in a folder of this project, and run dart-perf-baseline --init again"


def built_programs(tree: Tree) -> Iterator[Proposal]:
    """Yield one entry for each built program that is a benchmark."""
    for file in tree.files:
        path = tree.root / file
        if LIBRARY.search(file.name) or not path.stat().st_mode & 0o111 or not _is_binary(path):
            continue
        if _holds(path, GOOGLE):
            yield _program(tree, file, "google-benchmark", GOOGLE_ARGUMENTS)
        elif _holds(path, (NATIVE.encode(),)):
            yield _program(tree, file, "dart-perf", ())


def unbuilt_targets(tree: Tree, built: Sequence[Proposal]) -> Iterator[Proposal]:
    """Yield a commented-out entry for what a build would make: targets of CMake, else sources."""
    known = {PurePosixPath(proposal.place).name for proposal in built}
    targets = dict(_targets(tree))
    for name, file in sorted(targets.items()):
        if name not in known:
            yield _unbuilt(name, file, f"target {name} of {file} is not built here: {HOW}")
    if known or targets:
        return
    for file in tree.files:
        if file.suffix in SOURCES and INCLUDES.search(tree.text(file)):
            yield _unbuilt(file.stem, file, f"{file} uses Google Benchmark, and no program of it is built here: {HOW}")


def _targets(tree: Tree) -> Iterator[tuple[str, PurePosixPath]]:
    for file in tree.files:
        if file.name == "CMakeLists.txt" or file.suffix == ".cmake":
            for name, rest in TARGET.findall(tree.text(file)):
                if USES.search(rest) and "$" not in name:
                    yield name, file


def _unbuilt(name: str, file: PurePosixPath, why: str) -> Proposal:
    return Proposal(
        name=name_of(PurePosixPath(name)),
        kind="google-benchmark",
        place=str(file),
        argv=(f"{{root}}/build/{name}", *GOOGLE_ARGUMENTS),
        format="google-benchmark",
        files=(f"build/{name}",),
        undecided=why,
    )


def _program(tree: Tree, file: PurePosixPath, form: str, arguments: tuple[str, ...]) -> Proposal:
    libraries = _libraries(tree, file)
    kept = (file, *libraries)
    folders = sorted({str(library.parent) for library in libraries})
    size = sum((tree.root / part).stat().st_size for part in kept)
    remarks = [*_build_type(tree, file)]
    if size > MOST_BYTES:
        remarks.append(
            f"it has {size >> 20} MiB, more than is kept with a baseline: strip it, or compare stored values"
        )
    if libraries:
        remarks.append("the libraries that are built here and that it loads are kept with it")
    return Proposal.model_validate({
        "name": name_of(PurePosixPath(file.name)),
        "kind": "google-benchmark" if form == "google-benchmark" else "program",
        "place": str(file),
        "argv": (f"{{root}}/{file}", *arguments),
        "format": form,
        "files": tuple(escape(str(part)) for part in kept) if size <= MOST_BYTES else (),
        "variables": {"LD_LIBRARY_PATH": ":".join(f"{{root}}/{folder}" for folder in folders)} if folders else {},
        "remarks": tuple(remarks),
    })  # fmt: skip


def _libraries(tree: Tree, program: PurePosixPath) -> list[PurePosixPath]:
    """Return the project's own shared libraries that `program` names, and those that they name in turn."""
    there = [file for file in tree.files if re.search(r"\.so(\.\d+)*$|\.dylib$", file.name)]
    found: list[PurePosixPath] = []
    waiting = [program]
    while waiting:
        path = tree.root / waiting.pop()
        named = [file for file in there if file not in found and _holds(path, (b"\0" + file.name.encode() + b"\0",))]
        found += named
        waiting += named
    return sorted(found)


def _build_type(tree: Tree, program: PurePosixPath) -> Iterator[str]:
    """Yield a remark where CMake built it without optimisation."""
    for folder in program.parents:
        cache = folder / "CMakeCache.txt"
        if tree.has(str(cache)):
            said = re.search(r"^CMAKE_BUILD_TYPE:\w+=(.*)$", tree.text(cache), flags=re.MULTILINE)
            kind = said.group(1).strip() if said else ""
            if kind.lower() not in {"release", "relwithdebinfo", "minsizerel"}:
                yield f"CMAKE_BUILD_TYPE in {cache} is {kind or 'empty'}: measure a Release build"
            return


def _is_binary(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(4) in MAGIC
    except OSError:
        return False


def _holds(path: Path, texts: Sequence[bytes]) -> bool:
    """Say whether one of `texts` stands in a file, without reading all of it into memory."""
    try:
        with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return any(content.find(text) >= 0 for text in texts)
    except (OSError, ValueError):  # ValueError: an empty file
        return False
