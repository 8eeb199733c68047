"""Old runs, baselines, programs and jobs go when that is asked for, in one step, and nothing goes that is needed."""

import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dart_perf.errors import Corrupted, NoBaseline, PerfError
from dart_perf.model.baseline import Action, Baseline, BaselineEvent, State
from dart_perf.model.job import Job, JobState
from dart_perf.model.measurement import Run
from dart_perf.model.operation import Prune, Rule
from dart_perf.model.scenario import Program
from dart_perf.store import open_store
from dart_perf.store.contract import Store
from dart_perf.store.retention import Stored, staying_runs

KILLED = Path(__file__).with_name("killed.py")
DAY = datetime(2026, 3, 1, tzinfo=UTC)
WHO = BaselineEvent(action=Action.PRUNED, baseline="", who="ann", when=DAY, why="old")
DATA = b"print(1)\n"
SHA256 = hashlib.sha256(DATA).hexdigest()
Make = Callable[..., Run]


pytestmark = pytest.mark.usefixtures("small_segments")


def silent(*_: object) -> None:
    return


def prune(store: Store, keep: int = 20, before: datetime | None = None) -> Prune:
    return store.prune(Rule(keep=keep, before=before), WHO, silent)


def measured(a_run: Make, number: int) -> Run:
    return a_run(number, when=None if number % 5 == 4 else DAY + timedelta(days=number))


@pytest.fixture
def full(
    store: Store, a_run: Make, a_baseline: Callable[..., Baseline], an_event: Callable[..., BaselineEvent],
    capture: Callable[..., str], a_job: Callable[..., Job],
) -> Store:  # fmt: skip
    """Return a store of 24 runs in several segments, four baselines (the third current) and two jobs."""
    runs = [measured(a_run, n) for n in range(24)]
    for n, run in enumerate(runs):
        store.append_runs([run], position=n)
    program = Program(argv=("x",), files={"a.py": SHA256})
    for n in range(4):
        made = a_baseline(
            f"{n}.0", runs=(runs[n],), created=DAY + timedelta(days=n), program=program if n < 1 else None
        )
        name = capture(store, made, {SHA256: DATA} if n < 1 else None)
        if n < 3:
            store.log_event(an_event(Action.PROMOTED, name, minutes=n))
    store.put_job(a_job(1, state=JobState.DONE, updated=DAY))
    store.put_job(a_job(2, state=JobState.RUNNING, updated=DAY))
    return store


def numbers(store: Store) -> list[int]:
    return [int(run.commit or "", 16) for run in store.runs()]


def test_without_being_asked_to_a_prune_removes_nothing(full: Store, folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    said = full.prune(Rule(keep=2), None, silent)
    assert (said.applied, said.runs, said.jobs, said.programs) == (False, 19, 0, 1)
    assert said.summary.startswith("would go: 19 of 24 runs, 1 baselines, 1 program files and 0 jobs")
    assert "--apply" in said.next_step
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_what_it_says_would_go_is_what_goes(full: Store) -> None:
    said, done = full.prune(Rule(keep=2), None, silent), prune(full, keep=2)
    assert done.model_copy(update={"summary": "", "applied": False, "next_step": ""}) == said.model_copy(
        update={"summary": "", "next_step": ""}
    )


def test_the_newest_runs_and_those_of_baselines_stay(full: Store, folder: Path) -> None:
    (series,) = full.series()
    before = full.points(series.id)
    done = prune(full, keep=2)
    assert done.stay == ("3: a baseline stands on it", "2: among the newest 2 of a series")
    for store in (full, open_store(f"file:{folder}")):
        assert numbers(store) == [1, 2, 3, 22, 23]
        assert store.points(series.id) == tuple(p for p in before if p.sequence in {1, 2, 3, 22, 23})
        assert store.series()[0].points == 5
        found = store.validate()
        assert (found.findings, found.warnings, found.runs) == ((), (), 5)


def test_age_alone_spares_the_newest_twenty_and_runs_without_a_time(full: Store) -> None:
    done = prune(full, keep=1, before=DAY + timedelta(days=1))
    assert (done.runs, numbers(full)) == (1, list(range(1, 24)))
    assert prune(full, before=DAY + timedelta(days=30)).runs == 0
    prune(full, keep=1, before=DAY + timedelta(days=10))
    assert numbers(full) == [1, 2, 3, 4, 9, *range(10, 24)]
    said = full.prune(Rule(keep=1, before=DAY + timedelta(days=10)), None, silent)
    assert "4: it does not say when it was measured" in said.stay


def test_the_current_baseline_and_the_one_before_it_stay(full: Store, an_event: Callable[..., BaselineEvent]) -> None:
    gone, before, current, candidate = (e.id for e in full.baselines())
    assert prune(full, keep=1).baselines == (gone,)
    assert [(e.id, e.state) for e in full.baselines()] == [
        (before, State.SUPERSEDED), (current, State.CURRENT), (candidate, State.CANDIDATE),
    ]  # fmt: skip
    with pytest.raises(NoBaseline):
        full.baseline(gone)
    with pytest.raises(PerfError):
        full.log_event(an_event(Action.PROMOTED, gone))
    with pytest.raises(PerfError, match=SHA256):
        full.content(SHA256)
    assert full.events("robot", "linux-x86_64")[-1].action is Action.PRUNED


def test_only_baselines_older_than_the_given_age_go(full: Store) -> None:
    assert prune(full, keep=1, before=DAY).baselines == ()
    assert len(prune(full, keep=1, before=DAY + timedelta(days=1)).baselines) == 1


def test_ended_jobs_go_with_their_logs_and_others_stay(full: Store, folder: Path, a_job: Callable[..., Job]) -> None:
    (folder / "jobs/job-0000000000000001.log").write_text("said")
    full.put_job(a_job(3, state=JobState.FAILED, updated=DAY + timedelta(days=1)))
    assert prune(full, keep=1).jobs == 1
    assert sorted(path.name for path in (folder / "jobs").iterdir()) == [
        "job-0000000000000002.json", "job-0000000000000003.json",
    ]  # fmt: skip


def test_a_pruned_store_goes_on(full: Store, folder: Path, a_run: Make) -> None:
    prune(full, keep=2)
    other = open_store(f"file:{folder}")
    other.append_runs([measured(a_run, n) for n in range(30, 40)], position=40)
    full.append_runs([measured(a_run, 0)], position=0)  # one that was pruned comes back as a new one
    assert numbers(full) == numbers(other) == [1, 2, 3, 22, 23, *range(30, 40), 0]
    (series,) = full.series()
    assert [p.sequence for p in full.points(series.id)] == [34, 1, 2, 3, 22, 23, *range(24, 34)]
    assert full.validate().findings == ()
    assert prune(other, keep=2).runs == 10
    assert full.validate().findings == ()


def test_pruning_twice_is_pruning_once(full: Store, folder: Path) -> None:
    prune(full, keep=2)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    again = prune(full, keep=2)
    assert (again.runs, again.baselines, again.programs, again.jobs, again.bytes) == (0, (), 0, 0, 0)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_a_pruned_baseline_that_is_captured_again_is_what_it_was(
    full: Store, an_event: Callable[..., BaselineEvent], capture: Callable[..., str]
) -> None:
    (first, *_) = full.baselines()
    full.log_event(an_event(Action.WITHDRAWN, first.id))
    sealed = full.baseline(first.id)
    prune(full, keep=1)
    full.append_runs(sealed.runs)
    capture(full, sealed, {SHA256: DATA})
    assert full.baselines()[0] == first.model_copy(update={"state": State.WITHDRAWN})
    assert full.validate().findings == ()


def test_a_damaged_store_is_not_pruned(full: Store, folder: Path) -> None:
    log = folder / "runs/000001.jsonl"
    log.write_bytes(log.read_bytes().replace(b"test", b"tent", 1))
    with pytest.raises(Corrupted, match="Nothing was pruned"):
        prune(full, keep=1)
    assert not (folder / "runs/live.json").exists()


def test_a_run_that_is_lost_after_a_prune_is_missed(full: Store, folder: Path, a_run: Make) -> None:
    prune(full, keep=2)
    full.append_runs([measured(a_run, n) for n in range(30, 33)])
    (newest,) = {max(folder.glob("runs/??????.jsonl"))}
    whole = newest.read_bytes().splitlines(keepends=True)
    for cut in (whole[1:], whole[:1] + whole[2:]):
        newest.write_bytes(b"".join(cut))
        assert not open_store(f"file:{folder}").validate().sound
    newest.write_bytes(b"".join(whole))
    assert open_store(f"file:{folder}").validate().findings == ()
    (folder / "runs/live.json").unlink()
    assert not open_store(f"file:{folder}").validate().sound


def test_a_prune_that_is_killed_at_any_step_leaves_the_old_runs_or_the_kept_ones(
    full: Store, folder: Path, tmp_path: Path, a_run: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)  # processes die here, not the system
    old, names = numbers(full), [e.id for e in full.baselines()]
    argv = [sys.executable, str(KILLED), str(folder), str(tmp_path / "killed"), "prune"]
    copies = subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split()
    states = set()
    for number in copies:
        place = tmp_path / "killed" / number
        store = open_store(f"file:{place}")
        found = store.validate()
        assert found.findings == (), (number, found)
        assert numbers(store) in (old, [1, 2, 3, 22, 23])
        assert [e.id for e in store.baselines()] in (names, names[1:])
        states.add((len(store.runs()), len(store.baselines())))
        assert len(store.points(store.series()[0].id)) == len(store.runs())
        store.append_runs([measured(a_run, 99)], position=99)  # the next write puts in order what was left
        after = store.validate()
        assert (after.findings, after.warnings) == ((), ()), number
        prune(store, keep=2)
        assert numbers(store) == [1, 2, 3, 23, 99]
        assert [e.id for e in store.baselines()] == names[1:]
        assert not (place / "programs" / SHA256).exists()
    assert states == {(24, 4), (24, 3), (5, 3)}
    assert len(copies) > 20


def test_readers_and_writers_go_on_while_runs_are_pruned(full: Store, folder: Path, a_run: Make) -> None:
    reader, errors, over = open_store(f"file:{folder}"), list[BaseException](), threading.Event()
    (series,) = reader.series()

    def read() -> None:
        try:
            while not over.is_set():
                sequences = [p.sequence for p in reader.points(series.id)]
                assert sequences == sorted(set(sequences))
                assert {1, 2, 3} <= set(numbers(reader))
                assert reader.series()[0].points >= 5
                assert reader.run(measured(a_run, 3).id) == measured(a_run, 3)
                assert reader.validate().findings == ()
        except BaseException as error:  # noqa: BLE001 -- the test reports it
            errors.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    writer = open_store(f"file:{folder}")
    for n in range(24, 74, 2):
        writer.append_runs([measured(a_run, n), measured(a_run, n + 1)], position=n)
        prune(full, keep=2)
    over.set()
    thread.join()
    assert errors == []
    assert numbers(full) == [1, 2, 3, 72, 73]


POSITIONS = st.none() | st.integers(0, 6)
STORED = st.lists(
    st.tuples(POSITIONS, st.none() | st.integers(0, 20), st.sets(st.sampled_from("abc"), max_size=3)), max_size=25
)


def in_order(runs: list[Stored]) -> list[int]:
    furthest, keyed = -1, []
    for run in runs:
        place = furthest if run.position is None else run.position
        keyed.append((place, run.sequence))
        furthest = max(furthest, place)
    return [sequence for _, sequence in sorted(keyed)]


@given(STORED, st.integers(1, 4), st.none() | st.integers(0, 20), st.data())
def test_what_must_stay_stays_in_its_order_and_pruning_again_takes_nothing(
    plain: list[tuple[int | None, int | None, set[str]]], keep: int, days: int | None, data: st.DataObject
) -> None:
    at = [None if day is None else DAY + timedelta(days=day) for _, day, _ in plain]
    runs = [Stored(f"run-{n}", n, p, at[n], tuple(sorted(s))) for n, (p, _, s) in enumerate(plain)]
    needed = set(data.draw(st.lists(st.sampled_from([r.id for r in runs])))) if runs else set()
    rule = Rule(keep=keep, before=None if days is None else DAY + timedelta(days=days))
    stay = staying_runs(runs, rule, needed)
    kept = [run for run in runs if run.sequence in stay]
    assert needed <= {run.id for run in kept}
    for run in set(runs) - set(kept):
        assert rule.before is None or (run.when is not None and run.when < rule.before)
    for series in "abc":
        all_of, left = ([r for r in some if series in r.series] for some in (runs, kept))
        assert in_order(left) == [n for n in in_order(all_of) if n in stay]
        assert in_order(all_of)[-keep:] == in_order(left)[-keep:]
    assert staying_runs(kept, rule, needed).keys() == stay.keys()


@pytest.mark.parametrize("keep", [1, 5])
@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=1, max_size=12, unique=True))
def test_any_store_is_sound_after_a_prune(
    tmp_path_factory: pytest.TempPathFactory, a_run: Make, keep: int, which: list[int]
) -> None:
    store: Any = open_store(f"file:{tmp_path_factory.mktemp('laws') / 'store'}")
    for n in which:
        store.append_runs([a_run(n)], position=n)
    prune(store, keep=keep)
    assert set(numbers(store)) == set(sorted(which)[-keep:]) | set(which[-keep:])
    assert store.validate().findings == ()
