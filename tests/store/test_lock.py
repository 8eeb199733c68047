"""The lock: one holder among threads and processes, handed on when its holder dies, and never kept by a child."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dart_perf.model.measurement import Run
from dart_perf.store import open_store
from dart_perf.store.contract import Store
from dart_perf.store.fault import Busy, Unwritable
from dart_perf.store.lock import Lock, _open

HOLDER = """
import sys
from pathlib import Path
from dart_perf.store.lock import Lock
with Lock(Path(sys.argv[1]), "store").held():
    print("held", flush=True)
    sys.stdin.read()
"""


def hold(folder: Path) -> subprocess.Popen[str]:
    """Start a process that holds the lock until its input ends."""
    argv = [sys.executable, "-c", HOLDER, str(folder)]
    holder = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder


def taken(folder: Path) -> bool:
    try:
        with Lock(folder, "store", wait_seconds=0).held():
            return False
    except Busy:
        return True


@pytest.mark.parametrize("end", ["close", "kill"])
def test_who_waits_gets_the_lock_when_its_holder_ends(folder: Path, end: str) -> None:
    holder = hold(folder)
    waiting = threading.Event()

    def wait() -> str:
        waiting.set()
        with Lock(folder, "store").held():
            return "mine"

    with ThreadPoolExecutor(1) as pool:
        turn = pool.submit(wait)
        waiting.wait()
        assert taken(folder)
        if end == "kill":
            holder.send_signal(signal.SIGKILL)
        holder.communicate(timeout=60)
        assert turn.result(timeout=60) == "mine"
    assert _open == set()


def test_who_waits_in_vain_leaves_nothing_behind(folder: Path) -> None:
    refused = pytest.raises(Busy, match=r"held by another process for more than 0\.05 s")
    with Lock(folder, "store").held(), refused, Lock(folder, "store", wait_seconds=0.05).held():
        raise AssertionError
    for thread in [thread for thread in threading.enumerate() if thread.name == "dart-perf-lock"]:
        thread.join(timeout=60)
    assert (taken(folder), _open) == (False, set())


def test_threads_exclude_each_other(folder: Path) -> None:
    lock, count = Lock(folder, "store"), [0]

    def add(_: int) -> None:
        with lock.held():
            before = count[0]
            folder.stat()  # gives another thread the turn
            count[0] = before + 1

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(200)))
    assert count == [200]


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_neither_keeps_nor_releases_the_lock_of_its_parent(folder: Path) -> None:
    with Lock(folder, "store").held():
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.write(writing, b"taken" if taken(folder) and not _open else b"free")
            signal.pause()
        assert os.read(reading, 10) == b"taken"
        assert taken(folder)
    assert not taken(folder)  # the child lives
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(reading)
    os.close(writing)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_uses_the_store_of_its_parent(store: Store, folder: Path, a_run: Callable[..., Run]) -> None:
    store.append_runs([a_run(1)])
    child = os.fork()
    if child == 0:
        status = 1
        try:
            status = 0 if store.append_runs([a_run(2)]) == (1, 0) else 2
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
    assert store.append_runs([a_run(3)]) == (1, 0)
    assert store.runs() == open_store(f"file:{folder}").runs() == (a_run(1), a_run(2), a_run(3))


def test_a_lock_file_that_was_deleted_excludes_nobody_forever(folder: Path) -> None:
    lock = Lock(folder, "store")
    with lock.held():
        lock.path.unlink()
        lock.path.touch()
    with lock.held():
        assert taken(folder)


def test_a_lock_folder_that_is_a_link_is_not_written_through(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    folder.mkdir()
    (folder / "locks").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Unwritable, match="locks is a link"), Lock(folder, "store").held():
        raise AssertionError
    assert list((tmp_path / "elsewhere").iterdir()) == []
