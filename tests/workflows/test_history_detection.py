"""Newest points, and results without a baseline, against the history of the same series."""

import json

import pytest

from dart_perf.errors import InvalidInput, MissingData, NoBaseline
from dart_perf.model.detection import Detection
from dart_perf.model.environment import Environment
from dart_perf.model.judgement import Status
from dart_perf.model.measurement import Guard, Run
from dart_perf.report.text import render
from dart_perf.workflows.detection import detect
from dart_perf.workflows.imports import import_results
from dart_perf.workflows.project import Project
from dart_perf.workflows.series_query import Query
from tests import golden
from tests.analysis.runs import HERE, INSTRUCTIONS, RATE
from tests.conftest import Toy
from tests.workflows.histories import commit, level, one_run, stepped, store

ELSEWHERE = HERE.model_copy(update={"cpu_model": "B"})
TOGETHER = "x slower together: the machine, or what all of them use; "
CONTACTS = Guard(name="contacts", value=12)


@pytest.fixture
def project(toy: Toy) -> Project:
    return toy.project


def found(project: Project, runs: list[Run]) -> Detection:
    store(project, runs)
    return detect(project)


def statuses(answer: Detection) -> dict[str, Status]:
    return {verdict.benchmark: verdict.judgement.status for verdict in answer.series}


def results(toy: Toy, run: Run, name: str = "new.json") -> str:
    """Write a run as a file of results."""
    said = run.model_dump(mode="json", exclude_defaults=True)
    (toy.root / name).write_text(json.dumps(said | {"schema": "dart-perf/results/1"}))
    return name


def test_a_step_is_found_in_the_newest_points_and_its_commits_are_named(project: Project) -> None:
    answer = found(project, [one_run(i, stepped("b", 33, 1.2)) for i in range(40)])
    assert answer.status is Status.REGRESSION_DETECTED
    assert statuses(answer) == {"b": Status.REGRESSION_DETECTED} | dict.fromkeys("acd", Status.NORMAL)
    (change,) = answer.changes
    assert (change.after, change.until) == (commit(32)[:10], commit(33)[:10])
    assert change.ratio == pytest.approx(1.2, abs=0.02)
    assert f"{change.after}..{change.until}" in answer.next_step
    assert (answer.family, answer.undecided) == (4, 0)
    golden.check("detection.regression.txt", render(answer) + "\n")


def test_the_newest_points_are_no_part_of_their_reference(project: Project) -> None:
    answer = found(project, [one_run(i, stepped("b", 35, 1.2)) for i in range(40)])
    worst = answer.series[0]
    assert (worst.baseline_runs, worst.current_runs) == (35, 5)
    assert worst.judgement.ratio == pytest.approx(1.2, abs=0.015)


def test_a_step_that_is_older_than_the_reference_is_not_called_again(project: Project) -> None:
    answer = found(project, [one_run(i, stepped("b", 15, 1.5)) for i in range(40)])
    assert answer.status is Status.NORMAL
    assert answer.changes == ()
    where = f"b cpu_time 1.50x in {commit(14)[:10]}..{commit(15)[:10]}"
    assert answer.warnings[0].startswith("1 series became worse before the newest points")
    assert "1 became worse earlier (see the warnings)" in answer.summary
    assert "find_change_points" in answer.next_step
    assert answer.warnings[0].endswith(where)


def test_a_step_among_the_newest_points_that_leaves_them_within_the_margin_is_said_to_be_there(
    project: Project,
) -> None:
    store(project, [one_run(i, stepped("b", 55, 1.12)) for i in range(60)])
    answer = detect(project, newest=30)
    assert answer.status is not Status.REGRESSION_DETECTED
    (warning,) = [text for text in answer.warnings if "became worse" in text]
    assert warning.startswith("1 series became worse among the newest points")
    assert warning.endswith(f"b cpu_time 1.12x in {commit(54)[:10]}..{commit(55)[:10]}")


def test_what_became_better_before_the_newest_points_is_no_warning(project: Project) -> None:
    assert found(project, [one_run(i, stepped("b", 15, 0.5)) for i in range(40)]).warnings == ()


@pytest.mark.parametrize(
    ("ratio", "expected"), [(1.2, Status.IMPROVEMENT_DETECTED), (1 / 1.2, Status.REGRESSION_DETECTED)]
)
def test_where_higher_is_better_the_direction_is_turned(project: Project, ratio: float, expected: Status) -> None:
    answer = found(project, [one_run(i, stepped("b", 35, ratio), metric=RATE) for i in range(40)])
    assert statuses(answer)["b"] is expected
    turned = answer.changes[0].ratio or 0
    assert (turned > 1) == (expected is Status.REGRESSION_DETECTED)


@pytest.mark.parametrize(
    ("at", "repeats", "expected"),
    [(99, 1, Status.NORMAL), (37, 1, Status.REGRESSION_DETECTED), (39, 3, Status.REGRESSION_DETECTED),
     (39, 1, Status.REGRESSION_DETECTED), (20, 1, Status.NORMAL)],
)  # fmt: skip
def test_exact_metrics_are_judged_by_what_repeats(project: Project, at: int, repeats: int, expected: Status) -> None:
    """A count that changed in the newest run alone is not averaged with those before it."""

    def counted(name: str, index: int) -> float:
        return 1060.0 if name == "b" and index >= at else 1000.0

    runs = [one_run(i, counted, metric=INSTRUCTIONS, spread=0, repeats=repeats) for i in range(40)]
    answer = found(project, runs)
    assert statuses(answer)["b"] is expected
    assert statuses(answer)["a"] is Status.NORMAL
    if at < 40 and expected is Status.REGRESSION_DETECTED:
        assert answer.series[0].judgement.ratio == pytest.approx(1.06)


def test_a_guard_that_changed_refuses_the_series_of_that_program_alone(project: Project) -> None:
    robot = [one_run(i, guards=[CONTACTS], scenario="robot", names="ab") for i in range(30)]
    robot.append(one_run(30, guards=[Guard(name="contacts", value=3)], scenario="robot", names="ab"))
    answer = found(project, [*robot, *(one_run(i, names="cd", scenario="parse") for i in range(31))])
    assert answer.status is Status.BEHAVIOUR_CHANGED
    assert answer.guards == ("robot: contacts: 12 -> 3",)
    assert statuses(answer) == dict.fromkeys("ab", Status.BEHAVIOUR_CHANGED) | dict.fromkeys("cd", Status.NORMAL)
    assert "  same     c cpu_time" in render(answer)
    assert "a cpu_time" not in render(answer)


def test_a_run_with_uncommitted_changes_is_said(project: Project) -> None:
    answer = found(project, [one_run(i, dirty=i == 29) for i in range(30)])
    assert "was measured with uncommitted changes" in answer.warnings[0]


def test_the_margin_is_that_of_the_scenario_that_was_measured(toy: Toy) -> None:
    path = toy.root / "dart-perf.toml"
    path.write_text(path.read_text().replace("repetitions = 6\ngroup", "repetitions = 6\nmargin = 0.3\ngroup"))
    answer = found(toy.project, [one_run(i, stepped("b", 35, 1.2), scenario="toy") for i in range(40)])
    assert answer.status is Status.NORMAL
    assert {verdict.judgement.margin for verdict in answer.series} == {0.3}
    assert detect(toy.project, margin=0.05).status is Status.REGRESSION_DETECTED


def test_of_a_benchmark_on_two_machines_the_one_with_the_latest_commit_counts(project: Project) -> None:
    runs = [one_run(i, environment=ELSEWHERE) for i in range(20)] + [one_run(i) for i in range(20, 50)]
    answer = found(project, runs)
    assert len(answer.series) == 4
    assert any("4 series of environments whose points end earlier" in said for said in answer.warnings)
    asked = detect(project, query=Query(environment=ELSEWHERE.fingerprint))
    assert "to " + commit(19)[:10] in asked.current


def test_two_machines_that_go_on_are_told_apart(project: Project) -> None:
    answer = found(project, [one_run(i, environment=e, names="a") for i in range(30) for e in (HERE, ELSEWHERE)])
    assert {v.benchmark for v in answer.series} == {f"a @{e.fingerprint[:8]}" for e in (HERE, ELSEWHERE)}


@pytest.mark.parametrize(("last", "missing", "said"), [(29, ("d cpu_time",), False), (20, (), True)])
def test_a_series_that_stopped_is_missing_where_it_stopped_just_now(
    project: Project, last: int, missing: tuple[str, ...], *, said: bool
) -> None:
    answer = found(project, [one_run(i, names="abcd" if i < last else "abc") for i in range(30)])
    assert answer.missing == missing
    assert any("others that were measured with them go on: d cpu_time" in text for text in answer.warnings) is said
    assert set(statuses(answer)) == {"a", "b", "c"}


def test_a_commit_that_was_measured_again_and_again_is_one(project: Project) -> None:
    runs = [one_run(i, names="abcd" if i < 28 else "abc") for i in range(28)]
    last = [one_run(28, names="abc" if k else "abcd", spread=0.01 + k / 1e6) for k in range(3)]
    assert found(project, [*runs, *last]).missing == ()
    again = [one_run(29, names="abc", spread=0.01 + k / 1e6) for k in range(3)]
    assert found(project, again).missing == ("d cpu_time",)


def test_a_short_series_is_judged_as_far_as_it_goes(project: Project) -> None:
    answer = found(project, [one_run(i) for i in range(10)])
    assert {(v.baseline_runs, v.current_runs) for v in answer.series} == {(8, 2)}
    (only,) = detect(project, query=Query(benchmark="a", window=3)).series
    assert only.judgement.status is Status.INSUFFICIENT_DATA


def test_results_are_held_against_the_stored_history(toy: Toy) -> None:
    store(toy.project, [one_run(i) for i in range(30)])
    new = results(toy, one_run(30, stepped("c", 0, 1.3), names=["a", "c", "new"]))
    answer = detect(toy.project, new)
    assert statuses(answer) == {"c": Status.REGRESSION_DETECTED, "a": Status.NORMAL}
    assert answer.missing == ("b cpu_time", "d cpu_time")
    assert answer.added == ("new cpu_time",)
    assert answer.changes[0].after == commit(29)[:10]


def test_results_that_are_stored_already_are_not_their_own_reference(toy: Toy) -> None:
    store(toy.project, [one_run(i) for i in range(30)])
    new = results(toy, one_run(30, stepped("c", 0, 1.3)))
    import_results(toy.project, new)
    answer = detect(toy.project, new)
    assert {v.baseline_runs for v in answer.series} == {30}
    assert statuses(answer)["c"] is Status.REGRESSION_DETECTED


def test_results_of_a_machine_without_history_have_no_baseline(toy: Toy) -> None:
    store(toy.project, [one_run(i) for i in range(30)])
    new = results(toy, one_run(30, environment=Environment(cpu_model="unheard of")))
    with pytest.raises(NoBaseline, match="no stored history"):
        detect(toy.project, new)


def test_a_missing_series_clears_nothing(toy: Toy) -> None:
    store(toy.project, [one_run(i) for i in range(30)])
    answer = detect(toy.project, results(toy, one_run(30, names="abc")))
    assert answer.status is Status.INSUFFICIENT_DATA
    assert "missing in the current runs: d cpu_time" in answer.summary


def test_an_empty_store_says_what_to_do(project: Project) -> None:
    with pytest.raises(MissingData, match="import_results"):
        detect(project)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"baseline": "toy"}, "no results"),
        ({"form": "jmh"}, "Leave it out"),
        ({"results": "x.json", "newest": 3}, "Leave it out"),
        ({"results": "x.json", "baseline": "toy", "query": Query(group="io")}, "group choose of the stored history"),
        ({"results": "x.json", "baseline_form": "jmh"}, "says nothing without a baseline"),
        ({"margin": -1.0}, "margin of -1"),
        ({"newest": 0}, "0 newest points"),
        ({"cursor": "nothing"}, "names no entry"),
    ],
)
def test_arguments_that_say_nothing_together_are_refused(project: Project, given: dict[str, object], said: str) -> None:
    store(project, [one_run(i) for i in range(12)])
    with pytest.raises(InvalidInput, match=said):
        detect(project, **given)  # type: ignore[arg-type]  # a table of arguments


@pytest.mark.parametrize(
    ("slower", "own", "said"),
    [
        ("abcdef", "", TOGETHER + "none stands out"),
        ("abcdef", "c", TOGETHER + "beyond that c 1."),
        ("abc", "", None),
        ("", "c", None),
    ],
)  # fmt: skip
def test_what_all_benchmarks_of_a_machine_did_is_said(
    project: Project, slower: str, own: str, said: str | None
) -> None:
    def levels(name: str, index: int) -> float:
        return 1e-3 * (1 if index < 35 else (1.1 if name in slower else 1) * (1.3 if name in own else 1))

    answer = found(project, [one_run(i, levels, names="abcdef") for i in range(40)])
    assert any(said in warning for warning in answer.warnings) if said else not answer.warnings
    assert answer.status is Status.REGRESSION_DETECTED  # it may be the change after all


def test_what_looking_costs_is_said_of_what_is_noisy(project: Project) -> None:
    rates = [found(project, [one_run(i) for i in range(30)]).false_alerts, detect(project, newest=1).false_alerts]
    assert 0 < (rates[0] or 0) < (rates[1] or 0)
    store(project, [one_run(i, lambda _n, _i: 9.0, metric=INSTRUCTIONS, spread=0) for i in range(30)])
    assert detect(project, query=Query(metric="instructions")).false_alerts is None


def test_many_series_come_in_pages_without_a_gap(project: Project) -> None:
    store(project, [one_run(i, level, names=[f"n{j:02}" for j in range(15)]) for i in range(30)])
    seen: list[str] = []
    cursor = None
    while True:
        answer = detect(project, cursor=cursor)
        seen += [verdict.benchmark for verdict in answer.series]
        cursor = answer.next_cursor
        if cursor is None:
            break
    assert sorted(seen) == [f"n{j:02}" for j in range(15)]
    assert len(detect(project, detail="full").series) == 15


@pytest.mark.parametrize(("away", "status"), [(1, Status.NORMAL), (2, Status.INCONCLUSIVE)])
@pytest.mark.parametrize("ratio", [0.5, 2.0])
def test_newest_points_that_just_left_the_level_are_not_shown_to_be_within_the_margin(
    project: Project, away: int, status: Status, ratio: float
) -> None:
    answer = found(project, [one_run(i, stepped("b", 40 - away, ratio)) for i in range(40)])
    judged = next(verdict for verdict in answer.series if verdict.benchmark == "b")
    assert judged.judgement.status is status
    said = judged.judgement.warnings[-1].split()
    assert float(said[said.index("at") + 1]) == pytest.approx(ratio, rel=0.03)
    assert judged.baseline == pytest.approx(1e-3, rel=0.01)
    assert judged.current == pytest.approx(1e-3, rel=0.05)


def test_an_exact_value_that_is_asked_for_by_commits_is_not_that_of_a_later_one(project: Project) -> None:
    """It is repeated in its own run; the runs that came later have other values."""

    def counted(_name: str, index: int) -> float:
        return 2000.0 if index == 30 else 1000.0

    store(project, [one_run(i, counted, metric=INSTRUCTIONS, spread=0, repeats=3) for i in range(35)])
    answer = detect(project, query=Query(commits=f"..{commit(30)}"), newest=1)
    assert {verdict.judgement.status for verdict in answer.series} == {Status.REGRESSION_DETECTED}
    assert answer.series[0].judgement.ratio == pytest.approx(2.0)


def test_results_of_an_old_commit_are_held_against_what_came_before_it(toy: Toy) -> None:
    """Without git the place of their commit is that of a stored run, and the window is that before it."""
    store(toy.project, [one_run(i, stepped("b", 25, 2.0)) for i in range(60)])
    name = results(toy, one_run(24, stepped("b", 24, 2.0)))
    answer = detect(toy.project, name, query=Query(window=12))
    assert statuses(answer)["b"] is Status.REGRESSION_DETECTED
    assert (answer.series[0].benchmark, answer.series[0].baseline_runs) == ("b", 12)
    assert answer.baseline.endswith(f"{commit(12)[:10]} to {commit(23)[:10]}")


def test_a_time_of_zero_in_the_history_hides_no_regression(toy: Toy) -> None:
    store(toy.project, [one_run(i, lambda name, index: 1e-3 * (name != "b" or index != 15)) for i in range(30)])
    answer = detect(toy.project, results(toy, one_run(30, stepped("b", 30, 2.0))))
    assert statuses(answer)["b"] is Status.REGRESSION_DETECTED
    assert answer.series[0].baseline_runs == 29
    assert "1 stored time of 0 or less is no measurement" in answer.warnings[-1]


def test_machines_that_measure_in_turns_are_judged_both(project: Project) -> None:
    """Whichever measured last: what the other saw is no less true."""
    store(project, [one_run(i, stepped("b", 30, 2.0)) for i in range(0, 40, 2)])
    store(project, [one_run(i, environment=ELSEWHERE) for i in range(1, 40, 2)])
    answer = detect(project)
    assert answer.status is Status.REGRESSION_DETECTED
    assert answer.family == 8
