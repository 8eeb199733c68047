"""Runs that were measured with uncommitted edits say nothing about the commit."""

import subprocess

import pytest

from dart_perf.errors import MissingData
from dart_perf.model.judgement import Status
from dart_perf.workflows import checking
from dart_perf.workflows.capture import capture_baseline
from dart_perf.workflows.compare import compare_with_baseline
from tests.conftest import Toy


def git(toy: Toy, *arguments: str) -> None:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    argv = ("git", *identity, "-C", str(toy.root), *arguments)
    subprocess.run(argv, check=True, capture_output=True)


@pytest.fixture
def committed(toy: Toy) -> Toy:
    git(toy, "init")
    git(toy, "add", "toy.py", "toy.json")
    git(toy, "commit", "-m", "one")
    return toy


def test_a_commit_is_not_blamed_for_what_was_measured_with_edits(committed: Toy) -> None:
    capture_baseline(committed.project, "toy", why="before")
    committed.says(seconds=3e-3)
    assert compare_with_baseline(committed.project, "toy").status is Status.REGRESSION_DETECTED
    check = checking.check(committed.project, "HEAD")
    assert check.status is not Status.REGRESSION_DETECTED
    assert any("1 of 2 stored runs of commit 'HEAD' left out" in said for said in check.validation.warnings)


def test_a_commit_that_was_measured_with_edits_alone_is_told_with_the_remedy(committed: Toy) -> None:
    committed.says(seconds=3e-3)
    capture_baseline(committed.project, "toy", why="edited")
    with pytest.raises(MissingData, match=r"all 1 stored runs .* uncommitted edits.*Check the commit out without"):
        checking.check(committed.project, "HEAD")


def test_a_store_in_git_does_not_make_its_runs_edited_ones(committed: Toy) -> None:
    capture_baseline(committed.project, "toy", why="before")
    git(committed, "add", ".dart-perf")
    git(committed, "commit", "-m", "a baseline")
    compare_with_baseline(committed.project, "toy")
    compare_with_baseline(committed.project, "toy")
    check = checking.check(committed.project, "HEAD")
    assert not any("left out" in said for said in check.validation.warnings)


def test_another_program_held_against_a_baseline_is_not_the_scenario_at_that_commit(committed: Toy) -> None:
    capture_baseline(committed.project, "toy", why="before")
    found = compare_with_baseline(committed.project, "toy", program="toy_without_files")
    baseline, other = (committed.project.store.run(name) for name in found.runs)
    assert (baseline.scenario, other.scenario) == ("toy", "toy_without_files")
