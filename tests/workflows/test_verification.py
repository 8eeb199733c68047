"""One call from an edit to a verdict: real repositories and processes, with effects that no machine hides."""

import dataclasses
import itertools
from pathlib import Path

import pytest

from dart_perf.errors import Corrupted, InvalidInput, MeasurementFailed
from dart_perf.model.judgement import Status
from dart_perf.workflows.project import Project
from dart_perf.workflows.replay import replay
from dart_perf.workflows.verification import verify_change
from tests.workflows.past import git
from tests.workflows.verified import BENCH, FAR, TOML, repository, source, state

SLOW = 1_500_000
"""Steps that make the process take three times as long as that of base, start-up included."""

VALGRIND = """#!/bin/sh
for word; do case $word in --log-file=*) file=${word#--log-file=} ;; esac; done
echo "==1== I   refs:      1,000" >"${file%/*}/1.log"
"""
"""Counts nothing, in no time."""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return repository(tmp_path)


def test_a_slower_working_tree_is_a_regression_and_the_checkout_is_left_alone(project: Project) -> None:
    source(project.root, steps=SLOW)
    before = state(project.root)
    found = verify_change(project)
    assert found.status is Status.REGRESSION_DETECTED
    (verdict,) = found.scenarios
    assert verdict.judgement is not None
    assert verdict.judgement.low is not None
    assert verdict.judgement.low > 1.05
    assert found.head.startswith("working tree (1 file changed)")
    assert state(project.root) == before


def test_an_equal_program_is_shown_to_be_within_the_margin_and_not_measured_twice(project: Project) -> None:
    source(project.root, note="# a remark\n")
    first = verify_change(project, ["work"], margin=FAR)
    again = verify_change(project, ["work"], margin=FAR)
    assert first.status is again.status is Status.NORMAL
    assert first.scenarios[0].pairs == again.scenarios[0].pairs
    assert first.scenarios[0].receipt == again.scenarios[0].receipt
    assert any("nothing was measured now" in warning for warning in again.scenarios[0].warnings)


def test_a_receipt_gives_the_same_verdict_without_measuring(project: Project, tmp_path: Path) -> None:
    source(project.root, note="# a remark\n")
    (verdict,) = verify_change(project, ["work"], margin=FAR).scenarios
    file = project.home / "receipts" / f"{verdict.receipt}.json"
    elsewhere = tmp_path / "copied.json"
    elsewhere.write_bytes(file.read_bytes())
    told = replay(project, str(elsewhere))
    assert told.same
    assert told.verdict == verdict.model_copy(update={"receipt": ""})
    assert replay(project, verdict.receipt).verdict == told.verdict
    elsewhere.write_bytes(file.read_bytes().replace(b'"attempt": 1', b'"attempt": 2'))
    with pytest.raises(Corrupted, match=r"digest"):
        replay(project, str(elsewhere))


def test_another_result_is_no_question_of_speed(project: Project) -> None:
    source(project.root, steps=SLOW, result=2)
    found = verify_change(project)
    assert found.status is Status.BEHAVIOUR_CHANGED
    assert found.scenarios[0].judgement is None
    assert found.scenarios[0].guards == ("result: 1 -> 2",)
    assert found.scenarios[0].pairs == 0


def test_a_result_that_differs_in_a_later_process_ends_the_measurement(project: Project) -> None:
    source(project.root, result='1 if __import__("os").environ["PYTHONHASHSEED"] == "0" else 2')  # 0 warms up
    (verdict,) = verify_change(project, margin=FAR).scenarios
    assert (verdict.status, verdict.guards, verdict.pairs) == (Status.BEHAVIOUR_CHANGED, ("result: 1 -> 1, 2",), 1)


def test_the_end_of_the_budget_leaves_it_open_and_the_same_call_goes_on(project: Project) -> None:
    source(project.root, note="# a remark\n")
    project = dataclasses.replace(project, monotonic=itertools.count(0.0, 0.25).__next__)  # a pair asks it some times
    first = verify_change(project, ["work"], margin=0.0001, budget_seconds=20)
    again = verify_change(project, ["work"], margin=0.0001, budget_seconds=20)
    assert 1 < first.scenarios[0].pairs < 20
    assert first.status in {Status.INCONCLUSIVE, Status.INSUFFICIENT_DATA}
    assert again.scenarios[0].pairs > first.scenarios[0].pairs
    assert "verify_change again" in again.next_step or "more pairs alone" in again.next_step


def test_a_faster_second_attempt_is_confirmed_on_fresh_pairs(project: Project) -> None:
    source(project.root, steps=SLOW)
    git(project.root, "commit", "--quiet", "--all", "--message", "Slow")
    source(project.root, steps=SLOW, note="# first idea\n")
    assert verify_change(project, base="HEAD", margin=FAR).scenarios[0].attempt == 1
    source(project.root, steps=1000)
    (verdict,) = verify_change(project, base="HEAD").scenarios
    assert verdict.status is Status.IMPROVEMENT_DETECTED
    assert verdict.attempt == 2
    assert verdict.seen is not None
    assert verdict.seen.status is Status.IMPROVEMENT_DETECTED
    assert verdict.judgement is not None
    assert verdict.judgement.high is not None
    assert verdict.judgement.high < 1 / 1.05


def test_what_an_earlier_budget_had_no_room_for_is_counted_by_a_larger_one(tmp_path: Path) -> None:
    project = repository(tmp_path, TOML.replace("/nowhere", "{root}/bin"))
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "valgrind").write_text(VALGRIND)
    (tmp_path / "bin" / "valgrind").chmod(0o755)
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "--message", "Count")
    source(tmp_path, note="# a remark\n")
    (first,) = verify_change(project, margin=FAR, budget_seconds=600).scenarios
    (file,) = (path for path in (project.home / "attempts").glob("*/*.jsonl") if path.parent.name != "floors")
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(line for line in lines if b'"counts"' not in line))  # as if there had been no room
    (again,) = verify_change(project, margin=FAR, budget_seconds=600).scenarios
    assert (again.pairs, again.status) == (first.pairs, Status.NORMAL)
    assert again.counts == first.counts is not None
    assert any("instructions were counted now" in warning for warning in again.warnings)


def test_a_side_that_does_not_build_is_told_with_its_last_words(tmp_path: Path) -> None:
    build = 'build = ["{python}", "-c", "import sys; sys.path[:0] = [\'src\']; import package.core"]\n'
    project = repository(tmp_path, TOML + build)
    (project.root / "src" / "package" / "core.py").write_text("def work(:\n")
    with pytest.raises(MeasurementFailed, match=r"(?s)^head .*does not build.*SyntaxError"):
        verify_change(project)


def test_a_side_that_imports_the_users_checkout_is_refused(tmp_path: Path) -> None:
    project = repository(tmp_path, TOML.replace("{root}/src", str(tmp_path / "src")))
    source(project.root, steps=SLOW)
    with pytest.raises(MeasurementFailed, match=r"(?s)process of base loaded.*core\.py.*PYTHONPATH"):
        verify_change(project)


def test_a_program_that_fails_on_one_side_says_which_and_keeps_what_was_measured(project: Project) -> None:
    (project.root / "src" / "package" / "core.py").write_text("raise SystemExit('no such thing')\n")
    with pytest.raises(MeasurementFailed, match=r"(?s)^The program fails in head: .*no such thing") as caught:
        verify_change(project)
    assert any("0 pairs are kept" in note for note in caught.value.__notes__)


def test_scenarios_are_picked_by_what_they_load(tmp_path: Path) -> None:
    other = TOML.replace("scenario.work", "scenario.other").replace("bench.py", "other.py")
    project = repository(tmp_path, TOML + other)
    (project.root / "other.py").write_text(BENCH.replace("from package import core", "").replace("core.work()", "1"))
    git(project.root, "add", "--all")
    git(project.root, "commit", "--quiet", "--message", "Another")
    source(project.root, note="# one\n")
    first = verify_change(project, margin=FAR)
    assert {verdict.scenario for verdict in first.scenarios} == {"work", "other"}
    verify_change(project, ["work"], margin=FAR)  # measures nothing, and forgets nothing
    source(project.root, note="# two\n")
    again = verify_change(project, margin=FAR)
    assert [verdict.scenario for verdict in again.scenarios] == ["work"]
    assert again.chosen == "picked work (loads 1 changed file); left out, load no changed file: other"


def test_nothing_changed_is_refused_with_what_to_give(project: Project) -> None:
    with pytest.raises(InvalidInput, match=r"nothing changed since [0-9a-f]{12}.*HEAD~1"):
        verify_change(project)


def test_a_damaged_attempt_is_named_and_nothing_is_guessed(project: Project) -> None:
    source(project.root, note="# a remark\n")
    verify_change(project, ["work"], margin=FAR)
    files = (project.home / "attempts").glob("*/*.jsonl")
    (file,) = (path for path in files if path.parent.name != "floors")
    file.write_bytes(file.read_bytes().replace(b'"cpu"', b'"cpv"', 1))
    with pytest.raises(Corrupted, match=file.name):
        verify_change(project, ["work"], margin=FAR)


def test_what_a_killed_call_left_behind_is_taken_away(project: Project) -> None:
    left = project.home / "tmp" / "loaded-999999999"  # no process has this id
    left.mkdir(parents=True)
    source(project.root, note="# a remark\n")
    verify_change(project, ["work"], margin=FAR)
    assert list((project.home / "tmp").glob("loaded-*")) == []


def test_a_benchmark_that_base_does_not_have_is_said_and_not_judged(tmp_path: Path) -> None:
    project = repository(tmp_path, TOML.replace('benchmark_files = ["bench.py"]\n', ""))
    bench = tmp_path / "bench.py"
    more = '{"benchmark": {"name": "more"}, "metric": {"name": "cpu_time", "unit": "s"}, "samples": [1.0]},\n    '
    bench.write_text(BENCH.replace('{"benchmark": {"name": "work"}', more + '{"benchmark": {"name": "work"}'))
    (verdict,) = verify_change(project, ["work"], margin=FAR).scenarios
    assert "base does not have more, which is new in head: it is not judged" in verdict.warnings
    assert [part.benchmark for part in verdict.parts] == ["work"]
