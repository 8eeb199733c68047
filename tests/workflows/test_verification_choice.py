"""What is measured and for how long, before anything is."""

from pathlib import Path

import pytest

from dart_perf.errors import InvalidInput
from dart_perf.measure import catalogue
from dart_perf.model.environment import Environment
from dart_perf.model.verification import Place, Question
from dart_perf.workflows.project import Project
from dart_perf.workflows.verification import verify_change
from dart_perf.workflows.verification_budget import Budget
from dart_perf.workflows.verification_choice import choose, keep_loads
from tests.workflows.verified import TOML, repository

BUILD = 'build = ["{python}", "-c", ""]\n'


def remembered(project: Project, files: set[str]) -> None:
    """Make the store remember what the scenario loaded; it must be one for that."""
    side = Place(label="a", commit="a" * 40, tree="b" * 40)
    question = Question(scenario="work", program="c" * 64, base=side, head=side, environment=Environment())
    with project.store.attempt(question):
        keep_loads(project, catalogue.load(project.root)["work"], files)


def test_a_scenario_that_is_built_is_not_left_out_for_loading_what_was_made_of_its_sources(tmp_path: Path) -> None:
    project = repository(tmp_path, TOML + BUILD)
    remembered(project, {"build/program", "bench.py"})
    assert choose(project, None, ["src/core.cpp"], 120.0).said == "picked work (built, not known of which files)"
    assert choose(project, None, ["bench.py"], 120.0).said == "picked work (loads 1 changed file)"


def test_a_scenario_that_is_not_built_is_left_out_where_it_loads_nothing_that_changed(tmp_path: Path) -> None:
    project = repository(tmp_path)
    remembered(project, {"bench.py"})
    with pytest.raises(InvalidInput, match=r"no scenario loads a changed file \(README\.md\)"):
        choose(project, None, ["README.md"], 120.0)


def test_an_empty_base_is_refused_not_taken_for_none(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="git knows no commit ''"):
        verify_change(repository(tmp_path), base="")


def test_the_time_that_went_by_is_spent_not_that_of_pairs_of_earlier_calls() -> None:
    now = 0.0
    budget = Budget(120.0, lambda: now)
    with budget.share(3).spent() as timer:
        now += 4.0  # decided by an earlier call
    assert [timer.seconds, budget.left] == pytest.approx([40.0, 116.0])


def test_what_one_scenario_takes_beyond_its_share_is_not_taken_from_the_others() -> None:
    now = 0.0
    budget = Budget(120.0, lambda: now)
    with budget.share(2).spent():
        now += 100.0
    assert budget.share(1).seconds == pytest.approx(60.0)
