"""An exported history is the history: read back anywhere, it gives the same series and points."""

import gzip
import io
import json
import random
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dart_perf.errors import InvalidInput, MissingData, PerfError
from dart_perf.ingest import native, read
from dart_perf.model.environment import Environment
from dart_perf.model.history import Point, SeriesEntry
from dart_perf.model.measurement import Benchmark, Measurement, Metric, Run
from dart_perf.store import open_store
from dart_perf.store.contract import Store
from dart_perf.workflows import export
from dart_perf.workflows.export import export_history
from dart_perf.workflows.imports import import_results
from dart_perf.workflows.project import Project
from dart_perf.workflows.result_files import Limits
from dart_perf.workflows.series_query import Query
from tests.conftest import Toy
from tests.ingest.samples import SAMPLES

QUICK = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
METRICS = (Metric(name="cpu_time", unit="s", better="lower"), Metric(name="calls", unit="1", better="lower"))
MEASURED = st.dictionaries(
    st.tuples(st.sampled_from(["step", "parse", "µs step"]), st.sampled_from(METRICS)),
    st.lists(st.floats(0, 1e300), min_size=1, max_size=3),
    min_size=1,
)
PLACED = st.lists(st.tuples(MEASURED, st.none() | st.integers(0, 6), st.sampled_from(["x86", "arm"])), min_size=1)
NUMBERS = count()


def runs_of(placed: list[Any]) -> tuple[list[Run], dict[str, int]]:
    """Return runs, every one of its own commit, and the positions of those that have one."""
    runs = [
        Run(
            producer="law",
            commit=f"{number:040x}",
            environment=Environment(cpu_model=cpu),
            measurements=tuple(
                Measurement(benchmark=Benchmark(name=name, group="g"), metric=metric, samples=tuple(samples))
                for (name, metric), samples in measured.items()
            ),
        )
        for number, (measured, _, cpu) in enumerate(placed)
    ]
    return runs, {f"{number:040x}": place for number, (_, place, _) in enumerate(placed) if place is not None}


def held(store: Store) -> dict[str, tuple[SeriesEntry, tuple[Point, ...]]]:
    return {entry.id: (entry, store.points(entry.id)) for entry in store.series()}


def exported(project: Project, query: Query | None = None) -> bytes:
    file = io.BytesIO()
    report = export_history(project, file, query)
    assert report.bytes == len(file.getvalue())
    return file.getvalue()


def imported(project: Project, document: bytes) -> Store:
    """Return a new store, of a folder without a repository, into which the document was imported."""
    name = f"empty-{next(NUMBERS)}"
    (project.root / name).mkdir()
    (project.root / name / "history.json").write_bytes(document)
    store = open_store(f"file:{project.root / name / 'store'}")
    import_results(replace(project, root=project.root / name, store=store), "history.json")
    return store


@QUICK
@given(placed=PLACED)
def test_an_export_gives_the_same_series_and_points_in_an_empty_store(toy: Toy, placed: list[Any]) -> None:
    before = open_store(f"file:{toy.root / f'full-{next(NUMBERS)}'}")
    runs, positions = runs_of(placed)
    before.append_runs(runs, position=positions)
    after = imported(toy.project, exported(replace(toy.project, store=before)))
    assert held(after) == held(before)
    assert after.runs() == before.runs()


def test_runs_of_every_format_come_back(toy: Toy) -> None:
    for sample in SAMPLES:
        with suppress(PerfError):  # samples of what no reader takes
            toy.project.store.append_runs(read(sample.path, sample.form))
    after = imported(toy.project, exported(toy.project))
    assert held(after) == held(toy.project.store)
    assert len(after.run_ids()) > len(SAMPLES) / 2


def test_other_programs_find_commit_position_and_base_units(toy: Toy) -> None:
    runs, positions = runs_of([({("step", METRICS[0]): [2.5e-3]}, 7, "x86")])
    toy.project.store.append_runs(runs, position=positions)
    document = json.loads(exported(toy.project))
    (run,) = document["runs"]
    assert document["schema"] == "dart-perf/results/1"
    assert (run["commit"], run["position"]) == (runs[0].commit, 7)
    assert (run["measurements"][0]["metric"]["unit"], run["measurements"][0]["samples"]) == ("s", [2.5e-3])


def filled(toy: Toy) -> None:
    """Store ten runs of two benchmarks with two metrics."""
    rng = random.Random(3)
    keys = [(name, metric) for name in ("step", "parse") for metric in METRICS]
    placed = [({key: [rng.random()] for key in keys}, number, "x86") for number in range(10)]
    runs, positions = runs_of(placed)
    toy.project.store.append_runs(runs, position=positions)


@pytest.mark.parametrize(
    ("query", "series", "points"),
    [
        (Query(), 4, 40),
        (Query(benchmark="st*"), 2, 20),
        (Query(metric="cpu_time", window=3), 2, 6),
        (Query(group="g", window=100), 4, 40),
    ],
)
def test_a_query_chooses_what_is_exported(toy: Toy, query: Query, series: int, points: int) -> None:
    filled(toy)
    report = export_history(toy.project, io.BytesIO(), query)
    assert (report.series, report.points) == (series, points)
    after = imported(toy.project, exported(toy.project, query))
    whole = held(toy.project.store)
    for name, (entry, kept) in held(after).items():
        assert entry.points == points / series
        assert [point.samples for point in kept] == [point.samples for point in whole[name][1]][-len(kept) :]


def test_a_run_that_is_exported_in_part_says_of_which_it_is(toy: Toy) -> None:
    filled(toy)
    query = Query(metric="cpu_time")
    report = export_history(toy.project, io.BytesIO(), query)
    assert report.warnings[0].startswith("10 of 10 runs are exported in part and have other ids")
    first = read(exported(toy.project, query))[0]
    (toy.root / "part.json").write_bytes(exported(toy.project, query))
    with pytest.raises(InvalidInput, match=r"it holds a part of run-.*, which is stored here, and one measurement may"):
        import_results(toy.project, "part.json")
    assert first.warnings == (f"part of {toy.project.store.run_ids()[0]}: 2 of 4 measurements were exported",)


def test_a_packed_export_is_read_as_the_plain_one(toy: Toy) -> None:
    filled(toy)
    files = io.BytesIO(), io.BytesIO()
    for file in files:
        assert export_history(toy.project, file, packed=True).bytes == len(file.getvalue())
    assert files[0].getvalue() == files[1].getvalue()
    assert gzip.decompress(files[0].getvalue()) == exported(toy.project)
    assert held(imported(toy.project, files[0].getvalue())) == held(toy.project.store)


def test_a_file_that_no_import_takes_is_said(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(toy)
    monkeypatch.setattr(export, "LIMITS", Limits(bytes_a_file=100))
    for packed, said in (
        (False, "no import reads so large a file (100 bytes)"),
        (True, "reading it back takes 0.0 GB"),
    ):
        (warning,) = export_history(toy.project, io.BytesIO(), packed=packed).warnings
        assert warning.startswith(said)
        assert warning.endswith(": export parts, or take the store with --merge")


def test_nothing_to_export_is_said(toy: Toy) -> None:
    with pytest.raises(MissingData, match="the store holds no series"):
        export_history(toy.project, io.BytesIO())
    filled(toy)
    with pytest.raises(MissingData, match="no series matches benchmark 'x'"):
        export_history(toy.project, io.BytesIO(), Query(benchmark="x"))


def test_one_run_at_a_time_is_in_memory(toy: Toy) -> None:
    filled(toy)
    taken: list[str] = []

    def each() -> Any:
        for name in toy.project.store.run_ids():
            taken.append(name)
            yield toy.project.store.run(name)

    parts = native.write_each(each())
    next(parts)
    next(parts)
    assert len(taken) == 1


def test_a_position_is_a_number_of_ancestors(toy: Toy) -> None:
    (toy.root / "x.json").write_text(
        json.dumps({"schema": native.SCHEMA, "producer": "p", "position": -1})[:-1]
        + ', "measurements": [{"benchmark": {"name": "x"}, "metric": {"name": "t", "unit": "s"}, "samples": [1]}]}'
    )
    with pytest.raises(InvalidInput, match="position: Input should be greater than or equal to 0"):
        import_results(toy.project, "x.json")


def test_git_goes_before_what_a_file_says_of_a_position(tmp_path: Path) -> None:
    store = open_store(f"file:{tmp_path}")
    runs, _ = runs_of([({("step", METRICS[0]): [1.0]}, None, "x86")] * 2)
    placed = [run.model_copy(update={"position": 5}) for run in runs]
    store.append_runs(placed, position={f"{0:040x}": 2})
    (entry,) = store.series()
    assert [point.position for point in store.points(entry.id)] == [2, 5]
