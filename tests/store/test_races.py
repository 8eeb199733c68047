"""What happens between two reads of one call: nobody is accused, and nothing stays hidden."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dart_perf.model.baseline import Action, Baseline, BaselineEvent
from dart_perf.model.measurement import Benchmark, Run
from dart_perf.store import atomic, baseline_log, baselines, fault, open_store, segment
from dart_perf.store.contract import Store

Make = Callable[..., Run]
Capture = Callable[..., str]
Event = Callable[..., BaselineEvent]


def once(first: Callable[..., Any], then: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that is `first` when it is called the first time, and `then` ever after."""
    called: list[bool] = []

    def call(*arguments: Any) -> Any:
        if called:
            return then(*arguments)
        called.append(True)
        return first(*arguments)

    return call


@pytest.fixture
def promoted(
    store: Store, folder: Path, a_baseline: Callable[..., Baseline], capture: Capture, an_event: Event
) -> Callable[[], None]:
    baseline = a_baseline()
    store.append_runs(baseline.runs)
    name = capture(store, baseline)
    return lambda: open_store(f"file:{folder}").log_event(an_event(Action.PROMOTED, name))


def test_events_that_are_logged_between_count_and_log_accuse_nobody(
    store: Store, promoted: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = baseline_log.read_log

    def late(*arguments: Any) -> baseline_log.Log:
        promoted()
        promoted()
        return real(*arguments)

    monkeypatch.setattr(baselines, "read_log", once(late, real))
    assert store.validate().findings == ()


def test_a_torn_end_that_is_replaced_while_it_is_read_is_read_again(
    store: Store, folder: Path, promoted: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    log = folder / "baselines/robot/linux-x86_64/log.jsonl"
    with log.open("ab") as file:
        file.write(b'{"crc":"00')

    def torn(path: Path) -> bytes:
        before = path.read_bytes()
        promoted()
        return before + path.read_bytes()[len(before) :]

    def read(path: Path, start: int = 0) -> bytes:
        return first(path) if path == log else fault.read_bytes(path, start)

    first = once(torn, fault.read_bytes)
    monkeypatch.setattr(baseline_log, "read_bytes", read)
    assert store.validate().findings == ()


def test_a_series_that_appears_while_the_list_is_made_is_in_the_next_list(
    store: Any, a_run: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def named(name: str) -> Run:
        run = a_run()
        first = run.measurements[0].model_copy(update={"benchmark": Benchmark(name=name)})
        return run.model_copy(update={"measurements": (first,)})

    def late(*arguments: Any) -> Any:
        thread = threading.Thread(target=store.append_runs, args=([named("b")],))
        thread.start()
        thread.join()
        return real(*arguments)

    store.append_runs([named("a")])
    real = store._series._entry
    monkeypatch.setattr(store._series, "_entry", once(late, real))
    store.series()
    assert [entry.benchmark.name for entry in store.series()] == ["a", "b"]


def test_the_file_of_a_writer_that_died_gets_a_durable_name(
    store: Store, folder: Path, a_run: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(atomic, "write_all", once(die, atomic.write_all))
        with pytest.raises(KeyboardInterrupt):
            segment.append(folder, folder / "runs/000001.jsonl", b"x", end=0)
    assert (folder / "runs/000001.jsonl").exists()
    synced: list[Path] = []
    monkeypatch.setattr(atomic, "sync_folder", synced.append)
    store.append_runs([a_run()])
    assert {folder / "runs", folder} <= set(synced)


@pytest.mark.usefixtures("promoted")
def test_what_a_desktop_leaves_in_the_folders_is_no_baseline_and_no_program(store: Store, folder: Path) -> None:
    (folder / "baselines/robot/.DS_Store").write_bytes(b"x")
    (folder / "programs").mkdir(exist_ok=True)
    (folder / "programs/.DS_Store").write_bytes(b"x")
    assert len(open_store(f"file:{folder}").baselines("robot")) == 1
    validation = store.validate()
    assert validation.findings == ()
    assert "delete it" in validation.warnings[0]
