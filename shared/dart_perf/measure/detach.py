"""A child that outlives who started it, leaves no zombie, and can be recognised afterwards.

A process id alone says little: it may belong to another process by now. So the child inherits a locked file, its
token: the lock lasts exactly as long as the child, through kill -9 and power loss alike.
"""

import fcntl
import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from dart_perf.errors import InvalidInput


def start(argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], log: Path, token: Path) -> int:
    """Start `argv` in a session of its own and return its process id; both its streams are appended to `log`.

    It holds a lock on `token` while it lives. It inherits no other open file, so it keeps no pipe of a client open.

    Raises:
        InvalidInput: it cannot be started, or another child holds the token.
    """
    lock = os.open(token, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with log.open("ab") as sink:
            child = subprocess.Popen(
                argv,
                cwd=cwd,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                start_new_session=True,
                pass_fds=(lock,),
            )
    except BlockingIOError as error:
        raise InvalidInput(f"{token} is held by a child that still runs. Wait for it or stop it.") from error
    except OSError as error:
        raise InvalidInput(f"{list(argv)} could not be started: {error.strerror}. Install dart-perf again.") from error
    finally:
        os.close(lock)  # the child's copy holds the lock
    threading.Thread(target=child.wait, name=f"reap {child.pid}", daemon=True).start()
    return child.pid


def alive(token: Path) -> bool:
    """Say whether the child that was started with `token` still runs."""
    try:
        lock = os.open(token, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)  # shared, so that two who ask do not see each other
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def stop(pid: int, token: Path) -> bool:
    """Ask the child to end (SIGTERM); False where it had ended already and nothing was sent."""
    if not alive(token):
        return False
    try:
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        return False
    return True
