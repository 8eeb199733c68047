"""A tiny program between dart-perf and what it measures; run by path, standard library alone.

Why it exists: Linux counts the memory of the process that a program was forked from as the program's own peak, so
`/bin/true` started from a server of 500 MB reports 500 MB. Started from here it reports what this interpreter holds
(about 10 MB) at most. It is also who ends the program's whole process group when dart-perf dies or closes the line.

Protocol: one JSON line on standard input (argv, cwd, env, report: a file descriptor, holding: more of them, which are
kept open); then the end of standard input means "stop". It writes to `report` one JSON line with the program's process
id and, at its end, one with its cost.
"""

import contextlib
import json
import os
import signal
import sys
import threading
import time

GRACE_SECONDS = 2.0
"""Time between asking the process group to end (SIGTERM) and ending it (SIGKILL)."""


def end_group(group: int, ended: threading.Event, grace: float = GRACE_SECONDS) -> None:
    """Ask every process of `group` to end; kill what is left where its leader has not `ended` after the grace."""
    _signal_group(group, signal.SIGTERM)
    if not ended.wait(grace):
        _signal_group(group, signal.SIGKILL)


def _signal_group(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS answers EPERM for a group of zombies
        os.killpg(group, number)


def start(argv: list[str], env: dict[str, str]) -> int:
    """Start the program in a process group of its own, with empty standard input and default signals."""
    return os.posix_spawn(
        argv[0],
        argv,
        env,
        file_actions=[(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)],
        setpgroup=0,
        setsigmask=[],
        setsigdef=[signal.SIGPIPE, signal.SIGXFSZ],  # this interpreter ignores them, and that would be inherited
    )


def wait(pid: int, started: float) -> dict[str, float | int]:
    """Wait for the program, end what it left behind in its group, and return what it cost."""
    ended = threading.Event()

    def stop_with_the_line() -> None:
        while os.read(0, 1024):
            pass
        if not ended.is_set():
            end_group(pid, ended)

    threading.Thread(target=stop_with_the_line, daemon=True).start()
    if hasattr(os, "waitid"):
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)  # its id, and so its group's, stays taken until wait4
        wall = time.perf_counter() - started
        ended.set()
        _signal_group(pid, signal.SIGKILL)
        _, status, usage = os.wait4(pid, 0)
    else:  # macOS before Python 3.13
        _, status, usage = os.wait4(pid, 0)
        wall = time.perf_counter() - started
        ended.set()
        _signal_group(pid, signal.SIGKILL)
    scale = 1 if sys.platform == "darwin" else 1024
    return {
        "status": os.waitstatus_to_exitcode(status),
        "wall_seconds": wall,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "peak_rss_bytes": usage.ru_maxrss * scale,
    }


def main() -> None:
    """Read the request, run the program, report."""
    line = bytearray()
    while not line.endswith(b"\n"):
        part = os.read(0, 1)  # unbuffered: what follows the line is the signal to stop
        if not part:
            return
        line += part
    request = json.loads(line)
    report = request["report"]
    for kept in (report, *request["holding"]):
        os.set_inheritable(kept, False)
    try:
        os.chdir(request["cwd"])
        started = time.perf_counter()
        pid = start(request["argv"], request["env"])
    except (OSError, ValueError) as error:  # ValueError: a null byte in an argument
        said = {"refused": getattr(error, "strerror", None) or str(error), "where": getattr(error, "filename", None)}
        os.write(report, json.dumps(said).encode() + b"\n")
        return
    os.write(report, json.dumps({"pid": pid}).encode() + b"\n")
    # The program holds these now; without closing them here its end would not end the stream.
    os.close(1)
    os.close(2)
    os.write(report, json.dumps(wait(pid, started)).encode() + b"\n")


if __name__ == "__main__":
    main()
