"""Series as arrays: the same as the points one by one, whatever came in which order, and whatever befell the cache."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import fmean
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dart_perf.errors import Corrupted
from dart_perf.model.baseline import Action, BaselineEvent
from dart_perf.model.measurement import Run
from dart_perf.model.operation import Rule
from dart_perf.model.series import Columns, Reduction
from dart_perf.store import column_file, columns, open_store
from dart_perf.store.contract import Store
from dart_perf.store.lock import Lock

ARun = Callable[..., Run]
Event = Callable[..., BaselineEvent]


def _mean(_metric: str, samples: Any, processes: Any) -> float:
    assert len(processes) in {0, len(samples)}
    return fmean(samples)


MEAN = Reduction("mean/1", _mean)


class Counted:
    """A reduction that knows how many values it made."""

    def __init__(self) -> None:
        self.made = 0
        self.reduction = Reduction("mean/1", self._value)

    def _value(self, metric: str, samples: Any, processes: Any) -> float:
        self.made += 1
        return _mean(metric, samples, processes)


def plain(store: Store) -> dict[str, list[tuple[float, str, str | None, int | None]]]:
    """Return every series as its points say it, one by one."""
    return {
        entry.id: [(fmean(p.samples), p.run, p.commit, p.position) for p in store.points(entry.id)]
        for entry in store.series()
    }


def seen(found: Columns) -> dict[str, list[tuple[float, str, str | None, int | None]]]:
    """Return every series as the columns say it."""
    assert {entry.id for entry in found.entries} == set(found.values)
    assert [-1 if at.position is None else at.position for at in found.locations] == found.positions.tolist()
    return {
        name: [
            (value, *found.locations[place])
            for value, place in zip(values.tolist(), found.places[name].tolist(), strict=True)
        ]
        for name, values in found.values.items()
    }


def again(store: Store) -> Store:
    """Return the store as another process opens it."""
    return open_store(store.url)


def cache(folder: Path) -> Path:
    return folder / "cache" / "values.columns"


def fill(store: Store, a_run: ARun, count: int = 6, series: int = 3) -> None:
    for number in range(count):
        store.append_runs([a_run(number, series=series)], position=number)


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


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "emptied": lambda _: b"",
    "truncated": lambda data: data[: len(data) // 2],
    "one byte short": lambda data: data[:-1],
    "one byte more": lambda data: data + b"\0",
    "garbage": lambda data: os.urandom(len(data)),
    "no newline": lambda data: data.replace(b"\n", b" "),
    "a value of another": lambda data: data[:-60] + bytes(8) + data[-52:],
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_cache_is_made_again(
    store: Store, a_run: ARun, folder: Path, damage: Callable[[bytes], bytes]
) -> None:
    fill(store, a_run)
    store.columns(MEAN)
    whole = cache(folder).read_bytes()
    cache(folder).write_bytes(damage(whole))
    assert seen(again(store).columns(MEAN)) == plain(store)
    assert cache(folder).read_bytes() == whole


def test_no_flipped_bit_is_believed(store: Store, a_run: ARun, folder: Path) -> None:
    fill(store, a_run, 2, series=1)
    store.columns(MEAN)
    whole = cache(folder).read_bytes()
    for place in range(len(whole)):
        flipped = bytearray(whole)
        flipped[place] ^= 1 << place % 8
        cache(folder).write_bytes(flipped)
        assert column_file.ColumnFile(folder).read("mean/1").points == 0


HEADERS: dict[str, Callable[[dict[str, Any]], object]] = {
    "of a newer version": lambda header: header | {"format": "dart-perf-columns/2"},
    "no object": lambda _: [1],
    "without runs": lambda header: {k: v for k, v in header.items() if k != "runs"},
    "more values than there are": lambda header: header | {"series": [[n, 10**6] for n, _ in header["series"]]},
    "less than none": lambda header: header | {"series": [[n, -1] for n, _ in header["series"]]},
    "runs of another kind": lambda header: header | {"runs": ["run"]},
}


@pytest.mark.parametrize("change", HEADERS.values(), ids=HEADERS)
def test_a_cache_that_another_version_wrote_is_made_again(
    store: Store, a_run: ARun, folder: Path, change: Callable[[dict[str, Any]], object]
) -> None:
    import hashlib

    fill(store, a_run)
    store.columns(MEAN)
    _, header, rest = cache(folder).read_bytes().split(b"\n", 2)
    data = orjson.dumps(change(orjson.loads(header))) + b"\n" + rest
    cache(folder).write_bytes(hashlib.sha256(data).hexdigest().encode() + b"\n" + data)
    assert seen(again(store).columns(MEAN)) == plain(store)


def test_the_cache_of_another_store_is_not_believed(store: Store, a_run: ARun, folder: Path, tmp_path: Path) -> None:
    fill(store, a_run)
    other = open_store(f"file:{tmp_path / 'other'}")
    other.append_runs([a_run(50 + n, series=3) for n in range(6)])
    other.columns(MEAN)
    cache(folder).parent.mkdir()
    shutil.copy(cache(tmp_path / "other"), cache(folder))
    assert seen(store.columns(MEAN)) == plain(store)


@contextmanager
def obstructed(folder: Path, obstacle: str) -> Iterator[None]:
    """Let nothing be kept."""
    if obstacle == "held lock":
        with Lock(folder, "cache").held():
            yield
        return
    if obstacle == "file in the way":
        (folder / "cache").write_text("no folder")
    elif obstacle == "folder in the way":
        cache(folder).mkdir(parents=True)
    elif obstacle == "no lock":
        (folder / "locks" / "cache.lock").mkdir()
    else:
        (folder / "cache").symlink_to(folder.parent)
    yield


@pytest.mark.parametrize("obstacle", ["held lock", "file in the way", "folder in the way", "no lock", "link"])
def test_where_nothing_can_be_kept_the_answer_is_the_same(
    store: Store, a_run: ARun, folder: Path, obstacle: str
) -> None:
    fill(store, a_run)
    before = sorted(folder.parent.iterdir())
    with obstructed(folder, obstacle):
        assert seen(store.columns(MEAN)) == plain(store)
        assert seen(again(store).columns(MEAN)) == plain(store)
    assert sorted(folder.parent.iterdir()) == before
    assert not list((folder / "tmp").iterdir())


def test_a_disk_that_cannot_be_written_answers(store: Store, a_run: ARun, folder: Path) -> None:
    fill(store, a_run)
    code = f"""
import os
from statistics import fmean
import dart_perf.store.columns
import dart_perf.store.files
from dart_perf.model.series import Reduction
from dart_perf.store import open_store
if os.getuid() == 0:  # whom modes do not stop
    os.setuid(65534)
found = open_store({store.url!r}).columns(Reduction("mean/1", lambda _m, samples, _p: fmean(samples)))
print(len(found.values), len(found.locations))
"""
    readable = Path(tempfile.mkdtemp(dir="/tmp"))  # pytest's own folders are closed to other users
    try:
        shutil.copytree(folder, readable / "store")
        for path in (readable, *readable.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
        there = code.replace(str(folder), str(readable / "store"))
        done = subprocess.run([sys.executable, "-c", there], capture_output=True, text=True, check=False)
    finally:
        for path in (readable, *(p for p in readable.rglob("*") if p.is_dir())):
            path.chmod(0o755)
        shutil.rmtree(readable)
    assert (done.stdout.split(), done.stderr) == (["3", "6"], "")


def test_damage_in_the_runs_is_an_error_not_a_gap(store: Store, a_run: ARun, folder: Path) -> None:
    fill(store, a_run)
    store.columns(MEAN)
    shutil.rmtree(folder / "cache")
    file = folder / "runs" / "000001.jsonl"
    file.write_bytes(file.read_bytes().replace(b'"samples":[3.0', b'"samples":[9.0'))
    with pytest.raises(Corrupted, match="checksum"):
        again(store).columns(MEAN)


def test_an_interrupted_first_build_goes_on_where_it_was(
    store: Store, a_run: ARun, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(store, a_run, 10)
    told: list[tuple[int, int | None]] = []

    def cancel(done: int, total: int | None, _message: str) -> None:
        told.append((done, total))
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.columns(MEAN, cancel)
    assert told == [(n, 10) for n in range(6)]
    counted = Counted()
    assert seen(again(store).columns(counted.reduction)) == plain(store)
    assert counted.made == 15
    monkeypatch.setattr(columns, "FIRST", 2)
    shutil.rmtree(Path(store.url.removeprefix("file:")) / "cache")
    assert seen(again(store).columns(MEAN)) == plain(store)


READER = """
import sys
from statistics import fmean
from dart_perf.model.series import Reduction
from dart_perf.store import open_store
mean = Reduction("mean/1", lambda _metric, samples, _processes: fmean(samples))
sys.stdin.readline()
for _ in range(15):
    store = open_store(sys.argv[1])
    found = store.columns(mean)
    for entry in found.entries:
        runs = [found.locations[place].run for place in found.places[entry.id].tolist()]
        points = {p.run: fmean(p.samples) for p in store.points(entry.id)}
        assert all(points[run] == value for run, value in zip(runs, found.values[entry.id].tolist(), strict=True))
        assert len(runs) == entry.points
"""


@pytest.mark.usefixtures("small_segments")
def test_readers_and_a_writer_at_once_never_see_what_is_not_there(store: Store, a_run: ARun, folder: Path) -> None:
    fill(store, a_run, 3)
    readers = [
        subprocess.Popen([sys.executable, "-c", READER, store.url], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    for reader in readers:
        assert reader.stdin is not None
        reader.stdin.write(b"go\n")
        reader.stdin.flush()
    number = 3
    while any(reader.poll() is None for reader in readers) and number < 400:
        store.append_runs([a_run(number, series=3)], position=1000 - number)
        number += 1
        if number % 50 == 0:
            shutil.rmtree(folder / "cache", ignore_errors=True)
    said = [reader.communicate(timeout=60)[1] for reader in readers]
    assert said == [b""] * 3
    assert seen(again(store).columns(MEAN)) == plain(store)


KILLED = """
import os, signal, sys
from statistics import fmean
from pathlib import Path
from dart_perf.model.series import Reduction
from dart_perf.store import atomic, open_store
whole = atomic.write_all
def torn(descriptor, data):
    whole(descriptor, bytes(data)[: int(sys.argv[2])])
    os.kill(os.getpid(), signal.SIGKILL)
atomic.write_all = torn
open_store(sys.argv[1]).columns(Reduction("mean/1", lambda _m, samples, _p: fmean(samples)))
"""


@pytest.mark.parametrize("count", [0, 1, 100, 10**6])
def test_who_dies_while_writing_the_cache_leaves_the_old_one(
    store: Store, a_run: ARun, folder: Path, count: int
) -> None:
    fill(store, a_run, 3)
    store.columns(MEAN)
    whole = cache(folder).read_bytes()
    fill(store, a_run, 6)
    done = subprocess.run([sys.executable, "-c", KILLED, store.url, str(count)], check=False)
    assert done.returncode == -9
    assert cache(folder).read_bytes() == whole
    assert seen(again(store).columns(MEAN)) == plain(store)
    assert cache(folder).read_bytes() != whole
    assert not list((folder / "tmp").iterdir())


def test_backups_validation_and_merges_leave_the_cache_alone(
    store: Store, a_run: ARun, folder: Path, tmp_path: Path
) -> None:
    fill(store, a_run)
    store.backup(tmp_path / "before.tar", lambda *_: None)
    store.columns(MEAN)
    store.keep("sums", {"0" * 32: b"1"})
    store.backup(tmp_path / "after.tar", lambda *_: None)
    assert (tmp_path / "before.tar").read_bytes() == (tmp_path / "after.tar").read_bytes()
    cache(folder).write_bytes(b"damaged")
    assert store.validate().findings == ()
    other = open_store(f"file:{tmp_path / 'other'}")
    other.append_runs([a_run(70)])
    other.merge(folder, lambda *_: None)
    assert not (tmp_path / "other" / "cache").exists()
    assert "/cache/" in (folder / ".gitignore").read_text().split()
