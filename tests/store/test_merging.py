"""Two stores become one that holds what each held, whichever is merged into which, and however often."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dart_perf.errors import Corrupted, InvalidInput, NewerSchema
from dart_perf.model.baseline import Action, Baseline, BaselineEvent, State
from dart_perf.model.measurement import Run
from dart_perf.model.operation import Merge, Rule
from dart_perf.model.scenario import Program
from dart_perf.store import open_store, seal
from dart_perf.store.contract import Store
from dart_perf.store.fault import Unreadable

KILLED = Path(__file__).with_name("killed.py")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DATA = b"print(1)\n"
SHA256 = hashlib.sha256(DATA).hexdigest()
Make = Callable[..., Run]
pytestmark = pytest.mark.usefixtures("small_segments")


def silent(*_: object) -> None:
    return


class Content(NamedTuple):
    """What two merged stores agree about."""

    runs: set[tuple[str, int | None]]
    baselines: dict[str, bytes]
    events: set[BaselineEvent]


def content(store: Any) -> Content:
    entries = store.baselines()
    keys = {(e.scenario, e.platform) for e in entries}
    points = {(p.run, p.position) for s in store.series() for p in store.points(s.id)}
    return Content(points, {e.id: store.sealed(e.id) for e in entries}, {e for key in keys for e in store.events(*key)})


def currents(store: Store) -> dict[tuple[str, str], str]:
    return {(e.scenario, e.platform): e.id for e in store.baselines() if e.state is State.CURRENT}


def merged(store: Store, other: Any) -> Merge:
    return store.merge(other.root, silent)


@pytest.fixture
def here(store: Store, a_run: Make, a_baseline: Callable[..., Baseline], capture: Callable[..., str],
         an_event: Callable[..., BaselineEvent]) -> Store:  # fmt: skip
    for n in range(0, 12, 2):
        store.append_runs([a_run(n)], position=n)
    store.log_event(an_event(Action.PROMOTED, capture(store, a_baseline("1.0", runs=(a_run(0),)))))
    return store


@pytest.fixture
def there(tmp_path: Path, a_run: Make, a_baseline: Callable[..., Baseline], capture: Callable[..., str],
          an_event: Callable[..., BaselineEvent]) -> Any:  # fmt: skip
    store = open_store(f"file:{tmp_path / 'there'}")
    for n in [11, *range(1, 11, 2), 0]:
        store.append_runs([a_run(n)], position=n)
    program = Program(argv=("x",), files={"a.py": SHA256})
    sealed = a_baseline("2.0", runs=(a_run(1),), program=program)
    store.log_event(an_event(Action.PROMOTED, capture(store, sealed, {SHA256: DATA}), 1))
    for n, scenario in enumerate(("boxes", "chain")):
        name = capture(store, a_baseline(scenario=scenario, runs=(a_run(n),)))
        store.log_event(an_event(Action.PROMOTED, name, 2 + n))
    return store


def test_a_merge_takes_runs_baselines_programs_and_events_and_counts_them(here: Store, there: Any) -> None:
    before, theirs = content(here), content(there)
    said = merged(here, there)
    assert (said.runs, said.known, said.baselines, said.programs, said.events) == (6, 1, 3, 1, 7)
    assert said.summary.endswith("6 new and 1 known runs, 3 new baselines, 1 new program files, 7 new events")
    found = content(here)
    assert found.runs == before.runs | theirs.runs
    assert found.baselines == before.baselines | theirs.baselines
    assert found.events == before.events | theirs.events
    assert here.content(SHA256) == DATA
    validation = here.validate()
    assert (validation.findings, validation.warnings) == ((), ())


def test_points_fall_into_commit_order_and_runs_keep_their_order_of_arrival(here: Store, there: Any) -> None:
    merged(here, there)
    (series,) = here.series()
    points = here.points(series.id)
    assert [p.position for p in points] == list(range(12))
    assert [r.commit for r in here.runs()][6:] == [f"{n:040x}" for n in [11, 1, 3, 5, 7, 9]]
    assert sorted(p.sequence for p in points) == list(range(12))


def test_what_was_current_here_stays_current_and_elsewhere_theirs_becomes_it(here: Store, there: Any) -> None:
    before, theirs = currents(here), currents(there)
    said = merged(here, there)
    assert currents(here) == theirs | before
    assert set(said.current) == {name for key, name in theirs.items() if key not in before}
    back = merged(there, here)
    assert currents(there) == theirs
    assert back.current == ()


def test_merging_twice_or_to_and_fro_adds_nothing(here: Store, there: Any, folder: Path) -> None:
    merged(here, there)
    merged(there, here)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for _ in range(2):
        again = merged(here, there)
        assert (again.runs, again.baselines, again.programs, again.events) == (0, 0, 0, 0)
        merged(there, here)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    assert content(here) == content(there)


def test_what_was_withdrawn_there_is_withdrawn_here_and_said(
    here: Any, there: Any, an_event: Callable[..., BaselineEvent]
) -> None:
    merged(there, here)
    (first,) = (e.id for e in there.baselines("robot") if e.version == "1.0")
    there.log_event(an_event(Action.WITHDRAWN, first, 9))
    said = merged(here, there)
    assert "was withdrawn in the other store" in said.warnings[0]
    assert {e.version: e.state for e in here.baselines("robot")} == {"1.0": State.WITHDRAWN, "2.0": State.CURRENT}
    merged(there, here)
    assert {e.version: e.state for e in there.baselines("robot")} == {"1.0": State.WITHDRAWN, "2.0": State.CURRENT}


def test_a_baseline_that_was_pruned_here_and_lives_there_comes_back(
    here: Any, there: Any, a_baseline: Callable[..., Baseline], capture: Callable[..., str], a_run: Make
) -> None:
    for version in ("0.1", "0.2"):
        capture(here, a_baseline(version, runs=(a_run(2),)))
    merged(there, here)
    gone = here.prune(
        Rule(keep=1),
        BaselineEvent(action=Action.PRUNED, baseline="", who="ann", when=NOON, why="old"), silent,
    ).baselines  # fmt: skip
    assert [name.split("/")[2] for name in gone] == ["0.1"]
    merged(there, here)  # what was pruned here stays there
    assert content(there).baselines.keys() > content(here).baselines.keys()
    said = merged(here, there)
    assert (said.baselines, said.events) == (4, 8)
    assert {e.version: e.state for e in here.baselines("robot")}["0.1"] is State.CANDIDATE
    assert here.validate().findings == ()
    assert content(here).baselines == content(there).baselines


def test_a_position_that_differs_is_kept_as_it_is_here_and_said(here: Any, there: Any, a_run: Make) -> None:
    here.append_runs([a_run(3)])
    said = merged(here, there)
    assert said.warnings == ("1 runs have another commit position there; the position here was kept",)


def damage(there: Any) -> None:
    path = there.root / "runs/000001.jsonl"
    path.write_bytes(path.read_bytes().replace(b"test", b"tent", 1))


def newer(there: Any) -> None:
    (there.root / "store.json").write_bytes(seal.seal("dart-perf-store", {}, 3))


def other_case(there: Any) -> None:
    (there.root / "baselines/robot").rename(there.root / "baselines/Robot")
    (there.root / "counts/robot").rename(there.root / "counts/Robot")
    shutil.rmtree(there.root / "baselines/Robot")


def nothing(there: Any) -> None:
    shutil.rmtree(there.root)


@pytest.mark.parametrize(
    ("spoil", "error", "said"),
    [
        (damage, Corrupted, "Nothing was merged"),
        (newer, NewerSchema, "has schema 3; this dart-perf supports 2"),
        (nothing, InvalidInput, "is no store"),
        (other_case, Corrupted, "Nothing was merged"),
    ],
)
def test_a_store_that_cannot_be_merged_is_refused_and_nothing_is_written(
    here: Store, there: Any, folder: Path, spoil: Callable[[Any], None], error: type[Exception], said: str
) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    spoil(there)
    with pytest.raises(error, match=said):
        merged(here, there)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_a_scenario_that_differs_in_case_alone_is_refused_before_anything_is_written(
    here: Store, folder: Path, a_baseline: Callable[..., Baseline], capture: Callable[..., str], tmp_path: Path,
    a_run: Make,
) -> None:  # fmt: skip
    third: Any = open_store(f"file:{tmp_path / 'third'}")
    third.append_runs([a_run(50)])
    capture(third, a_baseline(scenario="Robot", runs=(a_run(50),)))
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(InvalidInput, match="differs only in case"):
        merged(here, third)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_a_store_that_is_pruned_while_it_is_read_is_merged_again(here: Any, there: Any) -> None:
    event = BaselineEvent(action=Action.PRUNED, baseline="", who="ann", when=NOON, why="old")

    def late(_done: int, total: int | None, message: str) -> None:
        if total and message == "merging runs":
            there.prune(Rule(keep=1), event, silent)

    with pytest.raises(Unreadable, match=r"was pruned while it was read.*Repeat the merge"):
        here.merge(there.root, late)
    assert here.validate().findings == ()
    merged(here, there)
    assert content(here).runs >= content(there).runs


def test_a_store_is_not_merged_into_itself(here: Any) -> None:
    with pytest.raises(InvalidInput, match="is this store itself"):
        merged(here, here)


def test_a_merge_that_is_killed_at_any_step_is_finished_by_repeating_it(
    here: Any, there: Any, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)  # processes die here, not the system
    ours, whole = content(here), tmp_path / "whole"
    shutil.copytree(folder, whole)
    merged(open_store(f"file:{whole}"), there)
    expected = content(open_store(f"file:{whole}"))
    argv = [sys.executable, str(KILLED), str(folder), str(tmp_path / "killed"), "merge", str(there.root)]
    copies = subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split()
    assert len(copies) > 30
    for number in copies:
        store = open_store(f"file:{tmp_path / 'killed' / number}")
        found = store.validate()
        assert found.findings == (), (number, found)
        part = content(store)
        assert ours.runs <= part.runs <= expected.runs
        assert ours.baselines.items() <= part.baselines.items() <= expected.baselines.items()
        assert currents(store).items() >= currents(here).items()
        merged(store, there)
        assert content(store) == expected
        assert currents(store) == currents(open_store(f"file:{whole}"))
        assert store.validate().warnings == ()


PLANS = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 5), st.sampled_from(["run", "capture", "promote", "withdraw"])),
    max_size=14,
)


@settings(max_examples=15, deadline=None)
@given(PLANS)
def test_merging_is_idempotent_commutative_and_associative_as_to_content(
    tmp_path_factory: pytest.TempPathFactory, a_run: Make, a_baseline: Callable[..., Baseline],
    plan: list[tuple[int, int, str]],
) -> None:  # fmt: skip
    place = tmp_path_factory.mktemp("laws")
    for minute, (which, number, what) in enumerate(plan):
        store = open_store(f"file:{place / 'abc'[which]}")
        store.append_runs([a_run(number)], position=number)
        sealed, at = a_baseline(f"{number}.0", runs=(a_run(number),)), NOON + timedelta(minutes=minute)
        states = {e.id: e.state for e in store.baselines()}
        wanted = {"capture": Action.CAPTURED, "promote": Action.PROMOTED, "withdraw": Action.WITHDRAWN}.get(what)
        if wanted is None or (wanted is Action.CAPTURED) == (sealed.id in states):
            continue
        if states.get(sealed.id) is State.WITHDRAWN:
            continue
        event = BaselineEvent(action=wanted, baseline=sealed.id, who="ann", when=at, why="so")
        if wanted is Action.CAPTURED:
            store.add_baseline(sealed, event)
        else:
            store.log_event(event)
    for name in "abc":
        open_store(f"file:{place / name}").append_runs([a_run(9)], position=9)

    def joined(name: str, *others: str) -> Any:
        shutil.copytree(place / others[0], place / name)
        store = open_store(f"file:{place / name}")
        for other in others[1:]:
            store.merge(place / other, silent)
        assert store.validate().findings == ()
        return store

    ab, ba = joined("ab", "a", "b"), joined("ba", "b", "a")
    assert content(ab).runs == content(ba).runs
    assert content(ab).baselines == content(ba).baselines
    left, right = joined("ab_c", "ab", "c"), joined("a_bc", "a", str(joined("bc", "b", "c").root.name))
    assert content(left).runs == content(right).runs
    assert content(left).baselines == content(right).baselines
    assert {e.id for e in left.baselines() if e.state is State.WITHDRAWN} == {
        e.id for e in right.baselines() if e.state is State.WITHDRAWN
    }
    assert currents(left).items() >= {
        key: name for key, name in currents(open_store(f"file:{place / 'a'}")).items()
        if name not in {e.id for e in left.baselines() if e.state is State.WITHDRAWN}
    }.items()  # fmt: skip
    again = merged(left, open_store(f"file:{place / 'b'}"))
    assert (again.runs, again.baselines, again.events) == (0, 0, 0)
