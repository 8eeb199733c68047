"""Looking again and again: the first look tells what stands, the others what is new."""

from pathlib import Path

from dart_perf.model.measurement import Run
from dart_perf.model.trend import Round
from dart_perf.workflows.periodic import looks
from dart_perf.workflows.project import Project, open_project
from dart_perf.workflows.series_query import Query
from tests.histories import Level, flat, history, step, stored


def watched(project: Project, arriving: list[list[Run]]) -> list[Round]:
    """Return the rounds of a watch during whose pauses these runs arrive."""
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        runs = arriving[len(waits) - 1]
        positions = {run.commit: int(run.commit[:6]) for run in runs if run.commit}
        project.store.append_runs(runs, position=positions)

    found = list(looks(project, Query(), interval=3600.0, rounds=len(arriving) + 1, sleep=sleep))
    assert waits == [3600.0] * len(arriving)
    return found


def test_only_what_changed_is_told(tmp_path: Path) -> None:
    levels: dict[str, Level] = {"solve": step(60, 1.3), "load": step(20, 1.2)}
    project = stored(tmp_path, history(levels, range(60)))
    runs = history(levels, range(60, 80), seed=2)
    first, quiet, news, still = watched(project, [[], runs, history(levels, range(80, 82), seed=3)])
    assert [line.split(":")[0:2] for line in first.news] == [["new", " 1.2x worse load cpu_time"]]
    assert (quiet.news, quiet.points) == ((), 0)
    assert [line.partition("x ")[2][:20] for line in news.news] == ["worse solve cpu_time"]
    assert (news.points, news.worse) == (40, 2)
    assert (still.news, still.points) == ((), 4)


def test_a_change_that_leaves_the_window_is_no_news(tmp_path: Path) -> None:
    levels: dict[str, Level] = {"load": step(20, 1.2)}
    project = stored(tmp_path, history(levels, range(60)))
    _, later = watched(project, [history(levels, range(60, 300), seed=2)])
    assert later.news == ()


def test_an_empty_store_is_waited_for(tmp_path: Path) -> None:
    first, then = watched(open_project(tmp_path, {}), [history({"load": flat()}, range(20))])
    assert first.summary.startswith("the store holds no series")
    assert (then.points, then.summary[:26]) == (20, "0 of 1 series worse by ste")
