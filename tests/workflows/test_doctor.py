"""What limits measuring here: told in full, with the smallest change that two identical programs leave room for."""

import json
import random
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dart_perf.analysis.floor import floors
from dart_perf.measure import lock, revision, trust
from dart_perf.measure.host import Host
from dart_perf.measure.ticket import Ticket
from dart_perf.model.measurement import Benchmark, Measurement, Metric, Process, Run
from dart_perf.model.setup import Examination, Floor, Limit
from dart_perf.report.text import render
from dart_perf.workflows import capture, doctor, readiness
from tests import golden
from tests.conftest import Toy

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def states(found: Examination) -> dict[str, str]:
    return {limit.name: limit.state for limit in found.limits}


def test_a_quick_look_measures_nothing_and_says_how_to(toy: Toy, tmp_path: Path) -> None:
    found = doctor.examine(toy.project, quick=True, host=Host(tmp_path / "empty"))
    assert found.floor == ()
    assert states(found)["governor"] == "unknown"
    assert {states(found)[name] for name in ("disk", "store", "lock", "trust")} == {"fine"}
    assert "without --quick" in found.next_step


def test_a_small_program_is_measured_against_itself(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "PAIRS", (3, 3))
    told: list[str] = []
    found = doctor.examine(toy.project, progress=lambda _done, _total, message: told.append(message))
    assert [(floor.metric, floor.pairs, floor.processes) for floor in found.floor] == [
        ("cpu_time", 3, 10), ("wall_time", 3, 10)
    ]  # fmt: skip
    assert all(floor.low <= floor.ratio <= floor.high for floor in found.floor)
    assert told[-1] == "measured"
    assert not toy.project.home.exists()  # nothing is stored


def test_while_somebody_measures_nothing_else_is_measured(toy: Toy) -> None:
    with lock.machine_lock(project="/other", scenario="slow", clock=toy.project.now):
        found = doctor.examine(toy.project)
    assert (states(found)["lock"], found.floor) == ("limits", ())
    assert "slow of /other" in render(found)
    assert "nothing was measured" in found.warnings[0]


def test_who_waits_for_the_lock_is_told_with_how_long(toy: Toy) -> None:
    with lock.machine_lock(project="/other", scenario="slow", clock=toy.project.now):
        line = [Ticket(lock.path(), lock.Holder(number, "/p", f"s{number}", "then")) for number in range(7)]
        assert [ticket.ahead() for ticket in line] == [0, 1, 2, 3, 4, 5, 6]
        found = doctor.examine(toy.project, quick=True)
        for ticket in line:
            ticket.give_up()
    said = next(limit.finding for limit in found.limits if limit.name == "lock")
    assert "slow of /other" in said
    assert "; 7 in line, first come, first served: process 0, s0 of /p, for 0 s; process 1, " in said
    assert said.endswith("process 4, s4 of /p, for 0 s; and 2 more")


def test_that_the_last_holder_died_is_told(toy: Toy) -> None:
    lock.path().write_text(json.dumps({"pid": 12, "project": "/other", "scenario": "s", "since": "then"}))
    found = doctor.examine(toy.project, quick=True)
    said = next(limit.finding for limit in found.limits if limit.name == "lock")
    assert (states(found)["lock"], "process 12, s of /other, since then" in said) == ("fine", True)


def test_what_is_wrong_with_the_project_is_told_with_its_remedy(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    toml = toy.root / "dart-perf.toml"
    toml.write_text(toml.read_text() + '[scenario.gone]\nargv = ["{root}/build/gone"]\n')
    home = toy.project.home / "baselines"
    home.mkdir(parents=True)
    (home / "broken.json").write_text("{")
    monkeypatch.setattr(readiness, "FREE_BYTES", 1 << 62)
    found = doctor.examine(toy.project, quick=True)
    told = {limit.name: limit for limit in found.limits if limit.state == "limits"}
    assert "is not trusted" in told["trust"].finding
    assert trust.REMEDY in told["trust"].remedy
    assert told["program"].finding.startswith("gone: ")
    assert "GiB are free" in told["disk"].finding
    toml.write_text("[")
    found = doctor.examine(toy.project, quick=True)
    assert "not TOML" in next(limit.finding for limit in found.limits if limit.name == "trust")


OUTSIDE = "fatal: not a git repository (or any of the parent directories): .git"
DUBIOUS = "fatal: detected dubious ownership in repository at '/p'"


@pytest.mark.parametrize(
    ("said", "state", "finding", "remedy"),
    [
        (OUTSIDE, "fine", "no git repository: results carry no commit, and points stand in order of", ""),
        (DUBIOUS, "limits", f"git reads no repository here: {DUBIOUS}", "mend what git says, e.g. git config"),
        (revision.NOT_INSTALLED, "limits", "git reads no repository here: git is not installed", "install git"),
    ],
)
def test_a_repository_that_git_refuses_is_told_and_none_at_all_is_fine(
    toy: Toy, monkeypatch: pytest.MonkeyPatch, said: str, state: str, finding: str, remedy: str
) -> None:
    monkeypatch.setattr(revision, "unreadable", lambda _folder: said)
    limit = of_git(toy)
    assert limit.state == state
    assert limit.finding.startswith(finding)
    assert limit.remedy.startswith(remedy)
    assert bool(limit.remedy) == bool(remedy)


def test_a_repository_gives_results_a_commit_once_it_has_one(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-C", str(toy.root)]
    subprocess.run([*git, "init", "-q"], check=True)
    assert of_git(toy).finding.startswith("this repository has no commit yet: results carry no commit")
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "x"], check=True)
    assert of_git(toy).finding == "results carry the commit of this repository"
    monkeypatch.setenv("PATH", str(toy.root))
    assert of_git(toy).remedy == "install git"


def of_git(toy: Toy) -> Limit:
    (limit,) = (found for found in doctor.examine(toy.project, quick=True).limits if found.name == "git")
    return limit


def test_a_capture_says_that_git_refused_to_name_the_commit(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revision, "unreadable", lambda _folder: "fatal: detected dubious ownership")
    captured = capture.capture_baseline(toy.project, "toy", why="x", processes=3)
    assert any("no commit was recorded, git reads none here: fatal: detected" in line for line in captured.warnings)


def test_other_pythons_are_asked_for_their_version_once_they_are_trusted(toy: Toy) -> None:
    ran = toy.root / "ran"
    for name, said in (("python3.99", """'["PyPy 3.99", {}]'"""), ("python-broken", "")):
        (toy.root / name).write_text(f"#!/bin/sh\necho x >> {ran}\necho {said}\n")
        (toy.root / name).chmod(0o755)
    toml = toy.root / "dart-perf.toml"
    named = "".join(
        f'[scenario.p{i}]\nargv = ["{{root}}/{name}"]\n' for i, name in enumerate(("python3.99", "python-broken"))
    )
    toml.write_text(toml.read_text() + named)
    doctor.examine(toy.project, quick=True)
    assert not ran.exists()
    trust.trust(toy.root)
    told = {limit.finding: limit.state for limit in doctor.examine(toy.project, quick=True).limits}
    assert told[f"{toy.root}/python3.99: PyPy 3.99"] == "fine"
    assert told[f"{toy.root}/python-broken does not say its version"] == "limits"


def side(levels: list[float], seed: int) -> Run:
    rng = random.Random(seed)
    processes = [
        Process(
            index=i, session="s", block=i, position=0, started=NOW, wall_seconds=1, cpu_seconds=1, peak_rss_bytes=1
        )
        for i in range(len(levels))
    ]  # fmt: skip
    values = [level * rng.gauss(1, 0.01) for level in levels]
    measurement = Measurement(
        benchmark=Benchmark(name="loop"), metric=Metric(name="cpu_time", unit="s", better="lower"),
        samples=tuple(values), processes=tuple(range(len(values))),
    )  # fmt: skip
    return Run(producer="test", measurements=(measurement,), processes=tuple(processes))


def test_the_floor_is_that_of_pairs_not_of_the_wandering_machine() -> None:
    wandering = [1.0, 1.5, 2.0, 1.2, 1.7, 1.1, 1.9, 1.4, 1.6, 1.3]
    (steady,) = floors(side([1.0] * 10, 1), side([1.0] * 10, 2), processes=10)
    (wander,) = floors(side(wandering, 1), side(wandering, 2), processes=10)
    assert steady.spread == pytest.approx(wander.spread)
    assert steady.low < 1 < steady.high
    assert any("is known from 10 runs" in warning for warning in steady.warnings)
    assert steady.smallest is not None
    assert steady.smallest_usual is not None
    assert 1.01 < steady.smallest < 1.05 < steady.smallest_usual < 1.1


EXAMPLE = Examination(
    summary="1 of 3 things looked at limit measuring here: governor; 10 processes a side would tell 6.1 %",
    limits=(
        Limit(name="clock", state="fine", finding="tsc, steps of 1 ns"),
        Limit(name="governor", state="limits", finding="powersave\x1b[31m", meaning="it wanders", remedy="set it"),
        Limit(name="turbo", state="unknown", finding="the system does not say"),
    ),
    floor=(
        Floor(metric="cpu_time", pairs=20, ratio=1.001, low=0.997, high=1.005, spread=0.01, processes=10,
              smallest=1.021, smallest_usual=1.061, warnings=("known from 20 runs",)),
    ),
    warnings=("something",),
    next_step="do it",
)  # fmt: skip


def test_the_text_begins_with_what_limits_and_moves_no_cursor() -> None:
    golden.check("doctor.txt", render(EXAMPLE) + "\n")
