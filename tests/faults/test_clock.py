"""A clock that is set back two days changes no order and no answer: neither what it says nor what files are stamped."""

import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from dart_perf.model.baseline import Action
from dart_perf.model.job import JobState
from dart_perf.store import open_store
from dart_perf.store.contract import Store
from tests.store.conftest import NOON, _baseline, _capture, _event, _job, _run

TWO_DAYS = timedelta(days=2)


def tell(store: Store, after: Callable[[], object], back: timedelta) -> None:
    """Store runs, baselines and a job; from the second on the clock says `back` earlier."""
    for number in range(6):
        when = NOON - back * min(number, 1) + timedelta(minutes=number)
        store.append_runs([_run(number, when=when)], position=number // 2)
        after()
    first, second = (_baseline(version, runs=store.runs()[int(version) :][:1]) for version in ("1", "2"))
    for minutes, baseline in ((0, first), (-int(back.total_seconds() / 60), second)):
        _capture(store, baseline)
        after()
        store.log_event(_event(Action.PROMOTED, baseline.id, minutes))
        after()
    store.put_job(_job(1, state=JobState.RUNNING, updated=NOON))
    store.put_job(_job(1, state=JobState.DONE, updated=NOON - back))


def answers(store: Store) -> list[object]:
    series = store.series()
    points = [[(p.sequence, p.samples, p.position) for p in store.points(entry.id)] for entry in series]
    states = [(e.version, str(e.state)) for e in store.baselines()]
    actions = [(str(e.action), e.baseline.split("/")[2]) for e in store.events("robot", "linux-x86_64")]
    return [[r.commit for r in store.runs()], series, points, states, actions, [j.state for j in store.jobs()]]


def test_what_is_said_by_a_clock_that_was_set_back_changes_no_order(tmp_path: Path) -> None:
    stores = [open_store(f"file:{tmp_path / name}") for name in ("steady", "back")]
    for store, back in zip(stores, (timedelta(0), TWO_DAYS), strict=True):
        tell(store, lambda: None, back)
    assert answers(stores[0]) == answers(stores[1])
    assert stores[1].validate().sound


def test_files_that_are_stamped_two_days_back_are_seen_by_the_next_call(tmp_path: Path) -> None:
    store, other = (open_store(f"file:{tmp_path}") for _ in range(2))
    stamp = time.time() - TWO_DAYS.total_seconds()

    def check() -> None:
        for path in tmp_path.rglob("*"):
            os.utime(path, (stamp, stamp))  # to the same moment each time: no stamp tells one write from another
        assert answers(other) == answers(store) == answers(open_store(f"file:{tmp_path}"))

    tell(store, check, TWO_DAYS)
