"""Counts in answers are written as they are said."""

import pytest

from dart_perf.model.answer import BaselineList, ScenarioList
from dart_perf.model.baseline import BaselineEntry, State
from dart_perf.report.text import render
from tests.analysis.runs import WHEN


def entry(processes: int, sessions: int) -> BaselineEntry:
    return BaselineEntry(
        id="toy/linux-x86_64/1.0/12345678", scenario="toy", platform="linux-x86_64", version="1.0",
        state=State.CURRENT, created=WHEN, created_by="tester", reason="before", processes=processes,
        sessions=sessions, remeasurable=True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("processes", "sessions", "said"),
    [(1, 1, "1 process in 1 session,"), (6, 1, "6 processes in 1 session,"), (6, 2, "6 processes in 2 sessions,")],
)
def test_the_processes_and_sessions_of_a_baseline_are_counted(processes: int, sessions: int, said: str) -> None:
    assert said in render(entry(processes, sessions))


@pytest.mark.parametrize(("total", "ending"), [(0, "s"), (1, ""), (2, "s")])
def test_lists_say_how_many_there_are(total: int, ending: str) -> None:
    assert render(BaselineList(baselines=(), total=total)) == f"0 of {total} baseline{ending}"
    assert render(ScenarioList(scenarios=(), total=total)) == f"0 of {total} scenario{ending}"
