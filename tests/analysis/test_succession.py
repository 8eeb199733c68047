"""A benchmark whose environment changed: named with what differs, and never compared across."""

from pathlib import Path

import pytest

from dart_perf.model.environment import Environment
from dart_perf.workflows.series_query import Query
from dart_perf.workflows.trends import query_trends
from tests.histories import MACHINE, flat, history, stored

NEWER = MACHINE.model_copy(update={"interpreter": "gcc 14", "libraries": {"eigen": "3.4"}})


def patterns(tmp_path: Path, first: range, second: range, other: Environment = NEWER) -> list[tuple[str, str]]:
    runs = history({"solve": flat()}, first), history({"solve": flat(2e-3)}, second, environment=other)
    said = query_trends(stored(tmp_path, *runs), Query())
    assert len(said.trends) == 2
    assert said.worse == 0
    return [(pattern.kind, pattern.said) for entry in said.trends for pattern in entry.patterns]


def test_the_compiler_and_a_library_that_changed_are_named(tmp_path: Path) -> None:
    ((kind, said),) = patterns(tmp_path, range(40), range(40, 80))
    assert kind == "environment"
    assert said == (
        "environment changed at 000040cccc: interpreter: 'gcc 13' against 'gcc 14'; library eigen: stated on one side "
        "only. Levels before and after are not comparable"
    )


@pytest.mark.parametrize(("first", "second"), [(range(60), range(30, 80)), (range(80), range(20, 60))])
def test_two_machines_side_by_side_are_no_change(tmp_path: Path, first: range, second: range) -> None:
    assert patterns(tmp_path, first, second) == []


def test_an_environment_that_came_back_later_is_one_change(tmp_path: Path) -> None:
    assert [kind for kind, _ in patterns(tmp_path, range(0, 80, 2), range(79, 120))] == ["environment"]
