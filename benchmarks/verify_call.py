"""One call of `--verify-change` as an agent makes it, in a process of its own; and lines of results, one a case."""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from verify_repository import Case, git, read_calibration, write_case, write_repository

COMMANDS = Path(sys.executable).parent
"""Folder of the commands of the installation that runs this script."""
GRACE_SECONDS = 240.0
"""Time that a call may take beyond its budget: building, counting, waiting for the measurement lock."""
CODE = git(Path(__file__).parent, "rev-parse", "--short=12", "HEAD")
"""Commit of this project that judges, when the script began."""
END_SECONDS = 30.0
"""Time for a call to end after SIGTERM."""
JUDGED = ("status", "ratio", "low", "high", "probability_worse")
"""What is kept of a judgement."""
KEPT = ("status", "decides", "pairs", "seconds", "attempt", "counts", "floor", "load", "execution", "error", "warnings")
"""What is kept of a scenario's verdict."""


class Workplace:
    """A folder that holds the repository, and for a while the two sides of one case with their store and trust."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.repository = self.folder / "repository"
        self.calibration = read_calibration()
        steps = {name: int(count) for name, count in self.calibration["steps"].items()}
        if not (self.repository / ".git").exists():
            self.repository.mkdir(parents=True)
            write_repository(self.repository, steps)

    @contextlib.contextmanager
    def sides(self, case: Case) -> Iterator[tuple[Path, Path]]:
        """Yield the checkouts of base and head of a case: paths of one length, removed at the end."""
        place = self.folder / case.name
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        planted = {name: int(count) for name, count in self.calibration["planted"].items()}
        try:
            git(self.repository, "clone", "--quiet", str(self.repository), str(place / "base"))
            write_case(self.repository, place / "head", case, planted)
            yield place / "base", place / "head"
        finally:
            shutil.rmtree(place, ignore_errors=True)


def environment(place: Path) -> dict[str, str]:
    """Return the environment of a call whose store and trust lie in `place`."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("DART_PERF_", "PYTHON"))}
    # A lock of its own: what else measures on the machine is load like the competing job, and no case waits for it.
    own = {"HOME": "store", "STATE": "state", "LOCK": "measure.lock"}
    return clean | {f"DART_PERF_{name}": str(place / path) for name, path in own.items()}


def verify(checkout: Path, margin: float, budget_seconds: float) -> dict[str, Any]:
    """Trust the scenarios of `checkout`, verify its change once, and return what is kept of the answer."""
    env = environment(checkout.parent)
    trust = [str(COMMANDS / "dart-perf-baseline"), "--trust"]
    subprocess.run(trust, cwd=checkout, env=env, check=True, capture_output=True)
    argv = [str(COMMANDS / "dart-regression-detector"), "--verify-change", "--scenario", "work", "--base", "main"]
    argv += ["--margin", f"{margin:g}", "--budget", f"{budget_seconds:g}", "--format", "json"]
    start = time.monotonic()
    stdout, stderr, code = run_bounded(argv, checkout, env, budget_seconds + GRACE_SECONDS)
    when = datetime.now(UTC).isoformat(timespec="seconds")
    row: dict[str, Any] = {"exit": code, "call_seconds": round(time.monotonic() - start, 1), "when": when, "code": CODE}
    try:
        return row | summary(json.loads(stdout))
    except (ValueError, KeyError, TypeError, IndexError) as error:
        return row | {"status": "FAILED", "error": f"{error!r}: {stderr[-600:]}"}


def run_bounded(argv: list[str], cwd: Path, env: dict[str, str], most_seconds: float) -> tuple[str, str, int]:
    """Run a command in a process group of its own; whatever ends the wait ends the group."""
    pipe = subprocess.PIPE
    started = subprocess.Popen(argv, cwd=cwd, env=env, stdout=pipe, stderr=pipe, text=True, start_new_session=True)
    try:
        stdout, stderr = started.communicate(timeout=most_seconds)
    except subprocess.TimeoutExpired:
        stdout, stderr = "", f"took longer than {most_seconds:g} s"
    finally:
        if started.poll() is None:
            os.killpg(started.pid, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                started.wait(END_SECONDS)
        if started.poll() is None:
            os.killpg(started.pid, signal.SIGKILL)
            started.wait()
    return stdout, stderr, started.returncode


def summary(answer: dict[str, Any]) -> dict[str, Any]:
    """Return the one scenario's verdict without what a table does not need."""
    found = (answer.get("verification") or answer)["scenarios"][0]
    judged = found.get("judgement") or {}
    other = found.get("other") or {}
    kept = {name: found.get(name) for name in KEPT} | {name: judged.get(name) for name in JUDGED[1:]}
    return kept | {"other": {name: other.get(name) for name in JUDGED} if other else None}


def read_rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def append_row(path: Path, row: dict[str, Any]) -> None:
    """Append a line; two slices may write into one file."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(json.dumps(row) + "\n")
