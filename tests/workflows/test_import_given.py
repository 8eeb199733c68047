"""What a call says of the runs that it imports: scenario and commit, and that no measurement counts twice for it."""

import re
import subprocess

import pytest

from dart_perf.errors import InvalidInput
from dart_perf.workflows import baselines
from dart_perf.workflows.imports import import_results
from tests.conftest import Toy
from tests.workflows.test_imports import filled, native, samples


def test_a_file_that_contradicts_the_call_is_refused_and_the_others_are_completed(toy: Toy) -> None:
    filled(
        toy.root / "out",
        {"a.json": native(1), "b.json": native(2, scenario="other"), "c.json": native(3, commit="ab12")},
    )
    report = import_results(toy.project, "out", scenario="toy", commit="ab12")
    assert "the file says scenario 'other', the call says 'toy'. Leave the argument out." in report.refused[0]
    assert {(run.scenario, run.commit) for run in toy.project.store.runs()} == {("toy", "ab12")}
    assert report.runs == tuple(run.id for run in toy.project.store.runs())


@pytest.mark.parametrize("given", [{"scenario": "no name"}, {"commit": "no hash!"}])
def test_what_the_call_says_of_the_runs_must_be_possible(toy: Toy, given: dict[str, str]) -> None:
    filled(toy.root, {"a.json": native()})
    with pytest.raises(InvalidInput, match="is not one"):
        import_results(toy.project, "a.json", **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("commit", "refused"), [("HEAD~3", True), ("mian", True), ("v1.0", True), ("v2.0", False), ("ABCDEF12", False)]
)
def test_a_commit_that_is_a_name_is_one_that_the_repository_has(toy: Toy, commit: str, *, refused: bool) -> None:
    filled(toy.root, {"a.json": native()})
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-C", str(toy.root)]
    for arguments in (["init", "-q"], ["add", "a.json"], ["commit", "-q", "-m", "x"], ["tag", "v2.0"]):
        subprocess.run([*git, *arguments], check=True)
    if refused:
        with pytest.raises(InvalidInput, match=rf"commit '{commit}' names nothing in this repository\. Give its hash"):
            import_results(toy.project, "a.json", commit=commit)
    else:
        import_results(toy.project, "a.json", commit=commit)
        assert re.fullmatch("[0-9a-f]{40}|ABCDEF12", str(toy.project.store.runs()[0].commit))


def test_head_of_what_git_cannot_read_is_refused_in_its_own_words(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(toy.root, {"a.json": native()})
    with pytest.raises(InvalidInput, match=r"so HEAD is no commit: fatal: not a git repository .*\. Give its hash\."):
        import_results(toy.project, "a.json", commit="HEAD")
    monkeypatch.setenv("PATH", str(toy.root))
    with pytest.raises(InvalidInput, match=r"so HEAD is no commit: git is not installed, or not on the path\. Give"):
        import_results(toy.project, "a.json", commit="HEAD")


@pytest.mark.parametrize("then", [{"commit": "ab12"}, {"scenario": "toy"}, {"commit": "ab12", "scenario": "toy"}])
def test_a_measurement_does_not_count_twice_because_more_is_said_of_it_later(toy: Toy, then: dict[str, str]) -> None:
    filled(toy.root, {"a.json": native()})
    import_results(toy.project, "a.json")
    with pytest.raises(InvalidInput, match=r"stored already as run-[0-9a-f]{16}, without what the call says of it"):
        import_results(toy.project, "a.json", **then)  # type: ignore[arg-type]
    assert len(samples(toy.project)) == 1


def test_nor_because_a_scenario_is_named_when_the_commit_was_already(toy: Toy) -> None:
    filled(toy.root, {"a.json": native()})
    import_results(toy.project, "a.json", commit="ab12")
    with pytest.raises(InvalidInput, match=r"Leave scenario and commit out"):
        import_results(toy.project, "a.json", scenario="toy", commit="ab12")
    assert import_results(toy.project, "a.json", commit="ab12").known == 1


def test_a_baseline_from_results_that_were_imported_adds_no_second_point(toy: Toy) -> None:
    filled(toy.root, {"a.json": native()})
    import_results(toy.project, "a.json")
    entry = baselines.update(toy.project, "from_results", why="x", scenario="toy", results="a.json")
    assert [run.id for run in toy.project.store.baseline(entry.id).runs] == [run.id for run in toy.project.store.runs()]
    assert len(samples(toy.project)) == 1
