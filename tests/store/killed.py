# ruff: noqa: T201 -- what it prints is read by the test that started it
"""Kill an operation at every step: `killed.py TEMPLATE OUT OPERATION [ARGUMENT]`.

For n = 1, 2 ... the folder TEMPLATE is copied to OUT/n and a child process works there, which ends without any clean-up
at the nth call that changes the file system: before a rename, removal or truncation, and half-way through a write. The
numbers of the copies are printed; the last is that of a child that came to its end.
"""

import os
import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dart_perf.model.baseline import Action, BaselineEvent
from dart_perf.model.measurement import Run
from dart_perf.model.operation import Rule
from dart_perf.store import archive, history, runs
from dart_perf.store.files import FileStore

KILLED = 9
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CHANGES = ("replace", "rename", "unlink", "rmdir", "mkdir", "ftruncate", "remove")


def upgrade(store: FileStore, _: str) -> object:
    return store.append_runs([Run(producer="late")])


def prune(store: FileStore, _: str) -> object:
    event = BaselineEvent(action=Action.PRUNED, baseline="", who="ann", when=NOON, why="old")
    return store.prune(Rule(keep=2), event, lambda *_: None)


def merge(store: FileStore, other: str) -> object:
    return store.merge(Path(other), lambda *_: None)


def backup(store: FileStore, to: str) -> object:
    return store.backup(Path(to + store.root.name), lambda *_: None)


def restore(store: FileStore, file: str) -> object:
    return archive.restore(Path(file), store.root, lambda *_: None)


OPERATIONS: dict[str, Callable[[FileStore, str], object]] = {
    "upgrade": upgrade, "prune": prune, "merge": merge, "backup": backup, "restore": restore,
}  # fmt: skip


def dying(at: int) -> None:
    """Make this process end at its `at`-th change of the file system."""
    left, write = [at], os.write

    def counted() -> bool:
        left[0] -= 1
        return left[0] == 0

    def before(call: Callable[..., Any]) -> Callable[..., Any]:
        def change(*arguments: Any, **options: Any) -> Any:
            if counted():
                os._exit(KILLED)
            return call(*arguments, **options)

        return change

    def half(descriptor: int, data: bytes) -> int:
        if counted():
            write(descriptor, bytes(data)[: len(data) // 2])
            os._exit(KILLED)
        return write(descriptor, data)

    counting: dict[str, Callable[..., Any]] = {name: before(getattr(os, name)) for name in CHANGES}
    counting |= {"write": half, "fsync": lambda _: None}  # the process dies, not the system: what was written stays
    for name, call in counting.items():
        setattr(os, name, call)


def main() -> None:
    runs.SEGMENT_BYTES, history.SEGMENT_BYTES = 1500, 600  # so that several segments are written
    template, out, operation, argument = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], "".join(sys.argv[4:])
    for at in range(1, 1000):
        folder = out / str(at)
        shutil.copytree(template, folder)
        child = os.fork()
        if child == 0:
            store = FileStore(folder)
            dying(at)
            OPERATIONS[operation](store, argument)
            os._exit(0)
        print(at, flush=True)
        ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if ended != KILLED:
            sys.exit(ended)


if __name__ == "__main__":
    main()
