"""A store that an older version wrote is read as it is, and brought up to date by the first write without loss."""

import hashlib
import json
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

from dart_perf.errors import NewerSchema
from dart_perf.model.measurement import Run
from dart_perf.store import open_store, seal
from dart_perf.store.contract import Store

DATA = Path(__file__).with_name("data")
EXPECTED: dict[str, Any] = json.loads((DATA / "schema-1.json").read_text(encoding="utf-8"))
KILLED = Path(__file__).with_name("killed.py")
BOXES = "baselines/boxes/macos-arm64/log.jsonl"


def unpack(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    with tarfile.open(DATA / "schema-1.tar.gz") as packed:
        for member in packed:
            path, content = folder / member.name, packed.extractfile(member)
            path.parent.mkdir(parents=True, exist_ok=True)
            assert content is not None
            path.write_bytes(content.read())
    return folder


@pytest.fixture
def old(folder: Path) -> Path:
    return unpack(folder)


def answers(store: Store) -> dict[str, Any]:
    """Return what `schema-1.json` holds, as this version answers it."""
    entries = store.baselines()
    keys = sorted({(e.scenario, e.platform) for e in entries})
    return {
        "baselines": [e.model_dump(mode="json") for e in entries],
        "digests": {e.id: store.baseline(e.id).digest for e in entries},
        "sealed": {e.id: hashlib.sha256(store.sealed(e.id)).hexdigest() for e in entries},
        "events": {f"{s}/{p}": [e.model_dump(mode="json") for e in store.events(s, p)] for s, p in keys},
        "runs": [run.id for run in store.runs()],
        "series": [s.model_dump(mode="json") for s in store.series()],
        "points": {s.id: [p.model_dump(mode="json") for p in store.points(s.id)] for s in store.series()},
        "jobs": [job.model_dump(mode="json") for job in store.jobs()],
        "programs": [sha256 for sha256 in EXPECTED["programs"] if store.content(sha256)],
        "summary": store.validate().summary,
    }


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def schema(folder: Path) -> int:
    return seal.number((folder / "store.json").read_bytes())


def test_a_store_of_schema_1_is_read_as_its_version_read_it_and_not_written(old: Path) -> None:
    before = contents(old)
    assert answers(open_store(f"file:{old}")) == EXPECTED
    assert contents(old) == before


def test_the_first_write_migrates_and_every_answer_stays(old: Path) -> None:
    store = open_store(f"file:{old}")
    known = store.run(EXPECTED["runs"][0])
    assert store.append_runs([known]) == (0, 1)
    assert schema(old) == 2
    for reader in (store, open_store(f"file:{old}")):
        assert answers(reader) == EXPECTED
        assert reader.validate().warnings == ()  # every event is numbered and counted now
    assert json.loads((old / BOXES).read_bytes().splitlines()[1])["record"]["sequence"] == 1


def test_an_upgrade_migrates_once_and_says_so(old: Path, tmp_path: Path) -> None:
    store = open_store(f"file:{old}")
    done = store.upgrade()
    assert (done.summary, done.before, done.after) == ("migrated from schema 1 to 2: the store has schema 2", 1, 2)
    assert answers(store) == EXPECTED
    again = open_store(f"file:{old}").upgrade()
    assert (again.summary, again.before) == ("nothing to do: the store has schema 2", 2)
    assert open_store(f"file:{tmp_path / 'none'}").upgrade().before == 2
    assert not (tmp_path / "none").exists()


def test_a_job_is_written_into_an_older_store_without_migrating_it(old: Path) -> None:
    store = open_store(f"file:{old}")
    store.put_job(store.jobs()[0])
    assert schema(old) == 1
    assert answers(store) == EXPECTED


def test_a_migration_that_is_killed_at_any_step_is_finished_by_the_next_write(tmp_path: Path) -> None:
    template = unpack(tmp_path / "template")
    argv = [sys.executable, str(KILLED), str(template), str(tmp_path), "upgrade"]
    copies = subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split()
    assert len(copies) > 8
    for number in copies:
        folder = tmp_path / number
        store, late = open_store(f"file:{folder}"), Run(producer="late")
        assert store.validate().findings == ()
        assert answers(store)["baselines"] == EXPECTED["baselines"]
        store.append_runs([late])
        assert schema(folder) == 2
        found = answers(open_store(f"file:{folder}"))
        assert found.pop("runs") == [*EXPECTED["runs"], late.id]
        assert found.pop("summary") == "sound: 5 baselines, 17 runs and 32 points hold"
        assert all(found[name] == EXPECTED[name] for name in found)


def test_a_store_whose_mark_is_lost_is_taken_for_an_old_one(old: Path) -> None:
    (old / "store.json").unlink()
    open_store(f"file:{old}").append_runs([Run(producer="late")])
    assert schema(old) == 2
    assert open_store(f"file:{old}").validate().warnings == ()


def test_a_new_store_begins_with_the_present_schema(folder: Path) -> None:
    open_store(f"file:{folder}").append_runs([Run(producer="first")])
    assert schema(folder) == seal.SCHEMA == 2


def test_a_writer_of_an_older_version_is_told_to_update(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outdated = open_store(f"file:{old}")
    open_store(f"file:{old}").append_runs([Run(producer="late")])
    monkeypatch.setattr(seal, "SCHEMA", 1)
    for use in (lambda: outdated.append_runs([Run(producer="x")]), lambda: open_store(f"file:{old}")):
        with pytest.raises(NewerSchema, match=r"store\.json has schema 2; this dart-perf supports 1"):
            use()
