"""Crashes, full disks, foreign folders and many writers: nothing that was acknowledged is lost."""

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dart_perf.errors import Corrupted, NewerSchema, PerfError
from dart_perf.model.baseline import Baseline
from dart_perf.model.job import Job
from dart_perf.model.measurement import Run
from dart_perf.store import atomic, open_store, seal, segment
from dart_perf.store.contract import Store
from dart_perf.store.fault import Busy, Unreadable, Unwritable
from dart_perf.store.lock import Lock

WRITER = Path(__file__).with_name("writer.py")
Make = Callable[..., Run]


def start(folder: Path, name: str, count: int) -> subprocess.Popen[str]:
    argv = [sys.executable, str(WRITER), f"file:{folder}", name, str(count)]
    return subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)


def assert_all_there(folder: Path, acknowledged: list[str]) -> None:
    store = open_store(f"file:{folder}")
    known = {run.id for run in store.runs()} | {entry.id for entry in store.baselines()}
    assert [name for name in acknowledged if name not in known] == []
    validation = store.validate()
    assert validation.findings == ()
    assert sum(entry.points for entry in store.series()) == 3 * validation.runs


def test_concurrent_writers_lose_nothing(folder: Path) -> None:
    writers = [start(folder, name, 25) for name in ("a", "b", "c")]
    reader, seen = open_store(f"file:{folder}"), [0, 0]
    while any(writer.poll() is None for writer in writers):  # what is read meanwhile is whole, and only grows
        now = [len(reader.runs()), len(reader.baselines())]
        assert now >= seen
        assert all(len(reader.points(entry.id)) >= entry.points for entry in reader.series())
        seen = now
    said = [writer.communicate(timeout=120)[0].split() for writer in writers]
    assert [writer.returncode for writer in writers] == [0, 0, 0]
    assert [len(lines) for lines in said] == [30, 30, 30]
    assert_all_there(folder, [name for lines in said for name in lines])
    current = [entry for entry in open_store(f"file:{folder}").baselines() if entry.state == "current"]
    assert len(current) == 1


def test_a_writer_that_is_killed_loses_nothing_it_acknowledged(folder: Path) -> None:
    acknowledged: list[str] = []
    for kill in range(6):
        writers = [start(folder, f"{name}{kill}", 10_000) for name in ("a", "b")]
        for writer in writers:
            assert writer.stdout is not None
            acknowledged += [writer.stdout.readline().strip() for _ in range(7 + kill)]
        for writer in writers:
            writer.send_signal(signal.SIGKILL)
            rest, _ = writer.communicate(timeout=60)
            acknowledged += [line for line in rest.split("\n")[:-1] if line]
        assert_all_there(folder, acknowledged)
    assert list((folder / "tmp").glob("*")) in ([], [folder / "tmp/store.tmp"])
    assert open_store(f"file:{folder}").validate().sound


def test_what_a_killed_writer_left_is_overwritten(store: Store, folder: Path, a_run: Make) -> None:
    store.append_runs([a_run(1)])
    scratch, log = folder / "tmp/store.tmp", folder / "runs/000001.jsonl"
    scratch.write_bytes(b"half a file")
    with log.open("ab") as file:
        file.write(b'{"crc":"00000000","record":{"half')
    fresh = open_store(f"file:{folder}")
    assert fresh.runs() == (a_run(1),)
    validation = fresh.validate()
    assert validation.sound
    assert "33 bytes of an unfinished run" in validation.warnings[0]
    fresh.append_runs([a_run(2)])
    assert store.runs() == (a_run(1), a_run(2))
    assert fresh.validate().warnings == ()


LIMITED = """
import resource, sys
from dart_perf.errors import PerfError
from dart_perf.model.measurement import Benchmark, Measurement, Metric, Run
from dart_perf.store import open_store
store = open_store(sys.argv[1])
metric = Metric(name="cpu_time", unit="s", better="lower")
def run(n, size):
    samples = tuple(float(i) for i in range(size))
    measurement = Measurement(benchmark=Benchmark(name="x"), metric=metric, samples=samples)
    return Run(producer=str(n), measurements=(measurement,))
store.append_runs([run(1, 3)])
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
try:
    store.append_runs([run(2, 10_000)])
except PerfError as error:
    print(type(error).__name__, error)
print(len(store.runs()))
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(store.append_runs([run(2, 10_000)]), len(store.runs()), store.validate().sound)
"""


def test_a_disk_that_takes_no_more_leaves_the_old_content(folder: Path) -> None:
    """RLIMIT_FSIZE makes the system itself write a part and then refuse, as a full disk does."""
    done = subprocess.run([sys.executable, "-c", LIMITED, f"file:{folder}"], capture_output=True, text=True, check=True)
    error, before, after = done.stdout.splitlines()
    assert error.startswith("Unwritable")
    assert "What was stored before is intact. Raise the limit" in error
    assert (before, after) == ("1", "(1, 0) 2 True")
    assert list((folder / "tmp").iterdir()) == []


@pytest.mark.parametrize("failing", ["fsync", "write", "replace"])
def test_a_sealed_file_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    path, scratch = tmp_path / "a/file.json", tmp_path / "tmp/x.tmp"
    atomic.write(tmp_path, path, b"old", scratch=scratch)

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as broken:
        broken.setattr(Path if failing == "replace" else os, failing, full)
        with pytest.raises(Unwritable, match=r"file\.json cannot be written: No space left.*Free some space"):
            atomic.write(tmp_path, path, b"new content", scratch=scratch)
    assert path.read_bytes() == b"old"
    assert list(scratch.parent.iterdir()) == []
    atomic.write(tmp_path, path, b"new", scratch=scratch)
    assert path.read_bytes() == b"new"


def test_a_partial_append_keeps_whole_lines_and_no_torn_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, frames = tmp_path / "log.jsonl", [segment.frame({"n": n}) for n in range(3)]
    segment.append(tmp_path, path, frames[0], end=0)
    real = os.write
    budget = [len(frames[1]) + 5]

    def nearly_full(descriptor: int, data: bytes) -> int:
        if budget[0] <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = real(descriptor, bytes(data)[: budget[0]])
        budget[0] -= written
        return written

    with monkeypatch.context() as broken:
        broken.setattr(os, "write", nearly_full)
        with pytest.raises(Unwritable):
            segment.append(tmp_path, path, frames[1] + frames[2], end=len(frames[0]))
    assert path.read_bytes() == frames[0] + frames[1]


READ_ONLY = """
import os, sys
import dart_perf.store.files, dart_perf.store.validation
from dart_perf.errors import PerfError
from dart_perf.store import open_store
from dart_perf.model.measurement import Run
if os.getuid() == 0:  # root may write everywhere
    os.setuid(65534)
store = open_store(sys.argv[1])
print(len(store.runs()), store.validate().sound)
try:
    store.append_runs([Run(producer="x")])
except PerfError as error:
    print(type(error).__name__, error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no read-only folders")
def test_a_folder_without_write_permission_is_still_read(a_run: Make, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("shared") / "store"
    store = open_store(f"file:{folder}")
    store.append_runs([a_run(1)])
    for above in list(folder.parents)[:3]:
        if above.stat().st_uid == os.getuid():
            above.chmod(0o755)
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    argv = [sys.executable, "-c", READ_ONLY, f"file:{folder}"]
    done = subprocess.run(argv, capture_output=True, text=True, check=True, cwd="/")
    first, error = done.stdout.splitlines()
    assert first == "1 True"
    assert error.startswith("Unwritable")
    assert "Make the folder writable for this user" in error
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755)


def test_a_lock_that_is_never_released_is_an_error_that_names_it(folder: Path) -> None:
    impatient = Lock(folder, "store", wait_seconds=0)
    refused = pytest.raises(Busy, match=r"store\.lock is held by another process for more than 0 s")
    with Lock(folder, "store").held(), refused, impatient.held():
        raise AssertionError


def test_a_folder_that_is_a_link_is_not_written_through(
    store: Store, folder: Path, tmp_path: Path, a_run: Make
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    folder.mkdir()
    (folder / "runs").symlink_to(elsewhere)
    with pytest.raises(Unwritable, match="runs is a link"):
        store.append_runs([a_run(1)])
    assert list(elsewhere.iterdir()) == []


def test_a_scratch_file_that_is_a_link_is_not_written_through(tmp_path: Path) -> None:
    victim, scratch = tmp_path / "victim", tmp_path / "tmp/x.tmp"
    victim.write_bytes(b"precious")
    scratch.parent.mkdir()
    scratch.symlink_to(victim)
    atomic.write(tmp_path, tmp_path / "file", b"new", scratch=scratch)
    assert victim.read_bytes() == b"precious"
    assert not (tmp_path / "file").is_symlink()


Change = Callable[[Store, Path], object]


@pytest.mark.parametrize(
    ("file", "use"),
    [
        ("store.json", lambda _, folder: open_store(f"file:{folder}")),
        ("store.json", lambda store, _: store.append_runs([Run(producer="other")])),
        ("baselines/robot/linux-x86_64/log.jsonl", lambda store, _: store.baselines()),
        ("baselines/robot/linux-x86_64/1.0.*.json", lambda store, _: store.baseline("robot")),
        ("runs/000001.jsonl", lambda store, _: store.runs()),
        ("jobs/*.json", lambda store, _: store.jobs()),
    ],
)
def test_what_a_newer_version_wrote_is_refused_and_left_alone(
    folder: Path, a_run: Make, a_baseline: Callable[..., Baseline], a_job: Callable[..., Job],
    capture: Callable[..., str], monkeypatch: pytest.MonkeyPatch, file: str, use: Change,
) -> None:  # fmt: skip
    with monkeypatch.context() as newer:
        sealed, framed = seal.seal, segment.frame_json
        newer.setattr(seal, "SCHEMA", 3)
        newer.setattr(seal, "seal", lambda kind, content, *_: sealed(kind, content, 3))
        newer.setattr(segment, "frame_json", lambda record, *_: framed(record, 3))
        later = open_store(f"file:{folder}")
        later.append_runs([a_run(1)])
        later.put_job(a_job(1))
        capture(later, a_baseline())
    (path,) = folder.glob(file)
    data = path.read_bytes()
    mark = (folder / "store.json").read_bytes()
    (folder / "store.json").unlink()
    store = open_store(f"file:{folder}")
    (folder / "store.json").write_bytes(mark)
    with pytest.raises(NewerSchema, match=r"has schema 3; this dart-perf supports 2\. Install a newer"):
        use(store, folder)
    assert path.read_bytes() == data
    validation = store.validate()
    assert not validation.sound
    assert any("schema 3" in finding.problem for finding in validation.findings)


@pytest.mark.parametrize("url", ["", ".dart-perf", "postgres://host/db", "sqlite:x", "C:\\store", "FILE:x"])
def test_another_scheme_is_refused_with_what_exists(url: str) -> None:
    with pytest.raises(PerfError, match=r"There is: file:FOLDER, e\.g\. file:\.dart-perf"):
        open_store(url)


@pytest.mark.parametrize("url", ["file:", "file://host/folder", "file:a\0b"])
def test_a_url_without_a_folder_here_is_refused(url: str) -> None:
    with pytest.raises(PerfError, match="Write file:FOLDER"):
        open_store(url)


@pytest.mark.parametrize("form", ["file:{}", "file://{}"])
def test_a_folder_may_be_written_in_two_ways(tmp_path: Path, form: str) -> None:
    assert open_store(form.format(tmp_path)).url == f"file:{tmp_path}"


def test_a_file_is_no_store(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    with pytest.raises(PerfError, match=r"is a file\. Name a folder"):
        open_store(f"file:{path}")


def test_a_damaged_mark_is_named(folder: Path) -> None:
    folder.mkdir()
    (folder / "store.json").write_text("{")
    with pytest.raises(Corrupted, match=r"store\.json, byte 1: not JSON"):
        open_store(f"file:{folder}")


def test_the_store_loads_nothing_that_slows_a_server_down() -> None:
    code = "import sys, dart_perf.store.files; print({'numpy', 'scipy', 'mcp', 'rich'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def read_all(folder: Path) -> None:
    store = open_store(f"file:{folder}")
    assert store.baselines()
    assert store.runs()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows lets only some users make links")
@pytest.mark.parametrize("part", ["", "store.json", "baselines", "runs"])
def test_what_may_not_be_looked_into_is_named_and_never_taken_for_an_empty_store(
    store: Store, folder: Path, a_run: Make, a_baseline: Callable[..., Baseline], capture: Callable[..., str], part: str
) -> None:
    store.append_runs([a_run()])
    capture(store, a_baseline())
    taken = folder / part
    taken.rename(folder.with_name("moved") if not part else folder / "moved")
    taken.symlink_to(taken)  # a circle is refused to everybody, a mode not to root
    with pytest.raises(Unreadable, match=r"cannot be read: .* in a circle") as refused:
        read_all(folder)
    assert str(refused.value).startswith(str(taken))
