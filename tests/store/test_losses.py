"""What was acknowledged and is gone is found: events, logs, runs and the mark; and one damaged log hides no other."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from dart_perf.errors import Corrupted, NoBaseline
from dart_perf.model.baseline import Action, Baseline, BaselineEvent
from dart_perf.model.measurement import Run
from dart_perf.store import open_store
from dart_perf.store.contract import Store
from dart_perf.store.segment import frame, scan

Make = Callable[..., Baseline]
Capture = Callable[..., str]
Event = Callable[..., BaselineEvent]

LOG = "baselines/robot/linux-x86_64/log.jsonl"
COUNT = "counts/robot/linux-x86_64.json"


@pytest.fixture
def full(store: Store, a_baseline: Make, capture: Capture, an_event: Event) -> Store:
    """Return a store with three events of the robot (captured, promoted, captured) and one of the boxes."""
    store.append_runs(a_baseline().runs)
    store.log_event(an_event(Action.PROMOTED, capture(store, a_baseline())))
    capture(store, a_baseline("2.0"))
    capture(store, a_baseline(scenario="boxes"))
    assert store.validate().sound
    return store


def lines(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)


def without(*gone: int) -> Callable[[Path], object]:
    def change(log: Path) -> object:
        return log.write_bytes(b"".join(line for n, line in enumerate(lines(log)) if n not in gone))

    return change


def cut_short(log: Path) -> None:
    log.write_bytes(log.read_bytes()[:-9])


def in_another_order(log: Path) -> None:
    first, second, third = lines(log)
    log.write_bytes(first + third + second)


LOSSES = [
    (Path.unlink, 0, "0 events stand here, but 3 were written: the rest is lost"),
    (lambda log: log.write_bytes(b""), 0, "0 events stand here, but 3 were written"),
    (lambda log: shutil.rmtree(log.parents[1]), 0, "0 events stand here, but 3 were written"),
    (without(2), 2, "2 events stand here, but 3 were written"),
    (without(1, 2), 1, "1 events stand here, but 3 were written"),
    (cut_short, 2, "2 events stand here, but 3 were written"),
    (without(1), 1, "event 2 stands here instead of event 1: a line was lost, doubled or moved"),
    (without(0), 0, "event 1 stands here instead of event 0"),
    (in_another_order, 1, "event 2 stands here instead of event 1"),
]


@pytest.mark.parametrize(("lose", "kept", "problem"), LOSSES)
def test_a_lost_event_is_damage_and_nothing_is_built_on_it(
    full: Store, folder: Path, a_baseline: Make, capture: Capture, an_event: Event,
    lose: Callable[[Path], object], kept: int, problem: str,
) -> None:  # fmt: skip
    log = folder / LOG
    offset, first = sum(map(len, lines(log)[:kept])), full.baselines("robot")[0].id
    lose(log)
    for store in (full, open_store(f"file:{folder}")):
        found = store.validate()
        assert not found.sound
        assert (found.findings[0].file, found.findings[0].offset) == (LOG, offset)
        assert problem in found.findings[0].problem
        assert [finding.problem for finding in store.damage()] == [found.findings[0].problem]
        assert [entry.scenario for entry in store.baselines()] == ["boxes"]
        for ask in (
            lambda s: capture(s, a_baseline("3.0")),
            lambda s: s.log_event(an_event(Action.PROMOTED, first)),
            lambda s: s.baseline(first),
            lambda s: s.baseline("rob"),
            lambda s: s.baselines("robot"),
            lambda s: s.baselines("robot", "linux-x86_64"),
            lambda s: s.events("robot", "linux-x86_64"),
        ):
            with pytest.raises(Corrupted, match="Restore the file"):
                ask(store)
    assert not list(folder.glob("baselines/robot/*/3.0.*"))


def test_other_scenarios_and_platforms_go_on_beside_a_damaged_log(
    full: Store, folder: Path, a_baseline: Make, capture: Capture
) -> None:
    capture(full, a_baseline(platform="macos-arm64"))
    log = folder / LOG
    whole = log.read_bytes()
    log.write_bytes(whole.replace(b"ann", b"bob", 1))
    assert [(e.scenario, e.platform) for e in full.baselines()] == [
        ("boxes", "linux-x86_64"), ("robot", "macos-arm64"),
    ]  # fmt: skip
    assert [(f.file, f.offset) for f in full.damage()] == [(LOG, 0)]
    assert [e.platform for e in full.baselines("robot", "macos-arm64")] == ["macos-arm64"]
    assert full.baseline("robot/macos").platform == "macos-arm64"
    with pytest.raises(Corrupted, match="checksum"):  # it may have been this one that was meant
        full.baseline("robot")
    with pytest.raises(NoBaseline):
        full.baseline("arm")
    capture(full, a_baseline("2.0", scenario="boxes"))
    assert len(full.baselines("boxes")) == 2
    log.write_bytes(whole)
    assert (len(full.baselines()), full.damage()) == (5, ())


def test_a_damaged_count_is_named_until_it_is_restored(full: Store, folder: Path) -> None:
    count = folder / COUNT
    whole = count.read_bytes()
    count.write_bytes(whole.replace(b": 3", b": 2"))
    assert [(f.file, f.offset) for f in full.validate().findings] == [(COUNT, 15)]
    assert [f.file for f in open_store(f"file:{folder}").damage()] == [COUNT]
    with pytest.raises(Corrupted, match="does not have the digest"):
        full.events("robot", "linux-x86_64")
    count.write_bytes(whole)
    assert full.validate().sound


def test_a_missing_count_is_damage_that_the_next_event_mends(full: Store, folder: Path, an_event: Event) -> None:
    (folder / COUNT).unlink()
    (finding,) = full.validate().findings
    assert (finding.file, "0 events are counted here, but the log has 3" in finding.problem) == (COUNT, True)
    assert len(full.baselines()) == 3  # nothing of the log is gone
    full.log_event(an_event(Action.PROMOTED, full.baselines("robot")[0].id))
    assert full.validate().sound


@pytest.mark.parametrize("lose", [Path.unlink, without(0, 1, 2), without(1, 2)])
def test_a_log_that_was_lost_with_its_count_is_known_by_the_files_it_does_not_name(
    full: Store, folder: Path, a_baseline: Make, capture: Capture, lose: Callable[[Path], object]
) -> None:
    capture(full, a_baseline("3.0"))
    lose(folder / LOG)
    (folder / COUNT).unlink()
    found = open_store(f"file:{folder}").validate()
    assert not found.sound
    assert found.findings[0].file == LOG
    assert "lost" in found.findings[0].problem


def test_events_without_a_number_are_read_and_said_to_be_unproven(full: Store, folder: Path, an_event: Event) -> None:
    log = folder / LOG
    old = [{k: v for k, v in line.record.items() if k != "sequence"} for line in scan(log.read_bytes(), log).lines]
    log.write_bytes(b"".join(map(frame, old)))
    (folder / COUNT).unlink()
    found = full.validate()
    assert found.sound
    assert "its first 3 events have no number: nothing proves that none is missing" in found.warnings[0]
    full.log_event(an_event(Action.PROMOTED, full.baselines("robot")[1].id))
    without(1)(log)
    assert "event 3 stands here instead of event 2" in full.validate().findings[0].problem


def test_the_runs_of_a_baseline_are_missed(full: Store, folder: Path, a_run: Callable[..., Run]) -> None:
    shutil.rmtree(folder / "runs")
    (finding,) = full.validate().findings
    assert finding.file == "runs"
    assert "1 runs of 3 baselines are missing" in finding.problem
    full.append_runs([a_run(7)])  # others do not stand for them
    assert not full.validate().sound


def test_a_run_that_was_cut_off_is_missed_by_its_baseline(
    full: Store, folder: Path, a_baseline: Make, capture: Capture, a_run: Callable[..., Run]
) -> None:
    later = a_baseline("9.0", runs=(a_run(8), a_run(9)))
    full.append_runs(later.runs)
    capture(full, later)
    runs = folder / "runs/000001.jsonl"
    runs.write_bytes(b"".join(lines(runs)[:-1]))
    (finding,) = full.validate().findings
    assert f"1 runs of 1 baselines are missing, {a_run(9).id} of {later.id} first" in finding.problem


def test_a_missing_mark_is_damage_only_where_something_is_stored(full: Store, folder: Path) -> None:
    (folder / "store.json").unlink()
    (finding,) = open_store(f"file:{folder}").validate().findings
    assert (finding.file, "missing, though there is baselines/" in finding.problem) == ("store.json", True)
    full.append_runs([Run(producer="x")])
    assert full.validate().sound
