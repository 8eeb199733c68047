"""Every test has its own lock, its own trust and its own project."""

import os
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_state(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path_factory.mktemp("state")
    monkeypatch.setenv("DART_PERF_STATE", str(folder))
    monkeypatch.setenv("DART_PERF_LOCK", str(folder / "lock"))


@pytest.fixture
def clock() -> Callable[[], datetime]:
    return lambda: datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class Witness:
    """A named pipe that a program holds open while it lives: its end is seen without waiting a guessed time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        os.mkfifo(path)
        self._stream = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        os.set_blocking(self._stream, True)
        self._hold = os.open(path, os.O_WRONLY)  # so that reading waits for the program instead of ending at once
        self.program = f"import os; pipe = os.open({str(path)!r}, os.O_WRONLY); os.write(pipe, b'up\\n')"
        """Python source that a program begins with."""

    def wait_until_up(self) -> None:
        assert os.read(self._stream, 3) == b"up\n"
        if self._hold >= 0:
            os.close(self._hold)
            self._hold = -1

    def is_up(self) -> bool:
        os.set_blocking(self._stream, False)
        try:
            self.wait_until_up()
        except BlockingIOError:
            return False
        finally:
            os.set_blocking(self._stream, True)
        return True

    def wait_until_ended(self) -> None:
        assert os.read(self._stream, 1) == b""

    def close(self) -> None:
        os.close(self._stream)
        if self._hold >= 0:
            os.close(self._hold)


@pytest.fixture
def witness(tmp_path: Path) -> Iterator[Witness]:
    made = Witness(tmp_path / "witness")
    yield made
    made.close()


def python(source: str) -> tuple[str, ...]:
    """Return the argv of a small Python program that starts fast."""
    return (sys.executable, "-S", "-c", source)


@pytest.fixture(name="python")
def python_fixture() -> Callable[[str], tuple[str, ...]]:
    return python
