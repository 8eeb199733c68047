"""Runs are appended once, and each series is answered in commit order, folded or not."""

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dart_perf.errors import InvalidInput, MissingData
from dart_perf.model.measurement import Measurement, Metric, Run
from dart_perf.store import open_store
from dart_perf.store.contract import Store
from dart_perf.store.fault import Unwritable

Make = Callable[..., Run]


def firsts(store: Store, series: int = 0) -> list[float]:
    return [point.samples[0] for point in store.points(store.series()[series].id)]


def test_a_run_is_appended_once(store: Store, a_run: Make) -> None:
    assert store.append_runs([a_run(1), a_run(2), a_run(1)]) == (2, 1)
    assert store.append_runs([a_run(2), a_run(3)]) == (1, 1)
    assert store.append_runs([]) == (0, 0)
    assert store.runs() == (a_run(1), a_run(2), a_run(3))
    assert store.run(a_run(3).id) == a_run(3)


def test_a_copied_run_is_stored_under_the_id_of_its_own_content(store: Store, a_run: Make) -> None:
    original = a_run(1)
    assert original.id
    copy = original.model_copy(update={"scenario": "robot"})  # carries the cached id of the original
    assert store.append_runs([original, copy]) == (2, 0)
    assert store.run(Run.model_validate(copy.model_dump()).id).scenario == "robot"


def test_a_run_is_known_to_be_there_without_being_read(store: Store, a_run: Make) -> None:
    assert not store.has_run(a_run(1).id)
    store.append_runs([a_run(1)])
    assert store.has_run(a_run(1).id)
    assert not store.has_run(a_run(2).id)


def test_a_run_that_is_not_there_names_those_that_are(store: Store, a_run: Make) -> None:
    store.append_runs([a_run(1)])
    with pytest.raises(MissingData, match=rf"no run 'run-0' .* The newest are: {a_run(1).id}"):
        store.run("run-0")


def test_runs_are_found_by_scenario_and_commit(store: Store, a_run: Make) -> None:
    runs = [a_run(1, scenario="robot"), a_run(2, scenario="boxes"), a_run(2, scenario="robot")]
    store.append_runs(runs)
    assert store.runs(scenario="robot") == (runs[0], runs[2])
    assert store.runs(commit=runs[1].commit) == (runs[1], runs[2])
    assert store.runs(scenario="robot", commit="0" * 39 + "2") == (runs[2],)
    assert store.runs(scenario="arm") == store.runs(commit="ffff") == ()
    with pytest.raises(InvalidInput, match="commit '0000' is the start of"):
        store.runs(commit="0000")


@pytest.mark.parametrize("commit", ["", "0", "000"])
def test_a_start_of_a_commit_that_says_too_little_is_refused(store: Store, a_run: Make, commit: str) -> None:
    store.append_runs([a_run(1)])
    with pytest.raises(InvalidInput, match=rf"commit '{commit}' has {len(commit)} characters; .* at least 4"):
        store.runs(commit=commit)
    assert store.runs(commit="0000") == (a_run(1),)


def test_points_stand_by_position_then_arrival(store: Store, a_run: Make) -> None:
    for number, position in ((1, 5), (2, 3), (3, 5), (4, 1)):
        store.append_runs([a_run(number)], position=position)
    assert firsts(store) == [5.0, 3.0, 2.0, 4.0]
    newest = store.points(store.series()[0].id, last=2)
    assert [p.sequence for p in newest] == [0, 2]
    assert newest[0].commit == a_run(1).commit


def test_positions_may_be_given_by_commit(store: Store, a_run: Make) -> None:
    runs = [a_run(n) for n in (1, 2, 3)]
    positions = {str(run.commit): 10 - n for n, run in enumerate(runs)}
    store.append_runs(runs, position=positions)
    assert firsts(store) == [4.0, 3.0, 2.0]


def test_a_point_without_position_stands_where_it_arrived(store: Store, a_run: Make) -> None:
    for number, position in ((1, 5), (2, None), (3, 6), (4, 2), (5, None)):
        store.append_runs([a_run(number)], position=position)
    assert firsts(store) == [5.0, 2.0, 3.0, 4.0, 6.0]


def test_without_positions_the_order_is_that_of_arrival(store: Store, a_run: Make) -> None:
    store.append_runs([a_run(n) for n in (3, 1, 2)])
    assert firsts(store) == [4.0, 2.0, 3.0]


def test_a_point_keeps_every_repetition_and_its_process(store: Store, a_run: Make) -> None:
    store.append_runs([a_run(1)])
    (point,) = store.points(store.series()[0].id)
    assert (point.samples, point.processes, point.run) == ((2.0, 0.5), (0, 1), a_run(1).id)


def test_exact_metrics_span_environments(store: Store, a_run: Make) -> None:
    timing = a_run(1).measurements[0]
    count = Metric(name="instructions", unit="1", better="lower", assumption="exact")
    both = (timing, Measurement(benchmark=timing.benchmark, metric=count, samples=(7.0,)))
    for build in ("release", "debug"):
        environment = a_run().environment.model_copy(update={"build_type": build})
        store.append_runs([a_run(1, environment=environment.model_dump(), measurements=both)])
    entries = [(e.metric.name, e.fingerprint == "", e.points) for e in store.series()]
    assert entries == [("cpu_time", False, 1), ("cpu_time", False, 1), ("instructions", True, 2)]


def test_an_unknown_series_is_missing(store: Store) -> None:
    with pytest.raises(MissingData, match="no series 'x'"):
        store.points("x")


@pytest.mark.usefixtures("small_segments")
def test_folding_changes_nothing_that_is_answered(store: Store, folder: Path, a_run: Make) -> None:
    other = open_store(f"file:{folder}")
    for number in range(40):
        store.append_runs([a_run(number, series=2)], position=number)
        assert firsts(other, 1) == firsts(store, 0) == [1.0 + n for n in range(number + 1)]
        assert other.series() == store.series()
        assert len(other.runs()) == number + 1
    assert len(list((folder / "runs").glob("*.jsonl"))) > 10
    assert len(list((folder / "history").glob("*.jsonl"))) > 6
    fresh = open_store(f"file:{folder}")
    assert firsts(fresh) == firsts(store)
    assert fresh.runs() == store.runs()
    assert fresh.append_runs([a_run(n, series=2) for n in range(40)]) == (0, 40)
    assert fresh.validate().sound


@pytest.mark.usefixtures("small_segments")
@pytest.mark.parametrize("gone", ["history", "history/folded.json", "runs/000001.index.json"])
def test_what_is_derived_may_be_deleted(store: Store, folder: Path, a_run: Make, gone: str) -> None:
    store.append_runs([a_run(n) for n in range(12)])
    expected = firsts(store)
    target = folder / gone
    shutil.rmtree(target) if target.is_dir() else target.unlink()
    assert firsts(store) == firsts(open_store(f"file:{folder}")) == expected
    store.append_runs([a_run(n) for n in range(12, 20)])
    assert firsts(store) == firsts(open_store(f"file:{folder}")) == [1.0 + n for n in range(20)]
    assert store.validate().sound
    assert (folder / "history/folded.json").exists()


@pytest.mark.usefixtures("small_segments")
@pytest.mark.parametrize("damage", ["cut", "flip", "delete"])
def test_a_damaged_history_is_answered_from_the_runs(store: Store, folder: Path, a_run: Make, damage: str) -> None:
    store.append_runs([a_run(n) for n in range(12)])
    file = next((folder / "history").glob("*.000001.jsonl"))
    data = file.read_bytes()
    changed = {"cut": data[:-5], "flip": data[:40] + b"~" + data[41:]}
    file.unlink() if damage == "delete" else file.write_bytes(changed[damage])
    fresh = open_store(f"file:{folder}")
    assert firsts(fresh) == [1.0 + n for n in range(12)]
    validation = fresh.validate()
    assert not validation.sound
    assert "history" in validation.findings[0].file
    if damage != "flip":  # a fold sees what is shorter, and folds anew
        fresh.append_runs([a_run(n) for n in range(12, 20)])
        assert fresh.validate().sound


@pytest.mark.usefixtures("small_segments")
def test_restored_runs_make_the_history_fold_anew(store: Store, folder: Path, a_run: Make) -> None:
    store.append_runs([a_run(n) for n in range(6)])
    backup = folder.with_name("backup")
    shutil.copytree(folder / "runs", backup)
    store.append_runs([a_run(n) for n in range(6, 20)])
    assert len(firsts(store)) == 20
    shutil.rmtree(folder / "runs")
    shutil.copytree(backup, folder / "runs")
    assert firsts(store) == firsts(open_store(f"file:{folder}")) == [1.0 + n for n in range(6)]


@pytest.mark.usefixtures("small_segments")
def test_threads_of_one_process_share_a_store(store: Store, a_run: Make) -> None:
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda n: (store.append_runs([a_run(n)]), len(store.runs())), range(40)))
    assert [counts for counts, _ in done] == [(1, 0)] * 40
    assert sorted(firsts(store)) == [1.0 + n for n in range(40)]
    assert store.validate().sound


def test_a_segment_replaced_by_another_is_read_anew(store: Store, folder: Path, a_run: Make) -> None:
    elsewhere = folder.with_name("elsewhere")
    store.append_runs([a_run(1), a_run(2)])
    open_store(f"file:{elsewhere}").append_runs([a_run(3), a_run(4), a_run(5)])
    assert firsts(store) == [2.0, 3.0]
    shutil.copy(elsewhere / "runs/000001.jsonl", folder / "restored")
    (folder / "restored").replace(folder / "runs/000001.jsonl")
    assert firsts(store) == [4.0, 5.0, 6.0]
    assert store.append_runs([a_run(1)]) == (1, 0)


@pytest.mark.usefixtures("small_segments")
def test_a_fold_deletes_nothing_behind_a_link(store: Store, folder: Path, tmp_path: Path, a_run: Make) -> None:
    store.append_runs([a_run(1)])
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "folded.json").write_text("another store's")
    (folder / "history").symlink_to(tmp_path / "other")
    with pytest.raises(Unwritable, match="history is a link; the store writes only below"):
        store.append_runs([a_run(n) for n in range(2, 12)])
    assert [path.name for path in (tmp_path / "other").iterdir()] == ["folded.json"]
    assert firsts(store) == [1.0 + n for n in range(1, 12)]
