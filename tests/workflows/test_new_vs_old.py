"""The newest candidate or run of each scenario against its current baseline."""

import pytest

from dart_perf.errors import MissingData, NoBaseline
from dart_perf.model.judgement import Status
from dart_perf.report.text import render
from dart_perf.workflows.capture import capture_baseline
from dart_perf.workflows.imports import import_results
from dart_perf.workflows.new_vs_old import new_against_old
from tests.conftest import Toy


def test_without_a_baseline_there_is_nothing_to_hold_against(toy: Toy) -> None:
    with pytest.raises(NoBaseline, match="capture_baseline"):
        new_against_old(toy.project)


def test_without_anything_newer_that_is_said(toy: Toy) -> None:
    capture_baseline(toy.project, "toy", why="before")
    with pytest.raises(MissingData, match="toy: no candidate and no run is newer"):
        new_against_old(toy.project)


@pytest.mark.parametrize(("seconds", "status"), [(1e-3, Status.INCONCLUSIVE), (3e-3, Status.REGRESSION_DETECTED)])
def test_the_newest_candidate_is_held_against_the_baseline(toy: Toy, seconds: float, status: Status) -> None:
    capture_baseline(toy.project, "toy", why="before")
    toy.says(seconds=9e-3)
    capture_baseline(toy.project, "toy", why="a detour")
    toy.says(seconds=seconds)
    newest = capture_baseline(toy.project, "toy", why="after").baseline
    found = new_against_old(toy.project)
    assert found.status is status
    assert [one.current for one in found.comparisons] == [newest.id]
    assert render(found).startswith(f"{status}: 1 of 1 scenarios: toy: ")


def test_what_the_baseline_holds_is_no_part_of_the_new(toy: Toy) -> None:
    capture_baseline(toy.project, "toy", why="before")
    newest = capture_baseline(toy.project, "toy", why="the same program again").baseline
    assert newest.sessions == 2
    (found,) = new_against_old(toy.project).comparisons
    assert {(one.baseline_runs, one.current_runs) for one in found.series} == {(6, 6)}
    assert not any("both sides" in warning for warning in found.warnings)


def test_runs_that_nobody_sealed_count_where_there_is_no_candidate(toy: Toy) -> None:
    capture_baseline(toy.project, "toy", why="before")
    import_results(toy.project, toy.results("later.json", 3e-3))
    assert new_against_old(toy.project).status is Status.REGRESSION_DETECTED


def test_scenarios_are_one_decision_the_worst_first(toy: Toy) -> None:
    for name in ("toy", "toy_without_files"):
        capture_baseline(toy.project, name, why="before")
    toy.says(contacts=99)
    capture_baseline(toy.project, "toy_without_files", why="after")
    found = new_against_old(toy.project)
    assert found.status is Status.BEHAVIOUR_CHANGED
    assert [name.partition(":")[0] for name in found.left_out] == ["toy"]


def test_a_margin_counts_for_all(toy: Toy) -> None:
    capture_baseline(toy.project, "toy", why="before")
    toy.says(seconds=3e-3)
    capture_baseline(toy.project, "toy", why="after")
    assert new_against_old(toy.project, margin=9.0).status is Status.NORMAL
