"""Room that is reserved behind the last run, and NUL bytes that a power cut leaves: no run begins there."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from dart_perf.errors import Corrupted
from dart_perf.model.measurement import Run
from dart_perf.store import atomic, open_store, segment
from dart_perf.store.contract import Store
from dart_perf.store.run_segment import OFTEN

Make = Callable[..., Run]
HERE = Path("segment.jsonl")


@pytest.fixture
def busy(store: Store, a_run: Make) -> Store:
    """Return a store in which this process has appended so often that it reserved room."""
    for number in range(OFTEN + 2):
        store.append_runs([a_run(number)])
    return store


def runs_file(folder: Path) -> Path:
    return folder / "runs/000001.jsonl"


def test_a_few_appends_leave_a_file_without_room(store: Store, folder: Path, a_run: Make) -> None:
    for number in range(OFTEN):
        store.append_runs([a_run(number)])
    assert runs_file(folder).read_bytes().endswith(b"}\n")


def test_room_changes_nothing_that_is_answered(busy: Store, folder: Path, a_run: Make) -> None:
    size = runs_file(folder).stat().st_size
    other = open_store(f"file:{folder}")
    for number in range(OFTEN + 2, OFTEN + 12):
        busy.append_runs([a_run(number)])
        assert other.runs() == busy.runs() == tuple(a_run(n) for n in range(number + 1))
        assert (runs_file(folder).stat().st_size, runs_file(folder).read_bytes()[-1:]) == (size, b"\0")
    assert (busy.validate().sound, busy.validate().warnings) == (True, ())


def test_a_line_is_seen_although_neither_size_nor_time_of_the_file_changed(
    busy: Store, folder: Path, a_run: Make
) -> None:
    other = open_store(f"file:{folder}")
    before, times = len(other.runs()), runs_file(folder).stat()
    busy.append_runs([a_run(99)])
    os.utime(runs_file(folder), ns=(times.st_atime_ns, times.st_mtime_ns))
    assert len(other.runs()) == before + 1


def test_two_writers_share_the_room(busy: Store, folder: Path, a_run: Make) -> None:
    other, numbers = open_store(f"file:{folder}"), range(100, 100 + 4 * OFTEN)
    for number in numbers:
        (busy if number % 2 else other).append_runs([a_run(number)])
    assert [run.commit for run in other.runs()][OFTEN + 2 :] == [f"{n:040x}" for n in numbers]
    assert busy.runs() == other.runs()
    assert other.validate().warnings == ()


def test_the_room_is_given_back_when_the_store_is_let_go(folder: Path, a_run: Make) -> None:
    store = open_store(f"file:{folder}")
    for number in range(OFTEN + 2):
        store.append_runs([a_run(number)])
    assert runs_file(folder).read_bytes().endswith(b"\0")
    del store
    assert runs_file(folder).read_bytes().endswith(b"}\n")
    assert len(open_store(f"file:{folder}").runs()) == OFTEN + 2


def test_a_batch_gives_the_room_back(busy: Store, folder: Path, a_run: Make) -> None:
    busy.append_runs([a_run(98), a_run(99)])
    assert runs_file(folder).read_bytes().endswith(b"}\n")


@pytest.mark.usefixtures("small_segments")
def test_a_closed_segment_has_no_room(store: Store, folder: Path, a_run: Make) -> None:
    store.append_runs([a_run(0)])
    for number in range(1, 60):
        store.append_runs([a_run(number)])
    assert all(path.read_bytes().endswith(b"}\n") for path in sorted((folder / "runs").glob("??????.jsonl"))[:-1])
    assert store.validate().sound


def test_what_a_killed_writer_reserved_is_used_or_given_back(busy: Store, folder: Path, a_run: Make) -> None:
    file = runs_file(folder)
    left = file.read_bytes()
    file.with_name("copy").write_bytes(left)
    file.with_name("copy").replace(file)  # as if its writer had died: nobody gives it back
    fresh = open_store(f"file:{folder}")
    assert fresh.validate().warnings == ()
    fresh.append_runs([a_run(99)])
    assert file.read_bytes().endswith(b"}\n")
    assert fresh.runs() == busy.runs()


def test_a_copy_from_before_with_as_much_room_is_read_anew(busy: Store, folder: Path, a_run: Make) -> None:
    file, other = runs_file(folder), open_store(f"file:{folder}")
    before = file.read_bytes()
    busy.append_runs([a_run(50)])
    assert len(other.runs()) == len(busy.runs()) == OFTEN + 3
    file.write_bytes(before)
    assert other.runs() == busy.runs() == open_store(f"file:{folder}").runs()
    assert len(busy.runs()) == OFTEN + 2
    assert busy.append_runs([a_run(50)]) == (1, 0)
    assert busy.validate().sound


FRAMES = [segment.frame({"n": n, "text": "x" * 700}) for n in range(3)]


@pytest.mark.parametrize("sectors", [1, 2, 3, 7])
@pytest.mark.parametrize("room", [0, 100])
def test_sectors_of_the_last_line_that_a_power_cut_did_not_write_are_a_torn_tail(sectors: int, room: int) -> None:
    data = bytearray(b"".join(FRAMES))
    start = len(FRAMES[0]) + len(FRAMES[1])
    edges = [start, *range(-(-start // 512) * 512, len(data), 512), len(data)]
    for lost in range(len(edges) - 1):
        if sectors & 1 << lost:
            data[edges[lost] : edges[lost + 1]] = bytes(edges[lost + 1] - edges[lost])
    found = segment.scan(bytes(data) + bytes(room), HERE)
    assert [line.record["n"] for line in found.lines] == [0, 1]
    assert (found.end, found.end + found.torn + found.room) == (start, len(data) + room)


def test_an_unwritten_sector_before_a_line_that_holds_is_damage() -> None:
    frames = [segment.frame({"n": n, "text": "x" * 1500}) for n in range(3)]
    data = bytearray(b"".join(frames))
    data[2048:2560] = bytes(512)
    with pytest.raises(Corrupted, match=rf"byte {len(frames[0])}: .* checksum"):
        segment.scan(bytes(data), HERE)


def test_no_flipped_bit_is_taken_for_room() -> None:
    data = b"".join(FRAMES) + bytes(600)
    end = len(data) - 600
    for bit in range(8 * len(data)):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        try:
            found = segment.scan(bytes(changed), HERE)
        except Corrupted:
            assert bit // 8 < end
        else:
            assert bit // 8 >= end
            assert len(found.lines) == 3


def test_a_nearly_full_disk_takes_the_line_without_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, real = tmp_path / "log.jsonl", atomic.write_all

    def no_room(descriptor: int, data: bytes) -> None:
        if not data.strip(b"\0"):
            os.write(descriptor, data[:100])
            raise OSError(28, os.strerror(28))
        real(descriptor, data)

    monkeypatch.setattr(atomic, "write_all", no_room)
    assert segment.append(tmp_path, path, FRAMES[0], end=0, room=0) == 0
    assert path.read_bytes() == FRAMES[0]
