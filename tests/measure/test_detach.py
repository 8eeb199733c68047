"""A child that outlives its starter is recognised, stopped and reaped."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dart_perf.errors import InvalidInput
from dart_perf.measure.detach import alive, start, stop

Python = Callable[[str], tuple[str, ...]]


@pytest.fixture
def token(tmp_path: Path) -> Path:
    return tmp_path / "token"


def begin(argv: tuple[str, ...], token: Path) -> int:
    return start(argv, cwd=token.parent, env=os.environ, log=token.parent / "log", token=token)


def test_a_child_is_alive_until_it_is_stopped(python: Python, token: Path, witness: Any) -> None:
    assert not alive(token)
    pid = begin(python(f"{witness.program}; import signal; signal.pause()"), token)
    witness.wait_until_up()
    assert alive(token)
    assert stop(pid, token)
    witness.wait_until_ended()
    while alive(token):  # the kernel closes its files one after the other
        pass
    assert not stop(pid, token)


def test_an_ended_child_leaves_no_zombie(python: Python, token: Path) -> None:
    pid = begin(python("print('said')"), token)
    for thread in threading.enumerate():
        if thread.name == f"reap {pid}":
            thread.join()
    with pytest.raises(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    assert not alive(token)
    assert (token.parent / "log").read_bytes() == b"said\n"


STARTER = """
import os, sys
from pathlib import Path
from dart_perf.measure.detach import start
folder = Path(sys.argv[1])
print(start(sys.argv[2:], cwd=folder, env=os.environ, log=folder / "log", token=folder / "token"), flush=True)
"""


def test_a_child_outlives_its_starter_and_keeps_none_of_its_pipes(python: Python, token: Path, witness: Any) -> None:
    child = python(f"{witness.program}; import signal; signal.pause()")
    argv = [sys.executable, "-c", STARTER, str(token.parent), *child]
    done = subprocess.run(argv, capture_output=True, check=True, timeout=60)  # ends only when all pipes are closed
    witness.wait_until_up()
    assert alive(token)
    assert stop(int(done.stdout), token)
    witness.wait_until_ended()


def test_one_token_is_one_child(python: Python, token: Path, witness: Any) -> None:
    pid = begin(python(f"{witness.program}; import signal; signal.pause()"), token)
    witness.wait_until_up()
    with pytest.raises(InvalidInput, match="still runs"):
        begin(python("pass"), token)
    stop(pid, token)
    witness.wait_until_ended()


def test_a_child_that_cannot_be_started_is_said(token: Path) -> None:
    with pytest.raises(InvalidInput, match="could not be started"):
        begin(("/no/such/program",), token)
    assert not alive(token)
