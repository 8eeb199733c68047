"""The gate: what fails, what is waived and by whom, and what is never waived."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from dart_perf.errors import InvalidInput
from dart_perf.model.gate import Gate
from dart_perf.model.measurement import Guard, Run
from dart_perf.report.text import render
from dart_perf.workflows.gate import Asked, check_gate, pass_gate, report_pull_request
from dart_perf.workflows.policy_file import FILE
from dart_perf.workflows.project import Project
from tests import golden
from tests.analysis.runs import HERE, INSTRUCTIONS, WALL
from tests.conftest import Toy
from tests.workflows.histories import Level, level, one_run, stepped, store

SLOWER = stepped("b", 0, 1.3)
REASON = 'reason = "it must"\n'
WAIVER = '[[waiver]]\nbenchmark = "b"\nexpires = 2026-06-01\nby = "js"\n'


@pytest.fixture
def history(toy: Toy) -> Toy:
    """A project with thirty runs of four benchmarks; its clock stands in January 2026."""
    store(toy.project, [one_run(i, guards=[Guard(name="contacts", value=12)]) for i in range(30)])
    return toy


def results(toy: Toy, levels: Level = level, **fields: Any) -> str:
    said = one_run(30, levels, **fields).model_dump(mode="json", exclude_defaults=True)
    (toy.root / "new.json").write_text(json.dumps(said | {"schema": "dart-perf/results/1"}))
    return "new.json"


def gate(toy: Toy, policy: str = "", rationale: str = "", **fields: Any) -> Gate:
    (toy.root / FILE).write_text(policy)
    return check_gate(toy.project, Asked(**({"results": "new.json", "rationale": rationale} | fields)), detail="full")


def failing(answer: Gate) -> dict[str, str]:
    return {entry.what: entry.cause for entry in answer.entries if entry.effect == "fails"}


def test_what_did_not_change_passes(history: Toy) -> None:
    results(history)
    answer = gate(history)
    assert (answer.verdict, answer.exit_code, answer.entries) == ("PASS", 0, ())


def test_a_regression_fails_and_says_what_to_do(history: Toy) -> None:
    results(history, SLOWER)
    answer = gate(history)
    assert (answer.verdict, answer.exit_code) == ("FAIL", 1)
    assert failing(answer) == {"b cpu_time": "regression"}
    assert "Perf-Regression-Rationale" in answer.next_step
    golden.check("gate.regression.txt", render(answer) + "\n")


def test_margins_are_those_of_the_policy(history: Toy) -> None:
    results(history, SLOWER)
    assert gate(history, '[margins]\n"b*" = 0.5\n').verdict == "PASS"
    assert gate(history, '[margins]\n"group:dynamics" = 0.5\n').verdict == "PASS"
    assert gate(history, '[margins]\n"group:io" = 0.5\n').verdict == "FAIL"
    assert gate(history, "margin = 0.5\n").verdict == "PASS"


def test_a_margin_of_the_policy_counts_against_a_baseline_too(history: Toy) -> None:
    results(history, SLOWER)
    (history.root / "old.json").write_bytes((history.root / results(history)).read_bytes())
    results(history, SLOWER, repeats=1)
    against = {"baseline": "old.json"}
    answer = gate(history, '[margins]\n"b*" = 9.0\n', **against)
    assert {entry.margin for entry in answer.entries if entry.what == "b cpu_time"} <= {9.0}


@pytest.mark.parametrize(
    ("waiver", "verdict", "state"),
    [
        (WAIVER + REASON, "PASS", "used"),
        (WAIVER, "FAIL", "no reason"),
        (WAIVER + 'reason = "  "\n', "FAIL", "no reason"),
        (WAIVER.replace("2026-06-01", "2025-12-31") + REASON, "FAIL", "expired"),
        (WAIVER.replace("2026-06-01", "2026-01-01") + REASON, "PASS", "used"),
        (WAIVER.replace('"b"', '"bb"') + REASON, "FAIL", "matches nothing"),
        (WAIVER.replace('"b"', '"a"') + REASON, "FAIL", "not needed"),
        (WAIVER + REASON + 'metric = "wall_time"\n', "FAIL", "matches nothing"),
    ],
)
def test_a_waiver_counts_with_a_reason_until_its_last_day(history: Toy, waiver: str, verdict: str, state: str) -> None:
    results(history, SLOWER)
    answer = gate(history, waiver)
    assert (answer.verdict, [use.state for use in answer.waivers]) == (verdict, [state])
    if state == "used":
        assert answer.entries[0].waived_by.startswith(f"js, {FILE} (")
        assert answer.entries[0].waived_by.endswith(": it must")
    elif state != "not needed":
        assert "waives nothing" in answer.warnings[0]


@pytest.mark.parametrize(
    ("line", "verdict", "state"),
    [
        ("b: it must check", "PASS", "used"),
        ("it must check", "PASS", "used"),
        ("a: it must check", "FAIL", "not needed"),
        ("typo: it must check", "FAIL", "matches nothing"),
        ("b:", "FAIL", "no reason"),
    ],
)
def test_a_rationale_waives_what_it_names(history: Toy, line: str, verdict: str, state: str) -> None:
    results(history, SLOWER)
    answer = gate(history, rationale=f"Body\n\nPerf-Regression-Rationale: {line}\n")
    assert (answer.verdict, [use.state for use in answer.waivers]) == (verdict, [state])


def test_a_policy_may_refuse_rationales(history: Toy) -> None:
    results(history, SLOWER)
    answer = gate(history, 'rationales = "fail"\n', rationale="Perf-Regression-Rationale: it must")
    assert (answer.verdict, answer.waivers[0].state) == ("FAIL", "not accepted")


EVERYTHING = "[[waiver]]\nbenchmark = '*'\nexpires = 2026-06-01\nreason = 'all'\n"
ALL = "Perf-Regression-Rationale: all of it\nRebaseline-Rationale: b: all of it"


@pytest.mark.parametrize(
    ("fields", "cause", "code"),
    [
        ({"names": "abc"}, "missing", 4),
        ({"guards": [Guard(name="contacts", value=3)]}, "behaviour", 6),
        ({"environment": HERE.model_copy(update={"cpu_model": "C"})}, "no baseline", 4),
    ],
)
def test_nothing_waives_what_is_missing_or_computes_something_else(
    history: Toy, fields: dict[str, Any], cause: str, code: int
) -> None:
    results(history, SLOWER, **({"guards": [Guard(name="contacts", value=12)]} | fields))
    answer = gate(history, EVERYTHING, rationale=ALL)
    assert (answer.verdict, answer.exit_code) == ("FAIL", code)
    assert cause in failing(answer).values()


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "does not exist"), ("", "empty"), ("{}", "new.json"), ("[1,", "new.json"),
     ('{"context": {}, "benchmarks": []}', "no measurement")],
)  # fmt: skip
def test_results_that_are_missing_empty_or_broken_fail(history: Toy, content: str | None, said: str) -> None:
    if content is not None:
        (history.root / "new.json").write_text(content)
    answer = gate(history, EVERYTHING, rationale=ALL)
    assert (answer.verdict, answer.exit_code) == ("FAIL", 4)
    assert said in answer.entries[0].said


def test_a_store_without_anything_fails(toy: Toy) -> None:
    answer = gate(toy, results=None)
    assert (answer.verdict, answer.exit_code) == ("FAIL", 4)
    assert gate(toy, 'no_baseline = "pass"\n', results=None).verdict == "FAIL"  # there are no results either


def test_a_first_run_passes_where_the_policy_lets_it(toy: Toy) -> None:
    results(toy)
    assert gate(toy).exit_code == 4
    assert gate(toy, 'no_baseline = "pass"\n').verdict == "PASS"


def test_a_benchmark_that_failed_is_told_though_others_ran(history: Toy) -> None:
    rows = [{"name": name, "real_time": 1.0, "cpu_time": 1.0, "time_unit": "ms", "iterations": 1} for name in "ab"]
    rows[1] |= {"error_occurred": True, "error_message": "no GPU"}
    (history.root / "new.json").write_text(json.dumps({"context": {}, "benchmarks": rows}))
    (history.root / "old.json").write_text(json.dumps({"context": {}, "benchmarks": rows[:1]}))
    answer = gate(history, EVERYTHING, rationale=ALL, baseline="old.json")
    assert "errored" in failing(answer).values()
    assert "no GPU" in render(answer)


def test_a_required_benchmark_that_is_not_there_fails(history: Toy) -> None:
    results(history)
    assert failing(gate(history, 'required = ["a", "solver/*"]\n')) == {"solver/*": "missing"}


@pytest.mark.parametrize(("answer", "code"), [("pass", 0), ("fail", 3)])
def test_what_is_undecided_does_what_the_policy_says(history: Toy, answer: str, code: int) -> None:
    results(history, stepped("b", 0, 1.05))
    found = gate(history, f'inconclusive = "{answer}"\n')
    assert found.exit_code == code
    assert found.undecided == 1
    assert [entry.effect for entry in found.entries] == ["noted" if answer == "pass" else "fails"]


def test_new_benchmarks_are_noted(history: Toy) -> None:
    results(history, names=["a", "b", "c", "d", "e"])
    answer = gate(history)
    assert (answer.verdict, answer.entries[0].effect, answer.entries[0].what) == ("PASS", "noted", "e cpu_time")


@pytest.mark.parametrize(("policy", "verdict", "code"), [("", "FAIL", 4), ('no_baseline = "pass"', "PASS", 0)])
def test_a_history_too_short_to_judge_anything_is_nothing_to_compare_with(
    toy: Toy, policy: str, verdict: str, code: int
) -> None:
    store(toy.project, [one_run(i) for i in range(3)])
    results(toy)
    answer = gate(toy, policy)
    assert (answer.verdict, answer.exit_code) == (verdict, code)
    assert ("every series", "no baseline") in {(entry.what, entry.cause) for entry in answer.entries}
    if verdict == "PASS":
        assert answer.summary.startswith("nothing was decided; 4 of 4 undecided")
        assert answer.next_step.startswith("measure more runs")


@pytest.mark.parametrize(("policy", "verdict"), [("", "FAIL"), ('no_baseline = "pass"', "PASS")])
def test_counts_that_are_held_do_not_hide_times_that_are_not(toy: Toy, policy: str, verdict: str) -> None:
    """On another machine instructions have a history and times have none."""

    def both(index: int, **fields: Any) -> Run:
        counts = one_run(index, lambda _n, _i: 1000.0, metric=INSTRUCTIONS, spread=0, **fields)
        times = one_run(index, **fields)
        return times.model_copy(update={"measurements": (*times.measurements, *counts.measurements)})

    store(toy.project, [both(i) for i in range(12)])
    said = both(30, environment=HERE.model_copy(update={"cpu_model": "C"}))
    content = said.model_dump(mode="json", exclude_defaults=True) | {"schema": "dart-perf/results/1"}
    (toy.root / "new.json").write_text(json.dumps(content))
    answer = gate(toy, policy)
    assert answer.verdict == verdict
    assert {entry.what for entry in answer.entries} == {f"{name} cpu_time" for name in "abcd"}


def test_results_without_a_name_are_not_taken_for_the_stored_points(history: Toy) -> None:
    answer = gate(history, results="")
    assert (answer.verdict, answer.exit_code, answer.current) == ("FAIL", 4, "results without a name")
    assert failing(answer) == {"results without a name": "missing"}


def test_a_margin_that_is_of_no_benchmark_is_said(history: Toy) -> None:
    results(history)
    answer = gate(history, '[margins]\n"b*" = 0.5\n"c@" = 0.2\n')
    (said,) = [warning for warning in answer.warnings if "margin" in warning]
    assert said.startswith("the margin of 'c@' counts for nothing")


def test_stored_points_pass_the_gate_too(toy: Toy) -> None:
    store(toy.project, [one_run(i, stepped("c", 35, 1.2)) for i in range(40)])
    assert failing(gate(toy, results=None)) == {"c cpu_time": "regression"}


@pytest.mark.parametrize("change", ["HEAD", "a...b", "..", "--all..b", "nothing..HEAD"])
def test_a_range_that_git_does_not_know_is_refused(history: Toy, change: str) -> None:
    results(history)
    with pytest.raises(InvalidInput):
        gate(history, change=change)


def git(root: Path, *arguments: str) -> str:
    argv = ["git", "-C", str(root), "-c", "user.name=Jo", "-c", "user.email=j@example.org", *arguments]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.strip()


def commit(project: Project, message: str) -> str:
    git(project.root, "commit", "-q", "--allow-empty", "-m", message)
    return git(project.root, "rev-parse", "HEAD")


def of(run: Run, commit_hash: str) -> Run:
    return run.model_copy(update={"commit": commit_hash})


def test_a_gate_says_which_end_of_a_range_git_does_not_know(toy: Toy) -> None:
    git(toy.root, "init", "-q")
    commit(toy.project, "one")
    results(toy)
    with pytest.raises(
        InvalidInput, match=r"git does not know 'nothing' of 'nothing\.\.HEAD': it names no commit here"
    ):
        gate(toy, change="nothing..HEAD")


@pytest.mark.parametrize("given", [False, True])
def test_rationales_are_read_from_the_commits_of_the_change(toy: Toy, *, given: bool) -> None:
    git(toy.root, "init", "-q")
    old = [commit(toy.project, f"old {i}") for i in range(12)]
    commit(toy.project, "Check the input\n\nPerf-Regression-Rationale: b: it must check\n")
    new = commit(toy.project, "and more")
    toy.project.store.append_runs(
        [of(one_run(i), name) for i, name in enumerate(old)], position={name: i for i, name in enumerate(old)}
    )
    said = of(one_run(30, SLOWER), new).model_dump(mode="json", exclude_defaults=True)
    (toy.root / "new.json").write_text(json.dumps(said | {"schema": "dart-perf/results/1"}))
    answer = gate(toy, change=f"{old[-1]}..HEAD" if given else None)
    assert answer.verdict == "PASS", answer
    assert answer.entries[0].waived_by.startswith("Jo, commit ")
    assert answer.commits == f"{old[-1]}..{new}"
    assert gate(toy, change="HEAD~1..HEAD").verdict == "FAIL"


def test_a_long_answer_stays_short(toy: Toy) -> None:
    names = [f"a_long_suite/with_long_names/benchmark_{i}" for i in range(300)]
    store(toy.project, [one_run(i, names=names) for i in range(12)])
    results(toy, lambda _name, _index: 1.5e-3, names=names)
    (toy.root / FILE).write_text("\n".join(WAIVER.replace('"b"', f'"x{i}"') + REASON for i in range(100)))
    answer = check_gate(toy.project, Asked(results="new.json"))
    assert "not shown: 292 entries, 95 waivers" in answer.warnings[-1]
    assert (len(render(answer)) + len(answer.model_dump_json())) / 4 < 2_000


def test_the_report_for_a_pull_request_is_one_screen(history: Toy) -> None:
    results(history, SLOWER)
    asked = Asked(results="new.json", rationale="Perf-Regression-Rationale: a: in case")
    report = report_pull_request(pass_gate(history.project, asked), ["dart-regression-detector --gate"])
    golden.check("gate.pull_request.md", report)
    assert report.startswith("<!-- dart-perf:report -->\n")
    assert len(report.splitlines()) < 40


def test_a_report_of_results_that_are_missing_says_so(history: Toy) -> None:
    report = report_pull_request(pass_gate(history.project, Asked(results="no|where.json")), [])
    assert "### Performance: FAIL\n\nnothing was judged: 'no\\|where.json' does not exist" in report
    assert "| **fails**: missing | `no\\|where.json` |" in report


def test_brackets_in_a_name_are_itself_so_that_no_waiver_reaches_another_benchmark(toy: Toy) -> None:
    """Names of parametrised tests hold them."""
    names = ("t[10]", "t1", "t[20]")
    store(toy.project, [one_run(i, names=names) for i in range(30)])
    results(toy, lambda name, _i: 1e-3 if name == "t[20]" else 1.5e-3, names=names)
    waiver = WAIVER.replace('"b"', '"t[10]"') + REASON
    answer = gate(toy, f'required = ["t[10]", "t[[]20]"]\n[margins]\n"t[20]" = 0.2\n{waiver}')
    assert failing(answer) == {"t1 cpu_time": "regression", "t[[]20]": "missing"}
    assert [entry.what for entry in answer.entries if entry.effect == "waived"] == ["t[10] cpu_time"]


def test_what_failed_or_is_required_fails_where_there_is_nothing_to_compare_with(toy: Toy) -> None:
    rows = [{"name": name, "real_time": 1.0, "cpu_time": 1.0, "time_unit": "ms", "iterations": 1} for name in "ab"]
    rows[1] |= {"error_occurred": True, "error_message": "no GPU"}
    (toy.root / "new.json").write_text(json.dumps({"context": {}, "benchmarks": rows}))
    answer = gate(toy, 'no_baseline = "pass"\nrequired = ["a", "b"]\n')
    assert (answer.verdict, answer.exit_code) == ("FAIL", 4)
    assert sorted(failing(answer).values()) == ["errored", "missing"]


@pytest.mark.parametrize("waiver", ["", EVERYTHING])
def test_a_time_of_zero_is_a_benchmark_that_failed(history: Toy, waiver: str) -> None:
    results(history, lambda name, _i: 0.0 if name == "b" else 1e-3)
    answer = gate(history, waiver)
    assert (answer.exit_code, failing(answer)) == (4, {"b cpu_time": "errored"})


@pytest.mark.parametrize("baseline", [None, "old.json"])
def test_the_time_that_decides_is_missed(toy: Toy, baseline: str | None) -> None:
    (toy.root / "dart-perf.toml").write_text('[scenario.s]\nargv = ["true"]\ndecides = "wall"\n')

    def both(index: int, names: str = "ab") -> Run:
        cpu = one_run(index, repeats=5, scenario="s")
        return cpu.model_copy(
            update={"measurements": (*cpu.measurements, *one_run(index, names=names, metric=WALL).measurements)}
        )

    store(toy.project, [both(i) for i in range(30)])
    for name, run in (("old.json", both(30)), ("new.json", both(30, "b"))):
        content = run.model_dump(mode="json", exclude_defaults=True) | {"schema": "dart-perf/results/1"}
        (toy.root / name).write_text(json.dumps(content))
    answer = gate(toy, baseline=baseline)
    assert (answer.verdict, failing(answer)) == ("FAIL", {"a wall_time": "missing"})
