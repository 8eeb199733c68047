# ruff: noqa: T201 -- what it prints is read by the test that started it
"""A disk of 512 kB that gets full, gets space again and turns read-only: `python -m tests.faults.small_disk FOLDER`.

Runs in a mount namespace of its own (`unshare --mount`), so that what it mounts goes away with it.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from dart_perf.errors import PerfError
from dart_perf.model.baseline import Action, BaselineEvent
from dart_perf.model.job import JobState
from dart_perf.model.measurement import Run
from dart_perf.store import open_store
from dart_perf.store.contract import Store
from tests.store.conftest import _baseline, _capture, _event, _job, _run

SIZE = "512k"


def fill_up(folder: Path) -> Path:
    """Take all the space that is left; return the file that does."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return ballast


def refused(write: Callable[[], object]) -> str:
    """Return what is said of a write for which there is no space."""
    try:
        write()
    except PerfError as error:
        return f"{type(error).__name__}: {error}"
    return "accepted"


def everything(url: str) -> tuple[tuple[Run, ...], list[object]]:
    """Return the runs, and what else a fresh process would be told."""
    store = open_store(url)
    other: list[object] = [
        store.baselines(),
        store.events("robot", "linux-x86_64"),
        store.jobs(),
        store.validate().findings,
    ]
    return store.runs(), other


def writes(store: Store, baseline: str) -> dict[str, Callable[[], object]]:
    """Return one write of each kind; each needs at least one new block."""
    promoted: BaselineEvent = _event(Action.PROMOTED, baseline)
    many = [_run(n) for n in range(100, 160)]
    return {
        "append_runs": lambda: store.append_runs(many),
        "add_baseline": lambda: _capture(store, _baseline("2.0", reason="x" * 5000)),
        "log_event": lambda: store.log_event(promoted.model_copy(update={"why": "x" * 5000})),
        "put_job": lambda: store.put_job(_job(1, state=JobState.FAILED, error="x" * 5000)),
    }


def main() -> None:
    disk = Path(sys.argv[1])
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(disk)], check=True)  # noqa: S607
    url = f"file:{disk / 'store'}"
    store = open_store(url)
    store.append_runs([*(_run(number) for number in range(12)), *_baseline().runs, *_baseline("2.0").runs])
    name = _capture(store, _baseline())
    store.put_job(_job(1, state=JobState.RUNNING))
    before = everything(url)
    ballast = fill_up(disk)
    said = {kind: refused(write) for kind, write in writes(store, name).items()}
    left = [path.name for path in (disk / "store/tmp").iterdir()]
    runs, other = everything(url)
    intact = other == before[1] and runs[: len(before[0])] == before[0]
    ballast.unlink()
    again = {kind: refused(write) for kind, write in writes(store, name).items()}
    sound = store.validate().sound
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)  # noqa: S607
    reading = len(open_store(url).runs())
    read_only = {kind: refused(write) for kind, write in writes(store, name).items() if kind != "append_runs"}
    read_only["append_runs"] = refused(lambda: store.append_runs([_run(999)]))
    print(json.dumps({
        "full": said, "left": left, "intact": intact, "again": again, "sound": sound,
        "reading": reading, "read_only": read_only,
    }))  # fmt: skip


if __name__ == "__main__":
    main()
