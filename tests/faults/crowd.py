# ruff: noqa: T201 -- what it prints is read by who started it
"""Two servers read while eight writers write: `python -m tests.faults.crowd FOLDER --seconds 20 --writers 8`.

The servers are `python -m performance_monitor` and `python -m regression_detector` on pipes, asked in turn. Prints what
was acknowledged and lost, answers that were errors, and the latencies in milliseconds.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from dart_perf.model.baseline import Action
from dart_perf.model.environment import Environment
from dart_perf.model.measurement import Benchmark, Measurement, Metric, Run
from dart_perf.store import open_store
from tests.faults.kills import writing
from tests.store.conftest import _baseline, _capture, _event

CALLS = {"performance_monitor": "list_baselines", "regression_detector": "detect_regressions"}
"""A tool of each server that reads the store; the second judges besides, with numpy."""
CPU = Metric(name="cpu_time", unit="s", better="lower")
ENVIRONMENT = Environment(cpu_model="Test CPU", cores=4, os="linux", architecture="x86_64")
INITIALIZE = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "crowd", "version": "1"}}


def a_run(name: str, number: int) -> Run:
    samples = tuple(1e-3 * (1 + 0.001 * ((number * 7 + i) % 11)) for i in range(10))
    benchmark = Benchmark(name=f"step_{number % 100}")
    measurement = Measurement(benchmark=benchmark, metric=CPU, samples=samples, processes=tuple(range(10)))
    return Run(producer=name, version=str(number), environment=ENVIRONMENT, measurements=(measurement,))


def append_until(end: float) -> Any:
    """Return a writer that appends run by run until the monotonic clock says `end`, and says each with its seconds."""

    def write(folder: Path, name: str) -> None:
        store, number = open_store(f"file:{folder}"), 0
        while time.monotonic() < end:
            run = a_run(name, number)
            started = time.perf_counter()
            store.append_runs([run])
            print(run.id, time.perf_counter() - started, flush=True)
            number += 1

    return write


class Client:
    """One server process spoken to in lines of JSON."""

    def __init__(self, module: str, process: subprocess.Popen[str]) -> None:
        self.module, self.process, self.count = module, process, 0
        self.request("initialize", INITIALIZE)
        self._send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def request(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        """Return the whole answer to one request."""
        self.count += 1
        self._send({"jsonrpc": "2.0", "id": self.count, "method": method, "params": params})
        assert self.process.stdout is not None
        for line in self.process.stdout:
            answer: dict[str, Any] = json.loads(line)
            if answer.get("id") == self.count:
                return answer
        raise RuntimeError(f"{self.module} ended with {self.process.wait()}")

    def _send(self, message: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()


@contextmanager
def serving(module: str, project: Path) -> Iterator[Client]:
    """Run a server over stdio."""
    environment = dict(os.environ) | {"DART_PERF_PROJECT": str(project)}
    argv = [sys.executable, "-m", module]
    pipe = subprocess.PIPE
    with subprocess.Popen(argv, env=environment, cwd=project, text=True, bufsize=1, stdin=pipe, stdout=pipe) as process:
        try:
            yield Client(module, process)
        finally:
            process.kill()


def ask(clients: list[Client], end: float) -> tuple[dict[str, list[float]], list[str]]:
    """Ask the servers in turn until `end`; return the seconds of each answer by tool, and answers that were errors.

    The first answers, which load what a server does not load at its start, are not counted.
    """
    seconds: dict[str, list[float]] = {name: [] for name in CALLS.values()}
    arguments: dict[str, dict[str, str]] = {"list_baselines": {}}
    arguments |= {"detect_regressions": {"results": a_run("before", 100).id, "baseline": "robot"}}
    errors = []
    while time.monotonic() < end:
        for client in clients:
            name = CALLS[client.module]
            started = time.perf_counter()
            answer = client.request("tools/call", {"name": name, "arguments": arguments[name]})
            seconds[name].append(time.perf_counter() - started)
            if "result" not in answer or answer["result"].get("isError"):
                errors.append(json.dumps(answer))
    return {name: found[1:] for name, found in seconds.items()}, errors


def spread(seconds: list[float]) -> dict[str, float]:
    """Return count, median, 99th percentile and maximum in milliseconds."""
    ordered = sorted(1000 * s for s in seconds)
    places = {"p50": len(ordered) // 2, "p99": int(len(ordered) * 0.99), "max": len(ordered) - 1}
    return {"n": len(ordered)} | {name: round(ordered[place], 2) for name, place in places.items()}


def run(project: Path, seconds: float, writers: int) -> dict[str, Any]:
    """Return what happened."""
    folder = project / ".dart-perf"
    store = open_store(f"file:{folder}")
    runs = [a_run("before", n) for n in range(3000)]
    store.append_runs(runs)
    baseline = _capture(store, _baseline(runs=runs[:1]))
    store.log_event(_event(Action.PROMOTED, baseline))
    with ExitStack() as stack:
        clients = [stack.enter_context(serving(module, project)) for module in CALLS]
        end = time.monotonic() + seconds
        started = [stack.enter_context(writing(append_until(end), folder, f"w{n}")) for n in range(writers)]
        answers, errors = ask(clients, end)
        said = [os.fdopen(os.dup(reading)).read().split() for _, reading in started]
        for child, _ in started:
            os.waitpid(child, 0)
    fresh = open_store(f"file:{folder}")
    known = {run.id for run in fresh.runs()}
    acknowledged = [name for lines in said for name in lines[::2]]
    return {
        "acknowledged": len(acknowledged),
        "lost": len(set(acknowledged) - known),
        "findings": [str(finding) for finding in fresh.validate().findings],
        "errors": errors[:3],
        "append": spread([float(text) for lines in said for text in lines[1::2]]),
        "fewest_and_most_of_a_writer": [min(len(x) // 2 for x in said), max(len(x) // 2 for x in said)],
        "read": {name: spread(found) for name, found in answers.items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="of the project; its store is made there")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--writers", type=int, default=8, choices=range(1, 65), metavar="1..64")
    arguments = parser.parse_args()
    print(json.dumps(run(arguments.folder, arguments.seconds, arguments.writers)))


if __name__ == "__main__":
    main()
