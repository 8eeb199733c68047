"""Results that are remembered by the content of what they came from."""

import math
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from dart_perf.errors import InvalidInput
from dart_perf.model.change import ChangePoint
from dart_perf.model.measurement import Run
from dart_perf.store import derived, open_store
from dart_perf.store.lock import Lock
from dart_perf.workflows import memo
from dart_perf.workflows.memo import Call, Method, remembered
from dart_perf.workflows.project import Project

RESULT = tuple[ChangePoint, ...]


class Counted:
    """A method that knows how often it was called."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, values: Any, scale: float = 1.0) -> tuple[ChangePoint, ...]:
        self.calls += 1
        if scale < 0:
            raise InvalidInput("a scale below 0 is not possible. Give 0 or more.")
        after = float(np.sum(values)) * scale
        return (ChangePoint(index=1, first=1, last=1, before=0.1, after=after, ratio=None, p_value=1 / 3),)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    store = open_store(f"file:{tmp_path / 'home'}")
    store.append_runs([Run(producer="test")])
    return Project(tmp_path, tmp_path / "home", store)


def again(project: Project) -> Project:
    """Return the project as another process opens it."""
    return Project(project.root, project.home, open_store(f"file:{project.home}"))


def calls(count: int, **parameters: Any) -> list[Call]:
    return [Call((np.arange(i, i + 5, dtype=np.float64),), parameters) for i in range(count)]


def file_of(project: Project) -> Path:
    return project.home / "cache" / "sums.lines"


@contextmanager
def obstructed(project: Project, obstacle: str) -> Iterator[None]:
    """Let nothing be kept."""
    if obstacle == "held lock":
        with Lock(project.home, "cache").held():
            yield
        return
    if obstacle == "file in the way":
        (project.home / "cache").write_text("no folder")
    elif obstacle == "folder in the way":
        file_of(project).mkdir(parents=True)
    else:
        (project.home / "cache").symlink_to(project.root)
    yield


def test_a_result_is_computed_once_whoever_asks_again(project: Project) -> None:
    compute = Counted()
    method = Method("sums", RESULT, compute)
    first = remembered(project, method, calls(10))
    assert remembered(project, method, calls(10)) == first
    assert remembered(again(project), method, calls(10)) == first
    assert compute.calls == 10
    assert [r[0].after for r in first] == [float(sum(range(i, i + 5))) for i in range(10)]


@pytest.mark.parametrize(
    "other",
    [
        Call((np.arange(5, dtype=np.float64),), {"scale": 2.0}),
        Call((np.arange(6, dtype=np.float64),)),
        Call((np.arange(5, dtype=np.int64),)),
        Call((np.array([0.0, 1.0, 2.0, 3.0, np.nextafter(4.0, 5.0)]),)),
    ],
    ids=["another parameter", "another point", "another type", "one bit of a value"],
)
def test_another_input_is_another_result(project: Project, other: Call) -> None:
    compute = Counted()
    remembered(project, Method("sums", RESULT, compute), [*calls(1), other])
    assert compute.calls == 2


def test_two_arrays_are_not_one_that_is_longer() -> None:
    whole, parts = Call((np.arange(6.0),)), Call((np.arange(4.0), np.arange(4.0, 6.0)))
    method = Method("sums", RESULT, Counted())
    assert memo._key(method, whole) != memo._key(method, parts)


def test_results_of_another_version_of_the_code_are_not_used(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    compute = Counted()
    remembered(project, Method("sums", RESULT, compute), calls(3))
    monkeypatch.setattr(memo, "code_version", lambda *_packages, **_libraries: "of tomorrow")
    remembered(project, Method("sums", RESULT, compute), calls(3))
    assert compute.calls == 6


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[: len(data) // 2],
        lambda _data: b"",
        lambda _data: os.urandom(5000),
        lambda data: data.replace(b"0.1", b"0.2"),
        lambda data: data.replace(b" ", b"\0"),
        lambda data: b"\n\n" + data,
    ],
    ids=["truncated", "emptied", "garbage", "changed digits", "NUL bytes", "empty lines"],
)
def test_a_damaged_file_is_never_believed(project: Project, damage: Callable[[bytes], bytes]) -> None:
    method = Method("sums", RESULT, Counted())
    first = remembered(project, method, calls(10))
    file_of(project).write_bytes(damage(file_of(project).read_bytes()))
    assert remembered(again(project), method, calls(10)) == first
    compute = Counted()
    assert remembered(again(project), Method("sums", RESULT, compute), calls(10)) == first
    assert compute.calls == 0  # what was damaged has been kept anew


def test_a_result_that_is_no_record_any_more_is_computed_again(project: Project) -> None:
    compute = Counted()
    method = Method("sums", RESULT, compute)
    remembered(project, method, calls(1))
    key = memo._key(method, calls(1)[0])
    file_of(project).unlink()
    project.store.keep("sums", {key: b'[{"index":0}]'})
    remembered(again(project), method, calls(1))
    assert compute.calls == 2


@dataclass(frozen=True)
class Bound:
    """A result that JSON cannot always say."""

    high: float | None


@pytest.mark.parametrize(("high", "made"), [(2.5, 1), (None, 1), (math.inf, 2)])
def test_a_result_that_json_cannot_say_is_computed_again(project: Project, high: float | None, made: int) -> None:
    calls_made: list[Any] = []

    def bound(values: Any) -> Bound:
        calls_made.append(values)
        return Bound(high)

    method = Method("sums", Bound, bound)
    for _ in range(2):
        assert remembered(again(project), method, calls(1)) == (Bound(high),)
    assert len(calls_made) == made


def test_what_was_computed_before_a_failure_stays_known(project: Project) -> None:
    compute = Counted()
    method = Method("sums", RESULT, compute)
    with pytest.raises(InvalidInput):
        remembered(project, method, [*calls(4), *calls(1, scale=-1.0), *calls(4, scale=2.0)])
    remembered(again(project), method, calls(4))
    assert compute.calls == 5


def test_progress_names_what_is_computed_and_known_results_tell_none(project: Project) -> None:
    told: list[tuple[int, int | None, str]] = []
    method = Method("sums", RESULT, Counted())
    remembered(project, method, calls(2))
    remembered(project, method, calls(4), lambda *said: told.append(said))
    assert told == [(0, 2, "computing sums of series"), (1, 2, "computing sums of series")]


@pytest.mark.parametrize("obstacle", ["link", "file in the way", "held lock", "folder in the way"])
def test_where_nothing_can_be_kept_the_answer_is_the_same(project: Project, obstacle: str) -> None:
    method = Method("sums", RESULT, Counted())
    with obstructed(project, obstacle):
        found = remembered(project, method, calls(3))
        assert remembered(again(project), method, calls(3)) == found
        assert not file_of(project).is_file()


def test_a_folder_that_is_no_store_stays_as_it_is(tmp_path: Path) -> None:
    home = tmp_path / "home"
    remembered(Project(tmp_path, home, open_store(f"file:{home}")), Method("sums", RESULT, Counted()), calls(2))
    assert not home.exists()


def test_the_file_stays_bounded_and_keeps_the_newest(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(derived, "BYTES", 20_000)
    compute = Counted()
    method = Method("sums", RESULT, compute)
    for first in range(0, 400, 20):
        remembered(project, method, calls(400)[first : first + 20])
        assert file_of(project).stat().st_size <= 20_000
    before = compute.calls
    remembered(again(project), method, calls(400)[380:])
    assert compute.calls == before


def test_memory_is_bounded(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memo, "KNOWN", 5)
    method = Method("sums", RESULT, Counted())
    assert len(remembered(project, method, calls(20))) == 20
    assert len(memo._memories[project.store]._known) == 5


def test_what_is_remembered_needs_no_distributions() -> None:
    code = (
        "import sys, dart_perf.workflows.trends, dart_perf.workflows.detection; print('scipy.special' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False"]  # they take 0.3 s to load


WRITER = """
import sys
from dart_perf.store.derived import Derived
from pathlib import Path
store = Derived(Path(sys.argv[1]))
for number in range(200):
    store.keep("sums", {f"{int(sys.argv[2]):016x}{number:016x}": b'{"n":%d}' % number})
"""


def test_writers_at_once_lose_lines_at_most_and_damage_none(project: Project) -> None:
    running = [subprocess.Popen([sys.executable, "-c", WRITER, str(project.home), str(which)]) for which in range(3)]
    assert [process.wait() for process in running] == [0, 0, 0]
    keys = [f"{which:016x}{number:016x}" for which in range(3) for number in range(200)]
    found = project.store.recall("sums", keys)
    assert all(content == b'{"n":%d}' % int(key[16:], 16) for key, content in found.items())
    assert len(found) == file_of(project).read_bytes().count(b"\n")


@given(
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(min_value=0, max_value=1),
)
def test_what_is_read_back_is_what_was_computed(before: float, after: float, p_value: float) -> None:
    adapter = TypeAdapter(RESULT)
    point = (ChangePoint(index=2, first=1, last=3, before=before, after=after, p_value=p_value),)
    written = adapter.dump_json(point)
    assert b"\n" not in written
    assert adapter.validate_json(written) == point
