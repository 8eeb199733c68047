"""A baseline promises to be measured again: its program is tried from the kept files before it is measured."""

import shutil

import pytest

from dart_perf.errors import MeasurementFailed
from dart_perf.measure import lock
from dart_perf.measure.lock import Holder, Wait
from dart_perf.model.job import Job
from dart_perf.workflows import jobs
from dart_perf.workflows.capture import capture_baseline
from dart_perf.workflows.measuring import waiting
from dart_perf.workflows.scenarios import trust_project
from tests.conftest import Toy

TOML = """
[scenario.bench]
argv = ["{python}", "{root}/benchmarks/bench.py"]
files = ["benchmarks/*.py", "benchmarks/*.json"]
metrics = ["cpu_time"]
repetitions = 3
"""


@pytest.fixture
def bench(toy: Toy) -> Toy:
    """A benchmark that imports a module of a folder beside its own."""
    folder = toy.root / "benchmarks"
    folder.mkdir()
    imports = "import sys, pathlib\nsys.path.append(str(pathlib.Path(__file__).parents[1] / 'lib'))\nimport helper\n"
    (folder / "bench.py").write_text(imports + (toy.root / "toy.py").read_text())
    shutil.copy(toy.root / "toy.json", folder)
    (toy.root / "lib").mkdir()
    (toy.root / "lib" / "helper.py").write_text("import pathlib\npathlib.Path('ran').open('a').write('x')\n")
    (toy.root / "dart-perf.toml").write_text(TOML)
    trust_project(toy.project)
    return toy


def test_a_program_that_needs_more_than_its_kept_files_is_refused_before_it_is_measured(bench: Toy) -> None:
    with pytest.raises(MeasurementFailed) as raised:
        capture_baseline(bench.project, "bench", why="before")
    said = str(raised.value)
    assert "'bench'" in said
    assert "`files` ['benchmarks/*.py', 'benchmarks/*.json']" in said
    assert "Name everything it loads" in said
    assert "No module named 'helper'" in said
    assert "{root}/benchmarks/bench.py" in said
    assert (bench.root / "ran").read_text() == "x"
    assert bench.project.store.baselines() == ()


def test_what_is_needed_is_enough_when_it_is_named(bench: Toy) -> None:
    path = bench.root / "dart-perf.toml"
    path.write_text(path.read_text().replace('"benchmarks/*.py"', '"lib/*.py", "benchmarks/*.py"'))
    trust_project(bench.project)
    told: list[str] = []
    capture_baseline(bench.project, "bench", why="before", progress=lambda _done, _total, said: told.append(said))
    assert "trying the program once from its kept files alone" in told


def test_a_program_that_fails_in_the_project_too_is_not_blamed_on_its_files(toy: Toy) -> None:
    toy.says(fails=True)
    with pytest.raises(MeasurementFailed, match="toy is broken on purpose") as raised:
        capture_baseline(toy.project, "toy", why="before")
    assert "`files`" not in str(raised.value)


def test_a_program_whose_files_are_not_kept_is_told_when_it_is_captured(toy: Toy) -> None:
    first = capture_baseline(toy.project, "toy_without_files", why="before").warnings[0]
    assert "cannot be measured again" in first
    assert "{root}/toy.py was not kept with the baseline. Name it in the scenario's `files`" in first
    assert not any("measured again, only" in said for said in capture_baseline(toy.project, "toy", why="x").warnings)


def test_waiting_for_another_measurement_is_told_in_the_same_words_each_time(
    toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = iter([False, False, False])
    real = lock._try
    monkeypatch.setattr(lock, "_try", lambda *given: next(tries, None) is None and real(*given))
    monkeypatch.setattr(lock, "POLL_SECONDS", 0.7)
    told: list[str] = []
    capture_baseline(toy.project, "toy", why="before", progress=lambda _done, _total, said: told.append(said))
    waits = [said for said in told if said.startswith("waiting for another measurement")]
    assert len(waits) == 3
    assert len(set(waits)) == 1


def test_the_place_in_the_line_is_told_and_the_words_change_with_it_alone() -> None:
    told: list[tuple[int, str]] = []
    say = waiting(lambda done, _total, said: told.append((done, said)))
    other = Holder(12, "/p", "robot", "then")
    for holder, position, seconds in ((other, 3, 0.0), (other, 3, 1.4), (None, 3, 2.0), (other, 1, 34.9)):
        say(Wait(holder, position, seconds))
    say(Wait(other, 22, 40.0, "the folder is full"))
    about = "waiting for another measurement to end (process 12, robot of /p, since then): "
    assert told == [
        (0, f"{about}3rd in line"),
        (1, f"{about}3rd in line"),
        (2, f"{about}3rd in line"),
        (34, f"{about}next in line"),
        (40, f"{about}22nd in line, out of order: the folder is full"),
    ]


def test_who_polls_a_job_that_waits_is_told_for_how_long(toy: Toy) -> None:
    now = toy.project.now()
    job = Job(id="job-0123456789abcdef", kind="k", key="k", request={}, created=now, updated=now)
    waits = job.model_copy(update={"done": 34, "message": "waiting for another measurement to end (x): 2nd in line"})
    assert jobs.status(waits).progress.endswith("(x): 2nd in line, 34 s so far")
