"""Baselines are sealed once, their states follow from a log, and lists see what other processes write."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from dart_perf.errors import Corrupted, InvalidInput, MissingData, NoBaseline
from dart_perf.model.baseline import Action, Baseline, BaselineEvent
from dart_perf.model.scenario import Program
from dart_perf.store import open_store, segment
from dart_perf.store.contract import Store
from dart_perf.store.event_count import EventCounts

Make = Callable[..., Baseline]
Capture = Callable[..., str]
Event = Callable[..., BaselineEvent]


def die(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def states(store: Store) -> dict[str, str]:
    return {entry.version: str(entry.state) for entry in store.baselines()}


def test_a_captured_baseline_is_read_back_whole(store: Store, a_baseline: Make, capture: Capture) -> None:
    baseline = a_baseline()
    assert store.baseline(capture(store, baseline)) == baseline


def test_a_baseline_is_found_by_an_unambiguous_start(store: Store, a_baseline: Make, capture: Capture) -> None:
    for version in ("1.0", "2.0"):
        capture(store, a_baseline(version))
    assert store.baseline("robot/linux-x86_64/2").version == "2.0"
    with pytest.raises(InvalidInput, match="is the start of 2 baselines"):
        store.baseline("robot/")
    with pytest.raises(NoBaseline, match=r"no baseline 'arm'.*The newest of 2 are: robot"):
        store.baseline("arm")


def test_an_empty_store_says_what_to_do(store: Store, folder: Path) -> None:
    with pytest.raises(NoBaseline, match="capture one"):
        store.baseline("robot")
    assert store.baselines() == ()
    assert not folder.exists()


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        ([], {"1.0": "candidate", "2.0": "candidate"}),
        (["promoted 1.0"], {"1.0": "current", "2.0": "candidate"}),
        (["promoted 1.0", "promoted 2.0"], {"1.0": "superseded", "2.0": "current"}),
        (["promoted 1.0", "promoted 2.0", "rolled_back 1.0"], {"1.0": "current", "2.0": "superseded"}),
        (["promoted 1.0", "promoted 1.0"], {"1.0": "current", "2.0": "candidate"}),
        (["promoted 1.0", "promoted 2.0", "withdrawn 2.0"], {"1.0": "superseded", "2.0": "withdrawn"}),
        (["promoted 1.0", "withdrawn 2.0"], {"1.0": "current", "2.0": "withdrawn"}),
    ],
)
def test_states_follow_from_the_log(
    store: Store, a_baseline: Make, capture: Capture, an_event: Event, actions: list[str], expected: dict[str, str]
) -> None:
    ids = {version: capture(store, a_baseline(version)) for version in ("1.0", "2.0")}
    for text in actions:
        action, version = text.split()
        store.log_event(an_event(Action(action), ids[version]))
    assert states(store) == expected
    assert [e.action for e in store.events("robot", "linux-x86_64")][2:] == [text.split()[0] for text in actions]


@pytest.mark.parametrize(
    ("actions", "problem"),
    [
        (["captured"], "it was captured already"),
        (["rolled_back"], "it has never been current. Promote it instead"),
        (["withdrawn", "promoted"], "it was withdrawn, which is final"),
    ],
)
def test_an_event_that_does_not_follow_is_refused(
    store: Store, a_baseline: Make, capture: Capture, an_event: Event, actions: list[str], problem: str
) -> None:
    name = capture(store, a_baseline())
    for action in actions[:-1]:
        store.log_event(an_event(Action(action), name))
    with pytest.raises(InvalidInput, match=problem):
        store.log_event(an_event(Action(actions[-1]), name))
    assert len(store.events("robot", "linux-x86_64")) == len(actions)


def test_scenarios_and_platforms_have_currents_of_their_own(
    store: Store, a_baseline: Make, capture: Capture, an_event: Event
) -> None:
    for baseline in (a_baseline(), a_baseline(platform="macos-arm64"), a_baseline(scenario="boxes")):
        store.log_event(an_event(Action.PROMOTED, capture(store, baseline)))
    assert [(e.scenario, e.platform, str(e.state)) for e in store.baselines()] == [
        ("boxes", "linux-x86_64", "current"), ("robot", "linux-x86_64", "current"), ("robot", "macos-arm64", "current"),
    ]  # fmt: skip
    assert [e.scenario for e in store.baselines("robot", "macos-arm64")] == ["robot"]
    assert store.baselines(version="9") == ()


def test_an_event_of_an_unknown_baseline_makes_nothing(store: Store, folder: Path, an_event: Event) -> None:
    with pytest.raises(NoBaseline):
        store.log_event(an_event(Action.PROMOTED, "robot/linux-x86_64/1.0/00000000"))
    assert not folder.exists()


def test_capturing_twice_is_once(store: Store, a_baseline: Make, capture: Capture) -> None:
    for _ in range(2):
        capture(store, a_baseline())
    assert len(store.baselines()) == len(store.events("robot", "linux-x86_64")) == 1


def test_a_capture_that_was_interrupted_before_its_event_is_completed(
    store: Store, a_baseline: Make, capture: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as killed:
        killed.setattr(segment, "append", die)
        with pytest.raises(KeyboardInterrupt):
            capture(store, a_baseline())
    assert store.baselines() == ()
    assert store.damage() == ()
    validation = store.validate()
    assert (validation.sound, len(validation.warnings)) == (True, 1)
    assert "no event names it: a capture was interrupted" in validation.warnings[0]
    capture(store, a_baseline())
    assert len(store.baselines()) == 1
    assert store.validate().warnings == ()


def test_many_interrupted_captures_are_no_lost_log(
    store: Store, a_baseline: Make, capture: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for version in ("1.0", "2.0", "3.0"):
        with monkeypatch.context() as killed:
            killed.setattr(segment, "append", die)
            with pytest.raises(KeyboardInterrupt):
                capture(store, a_baseline(version))
        assert (store.baselines(), store.damage(), store.validate().findings) == ((), (), ())
    with monkeypatch.context() as killed:
        killed.setattr(EventCounts, "write", die)
        with pytest.raises(KeyboardInterrupt):
            capture(store, a_baseline("4.0"))
    assert "no event names" not in str(store.validate().findings)
    capture(store, a_baseline("5.0"))
    assert (states(store), store.damage()) == ({"4.0": "candidate", "5.0": "candidate"}, ())


def test_a_writer_that_died_before_it_counted_its_event_is_caught_up_with(
    store: Store, a_baseline: Make, capture: Capture, an_event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = capture(store, a_baseline())
    with monkeypatch.context() as killed:
        killed.setattr(EventCounts, "write", die)
        with pytest.raises(KeyboardInterrupt):
            store.log_event(an_event(Action.PROMOTED, name))
    assert (states(store), store.damage()) == ({"1.0": "current"}, ())
    assert "counts/" not in str(store.validate().findings)
    capture(store, a_baseline("2.0"))
    assert states(store) == {"1.0": "current", "2.0": "candidate"}


def test_writers_that_die_one_after_the_other_before_counting_leave_one_event_uncounted(
    store: Store, a_baseline: Make, capture: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    capture(store, a_baseline())
    write = EventCounts.write
    for version in ("2.0", "3.0", "4.0"):
        before = len(store.events("robot", "linux-x86_64"))
        with monkeypatch.context() as killed:
            killed.setattr(EventCounts, "write", lambda *a, n=before: write(*a) if a[2] <= n else die())
            with pytest.raises(KeyboardInterrupt):
                capture(store, a_baseline(version))
        assert "counts/" not in str(store.validate().findings)
    assert len(store.baselines()) == 4


def test_another_process_is_seen_by_the_next_call(store: Store, folder: Path, a_baseline: Make, capture: Capture,
                                                  an_event: Event) -> None:  # fmt: skip
    other = open_store(f"file:{folder}")
    for number in range(20):
        name = capture(other, a_baseline(f"1.{number}"))
        assert store.baselines()[-1].id == name
        other.log_event(an_event(Action.PROMOTED, name))
        assert [str(e.state) for e in store.baselines()].count("current") == 1
        assert store.baselines()[-1].state == "current"


def test_the_list_tells_what_a_baseline_stands_on(store: Store, a_baseline: Make, capture: Capture) -> None:
    program = Program(argv=("x",))
    capture(store, a_baseline(program=program))
    (entry,) = store.baselines()
    assert (entry.processes, entry.sessions, entry.remeasurable, entry.created_by) == (2, 1, True, "ann")


def test_the_files_of_a_program_are_kept_by_digest(store: Store, a_baseline: Make, capture: Capture) -> None:
    data = b"import dartpy\r\n\0"
    sha256 = hashlib.sha256(data).hexdigest()
    capture(store, a_baseline(program=Program(argv=("x",), files={"a.py": sha256})), {sha256: data})
    assert store.content(sha256) == data
    with pytest.raises(MissingData, match="Capture the baseline again"):
        store.content("0" * 64)
    with pytest.raises(InvalidInput, match="64 hexadecimal digits"):
        store.content("../store.json")


def test_a_program_that_could_not_be_rebuilt_is_refused(
    store: Store, folder: Path, a_baseline: Make, capture: Capture
) -> None:
    lacking = a_baseline(program=Program(argv=("x",), files={"a.py": "0" * 64}))
    with pytest.raises(InvalidInput, match=r"file 'a\.py' of the program .* has no content"):
        capture(store, lacking)
    with pytest.raises(InvalidInput, match="has another SHA-256"):
        capture(store, lacking, {"0" * 64: b"other"})
    assert not folder.exists()


@pytest.mark.parametrize("name", ["con", "nul.txt", "robot."])
def test_a_name_that_windows_cannot_hold_is_refused(
    store: Store, folder: Path, a_baseline: Make, capture: Capture, name: str
) -> None:
    with pytest.raises(InvalidInput, match="cannot become a file name"):
        capture(store, a_baseline(scenario=name))
    assert not folder.exists()


def test_names_that_differ_in_case_alone_are_refused(store: Store, a_baseline: Make, capture: Capture) -> None:
    capture(store, a_baseline(scenario="robot"))
    with pytest.raises(InvalidInput, match="differs only in case from 'robot'"):
        capture(store, a_baseline(scenario="Robot"))


@pytest.mark.parametrize("name", ["../../etc", "a/b", "", ".", "robot/../x", "a\0b"])
def test_no_argument_leaves_the_folder(store: Store, name: str) -> None:
    with pytest.raises(InvalidInput, match="cannot become a file name"):
        store.events(name, "linux-x86_64")
    with pytest.raises((NoBaseline, InvalidInput)):
        store.baseline(name)
    with pytest.raises((NoBaseline, InvalidInput)):
        store.sealed(name)
    with pytest.raises(MissingData):
        store.job(name)
    with pytest.raises(MissingData):
        store.points(name)
    with pytest.raises(MissingData):
        store.run(name)


def test_the_bytes_are_the_same_on_every_system(store: Store, folder: Path, a_baseline: Make, capture: Capture) -> None:
    name = capture(store, a_baseline(reason="größer"))
    (file,) = (folder / "baselines/robot/linux-x86_64").glob("1.0.*.json")
    data = file.read_bytes()
    assert file.name == f"1.0.{name[-8:]}.json"
    assert data == store.sealed(name)
    assert b"\r" not in data
    assert data.endswith(b"\n}\n")
    assert "größer".encode() in data
    plain = orjson.loads(data)
    assert orjson.dumps(plain, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n" == data
    assert (plain["format"], plain["schema_number"]) == ("dart-perf-baseline", 1)


def test_a_missing_or_exchanged_file_is_named(store: Store, folder: Path, a_baseline: Make, capture: Capture) -> None:
    first, second = (capture(store, a_baseline(v)) for v in ("1.0", "2.0"))
    files = sorted((folder / "baselines/robot/linux-x86_64").glob("*.json"))
    files[0].write_bytes(files[1].read_bytes())
    with pytest.raises(Corrupted, match=r"1\.0\..*it holds baseline robot/linux-x86_64/2\.0"):
        store.baseline(first)
    files[1].unlink()
    with pytest.raises(Corrupted, match="missing, but the log names it"):
        store.baseline(second)
    assert len(store.baselines()) == 2


def test_a_sealed_file_is_never_overwritten(store: Store, folder: Path, a_baseline: Make, capture: Capture) -> None:
    capture(store, a_baseline())
    (file,) = (folder / "baselines/robot/linux-x86_64").glob("1.0.*.json")
    file.write_bytes(b"{}\n")
    with pytest.raises(Corrupted, match="it exists with other content"):
        capture(store, a_baseline())
    assert file.read_bytes() == b"{}\n"
