"""Every process says what it loaded, and files of the other side or of the user's checkout are found among it."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from dart_perf.errors import MeasurementFailed
from dart_perf.measure.loaded import (
    Loaded,
    WrongSide,
    foreign,
    installed_copies,
    own_files,
    read_loaded,
    reporting,
    unreported,
    wrong_side,
)
from dart_perf.measure.process import environment_for, run

Start = Callable[..., Loaded]


@dataclass(frozen=True)
class Sides:
    """A checkout whose store holds the worktrees of both sides."""

    checkout: Path
    home: Path
    base: Path
    head: Path

    def foreign(self, loaded: Loaded, own: Path) -> list[str]:
        other = self.head if own == self.base else self.base
        found = foreign(loaded, own=own, other=other, checkout=self.checkout, home=self.home)
        return [Path(path).relative_to(self.checkout).as_posix() for path in found]


@pytest.fixture
def sides(tmp_path: Path) -> Sides:
    checkout = tmp_path / "project"
    home = checkout / ".dart-perf"
    made = Sides(checkout, home, home / "worktrees" / "tree-a", home / "worktrees" / "tree-b")
    for root in (checkout, made.base, made.head):
        (root / "src" / "pkg").mkdir(parents=True)
        (root / "src" / "pkg" / "__init__.py").write_text("")
        (root / "src" / "pkg" / "work.py").write_text("def step():\n    return 1\n")
    return made


@pytest.fixture
def start(tmp_path: Path, clock: Callable[[], datetime]) -> Start:
    reports = tmp_path / "reports"

    def call(argv: Sequence[str], env: Mapping[str, str] | None = None, cwd: Path = tmp_path) -> Loaded:
        reports.mkdir(exist_ok=True)
        whole = reporting(environment_for() | dict(env or {}), reports)
        run(argv, cwd=cwd, env=whole, timeout=60, clock=clock)
        found = read_loaded(reports, cwd=cwd)
        assert list(reports.iterdir()) == []
        return found

    return call


def program(source: str, *options: str) -> tuple[str, ...]:
    return (sys.executable, *options, "-c", source)


def venv(place: Path) -> tuple[Path, Path]:
    """Lay out an environment as `python -m venv --without-pip` does; return its interpreter and its site-packages."""
    site = place / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    site.mkdir(parents=True)
    (place / "bin").mkdir()
    (place / "bin" / "python").symlink_to(Path(sys.executable).resolve())
    (place / "pyvenv.cfg").write_text(f"home = {Path(sys.executable).resolve().parent}\n")
    return place / "bin" / "python", site


FINDER = """
import importlib.util, sys
MAPPING = {{"pkg": {package!r}}}
class _EditableFinder:
    @classmethod
    def find_spec(cls, fullname, path=None, target=None):
        if fullname in MAPPING:
            place = MAPPING[fullname]
            return importlib.util.spec_from_file_location(
                fullname, place + "/__init__.py", submodule_search_locations=[place])
def install():
    sys.meta_path.append(_EditableFinder)
"""


def install_editable(site: Path, root: Path, style: str) -> None:
    """Install `pkg` as hatchling (a path) or setuptools (a finder) do it."""
    if style == "path":
        (site / "_pkg.pth").write_text(f"{root / 'src'}\n")
    else:
        (site / "__editable___pkg_finder.py").write_text(FINDER.format(package=str(root / "src" / "pkg")))
        start = "import __editable___pkg_finder; __editable___pkg_finder.install()\n"
        (site / "__editable__.pkg-1.pth").write_text(start)


@pytest.mark.parametrize("style", ["path", "finder"])
@pytest.mark.parametrize("place", ["checkout", "head"])
def test_an_editable_install_of_another_tree_is_found(sides: Sides, start: Start, style: str, place: str) -> None:
    python, site = venv(sides.checkout / ".venv")
    tree: Path = getattr(sides, place)
    install_editable(site, tree, style)
    loaded = start((str(python), "-c", "import pkg.work"), cwd=sides.base)
    expected = [(tree / "src" / "pkg" / name).relative_to(sides.checkout).as_posix() for name in ("__init__", "work")]
    assert sides.foreign(loaded, sides.base) == [f"{name}.py" for name in expected]


@pytest.mark.parametrize("style", ["path", "finder"])
def test_the_own_source_folder_on_pythonpath_mends_it(sides: Sides, start: Start, style: str) -> None:
    python, site = venv(sides.checkout / ".venv")
    install_editable(site, sides.checkout, style)
    loaded = start((str(python), "-c", "import pkg.work"), {"PYTHONPATH": str(sides.base / "src")})
    assert sides.foreign(loaded, sides.base) == []
    assert {"src/pkg/__init__.py", "src/pkg/work.py"} <= set(own_files(loaded, sides.base))


def test_an_editable_install_of_a_third_worktree_in_the_store_is_found(sides: Sides, start: Start) -> None:
    third = sides.home / "worktrees" / "tree-c"
    sides.head.rename(third)
    sides.head.mkdir()
    python, site = venv(sides.checkout / ".venv")
    install_editable(site, third, "path")
    loaded = start((str(python), "-c", "import pkg"))
    assert sides.foreign(loaded, sides.base) == [".dart-perf/worktrees/tree-c/src/pkg/__init__.py"]


def test_in_a_folder_of_a_larger_repository_the_rest_of_the_worktree_is_the_sides_own(sides: Sides) -> None:
    for root in (sides.checkout, sides.base, sides.head):
        (root / ".git").touch()
        (root / "lib").mkdir()
        (root / "lib" / "used.py").touch()
        (root / "src" / "bench.py").touch()
    (sides.checkout / "notes.py").touch()  # nobody's: git does not know it
    files = [
        root / name for root in (sides.checkout, sides.base, sides.head) for name in ("lib/used.py", "src/bench.py")
    ]
    found = foreign(
        Loaded(frozenset(map(str, [*files, sides.checkout / "notes.py"])), python=True, native=True),
        own=sides.base / "src", other=sides.head / "src", checkout=sides.checkout / "src", home=sides.home,
    )  # fmt: skip
    assert found == tuple(sorted(str(path) for path in files if not path.is_relative_to(sides.base)))


def test_a_link_in_an_environment_of_the_checkout_is_followed(sides: Sides, start: Start) -> None:
    python, site = venv(sides.checkout / ".venv")
    (site / "pkg").symlink_to(sides.checkout / "src" / "pkg")
    loaded = start((str(python), "-c", "import pkg"))
    assert sides.foreign(loaded, sides.base) == ["src/pkg/__init__.py"]


def test_a_copy_installed_in_an_environment_of_the_checkout_is_no_foreign_file_but_a_copy(
    sides: Sides, start: Start
) -> None:
    python, site = venv(sides.checkout / ".venv")
    (sides.checkout / "src" / "pkg").rename(site / "pkg")
    loaded = start((str(python), "-c", "import pkg.work"))
    assert sides.foreign(loaded, sides.base) == []
    assert installed_copies(loaded, ["src/pkg/work.py", "README.md"], own=sides.base) == (str(site / "pkg/work.py"),)
    assert installed_copies(loaded, ["src/pkg/other.py"], own=sides.base) == ()


def test_a_changed_file_of_the_worktree_beside_the_projects_folder_is_the_sides_own(sides: Sides) -> None:
    (sides.base / ".git").write_text("gitdir: elsewhere\n")
    (sides.base / "app").mkdir()
    file = sides.base / "src" / "pkg" / "work.py"
    loaded = Loaded(frozenset({str(file)}), python=True, native=True)
    assert installed_copies(loaded, ["../src/pkg/work.py"], own=sides.base / "app") == ()
    assert own_files(loaded, sides.base / "app") == ("../src/pkg/work.py",)


def test_a_module_of_the_same_name_elsewhere_is_no_copy(sides: Sides, start: Start) -> None:
    (sides.base / "src" / "queue.py").write_text("")
    (sides.base / "decoder.py").write_text("")
    loaded = start(program("import queue, json.decoder"))
    assert any(path.endswith("/queue.py") for path in loaded.files)
    assert installed_copies(loaded, ["src/queue.py", "decoder.py"], own=sides.base) == ()


@pytest.mark.parametrize(
    "ends",
    [
        "pass",
        "import sys; sys.exit(0)",
        "import os; os._exit(0)",
        "import threading; threading.Thread(target=__import__, args=('decimal',)).start()",
        "import os; os.fork() or os._exit(0); os.wait()",
    ],
)
def test_modules_are_reported_however_python_ends(start: Start, ends: str) -> None:
    loaded = start(program("import json; " + ends))
    assert loaded.python
    names = {Path(path).parent.name + "/" + Path(path).name for path in loaded.files}
    assert "json/__init__.py" in names
    assert not any(name.endswith("/sitecustomize.py") for name in names)
    if "decimal" in ends:
        assert any(name.endswith("/decimal.py") for name in names)


@pytest.mark.parametrize("ends", ["raise RuntimeError('broken')", "import sys; sys.exit(3)", "import os; os._exit(4)"])
def test_modules_are_reported_of_a_program_that_fails(start: Start, tmp_path: Path, ends: str) -> None:
    with pytest.raises(MeasurementFailed, match="exit status"):
        start(program("import json; " + ends))
    loaded = read_loaded(tmp_path / "reports")
    assert loaded.python
    assert any("json" in Path(path).parts for path in loaded.files)


@pytest.mark.parametrize("option", ["-I", "-E", "-S"])
def test_an_interpreter_that_ignores_its_environment_is_said_to_be_unknown(start: Start, option: str) -> None:
    loaded = start(argv := program("import json", option))
    assert not loaded.python
    assert "Python modules were loaded is unknown" in unreported(loaded, argv)
    hidden = start(("/bin/sh", "-c", f"{sys.executable} {option} -c 'import json'; true"))
    assert "Python modules were loaded is unknown" in unreported(hidden, ("/bin/sh",))


def test_nothing_is_unknown_where_all_was_reported(start: Start) -> None:
    assert unreported(start(program("pass")), program("pass")) == ""
    assert unreported(start(("/bin/true",)), ("/bin/true",)) == ""


def test_a_loader_that_the_scenario_debugs_itself_is_left_alone(start: Start) -> None:
    loaded = start(("/bin/true",), {"LD_DEBUG": ""})
    assert not loaded.native
    assert "sets LD_DEBUG" in unreported(loaded, ("/bin/true",))


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_children_of_multiprocessing_report(sides: Sides, start: Start, method: str) -> None:
    (sides.base / "bench.py").write_text(
        "import multiprocessing\n"
        "def work():\n    import pkg.work\n"
        "if __name__ == '__main__':\n"
        f"    child = multiprocessing.get_context({method!r}).Process(target=work)\n"
        "    child.start()\n    child.join()\n    assert child.exitcode == 0\n"
    )
    loaded = start((sys.executable, str(sides.base / "bench.py")), {"PYTHONPATH": str(sides.head / "src")})
    assert "bench.py" in own_files(loaded, sides.base)
    assert ".dart-perf/worktrees/tree-b/src/pkg/work.py" in sides.foreign(loaded, sides.base)


def test_a_child_program_reports(sides: Sides, start: Start) -> None:
    source = (
        f"import subprocess, sys; subprocess.run([sys.executable, {str(sides.head / 'src/pkg/work.py')!r}], check=1)"
    )
    loaded = start(program(source))
    assert sides.foreign(loaded, sides.base) == [".dart-perf/worktrees/tree-b/src/pkg/work.py"]


def test_what_was_put_off_is_not_imported_by_reporting(sides: Sides) -> None:
    (sides.base / "lazy.py").write_text("print('imported')")
    source = (
        "import importlib.util as u, sys; s = u.find_spec('lazy'); s.loader = u.LazyLoader(s.loader); "
        "m = u.module_from_spec(s); sys.modules['lazy'] = m; s.loader.exec_module(m); sys.modules['none'] = None"
    )
    reports = sides.base / "reports"
    reports.mkdir()
    env = reporting(environment_for() | {"PYTHONPATH": str(sides.base)}, reports)
    done = subprocess.run(program(source), env=env, check=True, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("", "")
    assert read_loaded(reports).python


def test_the_program_sees_its_own_path_and_sitecustomize(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "sitecustomize.py").write_text("import sys; sys.was_here = True\n")
    reports = tmp_path / "reports"
    reports.mkdir()
    source = (
        "import sys; s = sys.modules.get('sitecustomize'); "
        "print(sys.path, getattr(sys, 'was_here', None), s and s.__file__, len(sys.path_importer_cache))"
    )

    def said(env: Mapping[str, str]) -> tuple[str, str]:
        done = subprocess.run(program(source), env=env, check=True, capture_output=True, text=True, cwd=tmp_path)
        return done.stdout, done.stderr

    for plain in (environment_for(), environment_for() | {"PYTHONPATH": str(own)}):
        assert said(reporting(plain, reports)) == said(plain)
    assert str(own / "sitecustomize.py") in read_loaded(reports).files


def test_a_sitecustomize_that_fails_says_so_as_before(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("raise ValueError('mine')\n")
    reports = tmp_path / "reports"
    reports.mkdir()
    plain = environment_for() | {"PYTHONPATH": str(tmp_path)}
    told = [
        subprocess.run(program("pass"), env=env, check=True, capture_output=True, text=True).stderr
        for env in (plain, reporting(plain, reports))
    ]
    assert told[0] == told[1]
    assert "mine" in told[0]


def test_a_folder_that_is_gone_fails_no_program(tmp_path: Path) -> None:
    env = reporting(environment_for(), tmp_path / "gone", native=False)
    done = subprocess.run(program("print('fine')"), env=env, check=True, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("fine\n", "")


def test_both_sides_get_environments_of_one_size(tmp_path: Path) -> None:
    made = [reporting({"PATH": os.defpath}, tmp_path / name) for name in ("base", "head")]
    assert len({sum(len(name) + len(value) for name, value in env.items()) for env in made}) == 1


def test_the_error_names_three_files_and_the_remedy_of_their_kind() -> None:
    error = wrong_side([f"/b/src/pkg/{name}.py" for name in "abcde"], "base")
    assert isinstance(error, WrongSide)
    assert "/b/src/pkg/a.py, /b/src/pkg/b.py, /b/src/pkg/c.py and 2 more" in str(error)
    assert 'PYTHONPATH = "{root}/src"' in str(error)
    assert "LD_LIBRARY_PATH" not in str(error)
    assert 'LD_LIBRARY_PATH = "{root}/build/lib"' in str(wrong_side(["/b/build/libx.so.1"], "head"))
    assert "PYTHONPATH" in str(wrong_side(["/b/pkg/_x.cpython-311-x86_64-linux-gnu.so"], "head"))
