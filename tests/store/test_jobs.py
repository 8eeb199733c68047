"""Jobs are records that any process may poll."""

from collections.abc import Callable
from pathlib import Path

import pytest

from dart_perf.errors import Corrupted, MissingData
from dart_perf.model.job import Job, JobState
from dart_perf.store import open_store
from dart_perf.store.contract import Store

Make = Callable[..., Job]


def test_a_job_is_read_back_by_any_process(store: Store, folder: Path, a_job: Make) -> None:
    job = a_job(1, state=JobState.RUNNING, pid=7, message="measuring")
    store.put_job(job)
    assert open_store(f"file:{folder}").job(job.id) == job


def test_jobs_come_newest_first(store: Store, a_job: Make) -> None:
    for number in (2, 1, 3):
        store.put_job(a_job(number))
    assert [job.key for job in store.jobs()] == ["key-3", "key-2", "key-1"]


def test_a_missing_job_names_those_that_exist_and_says_what_to_do(store: Store, a_job: Make) -> None:
    again = "the tool again: the same arguments join a job that still runs."
    with pytest.raises(MissingData) as none:
        store.job("job-0000000000000001")
    assert str(none.value) == f"no job 'job-0000000000000001'. This project has none. Call {again}"
    store.put_job(a_job(2))
    with pytest.raises(MissingData) as other:
        store.job("job-0000000000000001")
    known = f"The newest are: job-0000000000000002 ({a_job(2).kind}, queued). Give the id of one, or call"
    assert str(other.value) == f"no job 'job-0000000000000001'. {known} {again}"


def test_the_first_to_add_a_job_has_it(store: Store, folder: Path, a_job: Make) -> None:
    first, second = a_job(1, message="first"), a_job(1, message="second")
    assert store.add_job(first) == (True, first)
    assert open_store(f"file:{folder}").add_job(second) == (False, first)


@pytest.mark.parametrize("end", [JobState.DONE, JobState.CANCELLED, JobState.LOST])
def test_a_late_worker_does_not_revive_a_job(store: Store, a_job: Make, end: JobState) -> None:
    store.put_job(a_job(1, state=end))
    store.put_job(a_job(1, state=JobState.RUNNING))
    assert store.job(a_job(1).id).state is end


def test_a_worker_that_was_called_lost_may_still_end(store: Store, a_job: Make) -> None:
    store.put_job(a_job(1, state=JobState.LOST))
    store.put_job(a_job(1, state=JobState.DONE))
    assert store.job(a_job(1).id).state is JobState.DONE


def test_a_damaged_job_is_named(store: Store, folder: Path, a_job: Make) -> None:
    store.put_job(a_job(1))
    (file,) = (folder / "jobs").glob("*.json")
    file.write_bytes(file.read_bytes().replace(b"compare", b"capture"))
    with pytest.raises(
        Corrupted, match=r"job-0000000000000001\.json, byte 15: the content, bytes \d+ to \d+, does not have the digest"
    ):
        store.job(a_job(1).id)


def test_a_store_that_begins_with_a_job_keeps_it_out_of_version_control(
    store: Store, folder: Path, a_job: Make
) -> None:
    store.add_job(a_job(1))
    assert b"/jobs/" in (folder / ".gitignore").read_bytes()
    assert (folder / "store.json").exists()


def test_a_damaged_job_does_not_stand_in_the_way_of_the_others(store: Store, folder: Path, a_job: Make) -> None:
    store.put_job(a_job(1))
    (file,) = (folder / "jobs").glob("*.json")
    file.write_bytes(file.read_bytes().replace(b"compare", b"capture"))
    store.put_job(a_job(2))
    assert [job.id for job in store.jobs()] == [a_job(2).id]
