"""Entries that --init writes work as they are: each program runs once from its kept files alone."""

import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dart_perf.measure import catalogue
from dart_perf.measure.process import run
from dart_perf.measure.program import command, lay_out, resolve
from dart_perf.measure.variables import environment_of
from dart_perf.model.measurement import Run
from dart_perf.workflows.init import initialise
from dart_perf.workflows.printed import read_printed
from dart_perf.workflows.project import open_project

ADDOPTS = '[tool.pytest.ini_options]\naddopts = ["--strict-markers", "--cov=pkg", "-n", "2"]\n'
"""Options of plugins that are not there: a run that did not leave them out would fail."""
WORK = "def work(): return sum(range({count}))\n"
PYTEST = "from pkg.work import work\ndef test_work(benchmark):\n    benchmark(work)\n"
PYPERF = (
    "import pyperf\nfrom pkg.work import work\nif __name__ == '__main__':\n    pyperf.Runner().bench_func('w', work)\n"
)
PROBE = """
from dart_perf.collect.probe import Loop, Probe
from pkg.work import work
with Probe("suite") as probe:
    probe.run([Loop("work", work, inner=5)], warm_up=0, batches=2)
    probe.guard("sum", work())
"""
PLAIN = "from pkg.work import work\nif __name__ == '__main__':\n    work()\n"
SOLVER = "int solver_steps() {{ return {count}; }}\n"
MAIN = r"""
#include <cstdio>
int solver_steps();
int main() {
  std::printf("{\"schema\": \"dart-perf/results/1\", \"producer\": \"c\", \"measurements\": [{\"benchmark\": "
              "{\"name\": \"solve\"}, \"metric\": {\"name\": \"cpu_time\", \"unit\": \"s\"}, \"samples\": [1]}], "
              "\"guards\": [{\"name\": \"steps\", \"value\": %d}]}\n", solver_steps());
}
"""


def run_kept(root: Path, name: str, copy: Path, change: Callable[[], object] = str) -> Run | None:
    """Run an entry once from copies of its files, after they were taken and then `change` was made in the project."""
    program, contents = resolve(catalogue.load(root)[name], root)
    change()
    folder = lay_out(program, contents.__getitem__, copy)
    argv, cwd = command(program, folder)
    env = environment_of(program, folder)
    return read_printed(name, program, run(argv, cwd=cwd, env=env, timeout=100, clock=lambda: datetime.now(UTC)))


@pytest.mark.parametrize("place", ["", "src/"])
@pytest.mark.parametrize(
    ("file", "text", "name", "metric"),
    [
        ("tests/test_work.py", PYTEST, "tests_test_work", "cpu_time"),
        ("speed/work.py", PYPERF, "speed_work", "wall_time"),
        ("speed/probe.py", PROBE, "speed_probe", "cpu_time"),
        ("benchmarks/plain.py", PLAIN, "benchmarks_plain", None),
    ],
)
def test_a_python_entry_loads_the_kept_project_though_the_project_is_broken(
    tmp_path: Path, place: str, file: str, text: str, name: str, metric: str | None
) -> None:
    root = tmp_path / "project"
    package = f"{place}pkg/work.py"
    files = {file: text, package: WORK.format(count=1000), f"{place}pkg/__init__.py": "", "pyproject.toml": ADDOPTS}
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content)
    initialise(open_project(root, {}))
    broken = "raise SystemExit('the project was loaded')\n"
    found = run_kept(root, name, tmp_path / "copy", lambda: (root / package).write_text(broken))
    assert ({m.metric.name for m in found.measurements} >= {metric}) if found else metric is None


def test_a_library_that_is_built_in_the_project_is_kept_with_the_program_that_loads_it(tmp_path: Path) -> None:
    root = tmp_path / "project"
    (root / "build").mkdir(parents=True)
    compiler = shutil.which("g++")
    assert compiler is not None

    def build(count: int) -> None:
        (root / "solver.cpp").write_text(SOLVER.format(count=count))
        library = ["-shared", "-fPIC", "-Wl,-soname,libsolver.so.1", "-o", "build/libsolver.so.1", "solver.cpp"]
        subprocess.run([compiler, *library], cwd=root, check=True)

    build(1)
    (root / "main.cpp").write_text(MAIN)
    rpath = f"-Wl,--enable-new-dtags,-rpath,{root / 'build'}"
    main = [compiler, "-o", "build/solve", "main.cpp", "build/libsolver.so.1", rpath]
    subprocess.run(main, cwd=root, check=True)
    said = initialise(open_project(root, {}))
    assert [proposal.files for proposal in said.proposals] == [("build/solve", "build/libsolver.so.1")]
    kept, _ = resolve(catalogue.load(root)["solve"], root)
    assert kept.variables == {"LD_LIBRARY_PATH": "{root}/build"}
    before = run_kept(root, "solve", tmp_path / "before", lambda: build(2))
    after = run_kept(root, "solve", tmp_path / "after")
    assert [found.guards[0].value for found in (before, after) if found] == [1, 2]
