"""The main job: capture, change something, ask whether it became slower."""

import json
import subprocess

import pytest

from dart_perf.errors import Corrupted, InvalidInput, MeasurementFailed, MissingData, NoBaseline, PerfError, Untrusted
from dart_perf.model.baseline import State
from dart_perf.model.comparison import Comparison
from dart_perf.model.environment import Environment
from dart_perf.model.judgement import Status
from dart_perf.workflows import baselines, checking, scenarios
from dart_perf.workflows.capture import capture_baseline
from dart_perf.workflows.compare import compare_with_baseline
from dart_perf.workflows.detection import detect
from dart_perf.workflows.imports import import_results
from dart_perf.workflows.planning import plan_runs
from tests.conftest import Toy


def captured(toy: Toy) -> str:
    return capture_baseline(toy.project, "toy", why="before").baseline.id


def first_ratio(comparison: Comparison) -> tuple[float, float]:
    judgement = comparison.series[0].judgement
    assert judgement.low is not None
    assert judgement.high is not None
    return judgement.low, judgement.high


def test_an_unchanged_program_is_shown_to_be_within_the_margin(toy: Toy) -> None:
    captured(toy)
    comparison = compare_with_baseline(toy.project, "toy")
    assert comparison.status is Status.NORMAL
    assert comparison.design == "paired"


def test_a_slower_program_is_a_regression_whose_interval_lies_around_the_truth(toy: Toy) -> None:
    captured(toy)
    toy.says(seconds=1.3e-3)
    comparison = compare_with_baseline(toy.project, "toy")
    low, high = first_ratio(comparison)
    assert comparison.status is Status.REGRESSION_DETECTED
    assert [low, high] == pytest.approx([1.3, 1.3], rel=0.02)  # one interval in twenty misses 1.3


def test_a_faster_program_is_an_improvement(toy: Toy) -> None:
    captured(toy)
    toy.says(seconds=0.8e-3)
    assert compare_with_baseline(toy.project, "toy").status is Status.IMPROVEMENT_DETECTED


def test_a_changed_guard_withholds_the_verdict_on_speed(toy: Toy) -> None:
    captured(toy)
    toy.says(seconds=0.2e-3, contacts=3)
    comparison = compare_with_baseline(toy.project, "toy")
    assert comparison.status is Status.BEHAVIOUR_CHANGED
    assert comparison.guards == ("contacts: 12 -> 3",)
    assert {s.judgement.status for s in comparison.series} == {Status.BEHAVIOUR_CHANGED}


def test_a_program_whose_files_were_not_kept_is_judged_then_and_now(toy: Toy) -> None:
    capture_baseline(toy.project, "toy_without_files", why="before")
    toy.says(seconds=1.06e-3)
    small = compare_with_baseline(toy.project, "toy_without_files")
    toy.says(seconds=2e-3)
    double = compare_with_baseline(toy.project, "toy_without_files")
    assert (small.design, small.status) == ("then-and-now", Status.INCONCLUSIVE)
    assert double.status is Status.REGRESSION_DETECTED
    assert any("was not measured again" in warning for warning in small.warnings)


def test_a_baseline_that_came_with_a_clone_runs_nothing(
    toy: Toy, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    captured(toy)
    monkeypatch.setenv("DART_PERF_STATE", str(tmp_path_factory.mktemp("another machine")))
    scenarios.trust_project(toy.project)
    toy.says(seconds=3e-3)
    comparison = compare_with_baseline(toy.project, "toy")
    assert (comparison.design, comparison.status) == ("then-and-now", Status.REGRESSION_DETECTED)
    assert any("was not captured on this machine" in warning for warning in comparison.warnings)


def test_a_failed_program_stores_nothing(toy: Toy) -> None:
    toy.says(fails=True)
    with pytest.raises(MeasurementFailed, match="toy is broken on purpose"):
        captured(toy)
    assert toy.project.store.baselines() == ()
    assert toy.project.store.runs() == ()


def test_comparing_without_a_baseline_says_how_to_get_one(toy: Toy) -> None:
    with pytest.raises(NoBaseline, match="Capture one with capture_baseline"):
        compare_with_baseline(toy.project, "toy")


def test_an_unknown_scenario_is_refused_with_the_known_ones(toy: Toy) -> None:
    with pytest.raises(InvalidInput, match="Known are: standard_robot"):
        capture_baseline(toy.project, "nothing", why="x")


def test_a_changed_toml_runs_nothing_until_it_is_trusted_again(toy: Toy) -> None:
    path = toy.root / "dart-perf.toml"
    path.write_text(path.read_text().replace("repetitions = 6", "repetitions = 7"))
    with pytest.raises(Untrusted, match="dart-perf-baseline --trust"):
        captured(toy)
    scenarios.trust_project(toy.project)
    assert captured(toy)


def test_capturing_three_times_gives_a_baseline_of_three_sessions(toy: Toy) -> None:
    names = [captured(toy) for _ in range(3)]
    entries = {entry.id: entry for entry in toy.project.store.baselines("toy")}
    assert [entries[name].sessions for name in names] == [1, 2, 3]
    assert [entries[name].state for name in names] == [State.CURRENT, State.CANDIDATE, State.CANDIDATE]


def test_a_changed_program_does_not_inherit_sessions(toy: Toy) -> None:
    captured(toy)
    toy.says(seconds=2e-3)
    second = capture_baseline(toy.project, "toy", why="after").baseline
    assert second.sessions == 1


def test_promotion_supersedes_and_rollback_restores(toy: Toy) -> None:
    first, second = captured(toy), captured(toy)
    promoted = baselines.update(toy.project, "promote", why="accepted", baseline=second)
    assert promoted.state is State.CURRENT
    assert baselines.entry(toy.project, first).state is State.SUPERSEDED
    back = baselines.update(toy.project, "roll_back", why="was wrong", scenario="toy")
    assert (back.id, back.state) == (first, State.CURRENT)


@pytest.mark.parametrize(
    ("action", "given"),
    [
        ("promote", {"scenario": "toy"}),
        ("withdraw", {"results": "r.json"}),
        ("roll_back", {"scenario": "toy", "baseline": "FIRST"}),
        ("from_results", {"results": "r.json", "baseline": "FIRST"}),
    ],
)
def test_an_argument_that_an_update_would_not_look_at_is_refused(
    toy: Toy, action: baselines.Update, given: dict[str, str]
) -> None:
    first, second = captured(toy), captured(toy)
    named = {"baseline": second} | {name: first if value == "FIRST" else value for name, value in given.items()}
    with pytest.raises(InvalidInput, match=rf"{action} takes .* has no use for .*\. Leave out what it does not take"):
        baselines.update(toy.project, action, why="x", **named)
    assert [baselines.entry(toy.project, name).state for name in (first, second)] == [State.CURRENT, State.CANDIDATE]


def test_there_is_nothing_to_roll_back_to_after_the_first(toy: Toy) -> None:
    captured(toy)
    with pytest.raises(NoBaseline, match="no earlier baseline to roll back to"):
        baselines.update(toy.project, "roll_back", why="x", scenario="toy")


def test_a_damaged_log_is_said_beside_the_other_baselines(toy: Toy) -> None:
    captured(toy)
    capture_baseline(toy.project, "toy_without_files", why="x")
    (log,) = (toy.project.home / "baselines" / "toy").glob("*/log.jsonl")
    log.write_bytes(log.read_bytes().replace(b"captured", b"cAptured"))
    listed = baselines.list_baselines(toy.project)
    assert [entry.scenario for entry in listed.baselines] == ["toy_without_files"]
    assert "baselines/toy/linux-x86_64/log.jsonl" in listed.warnings[0]
    with pytest.raises(Corrupted):
        compare_with_baseline(toy.project, "toy")


def test_rolling_back_twice_goes_back_twice(toy: Toy) -> None:
    names = [captured(toy) for _ in range(3)]
    for name in names[1:]:
        baselines.update(toy.project, "promote", why="newer", baseline=name)
    back = [baselines.update(toy.project, "roll_back", why="worse", scenario="toy").id for _ in range(2)]
    assert back == [names[1], names[0]]


def test_a_withdrawn_current_baseline_is_rolled_back_to_the_one_before(toy: Toy) -> None:
    first, second = captured(toy), captured(toy)
    baselines.update(toy.project, "promote", why="newer", baseline=second)
    baselines.update(toy.project, "withdraw", why="the machine was broken", baseline=second)
    assert baselines.update(toy.project, "roll_back", why="restore", scenario="toy").id == first


def test_a_baseline_of_another_scenario_is_refused(toy: Toy) -> None:
    other = capture_baseline(toy.project, "toy_without_files", why="x").baseline.id
    with pytest.raises(InvalidInput, match="is a baseline of 'toy_without_files', not of 'toy'"):
        compare_with_baseline(toy.project, "toy", baseline=other)


def test_results_that_say_another_scenario_are_not_sealed(toy: Toy) -> None:
    with pytest.raises(InvalidInput, match="name these scenarios: other, toy"):
        baselines.update(toy.project, "from_results", why="x", scenario="other", results=toy.results("r.json", 1e-3))


def test_a_lost_program_file_falls_back_to_the_stored_values(toy: Toy) -> None:
    captured(toy)
    for path in (toy.project.home / "programs").iterdir():
        path.unlink()
    toy.says(seconds=3e-3)
    comparison = compare_with_baseline(toy.project, "toy")
    assert (comparison.design, comparison.status) == ("then-and-now", Status.REGRESSION_DETECTED)


def test_unreadable_output_is_noticed_at_the_first_process_and_quoted(toy: Toy) -> None:
    (toy.root / "toy.py").write_text(
        "import pathlib\npathlib.Path('ran').open('a').write('x')\nprint('no numbers today')"
    )
    with pytest.raises(MeasurementFailed, match="no numbers today"):
        captured(toy)
    assert (toy.root / "ran").read_text() == "x"


def test_a_commit_whose_scenario_has_no_baseline_is_told_beside_the_others(toy: Toy) -> None:
    captured(toy)
    import_results(toy.project, toy.results("one.json", 1e-3, commit="abc123def"))
    second = toy.results("two.json", 1e-3, commit="abc123def")
    (toy.root / second).write_text((toy.root / second).read_text().replace('"scenario": "toy"', '"scenario": "other"'))
    import_results(toy.project, second)
    check = checking.check(toy.project, "abc123def")
    assert [line.split(":")[:2] for line in check.verdicts] == [["other", " NO_BASELINE"], ["toy", f" {check.status}"]]


def test_results_become_a_candidate_that_is_judged_then_and_now(toy: Toy) -> None:
    entry = baselines.update(toy.project, "from_results", why="release", results=toy.results("old.json", 1e-3))
    assert (entry.scenario, entry.remeasurable) == ("toy", False)
    comparison = detect(toy.project, toy.results("new.json", 2.2e-3), entry.id)
    assert comparison.status is Status.REGRESSION_DETECTED


def test_results_of_an_unknown_platform_do_not_become_current_beside_one_of_this(toy: Toy) -> None:
    mine = captured(toy)
    entry = baselines.update(toy.project, "from_results", why="release", results=toy.results("old.json", 1e-3))
    assert (entry.platform, entry.state) == (Environment().platform, State.CANDIDATE)
    assert baselines.current(toy.project, "toy").id == mine
    promoted = baselines.update(toy.project, "promote", why="meant", baseline=entry.id)
    assert promoted.state is State.CURRENT


def test_the_other_server_gives_the_same_verdict_on_the_same_runs(toy: Toy) -> None:
    captured(toy)
    toy.says(seconds=1.2e-3)
    first = compare_with_baseline(toy.project, "toy")
    again = detect(toy.project, first.runs[1], first.runs[0])
    assert (again.status, again.design, again.series) == (first.status, "paired", first.series)


def test_a_commit_without_stored_runs_is_said_with_the_remedy(toy: Toy) -> None:
    captured(toy)
    with pytest.raises(MissingData, match=r"no stored run of commit 'abc123'.*import"):
        checking.check(toy.project, "abc123")


def test_a_commit_is_held_against_the_sealed_baseline(toy: Toy) -> None:
    captured(toy)
    import_results(toy.project, toy.results("commit.json", 3e-3, commit="abc123def"))
    check = checking.check(toy.project, "abc123")
    assert check.status is Status.REGRESSION_DETECTED
    assert check.verdicts[0].startswith("toy: REGRESSION_DETECTED: 1 of 1 series worse")


def test_a_plan_names_the_runs_that_an_effect_takes(toy: Toy) -> None:
    captured(toy)
    plan = plan_runs(toy.project, "toy", effect=1.1)
    assert plan.runs is not None
    assert 3 <= plan.runs <= 10
    assert plan.pairs is not None
    assert plan.pairs >= 10
    assert plan.pair_minutes is not None
    assert f"; verify_change finds it within {plan.pairs} pairs, " in plan.summary
    assert "the noise is known from 5 pairs only" in plan.warnings
    assert plan_runs(toy.project, "toy", effect=1.1) == plan
    assert plan.series[0].spread < 0.02


@pytest.mark.parametrize("path", ["../outside.json", "/etc/passwd", "missing.json", "a\0b"])
def test_a_path_outside_the_project_is_refused(toy: Toy, path: str) -> None:
    with pytest.raises(InvalidInput):
        toy.project.path(path)


@pytest.mark.parametrize("path", ["x" * 5000, "circle", "circle/a.json"])
def test_a_path_that_cannot_be_looked_up_is_refused_in_a_short_sentence(toy: Toy, path: str) -> None:
    (toy.root / "circle").symlink_to("circle")
    with pytest.raises(InvalidInput, match=r"cannot be looked up: .*\. Give another path\.") as refused:
        toy.project.path(path)
    assert len(str(refused.value)) < 200
    with pytest.raises(PerfError):
        detect(toy.project, path, toy.results("a.json", 1.0))
    with pytest.raises(PerfError):
        detect(toy.project, toy.results("a.json", 1.0), path)


def test_a_symbolic_link_out_of_the_project_is_refused(toy: Toy) -> None:
    (toy.root / "link.json").symlink_to("/etc/passwd")
    with pytest.raises(InvalidInput, match="leads out of the project"):
        toy.project.path("link.json")


def test_runs_of_a_google_benchmark_process_are_judged_with_what_processes_differ_by(toy: Toy) -> None:
    def benchmark(name: str, nanoseconds: float) -> str:
        rows = [
            {
                "name": "BM_Step", "run_name": "BM_Step", "run_type": "iteration", "repetitions": 12, "threads": 1,
                "repetition_index": i, "iterations": 100, "real_time": nanoseconds * (1 + i / 500),
                "cpu_time": nanoseconds * (1 + i / 500), "time_unit": "ns",
            }
            for i in range(12)
        ]  # fmt: skip
        context = {"date": "2026-01-01T00:00:00+00:00", "num_cpus": 2, "library_build_type": "release"}
        (toy.root / name).write_text(json.dumps({"context": context, "benchmarks": rows}))
        return name

    old = benchmark("old.json", 100.0)
    doubled = detect(toy.project, benchmark("new.json", 200.0), old)
    slightly = detect(toy.project, benchmark("slow.json", 104.0), old)
    assert (doubled.status, slightly.status) == (Status.REGRESSION_DETECTED, Status.INCONCLUSIVE)
    assert any("come from one process" in warning for warning in doubled.warnings)


def test_an_import_knows_where_its_commit_stands(toy: Toy) -> None:
    git = ("git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-C", str(toy.root))
    subprocess.run([*git, "init", "-q"], check=True)
    for number in range(3):
        subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", str(number)], check=True)
    head = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    import_results(toy.project, toy.results("r.json", 1e-3, commit=head))
    series = toy.project.store.series()[0].id
    assert [point.position for point in toy.project.store.points(series)] == [2]


def test_a_plan_for_exact_counts_does_not_ask_for_more_processes(toy: Toy) -> None:
    metric = {"name": "instructions", "unit": "instructions", "assumption": "exact"}
    measured = {"benchmark": {"name": "step"}, "metric": metric, "samples": [5.0]}
    document = {"schema": "dart-perf/results/1", "producer": "p", "measurements": [measured]}
    (toy.root / "counts.json").write_text(json.dumps(document))
    sealed = baselines.update(toy.project, "from_results", why="x", scenario="toy", results="counts.json")
    with pytest.raises(
        MissingData, match=r"exact counts alone, which do not vary: nothing is to plan\. Compare with it"
    ):
        plan_runs(toy.project, sealed.id)
