"""What would lose a measurement is found before it is made."""

import dataclasses
from pathlib import Path

import pytest

from dart_perf.errors import InvalidInput
from dart_perf.store import open_store
from dart_perf.workflows import jobs
from dart_perf.workflows.capture import capture_baseline
from dart_perf.workflows.compare import compare_with_baseline
from dart_perf.workflows.project import Project
from tests.conftest import Toy


def at(project: Project, home: Path) -> Project:
    return dataclasses.replace(project, home=home, store=open_store(f"file:{home}"))


@pytest.mark.parametrize("place", ["/proc/dart-perf/store", "file/store"])
def test_a_store_that_cannot_be_written_is_told_before_anything_runs(toy: Toy, place: str) -> None:
    (toy.root / "file").touch()
    (toy.root / "toy.py").write_text("open('ran', 'w')")
    home = toy.root / place
    project = at(toy.project, home)
    with pytest.raises(InvalidInput, match=r"cannot be written: .*DART_PERF_HOME") as raised:
        capture_baseline(project, "toy_without_files", why="before")
    assert str(home) in str(raised.value)
    assert not (toy.root / "ran").exists()


def test_a_job_is_not_started_for_a_store_that_cannot_be_written(toy: Toy) -> None:
    with pytest.raises(InvalidInput, match="DART_PERF_HOME"):
        jobs.submit(at(toy.project, Path("/proc/dart-perf")), "capture_baseline", {"scenario": "toy", "why": "x"})


def test_looking_whether_a_store_can_be_written_leaves_nothing_behind(toy: Toy) -> None:
    before = sorted(toy.root.iterdir())
    toy.project.check_writable()
    assert sorted(toy.root.iterdir()) == before


def test_a_comparison_looks_too(toy: Toy) -> None:
    capture_baseline(toy.project, "toy", why="before")
    project = dataclasses.replace(toy.project, home=Path("/proc/dart-perf"))
    with pytest.raises(InvalidInput, match="the store /proc/dart-perf cannot be written"):
        compare_with_baseline(project, "toy")
