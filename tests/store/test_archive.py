"""A backup is all that is stored at one moment, proven; restoring it gives the same store or nothing."""

import gzip
import hashlib
import io
import shutil
import subprocess
import sys
import tarfile
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dart_perf.errors import Corrupted, InvalidInput, MissingData, NewerSchema, PerfError
from dart_perf.model.baseline import Action, Baseline, BaselineEvent
from dart_perf.model.measurement import Run
from dart_perf.model.operation import Rule
from dart_perf.store import archive, open_store, seal
from dart_perf.store.contract import Store

KILLED = Path(__file__).with_name("killed.py")
Make = Callable[..., Run]
Members = list[tuple[tarfile.TarInfo, bytes]]


def silent(*_: object) -> None:
    return


def contents(folder: Path) -> dict[str, bytes]:
    kept = (p for p in folder.rglob("*") if p.is_file() and p.relative_to(folder).parts[0] not in archive.NOT_KEPT)
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in kept if not p.name.endswith(".index.json")}


@pytest.fixture
def full(store: Store, a_run: Make, a_baseline: Callable[..., Baseline], capture: Callable[..., str],
         an_event: Callable[..., BaselineEvent], a_job: Callable[..., Any]) -> Store:  # fmt: skip
    store.append_runs(a_baseline().runs)
    for n in range(12):  # one by one, so that room is reserved behind the last
        store.append_runs([a_run(n)], position=n)
    store.log_event(an_event(Action.PROMOTED, capture(store, a_baseline())))
    store.put_job(a_job(1))
    return store


@pytest.fixture
def packed(full: Store, tmp_path: Path) -> Path:
    full.backup(tmp_path / "b.tar.gz", silent)
    return tmp_path / "b.tar.gz"


def test_a_restored_backup_answers_as_the_store_did_and_is_packed_to_the_same_bytes(
    full: Store, packed: Path, tmp_path: Path
) -> None:
    place = tmp_path / "new" / "store"
    said = archive.restore(packed, place, silent)
    assert said.folder == str(place)
    again = open_store(f"file:{place}")
    assert again.runs() == full.runs()
    assert again.baselines() == full.baselines()
    assert again.jobs() == full.jobs()
    assert [again.points(s.id) for s in again.series()] == [full.points(s.id) for s in full.series()]
    assert again.validate() == full.validate()
    again.backup(tmp_path / "again.tar.gz", silent)
    assert (tmp_path / "again.tar.gz").read_bytes() == packed.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again.tar.gz", "b.tar.gz", "new", "store"]


def test_a_backup_is_read_by_plain_tar(packed: Path, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    tar = shutil.which("tar")
    assert tar is not None
    subprocess.run([tar, "xzf", packed, "-C", tmp_path / "plain"], check=True)
    plain = contents(tmp_path / "plain")
    del plain[archive.LIST]
    assert plain == {name: data.rstrip(b"\0") for name, data in contents(folder).items()}


@pytest.mark.usefixtures("small_segments")
def test_a_backup_beside_writers_is_a_moment_of_the_store(store: Store, tmp_path: Path, a_run: Make) -> None:
    over, errors = threading.Event(), list[BaseException]()
    event = BaselineEvent(action=Action.PRUNED, baseline="", who="a", when=datetime(2026, 3, 1, tzinfo=UTC), why="")
    store.append_runs([a_run(0)], position=0)

    def write() -> None:
        try:
            n = 1
            while not over.is_set():
                store.append_runs([a_run(n), a_run(n + 1)], position=n)
                n += 2
                if n % 10 == 1:
                    store.prune(Rule(keep=5), event, silent)
        except BaseException as error:  # noqa: BLE001 -- the test reports it
            errors.append(error)

    thread = threading.Thread(target=write)
    thread.start()
    for n in range(5):
        open_store(store.url).backup(tmp_path / f"{n}.tar.gz", silent)
        archive.restore(tmp_path / f"{n}.tar.gz", tmp_path / str(n), silent)
        commits = [int(run.commit or "", 16) for run in open_store(f"file:{tmp_path / str(n)}").runs()]
        assert commits == list(range(commits[0], commits[-1] + 1))
        assert len(commits) == 1 or commits[-1] % 2 == 0  # two that were appended together
    over.set()
    thread.join()
    assert errors == []


def test_what_is_backed_up_must_hold_and_must_be_something(full: Store, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingData, match="nothing is stored"):
        open_store(f"file:{tmp_path / 'none'}").backup(tmp_path / "b.tar.gz", silent)
    (mark,) = folder.glob("baselines/*/*/1.0.*.json")
    mark.write_bytes(mark.read_bytes().replace(b"release", b"revenge"))
    with pytest.raises(Corrupted, match="Nothing was backed up"):
        full.backup(tmp_path / "b.tar.gz", silent)
    assert [path.name for path in tmp_path.iterdir()] == ["store"]


def test_a_link_in_the_store_is_not_followed(full: Store, folder: Path, tmp_path: Path) -> None:
    (folder / "programs").mkdir()
    (folder / "programs/x").symlink_to("/etc/passwd")
    with pytest.raises(InvalidInput, match="is a link"):
        full.backup(tmp_path / "b.tar.gz", silent)


@pytest.mark.parametrize("name", ["b.tar.gz", "nowhere/b.tar.gz", "store/b.tar.gz"])
def test_a_backup_replaces_nothing_and_lies_outside_of_the_store(
    full: Store, packed: Path, tmp_path: Path, name: str
) -> None:
    before = packed.read_bytes()
    with pytest.raises(InvalidInput, match=r"exists already|in no folder outside"):
        full.backup(tmp_path / name, silent)
    assert packed.read_bytes() == before


def test_a_folder_with_anything_in_it_is_not_restored_into(packed: Path, folder: Path, tmp_path: Path) -> None:
    before = contents(folder)
    with pytest.raises(InvalidInput, match="is not empty"):
        archive.restore(packed, folder, silent)
    assert contents(folder) == before
    (tmp_path / "empty").mkdir()
    archive.restore(packed, tmp_path / "empty", silent)
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InvalidInput, match="is not empty"):
        archive.restore(packed, tmp_path / "link", silent)


def read(packed: Path) -> Members:
    with tarfile.open(packed) as tar:
        files = [(member, tar.extractfile(member)) for member in tar]
        return [(member, content.read()) for member, content in files if content is not None]


def write(packed: Path, members: Members, form: int = tarfile.USTAR_FORMAT) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as tar:
        for member, data in members:
            member.size = len(data) if member.isreg() else 0
            tar.addfile(member, io.BytesIO(data))
    packed.write_bytes(gzip.compress(buffer.getvalue()))


def listed(members: Members) -> Members:
    """Return the members with a list that names every plain one as it is."""
    files = {m.name: {"bytes": len(d), "sha256": hashlib.sha256(d).hexdigest()} for m, d in members[1:]}
    return [(members[0][0], seal.seal(archive.BACKUP_FORMAT, {"files": files}, 2)), *members[1:]]


def named(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> Callable[[Members], Members]:
    def add(members: Members) -> Members:
        member = tarfile.TarInfo(name)
        member.type, member.linkname = kind, link
        return listed([*members, (member, b"evil")])

    return add


def changed(members: Members) -> Members:
    return [(m, d.replace(b"release", b"revenge") if m.name.endswith("log.jsonl") else d) for m, d in members]


ATTACKS: list[tuple[str, Callable[[Members], Members]]] = [
    ("a parent folder", named("../evil")),
    ("a parent folder inside", named("programs/../../evil")),
    ("an absolute path", named("/tmp/evil")),  # noqa: S108 -- an attack
    ("a backslash", named("programs\\evil")),
    ("a drive", named("C:evil")),
    ("an empty part", named("programs//evil")),
    ("a dot", named("./evil")),
    ("a hidden file", named("programs/.evil")),
    ("a lock", named("locks/store.lock")),
    ("a temp file", named("tmp/store.tmp")),
    ("a history that says something else", named("history/folded.json")),
    ("a symbolic link", named("programs/evil", tarfile.SYMTYPE, "/etc/passwd")),
    ("a hard link", named("programs/evil", tarfile.LNKTYPE, "store.json")),
    ("a device", named("programs/evil", tarfile.CHRTYPE)),
    ("a pipe", named("programs/evil", tarfile.FIFOTYPE)),
    ("a folder", named("programs/evil", tarfile.DIRTYPE)),
    ("a name twice", lambda members: listed([*members, members[-1]])),
    ("a name in two cases", named("STORE.JSON")),
    ("a file that is not listed", lambda members: [*members, (tarfile.TarInfo("programs/evil"), b"evil")]),
    ("a file that is missing", lambda members: members[:-1]),
    ("a changed file", changed),
    ("a longer file", lambda members: [*members[:-1], (members[-1][0], members[-1][1] + b" ")]),
    ("no list", lambda members: members[1:]),
    ("a list that is not sealed", lambda members: [(members[0][0], b"{}"), *members[1:]]),
    ("a damaged store that is listed", lambda members: listed(changed(members))),
    ("nothing", lambda _: []),
]


@pytest.mark.parametrize(("attack", "change"), ATTACKS, ids=[name for name, _ in ATTACKS])
def test_a_forged_archive_is_refused_and_nothing_is_left(
    packed: Path, tmp_path: Path, attack: str, change: Callable[[Members], Members]
) -> None:
    write(packed, change(read(packed)))
    with pytest.raises((InvalidInput, Corrupted)):
        archive.restore(packed, tmp_path / "new" / "store", silent)
    assert not (tmp_path / "new" / "store").exists(), attack
    assert [path for path in tmp_path.rglob("*evil*") if path != packed] == []
    assert not Path("/tmp/evil").exists()  # noqa: S108 -- an attack
    assert list((tmp_path / "new").iterdir()) == []


def test_an_extended_header_is_refused(packed: Path, tmp_path: Path) -> None:
    members = read(packed)
    members[-1][0].pax_headers = {"comment": "x" * 4096}
    write(packed, members, tarfile.PAX_FORMAT)
    with pytest.raises(InvalidInput, match="which is no plain file"):
        archive.restore(packed, tmp_path / "new", silent)


def test_an_archive_that_is_cut_anywhere_is_refused(packed: Path, tmp_path: Path) -> None:
    whole = packed.read_bytes()
    for size in range(0, len(whole), 97):
        packed.write_bytes(whole[:size])
        with pytest.raises(PerfError):
            archive.restore(packed, tmp_path / "new", silent)
    assert not (tmp_path / "new").exists()


def test_a_backup_of_a_newer_version_is_refused(packed: Path, tmp_path: Path) -> None:
    members = read(packed)
    content = seal.unseal(archive.BACKUP_FORMAT, members[0][1], packed)
    write(packed, [(members[0][0], seal.seal(archive.BACKUP_FORMAT, content, 3)), *members[1:]])
    with pytest.raises(NewerSchema):
        archive.restore(packed, tmp_path / "new", silent)


def test_more_than_the_disk_can_hold_is_refused_before_anything_is_written(
    packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 100}))
    with pytest.raises(InvalidInput, match="100 are free there"):
        archive.restore(packed, tmp_path / "new", silent)


@pytest.mark.parametrize("operation", ["restore", "backup"])
def test_one_that_is_killed_at_any_step_leaves_nothing_or_all(
    packed: Path, folder: Path, tmp_path: Path, operation: str
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    template, argument = (empty, packed) if operation == "restore" else (folder, tmp_path / "new")
    argv = [sys.executable, str(KILLED), str(template), str(tmp_path / "killed"), operation, str(argument)]
    copies = subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split()
    assert len(copies) > 15
    for number in copies:
        if operation == "restore":
            place = tmp_path / "killed" / number
            assert not any(place.iterdir()) or open_store(f"file:{place}").validate().sound
        elif Path(f"{argument}{number}").exists():
            assert Path(f"{argument}{number}").read_bytes() == packed.read_bytes()
    last = tmp_path / "killed" / copies[-1]
    assert contents(last) == {name: data.rstrip(b"\0") for name, data in contents(folder).items()} or (
        operation == "backup"
    )
