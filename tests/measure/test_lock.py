"""Two measurements never run at once on a machine."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from dart_perf.errors import InvalidInput, MeasurementFailed
from dart_perf.measure import lock
from dart_perf.measure.launch import Cancelled
from dart_perf.measure.lock import Holder, Wait, machine_lock

Clock = Callable[[], datetime]
HELPER = """
import sys
from datetime import UTC, datetime
from dart_perf.measure.lock import machine_lock
with machine_lock(project="/other", scenario="theirs", clock=lambda: datetime(2026, 5, 6, tzinfo=UTC)):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def other() -> Iterator[subprocess.Popen[bytes]]:
    """Another process that holds the lock until its standard input ends."""
    helper = subprocess.Popen([sys.executable, "-c", HELPER], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert helper.stdout is not None
    assert helper.stdout.readline() == b"held\n"
    yield helper
    close(helper)


def close(helper: subprocess.Popen[bytes]) -> None:
    """End the helper's input, and so the helper; twice is once."""
    if helper.poll() is None:
        helper.communicate()
    elif helper.stdin is not None and helper.stdout is not None:
        helper.stdin.close()
        helper.stdout.close()


def test_the_holder_is_known_while_it_holds(clock: Clock) -> None:
    assert lock.holder() is None
    with machine_lock(project="/p", scenario="s", clock=clock) as dead:
        assert dead is None
        assert lock.holder() == Holder(os.getpid(), "/p", "s", "2026-01-02T03:04:05+00:00")
    assert lock.holder() is None


def test_who_is_waited_for_is_said_until_it_is_free(other: subprocess.Popen[bytes], clock: Clock) -> None:
    said: list[Wait] = []

    def waiting(wait: Wait) -> None:
        if not said:
            close(other)
        said.append(wait)

    with machine_lock(project="/p", scenario="s", clock=clock, waiting=waiting) as dead:
        assert dead is None
    assert said[0].holder == Holder(other.pid, "/other", "theirs", "2026-05-06T00:00:00+00:00")
    assert (said[0].position, said[0].problem) == (1, "")
    assert said[0].seconds >= 0


def test_a_holder_that_died_is_noticed_and_replaced(other: subprocess.Popen[bytes], clock: Clock) -> None:
    other.send_signal(signal.SIGKILL)
    close(other)
    assert lock.holder() is None
    assert lock.died() == Holder(other.pid, "/other", "theirs", "2026-05-06T00:00:00+00:00")
    with machine_lock(project="/p", scenario="s", clock=clock) as dead:
        assert dead is not None
        assert dead.pid == other.pid
    with machine_lock(project="/p", scenario="s", clock=clock) as dead:
        assert dead is None


def test_waiting_ends_after_the_given_time_and_names_the_holder(other: subprocess.Popen[bytes], clock: Clock) -> None:
    with (
        pytest.raises(MeasurementFailed, match=f"process {other.pid}, theirs of /other"),
        machine_lock(project="/p", scenario="s", clock=clock, at_most=0.0),
    ):
        pass


@pytest.mark.usefixtures("other")
def test_waiting_can_be_cancelled(clock: Clock) -> None:
    with pytest.raises(Cancelled), machine_lock(project="/p", scenario="s", clock=clock, cancelled=lambda: True):
        pass


def test_a_failure_inside_gives_the_lock_back(clock: Clock) -> None:
    with pytest.raises(ZeroDivisionError), machine_lock(project="/p", scenario="s", clock=clock):
        _ = 1 / 0
    assert lock.holder() is None


def test_the_file_is_open_to_every_user(clock: Clock) -> None:
    with machine_lock(project="/p", scenario="s", clock=clock):
        assert lock.path().stat().st_mode & 0o777 == 0o666


def test_a_link_in_place_of_the_file_is_refused(clock: Clock, tmp_path: Path) -> None:
    (tmp_path / "target").write_text("precious", encoding="utf-8")
    lock.path().symlink_to(tmp_path / "target")
    with pytest.raises(InvalidInput, match="Remove the file"), machine_lock(project="/p", scenario="s", clock=clock):
        pass
    assert (tmp_path / "target").read_text(encoding="utf-8") == "precious"


def test_a_damaged_record_does_not_keep_anybody_out(clock: Clock) -> None:
    lock.path().write_bytes(b"\xff{")
    with machine_lock(project="/p", scenario="s", clock=clock) as dead:
        assert dead is None


COUNT = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from dart_perf.measure.lock import machine_lock
for _ in range(3):
    with machine_lock(project="/p", scenario="s", clock=lambda: datetime.now(UTC)):
        path = Path(sys.argv[1])
        path.write_text(str(int(path.read_text()) + 1))
"""


def test_many_processes_never_hold_it_at_once(tmp_path: Path) -> None:
    counter = tmp_path / "counter"
    counter.write_text("0", encoding="utf-8")
    argv = [sys.executable, "-c", COUNT, str(counter)]
    helpers = [subprocess.Popen(argv) for _ in range(3)]
    assert [helper.wait() for helper in helpers] == [0, 0, 0]
    assert counter.read_text(encoding="utf-8") == "9"
