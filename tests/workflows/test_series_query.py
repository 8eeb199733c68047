"""Which series a query names, which of their points, and what it says where there are none."""

import subprocess
from pathlib import Path

import numpy as np
import pytest

from dart_perf.analysis.reduction import central_value
from dart_perf.errors import InvalidInput, MissingData, PerfError
from dart_perf.measure.revision import argv
from dart_perf.model.environment import Environment
from dart_perf.model.measurement import Benchmark, Measurement, Metric, Run
from dart_perf.model.series import Selection
from dart_perf.store import open_store
from dart_perf.workflows.project import Project
from dart_perf.workflows.series_query import Query, select

CPU = Metric(name="cpu_time", unit="s", better="lower")
COUNT = Metric(name="instructions", unit="1", better="lower", assumption="exact")
MACHINES = {name: Environment(cpu_model=f"CPU {name}", cores=4, os="linux") for name in "AB"}
BENCHMARKS = (
    Benchmark(suite="dynamics", name="step", group="dynamics"),
    Benchmark(suite="dynamics", name="inverse", group="dynamics"),
    Benchmark(suite="io", name="load_urdf", group="io"),
)


def git(root: Path, *arguments: str) -> str:
    done = subprocess.run(argv(root, *arguments), capture_output=True, text=True, check=True)
    return done.stdout.strip()


def a_run(number: int, machine: str = "A", commit: str | None = None) -> Run:
    """Return a run whose benchmark number i took 1 + number + i / 10 seconds."""
    measurements = [
        Measurement(benchmark=b, metric=CPU, samples=(1 + number + i / 10, 9.0 + number), processes=(0, 0))
        for i, b in enumerate(BENCHMARKS)
    ]
    measurements.append(Measurement(benchmark=BENCHMARKS[0], metric=COUNT, samples=(1000.0 + number,)))
    return Run(producer="test", commit=commit, environment=MACHINES[machine], measurements=tuple(measurements))


@pytest.fixture(scope="module")
def commits(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A repository of eight commits with a tag and a branch."""
    root = tmp_path_factory.mktemp("repository")
    git(root, "init", "--quiet", "--initial-branch=main")
    for number in range(8):
        git(root, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--allow-empty", "-m", str(number))
    git(root, "tag", "v2", "HEAD~5")
    git(root, "branch", "topic", "HEAD~1")
    return root, git(root, "rev-list", "--reverse", "main").split()


@pytest.fixture
def project(commits: tuple[Path, list[str]], tmp_path: Path) -> Project:
    """Two machines measured every commit but the last, in another order than that of history."""
    root, hashes = commits
    store = open_store(f"file:{tmp_path / 'home'}")
    for number in (3, 0, 1, 6, 2, 4, 5):
        store.append_runs(
            [a_run(number, "A", hashes[number]), a_run(10 + number, "B", hashes[number])], position=number
        )
    return Project(root, tmp_path / "home", store)


def names(found: Selection) -> list[str]:
    return [f"{s.entry.benchmark.label} {s.entry.metric.name}" for s in found.series]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (Query(), 7),
        (Query(benchmark="dynamics/*"), 5),
        (Query(benchmark="*step"), 3),
        (Query(benchmark="DYNAMICS/*"), None),
        (Query(benchmark="io/load_urdf"), 2),
        (Query(group="io"), 2),
        (Query(metric="cpu_time"), 6),
        (Query(metric="instructions"), 1),
        (Query(environment=MACHINES["A"].fingerprint), 4),
        (Query(environment=MACHINES["B"].fingerprint[:5], metric="cpu_time"), 3),
        (Query(group="dynamics", metric="cpu_time", environment=MACHINES["A"].fingerprint, benchmark="*/i*"), 1),
        (Query(group="io", metric="instructions"), None),
    ],
)
def test_a_query_names_series_by_glob_group_metric_and_environment(
    project: Project, query: Query, expected: int | None
) -> None:
    if expected is None:
        with pytest.raises(MissingData):
            select(project, query)
    else:
        assert len(select(project, query).series) == expected


def test_values_stand_in_the_order_of_history_and_are_what_judges_reduce_a_run_to(project: Project) -> None:
    found = select(project, Query(metric="cpu_time", environment=MACHINES["A"].fingerprint))
    for series in found.series:
        points = project.store.points(series.entry.id)
        assert series.values.tolist() == [central_value("cpu_time", p.samples, p.processes) for p in points]
        where = [found.locations[place] for place in series.places.tolist()]
        assert [at.position for at in where] == list(range(7))
        assert [(at.run, at.commit) for at in where] == [(p.run, p.commit) for p in points]
    assert len(found.locations) == 7
    assert found.series[0].values.dtype == np.float64
    assert found.series[0].places.dtype == np.int64


def test_a_window_keeps_the_newest_points_and_only_their_locations(project: Project) -> None:
    found = select(project, Query(window=2))
    assert {len(series.values) for series in found.series} == {2}
    assert {location.position for location in found.locations} == {5, 6}
    assert len(select(project, Query(window=100)).locations) == 14


RANGES = [
    ("{1}..{4}", [2, 3, 4]),
    ("{4}..", [5, 6]),
    ("..{2}", [0, 1, 2]),
    ("v2..topic", [3, 4, 5, 6]),
    ("v2..main", [3, 4, 5, 6]),
    ("HEAD~3..HEAD", [5, 6]),
    ("{1:.7}..{2:.7}", [2]),
]


@pytest.mark.parametrize(("span", "expected"), RANGES)
def test_a_range_is_behind_the_first_up_to_and_with_the_last(
    project: Project, commits: tuple[Path, list[str]], span: str, expected: list[int]
) -> None:
    found = select(project, Query(commits=span.format(*commits[1])))
    assert sorted({location.position for location in found.locations if location.position is not None}) == expected
    for series in found.series:
        assert sorted({found.locations[p].position for p in series.places.tolist()}, key=str) == expected


def test_a_window_counts_within_the_range(project: Project, commits: tuple[Path, list[str]]) -> None:
    found = select(project, Query(commits=f"..{commits[1][4]}", window=2, metric="cpu_time"))
    assert {location.position for location in found.locations} == {3, 4}


def test_commits_of_stored_runs_need_no_repository(tmp_path: Path) -> None:
    store = open_store(f"file:{tmp_path / 'home'}")
    for number in range(5):
        store.append_runs([a_run(number, commit=f"{number}" * 40)], position=number)
    project = Project(tmp_path, tmp_path / "home", store)
    store.append_runs([a_run(9, commit="3" * 40)])  # by somebody who did not know its place
    for span in (f"{'1' * 40}..{'3' * 40}", "11111..33333"):
        assert [at.position for at in select(project, Query(commits=span)).locations] == [2, 3]
    with pytest.raises(
        InvalidInput, match=r"'abcdef' is not known to git here \(.*not a git repository.*no single stored commit"
    ):
        select(project, Query(commits="abcdef.."))


def test_a_series_without_a_point_in_the_range_is_left_out_and_named(
    project: Project, commits: tuple[Path, list[str]]
) -> None:
    other = Measurement(benchmark=Benchmark(name="imported"), metric=CPU, samples=(1.0,))
    late = Measurement(benchmark=Benchmark(name="late"), metric=CPU, samples=(1.0,))
    project.store.append_runs([Run(producer="dashboard", measurements=(other,))])
    project.store.append_runs([Run(producer="test", commit=commits[1][7], measurements=(late,))], position=7)
    found = select(project, Query(commits=f"..{commits[1][3]}"))
    assert len(found.series) == 7
    place = Environment().fingerprint[:8]
    assert found.left_out == (
        f"imported cpu_time ({place}): no run says which commit it measured, or git did not know its place in history",
        f"late cpu_time ({place}): no point in ..{commits[1][3]}",
    )


def test_many_series_that_are_left_out_are_counted(project: Project, commits: tuple[Path, list[str]]) -> None:
    many = [Measurement(benchmark=Benchmark(name=f"late_{n:02}"), metric=CPU, samples=(1.0,)) for n in range(40)]
    project.store.append_runs([Run(producer="test", commit=commits[1][7], measurements=tuple(many))], position=7)
    left_out = select(project, Query(commits=f"..{commits[1][3]}")).left_out
    assert len(left_out) == 6
    assert left_out[-1] == f"and 35 more series without a point in ..{commits[1][3]}"


WRONG: dict[str, tuple[Query, str]] = {
    "window of none": (Query(window=0), "window of 0 points.*Give 1 or more"),
    "one commit": (Query(commits="main"), r"'main' is no range of commits. Give A..B, A.. or ..B"),
    "nothing": (Query(commits=""), "'' is no range"),
    "dots alone": (Query(commits=".."), "no range"),
    "three dots": (Query(commits="v2...main"), "no range"),
    "control characters": (Query(commits="a\0..b\n"), r"'a\\x00..b\\n' is no range"),
    "endless": (Query(commits="a" * 10_000), "'a{100}…' is no range"),
    "an option": (Query(commits="--all.."), "commit '--all' is not known"),
    "unknown commit": (Query(commits="main..1234567"), "commit '1234567' is not known to git here, and"),
    "turned round": (Query(commits="main..v2"), "no commit lies in 'main..v2': main does not come before v2"),
    "empty": (Query(commits="v2..v2"), "no commit lies in"),
    "glob": (Query(benchmark="dynamic/*"), "matches benchmark 'dynamic/.'. Benchmarks: dynamics/step, dynamics/in"),
    "case": (Query(benchmark="*URDF"), "Benchmarks: io/load_urdf, dynamics"),
    "group": (Query(group="dynamic"), "no series matches group 'dynamic'. Groups: dynamics, io."),
    "metric": (Query(metric="cpu"), "Metrics: cpu_time, instructions"),
    "environment": (Query(environment="zz", metric="cpu_time"), "Without environment 'zz': Environments: "),
    "together": (Query(group="io", metric="instructions"), "Without group 'io': Groups: dynamics.*Without metric"),
    "after all": (Query(commits="topic..main"), "no series has a point there: .*and 2 more series"),
}  # fmt: skip


@pytest.mark.parametrize(("query", "said"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_answered_is_said_with_what_could(project: Project, query: Query, said: str) -> None:
    with pytest.raises(PerfError, match=said) as caught:
        select(project, query)
    assert len(str(caught.value)) < 900


def test_an_empty_store_says_how_to_fill_it(tmp_path: Path) -> None:
    project = Project(tmp_path, tmp_path / "home", open_store(f"file:{tmp_path / 'home'}"))
    with pytest.raises(MissingData, match=r"the store holds no series. Measure with capture_baseline"):
        select(project, Query())


def test_a_shallow_clone_says_so(project: Project, commits: tuple[Path, list[str]], tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{commits[0]}", str(clone))
    shallow = Project(clone, project.home, project.store)
    with pytest.raises(InvalidInput, match=r"this clone is shallow. Run git fetch --unshallow"):
        select(shallow, Query(commits="HEAD.."))
    assert len(select(shallow, Query(commits=f"{commits[1][2]}..")).series) == 7  # the store knows that one


def test_the_first_question_tells_its_progress(project: Project) -> None:
    told: list[tuple[int, int | None, str]] = []
    select(project, Query(), lambda *said: told.append(said))
    assert told[-1] == (13, 14, "reading runs into the cache of values")
    before = len(told)
    select(project, Query(), lambda *said: told.append(said))
    assert len(told) == before


@pytest.mark.parametrize("samples", [(1234567.0,), (3.0, 3.0, 3.0)])
def test_a_count_stays_the_number_that_it_is(samples: tuple[float, ...]) -> None:
    assert central_value("instructions", samples, ()) == samples[0]
    assert central_value("instructions", samples, tuple(range(len(samples)))) == samples[0]


def test_brackets_in_a_label_are_itself(tmp_path: Path) -> None:
    store = open_store(f"file:{tmp_path / 'home'}")
    measured = tuple(
        Measurement(benchmark=Benchmark(name=name), metric=CPU, samples=(1.0,)) for name in ("step[10]", "step1")
    )
    store.append_runs([Run(producer="test", measurements=measured)])
    project = Project(tmp_path, tmp_path / "home", store)
    assert names(select(project, Query("step[10]"))) == ["step[10] cpu_time"]
    assert names(select(project, Query("step[*]"))) == ["step[10] cpu_time"]
