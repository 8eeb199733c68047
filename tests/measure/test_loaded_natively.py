"""Programs of C++ say which shared libraries they loaded, in the side's own build or not."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import pytest

from dart_perf.measure.loaded import Loaded, foreign, installed_copies, own_files, read_loaded, reporting
from dart_perf.measure.loader import reported_libraries
from dart_perf.measure.process import environment_for, run

Start = Callable[..., Loaded]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with two builds of a library; base's `wrong` was linked to head's, `opens` opens its argument."""
    top = tmp_path_factory.mktemp("built")
    (top / "lib.cpp").write_text('extern "C" int work() { return 0; }\n')
    (top / "main.cpp").write_text('extern "C" int work();\nint main() { return work(); }\n')
    (top / "opens.cpp").write_text(
        "#include <dlfcn.h>\nint main(int, char** said) { return dlopen(said[1], RTLD_NOW) == nullptr; }\n"
    )
    for side in ("base", "head"):
        (top / side).mkdir()
        compile_(top, "-shared", "-fPIC", "lib.cpp", "-o", f"{side}/libwork.so")
        compile_(top, "-shared", "-fPIC", "-nostartfiles", "lib.cpp", "-o", f"{side}/libplain.so")
        compile_(top, "opens.cpp", "-o", f"{side}/opens", "-ldl")
        compile_(top, "main.cpp", "-o", f"{side}/plain", f"-L{side}", "-lplain", f"-Wl,-rpath,{top / side}")
    compile_(top, "main.cpp", "-o", "base/wrong", "-Lhead", "-lwork", f"-Wl,-rpath,{top / 'head'}")
    compile_(top, "main.cpp", "-o", "base/right", "-Lbase", "-lwork", "-Wl,-rpath,$ORIGIN")
    return top


def compile_(folder: Path, *arguments: str) -> None:
    subprocess.run([shutil.which("g++") or "g++", *arguments], cwd=folder, check=True)


@pytest.fixture
def start(tmp_path: Path, clock: Callable[[], datetime]) -> Start:
    def call(argv: Sequence[str], env: Mapping[str, str] | None = None, cwd: Path = tmp_path) -> Loaded:
        whole = reporting(environment_for() | dict(env or {}), tmp_path)
        run(argv, cwd=cwd, env=whole, timeout=60, clock=clock)
        return read_loaded(tmp_path, cwd=cwd)

    return call


def wrong(loaded: Loaded, built: Path) -> list[str]:
    places = {"own": built / "base", "other": built / "head", "checkout": built / "none", "home": built}
    return [Path(path).relative_to(built).as_posix() for path in foreign(loaded, **places)]


def test_a_library_of_the_other_build_is_found_and_the_own_one_is_fine(start: Start, built: Path) -> None:
    assert wrong(start([str(built / "base" / "wrong")]), built) == ["head/libwork.so"]
    right = start([str(built / "base" / "right")])
    assert wrong(right, built) == []
    assert own_files(right, built / "base") == ("libwork.so", "right")
    assert not right.python


def test_the_path_of_libraries_misleads_and_mends(start: Start, built: Path) -> None:
    moved = {"LD_LIBRARY_PATH": str(built / "head")}
    assert wrong(start([str(built / "base" / "right")], moved), built) == ["head/libwork.so"]
    assert wrong(start([str(built / "base" / "wrong")], {"LD_LIBRARY_PATH": str(built / "base")}), built) == []


@pytest.mark.parametrize("name", ["libwork.so", "../head/libwork.so", "{top}/head/libwork.so"])
def test_a_library_that_is_opened_while_it_runs_is_found(start: Start, built: Path, name: str) -> None:
    said = name.format(top=built) if "/" in name else name
    loaded = start([str(built / "base" / "opens"), said], {"LD_LIBRARY_PATH": "../head"}, cwd=built / "base")
    assert wrong(loaded, built) == ["head/libwork.so"]


def test_a_library_without_constructors_is_found(start: Start, built: Path) -> None:
    assert "libplain.so" in own_files(start([str(built / "base" / "plain")]), built / "base")


def test_a_child_and_what_python_opens_are_reported(start: Start, built: Path) -> None:
    child = start(["/bin/sh", "-c", f"{built / 'base' / 'wrong'}; true"])
    assert wrong(child, built) == ["head/libwork.so"]
    opened = start([sys.executable, "-I", "-c", f"import ctypes; ctypes.CDLL({str(built / 'head' / 'libwork.so')!r})"])
    assert wrong(opened, built) == ["head/libwork.so"]
    assert not opened.python


def test_a_program_that_a_signal_ends_has_reported_its_libraries(tmp_path: Path, built: Path) -> None:
    env = reporting(environment_for(), tmp_path)
    subprocess.run(["/bin/sh", "-c", f"{built / 'base' / 'wrong'}; kill -9 $$"], env=env, check=False)
    assert wrong(read_loaded(tmp_path), built) == ["head/libwork.so"]


def test_an_installed_library_of_the_name_of_a_built_one_is_a_copy(start: Start, built: Path) -> None:
    loaded = start([str(built / "base" / "wrong")])
    assert installed_copies(loaded, ["lib.cpp"], own=built / "base") == (str(built / "head" / "libwork.so"),)
    assert installed_copies(loaded, [], own=built / "base") == ()


REPORT = b"""\
       7:\tfind library=liba.so [0]; searching
       7:\t search path=/x/v2:/x\t\t(LD_LIBRARY_PATH)
       7:\t  trying file=/x/v2/liba.so
       7:\t  trying file=/x/liba.so
       7:\t
       7:\tfind library=libb.so [0]; searching
       7:\t search cache=/etc/ld.so.cache
       7:\t  trying file=/y/libb.so
       7:\t
       7:\t
       7:\tcalling init: /y/libb.so
       7:\t
       7:\tinitialize program: /p
       7:\t
       7:\ttransferring control: /p
       7:\t
       7:\tcalling fini:  [0]
"""


def test_the_end_of_each_search_and_what_is_initialised_is_read() -> None:
    assert list(reported_libraries(REPORT)) == ["/x/liba.so", "/y/libb.so", "/y/libb.so", "/p"]
