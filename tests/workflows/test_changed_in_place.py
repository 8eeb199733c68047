"""A library that is edited in place: the baseline's program, measured again, loads the edited one."""

import json
from pathlib import Path

import pytest

from dart_perf.model.comparison import Comparison
from dart_perf.model.judgement import Status
from dart_perf.workflows.capture import capture_baseline
from dart_perf.workflows.compare import compare_with_baseline
from dart_perf.workflows.scenarios import trust_project
from tests.conftest import Toy

TOML = """
[scenario.lib]
argv = ["{python}", "{root}/bench.py"]
files = ["bench.py"]
metrics = ["cpu_time"]
repetitions = 6
"""


def edit(folder: Path, seconds: float) -> None:
    (folder / "library.json").write_text(json.dumps({"seconds": seconds, "contacts": 12}))


@pytest.fixture
def library(toy: Toy, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A benchmark that finds its library wherever the benchmark lies, as one that is installed to be edited."""
    folder = tmp_path_factory.mktemp("library")
    edit(folder, 1e-3)
    program = (toy.root / "toy.py").read_text()
    found = f"pathlib.Path({str(folder / 'library.json')!r})"
    program = program.replace('(pathlib.Path(__file__).parent / "toy.json")', found).replace('"1.0"', '"1.4"')
    (toy.root / "bench.py").write_text(program)
    (toy.root / "dart-perf.toml").write_text(TOML)
    trust_project(toy.project)
    return folder


def compared(toy: Toy) -> Comparison:
    return compare_with_baseline(toy.project, "lib")


@pytest.mark.parametrize(("seconds", "ratio"), [(3.4e-3, "3."), (1.4e-3, "1."), (0.4e-3, "0.")])
def test_a_change_on_both_sides_is_not_called_normal(toy: Toy, library: Path, seconds: float, ratio: str) -> None:
    capture_baseline(toy.project, "lib", why="before")
    edit(library, seconds)
    comparison = compared(toy)
    assert comparison.status is Status.INCONCLUSIVE
    assert comparison.series[0].judgement.status is Status.INCONCLUSIVE
    said = comparison.warnings[0]
    assert f"now takes {ratio}" in said
    assert "changed in place" in said
    assert "the machine changed" in said
    assert "version_argv" in comparison.next_step


def test_what_did_not_move_stays_normal_with_the_caution_that_names_the_version(toy: Toy, library: Path) -> None:
    assert library.exists()
    capture_baseline(toy.project, "lib", why="before")
    comparison = compared(toy)
    assert comparison.status is Status.NORMAL
    assert any("the same build (version 1.4)" in warning for warning in comparison.warnings)


def test_a_program_that_prints_another_version_clears_nothing(toy: Toy, library: Path) -> None:
    program = toy.root / "bench.py"
    program.write_text(program.read_text().replace('"version": "1.4"', '"version": said["version"]'))
    said = {"seconds": 1e-3, "contacts": 12, "version": "1.4"}
    (library / "library.json").write_text(json.dumps(said))
    capture_baseline(toy.project, "lib", why="before")
    (library / "library.json").write_text(json.dumps(said | {"version": "1.5"}))
    comparison = compared(toy)
    assert comparison.status is Status.INCONCLUSIVE
    assert "now says that it measures version 1.5; when it was captured it said 1.4" in comparison.warnings[0]


def test_more_runs_are_not_asked_for_where_they_would_not_tell(toy: Toy, library: Path) -> None:
    capture_baseline(toy.project, "lib", why="before")
    edit(library, 3e-3)
    program = toy.root / "bench.py"
    program.write_text(program.read_text().replace("rng.gauss(1.0", "rng.gauss(1.045"))
    comparison = compared(toy)
    assert comparison.status is Status.INCONCLUSIVE
    assert comparison.series[0].judgement.runs_needed is None
    assert "more runs of this kind would not tell" in comparison.summary


def test_a_regression_beside_a_change_on_both_sides_stays(toy: Toy, library: Path) -> None:
    capture_baseline(toy.project, "lib", why="before")
    edit(library, 2e-3)
    program = toy.root / "bench.py"
    program.write_text(program.read_text().replace("rng.gauss(1.0", "rng.gauss(1.5"))
    comparison = compared(toy)
    assert comparison.status is Status.REGRESSION_DETECTED
    assert "changed in place" in comparison.warnings[0]


def test_a_build_that_is_known_to_be_the_same_makes_the_machine_the_cause(toy: Toy, library: Path) -> None:
    version = """version_argv = ["{python}", "-c", "print('1.4'); print('digest')"]\n"""
    (toy.root / "dart-perf.toml").write_text(TOML + version)
    trust_project(toy.project)
    capture_baseline(toy.project, "lib", why="before")
    edit(library, 3.4e-3)
    comparison = compared(toy)
    assert comparison.status is Status.NORMAL
    assert comparison.warnings[0].startswith("the machine has changed")
