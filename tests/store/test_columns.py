"""Series as arrays: the same as the points one by one, whatever came in which order."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dart_perf.model.baseline import Action
from dart_perf.model.operation import Rule
from dart_perf.model.series import Reduction
from dart_perf.store import open_store
from dart_perf.store.contract import Store
from tests.store.cached import MEAN, ARun, Counted, Event, again, fill, plain, seen


def test_columns_are_the_points_of_every_series(store: Store, a_run: ARun) -> None:
    fill(store, a_run)
    assert seen(store.columns(MEAN)) == plain(store)
    assert len(plain(store)) == 3


def test_an_empty_store_has_none_and_is_not_made_by_the_question(store: Store, folder: Path) -> None:
    found = store.columns(MEAN)
    assert (found.entries, dict(found.values), found.locations) == ((), {}, ())
    assert not folder.exists()


def test_another_process_reads_the_cache_and_reduces_nothing(store: Store, a_run: ARun) -> None:
    fill(store, a_run)
    store.columns(MEAN)
    counted = Counted()
    assert seen(again(store).columns(counted.reduction)) == plain(store)
    assert counted.made == 0


def test_only_what_is_new_is_reduced(store: Store, a_run: ARun) -> None:
    fill(store, a_run)
    store.columns(MEAN)
    store.append_runs([a_run(99, series=2)], position=99)
    for reader in (store, again(store), again(store)):
        counted = Counted()
        assert seen(reader.columns(counted.reduction)) == plain(store)
        assert counted.made <= 2


def test_nothing_is_read_again_while_nothing_changed(store: Store, a_run: ARun) -> None:
    fill(store, a_run)
    assert store.columns(MEAN) is store.columns(MEAN)


def test_what_another_process_appended_is_seen_at_once(store: Store, a_run: ARun) -> None:
    fill(store, a_run)
    store.columns(MEAN)
    again(store).append_runs([a_run(77)], position=3)
    assert seen(store.columns(MEAN)) == plain(store)


def test_another_reduction_is_not_answered_from_this_one(store: Store, a_run: ARun) -> None:
    fill(store, a_run)
    store.columns(MEAN)
    largest = Reduction("max/1", lambda _metric, samples, _processes: max(samples))
    for reader in (store, again(store)):
        found = reader.columns(largest)
        assert found.values[found.entries[0].id].tolist() == [1.0 + number for number in range(6)]


def test_what_was_answered_cannot_be_changed_by_its_reader(store: Store, a_run: ARun) -> None:
    fill(store, a_run)
    values = store.columns(MEAN).values[store.series()[0].id]
    with pytest.raises(ValueError, match="read-only"):
        values[0] = 7.0


def test_runs_that_were_pruned_are_gone_and_the_rest_is_not_read_again(
    store: Store, a_run: ARun, an_event: Event
) -> None:
    fill(store, a_run, 12)
    store.columns(MEAN)
    event = an_event(Action.PRUNED, "")
    assert store.prune(Rule(keep=4), event, lambda *_: None).runs == 8
    for reader in (store, again(store)):
        counted = Counted()
        assert seen(reader.columns(counted.reduction)) == plain(store)
        assert {len(points) for points in plain(store).values()} == {4}
        assert counted.made == 0


def test_a_merged_history_falls_into_place(store: Store, a_run: ARun, tmp_path: Path) -> None:
    fill(store, a_run, 4)
    store.columns(MEAN)
    other = open_store(f"file:{tmp_path / 'other'}")
    other.append_runs(
        [a_run(10 + n, commit=f"{n:040x}") for n in range(4)], position={f"{n:040x}": n for n in range(4)}
    )
    store.merge(tmp_path / "other", lambda *_: None)
    for reader in (store, again(store)):
        assert seen(reader.columns(MEAN)) == plain(store)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(0, 30), st.one_of(st.none(), st.integers(0, 9)), st.integers(1, 3)),
        st.tuples(st.just("ask"), st.booleans()),
        st.tuples(st.just("prune"), st.integers(1, 6)),
        st.tuples(st.just("lose"), st.sampled_from(["cache", "history", "index"])),
    ),
    min_size=1,
    max_size=25,
)


@pytest.mark.usefixtures("small_segments")
@settings(max_examples=60, deadline=None)
@given(steps=STEPS)
def test_whatever_happens_in_whatever_order_the_answer_is_that_of_the_points(
    a_run: ARun, an_event: Event, steps: list[tuple[Any, ...]]
) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "store"
        store = open_store(f"file:{folder}")
        for step in steps:
            _do(store, folder, step, a_run, an_event)
        for reader in (store, again(store), again(store)):
            assert seen(reader.columns(MEAN)) == plain(reader)


def _do(store: Store, folder: Path, step: tuple[Any, ...], a_run: ARun, an_event: Event) -> None:
    if step[0] == "append":
        store.append_runs([a_run(step[1], series=step[3])], position=step[2])
    elif step[0] == "ask":
        (again(store) if step[1] else store).columns(MEAN)
    elif step[0] == "prune" and store.series():
        store.prune(Rule(keep=step[1]), an_event(Action.PRUNED, ""), lambda *_: None)
    elif step[0] == "lose":
        shutil.rmtree(folder / {"cache": "cache"}.get(step[1], "history"), ignore_errors=True)


def test_points_without_a_position_stand_where_they_arrived(store: Store, a_run: ARun) -> None:
    for number, position in enumerate([5, None, 3, None, 9, 4, None]):
        store.append_runs([a_run(number, series=2)], position=position)
    assert seen(store.columns(MEAN)) == plain(store)
