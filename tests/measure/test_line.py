"""Who waits for the machine's lock gets it in order of arrival, whatever becomes of the others."""

import fcntl
import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest

from dart_perf.errors import InvalidInput, MeasurementFailed
from dart_perf.measure import lock, queued, ticket
from dart_perf.measure.lock import Wait, machine_lock

Clock = Callable[[], datetime]
ONE = """
import os, sys
from datetime import UTC, datetime
from dart_perf.measure import lock

if sys.argv[2:] == ["nobody"] and os.geteuid() == 0:
    os.seteuid(65534)
told = []

def waiting(wait):
    if told[-1:] != [wait.position]:
        told.append(wait.position)
        print("waits", wait.position, wait.problem, flush=True)

with lock.machine_lock(
    project="/p", scenario=sys.argv[1], clock=lambda: datetime(2026, 1, 2, tzinfo=UTC), waiting=waiting
):
    print("holds", flush=True)
    sys.stdin.readline()
    print("gives", flush=True)
"""


class One:
    """A process that waits for the lock, holds it, and gives it back when told."""

    def __init__(self, name: str, *more: str) -> None:
        argv = [sys.executable, "-c", ONE, name, *more]
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def says(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def holds(self) -> bool:
        """Read on until it holds the lock; how often it is told of its place before depends on when it looks."""
        while (said := self.says()).startswith("waits"):
            pass
        return said == "holds"

    def gives(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        assert self.says() == "gives"

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


Starts = Callable[..., One]


@pytest.fixture
def one() -> Iterator[Starts]:
    """Start such a process."""
    started: list[One] = []

    def start(name: str, *more: str) -> One:
        started.append(One(name, *more))
        return started[-1]

    yield start
    for process in started:
        process.end()


def folder() -> Path:
    return queued.folder_of(lock.path())


def stands(one: Starts, *names: str) -> list[One]:
    """Let processes come one after the other, each when the one before stands in line."""
    found = []
    for place, name in enumerate(names, start=1):
        found.append(one(name))
        assert found[-1].says() == f"waits {place}"
    return found


def test_five_get_it_in_order_of_arrival(one: Starts, clock: Clock) -> None:
    with machine_lock(project="/p", scenario="s", clock=clock):
        line = stands(one, "a", "b", "c", "d", "e")
        waits = lock.waiters()
        assert [(waiter.pid, waiter.scenario) for waiter in waits] == [
            (process.process.pid, name) for process, name in zip(line, "abcde", strict=True)
        ]
        assert all(waiter.seconds >= 0 for waiter in waits)
        assert [waiter.seconds for waiter in waits] == sorted((waiter.seconds for waiter in waits), reverse=True)
        assert waits[0].since == "2026-01-02T00:00:00+00:00"
    for place, process in enumerate(line):
        assert process.holds()
        assert [waiter.scenario for waiter in lock.waiters()] == list("abcde"[place + 1 :])
        process.gives()
    assert list(folder().iterdir()) == []


def test_one_who_was_killed_is_passed_over_and_its_ticket_removed(one: Starts, clock: Clock) -> None:
    with machine_lock(project="/p", scenario="s", clock=clock):
        first, second = stands(one, "a", "b")
        first.signal(signal.SIGKILL)
        first.process.wait()
        assert [waiter.scenario for waiter in lock.waiters()] == ["b"]
    assert second.holds()
    assert list(folder().iterdir()) == []


def test_the_line_goes_on_when_the_holder_was_killed(one: Starts) -> None:
    holder = one("h")
    assert holder.holds()
    first, second = stands(one, "a", "b")
    holder.signal(signal.SIGKILL)
    assert first.holds()
    first.gives()
    assert second.holds()


def test_one_who_is_stopped_lets_others_pass_and_keeps_its_place(one: Starts, clock: Clock) -> None:
    with machine_lock(project="/p", scenario="s", clock=clock):
        first, second, third = stands(one, "a", "b", "c")
        first.signal(signal.SIGSTOP)
        os.waitpid(first.process.pid, os.WUNTRACED)
        (oldest, *_) = sorted(folder().iterdir())
        then = oldest.stat().st_mtime - 2 * queued.STALLED_SECONDS
        os.utime(oldest, (then, then))
    assert second.holds()
    assert [waiter.scenario for waiter in lock.waiters()] == ["a", "c"]
    first.signal(signal.SIGCONT)
    os.utime(oldest)  # what it does itself within a second
    second.gives()
    assert first.holds()
    first.gives()
    assert third.holds()


def test_a_dead_ticket_that_cannot_be_removed_stands_in_nobodys_way(
    one: Starts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As root, of another user in a sticky folder; else a ticket that nobody can remove because it is a folder."""
    with tempfile.TemporaryDirectory(dir="/tmp") as shared:
        Path(shared).chmod(0o1777)
        monkeypatch.setenv("DART_PERF_LOCK", str(Path(shared) / "measure.lock"))
        folder().mkdir()
        folder().chmod(0o1777)
        (folder() / f"{1:020d}-1-0").write_text("{}")
        (folder() / f"{2:020d}-1-0").mkdir()
        assert lock.waiters() == ()
        (folder() / f"{1:020d}-1-0").write_text("{}")
        process = one("a", "nobody")
        assert process.holds()
        left = {path.name for path in folder().iterdir()}
        assert left == {f"{number:020d}-1-0" for number in ((1, 2) if os.geteuid() == 0 else (2,))}


def test_users_stand_in_one_line(one: Starts, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as shared:
        Path(shared).chmod(0o1777)
        monkeypatch.setenv("DART_PERF_LOCK", str(Path(shared) / "measure.lock"))
        with machine_lock(project="/p", scenario="s", clock=clock):
            theirs = one("theirs", "nobody")
            assert theirs.says() == "waits 1"
            assert stat.S_IMODE(folder().stat().st_mode) == 0o1777
            mine = one("mine")
            assert mine.says() == "waits 2"
            assert [waiter.scenario for waiter in lock.waiters()] == ["theirs", "mine"]
        assert theirs.holds()
        theirs.gives()
        assert mine.holds()


@contextmanager
def older() -> Iterator[None]:
    """Hold the lock as versions did that knew no line."""
    descriptor = os.open(lock.path(), os.O_RDWR | os.O_CREAT, 0o666)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    os.pwrite(descriptor, json.dumps({"pid": 1, "project": "/old", "scenario": "o", "since": "then"}).encode(), 0)
    yield
    os.ftruncate(descriptor, 0)
    os.close(descriptor)


def test_an_older_version_that_holds_it_is_waited_for(one: Starts, clock: Clock) -> None:
    with older():
        with (
            pytest.raises(MeasurementFailed, match="process 1, o of /old"),
            machine_lock(project="/p", scenario="s", clock=clock, at_most=0.0),
        ):
            pass
        assert lock.waiters() == ()
        (first,) = stands(one, "a")
    assert first.holds()


@pytest.mark.parametrize("kind", ["link", "file"])
def test_what_is_no_folder_in_place_of_the_line_is_refused(kind: str, clock: Clock, tmp_path: Path) -> None:
    if kind == "link":
        folder().symlink_to(tmp_path)
    else:
        folder().write_text("precious")
    with (
        pytest.raises(InvalidInput, match=r"lock\.queue.* Remove it, or set DART_PERF_LOCK"),
        machine_lock(project="/p", scenario="s", clock=clock),
    ):
        pass
    assert lock.waiters() == ()
    assert [*tmp_path.iterdir()] == []


def test_without_a_folder_to_write_the_lock_is_kept_and_the_wait_says_so(
    one: Starts, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as shared:
        monkeypatch.setenv("DART_PERF_LOCK", str(Path(shared) / "measure.lock"))
        lock.path().touch()
        lock.path().chmod(0o666)
        Path(shared).chmod(0o555)
        with older():
            process = one("a", "nobody")
            said = process.says()
            assert said.startswith("waits 1 ")
            assert "Permission denied" in said
        assert process.holds()
        Path(shared).chmod(0o755)


def test_more_files_than_are_read_end_the_order_and_not_the_lock(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queued, "MOST", 3)
    folder().mkdir()
    for number in range(4):
        (folder() / f"{number}").touch()
    told: list[Wait] = []

    def waiting(wait: Wait) -> None:
        told.append(wait)

    with (
        older(),
        pytest.raises(MeasurementFailed),
        machine_lock(project="/p", scenario="s", clock=clock, waiting=waiting, at_most=0.0),
    ):
        pass
    assert "more than 3 files" in told[0].problem
    with machine_lock(project="/p", scenario="s", clock=clock):
        assert lock.holder() is not None


def test_a_ticket_that_somebody_removed_is_made_again_with_its_old_place(one: Starts, clock: Clock) -> None:
    with machine_lock(project="/p", scenario="s", clock=clock):
        mine = ticket.Ticket(lock.path(), lock.Holder(1, "/p", "mine", "now"))
        assert mine.ahead() == 0
        (path,) = folder().iterdir()
        stands_second = one("b")
        assert stands_second.says() == "waits 2"
        path.unlink()
        folder_again = [waiter.scenario for waiter in lock.waiters()]
        assert folder_again == ["b"]
        assert mine.ahead() == 0
        assert [waiter.scenario for waiter in lock.waiters()] == ["mine", "b"]
        mine.give_up()
        mine.give_up()
        assert [waiter.scenario for waiter in lock.waiters()] == ["b"]


def test_what_a_killed_process_left_half_made_is_removed_when_it_is_old(clock: Clock) -> None:
    folder().mkdir()
    (folder() / f"draft-{5:020d}-1-0").touch()
    young = folder() / f"draft-{9 * 10**18:020d}-1-0"
    young.touch()
    (folder() / "somebody's notes").touch()
    with machine_lock(project="/p", scenario="s", clock=clock):
        assert {path.name for path in folder().iterdir()} == {"somebody's notes"}


MEASURES = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from dart_perf.measure.lock import machine_lock
from dart_perf.measure.process import run

def clock():
    return datetime.now(UTC)

said = "import os, signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); open(%r, 'w').write(str(os.getpid())); "
with machine_lock(project="/p", scenario="s", clock=clock):
    argv = [sys.executable, "-c", said % sys.argv[1] + "signal.pause()"]
    run(argv, cwd=Path("/"), env={}, timeout=60, clock=clock)
"""


def test_the_next_measurement_begins_when_the_program_of_a_killed_one_has_ended(tmp_path: Path, clock: Clock) -> None:
    os.mkfifo(tmp_path / "pid")
    measures = subprocess.Popen([sys.executable, "-c", MEASURES, str(tmp_path / "pid")])
    program = int((tmp_path / "pid").read_text())
    os.kill(program, 0)
    measures.kill()
    measures.wait()
    assert lock.holder() is not None
    with machine_lock(project="/p", scenario="s", clock=clock) as dead:
        assert dead is not None
        assert dead.pid == measures.pid
        with pytest.raises(ProcessLookupError):
            os.kill(program, 0)


STRESS = """
import sys, time
from datetime import UTC, datetime
from dart_perf.measure import lock
lock.POLL_SECONDS = 0.01
sys.stdin.readline()
for _ in range(5):
    seen = []
    def waiting(wait):
        if not wait.problem:
            seen.append(time.monotonic_ns())
    came = time.monotonic_ns()
    with lock.machine_lock(project="/p", scenario="s", clock=lambda: datetime.now(UTC), waiting=waiting):
        got = time.monotonic_ns()
        gave = time.monotonic_ns()
    print(came, seen[0] if seen else got, got, gave, flush=True)
"""


def test_eight_processes_with_five_turns_each_never_hold_it_at_once_and_pass_nobody() -> None:
    argv = [sys.executable, "-c", STRESS]
    started = [subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(8)]
    for process in started:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    lines = [line for process in started for line in process.communicate()[0].splitlines()]
    turns = sorted((tuple(map(int, line.split())) for line in lines), key=lambda turn: turn[2])
    assert len(turns) == 8 * 5
    for (_, _, _, gave), (_, _, got, _) in pairwise(turns):
        assert gave < got
    for place, (came, *_) in enumerate(turns):  # nobody who stood in line before this one came gets it later
        assert all(stood >= came for _, stood, _, _ in turns[place + 1 :])
