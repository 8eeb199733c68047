"""Series as arrays: the same as the points, whatever befell the cache."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest

from dart_perf.errors import Corrupted
from dart_perf.store import column_file, columns, open_store
from dart_perf.store.contract import Store
from dart_perf.store.lock import Lock
from tests.store.cached import MEAN, ARun, Counted, again, cache, fill, plain, seen

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
