"""Trends over a stored history: the worst first, the machine told from the code, bounded pages."""

import json
import random
from pathlib import Path
from typing import Literal

import pytest

from dart_perf.errors import InvalidInput, MissingData
from dart_perf.model.measurement import Metric
from dart_perf.report.text import render
from dart_perf.workflows.imports import import_results
from dart_perf.workflows.project import open_project
from dart_perf.workflows.series_query import Query
from dart_perf.workflows.trends import find_change_points, query_trends
from tests.histories import RATE, Level, commit, flat, history, step, stored


def test_the_series_that_became_worse_stands_first_with_its_commits(tmp_path: Path) -> None:
    levels = {"calm": flat(), "slower": step(60, 1.2), "faster": step(40, 0.8)}
    said = query_trends(stored(tmp_path, history(levels)), Query())
    assert said.summary.startswith("1 of 3 series worse by steps or drifts of their own in the newest 200 runs of each")
    assert [entry.benchmark for entry in said.trends] == ["slower", "calm", "faster"]
    worst = said.trends[0]
    assert worst.ratio == pytest.approx(1.2, rel=0.01)
    assert (worst.points, worst.level_runs) == (100, 40)
    assert [pattern.kind for pattern in worst.patterns] == ["step"]
    assert worst.patterns[0].said == "1.2x worse after 000059cccc up to 000060cccc (1 commit)"
    assert said.trends[1].patterns == ()


def test_a_higher_rate_is_better(tmp_path: Path) -> None:
    said = query_trends(stored(tmp_path, history({"rate": step(60, 0.8, 1e3)}, metric=RATE)), Query())
    assert said.worse == 1
    assert said.trends[0].ratio == pytest.approx(1.25, rel=0.01)


@pytest.mark.parametrize(("better", "is_worse"), [("lower", True), ("higher", False)])
def test_what_rose_from_zero_has_no_ratio_and_a_direction(
    tmp_path: Path, better: Literal["lower", "higher"], is_worse: bool
) -> None:
    counts = Metric(name="allocations", unit="1", better=better, assumption="exact")
    levels: dict[str, Level] = {"calm": flat(3.0), "z": lambda number: 5.0 * (number >= 60)}
    project = stored(tmp_path, history(levels, metric=counts, spread=0))
    said = query_trends(project, Query())
    assert (said.worse, said.better) == (int(is_worse), int(not is_worse))
    assert said.trends[0 if is_worse else 1].benchmark == "z"
    assert "level changed z allocations" in render(said)
    found = find_change_points(project, Query())
    assert f"{int(is_worse)} for the worse" in found.summary
    assert found.next_step.startswith("look at the commits" if is_worse else "nothing to do")


def test_a_change_names_the_commits_between_two_runs(tmp_path: Path) -> None:
    project = stored(tmp_path, history({"slower": step(103, 1.2)}, range(0, 200, 5)))
    (change,) = find_change_points(project, Query()).changes
    assert (change.range.after, change.range.up_to) == (commit(100), commit(105))
    assert (change.range.commits, change.range.runs, change.runs_since, change.is_current) == (5, 1, 19, True)


def test_what_every_benchmark_of_a_machine_does_is_the_machines_and_what_is_left_is_judged(tmp_path: Path) -> None:
    levels = {f"b{i}": step(50, 1.15) for i in range(7)}
    levels["own"] = lambda number: 1e-3 * (1.15 if number >= 50 else 1.0) * (1.3 if number >= 80 else 1.0)
    project = stored(tmp_path, history(levels))
    said = query_trends(project, Query())
    assert said.worse == 1
    assert said.trends[0].benchmark == "own"
    assert said.trends[0].ratio == pytest.approx(1.3, rel=0.02)
    assert {p.kind for entry in said.trends[1:] for p in entry.patterns} == {"machine"}
    assert "8 series of cpu_time in environment" in said.warnings[0]
    changes = find_change_points(project, Query(), detail="full").changes
    assert (changes[0].benchmark, changes[0].together) == ("own", None)
    assert [change.together for change in changes[1:]] == [pytest.approx(1.15, rel=0.01)] * 8


def test_what_was_left_out_is_counted_in_series(tmp_path: Path) -> None:
    project = stored(tmp_path, history({f"b{i:02d}": flat() for i in range(20)}, range(9)), history({"z": flat()}))
    warnings = query_trends(project, Query(commits=f"{commit(9)}..")).warnings
    assert [said.partition(" ")[0] for said in warnings] == ["b00", "b01", "b02", "b03", "b04", "and"]
    assert warnings[-1].startswith("and 15 more series without a point")


def test_pages_follow_one_another_and_hold_every_series_once(tmp_path: Path) -> None:
    project = stored(tmp_path, history({f"benchmark_{i:03d}": flat() for i in range(60)}, range(12)))
    seen: list[str] = []
    cursor = None
    while True:
        page = query_trends(project, Query(), cursor=cursor)
        assert 1 <= len(page.trends) <= 20
        seen += [entry.series for entry in page.trends]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == page.total == 60
    with pytest.raises(InvalidInput, match="names no entry of this list"):
        query_trends(project, Query(), cursor="0000")


def test_an_empty_store_and_a_query_that_nothing_matches_are_clear(tmp_path: Path) -> None:
    with pytest.raises(MissingData, match="the store holds no series"):
        query_trends(open_project(tmp_path, {}), Query())
    project = stored(tmp_path, history({"calm": flat()}, range(3)))
    with pytest.raises(MissingData, match="no series matches benchmark 'x\\*'"):
        query_trends(project, Query("x*"))
    said = query_trends(project, Query())
    assert (said.too_few, said.total) == (1, 1)
    assert "measure or import more: 17 runs" in said.next_step


@pytest.mark.parametrize("at", range(8, 14))
def test_of_17_runs_a_doubling_is_found_wherever_enough_lie_on_both_sides(tmp_path: Path, at: int) -> None:
    said = query_trends(stored(tmp_path, history({"doubled": step(at, 2.0), "calm": flat()}, range(17))), Query())
    assert (said.too_few, said.worse) == (0, 1)


def test_a_window_within_a_range_of_commits_is_said_with_it(tmp_path: Path) -> None:
    project = stored(tmp_path, history({"calm": flat()}))
    asked = Query(commits=f"..{commit(60)}", window=20)
    assert f"in the newest 20 runs of each in ..{commit(60)}" in query_trends(project, asked).summary
    assert f"in the newest 20 runs of each in ..{commit(60)}" in find_change_points(project, asked).summary


@pytest.mark.parametrize(("runs", "at"), [(14, 7), (16, 9)])
def test_of_fewer_runs_than_a_step_can_be_found_in_nothing_is_claimed(tmp_path: Path, runs: int, at: int) -> None:
    project = stored(tmp_path, history({"doubled": step(at, 2.0), "calm": flat()}, range(runs)))
    said = query_trends(project, Query())
    assert (said.too_few, said.worse) == (2, 0)
    assert "without a lasting change" not in said.summary
    assert "2 with fewer than 17 runs, too few for a change to be found" in said.summary
    assert find_change_points(project, Query()).too_few == 2


def dashboard(planted: int) -> str:
    """Return a dashboard's data.js of 120 commits; one benchmark is 12 % slower from commit `planted` on."""
    rng = random.Random(3)
    entries = []
    for number in range(120):
        benches = [
            {"name": name, "value": rng.lognormvariate(0.0, 0.015) * level(number), "unit": "ns"}
            for name, level in {
                "BM_Solve": step(planted, 1.12, 500.0),
                "BM_Load": flat(90.0),
                "BM_Io": flat(7.0),
            }.items()
        ]
        entries.append(
            {"commit": {"id": commit(number)}, "date": 1700000000000 + number, "tool": "googlecpp", "benches": benches}
        )
    return f"window.BENCHMARK_DATA = {json.dumps({'entries': {'C++': entries}})}"


@pytest.mark.parametrize("planted", [40, 80, 105])
def test_a_step_in_a_dashboard_leads_to_the_commits_it_came_in_with(tmp_path: Path, planted: int) -> None:
    (tmp_path / "data.js").write_text(dashboard(planted))
    project = open_project(tmp_path, {})
    import_results(project, "data.js")
    found = find_change_points(project, Query())
    (change,) = found.changes
    assert found.summary.startswith("1 change of level in 3 series")
    assert change.benchmark.endswith("BM_Solve")
    assert change.ratio == pytest.approx(1.12, rel=0.02)
    first, last = (int((name or "")[:6]) for name in (change.range.after, change.range.up_to))
    assert first < planted <= last
    assert last - first <= 3
