"""Jobs: they end with a record whatever happens to their process, and a repeated request joins the first."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from dart_perf.errors import InvalidInput, MeasurementFailed, MissingData, NoBaseline
from dart_perf.model.answer import ImportReport
from dart_perf.model.job import ENDED, Job, JobState
from dart_perf.model.judgement import Status
from dart_perf.store.fault import Unwritable
from dart_perf.workflows import jobs
from dart_perf.workflows.project import Progress, Project
from dart_perf.workflows.work import Cancelled, work
from tests.conftest import Clock, Toy

ID = "job-00000000000000ab"


def queued(toy: Toy, kind: str = "toy") -> Job:
    now = toy.project.now()
    job = Job(id=ID, kind=kind, key="k", request={"times": 3}, created=now, updated=now)
    assert toy.project.store.add_job(job) == (True, job)
    return job


def count(_project: Project, *, times: int, progress: Progress) -> ImportReport:
    for number in range(times):
        progress(number, times, f"step {number}")
    return ImportReport(summary="done", accepted=times, known=0, measurements=0)


def test_a_finished_job_holds_its_result(toy: Toy) -> None:
    queued(toy)
    work(toy.project, ID, {"toy": count})
    job = toy.project.store.job(ID)
    assert (job.state, job.done, job.total, job.message) == (JobState.DONE, 2, 3, "step 2")
    assert job.result is not None
    assert job.result["accepted"] == 3


@pytest.mark.parametrize(
    ("raised", "state", "said"),
    [
        (MeasurementFailed("it crashed. Mend it."), JobState.FAILED, "it crashed. Mend it."),
        (Cancelled(), JobState.CANCELLED, "what was stored before that stays"),
    ],
)
def test_a_job_that_ends_early_says_why(toy: Toy, raised: BaseException, state: JobState, said: str) -> None:
    def fail(_project: Project, *, times: int, progress: Progress) -> ImportReport:
        progress(times, None, "about to fail")
        raise raised

    queued(toy)
    work(toy.project, ID, {"toy": fail})
    job = toy.project.store.job(ID)
    assert job.state is state
    assert said in (job.error or "")


def test_a_crash_is_recorded_and_still_raised(toy: Toy) -> None:
    def crash(_project: Project, *, times: int, progress: Progress) -> ImportReport:
        raise ZeroDivisionError(f"{times} {progress}")

    queued(toy)
    with pytest.raises(ZeroDivisionError):
        work(toy.project, ID, {"toy": crash})
    assert "internal error: ZeroDivisionError" in (toy.project.store.job(ID).error or "")


def test_a_job_is_worked_on_once(toy: Toy) -> None:
    queued(toy)
    work(toy.project, ID, {"toy": count})
    first = toy.project.store.job(ID)
    work(toy.project, ID, {"toy": count})
    assert toy.project.store.job(ID) == first


def test_a_queued_job_whose_process_never_came_is_lost(toy: Toy) -> None:
    queued(toy)
    assert jobs.refresh(toy.project, ID).state is JobState.QUEUED
    clock = toy.project.now
    assert isinstance(clock, Clock)
    clock.now += timedelta(minutes=1)
    assert jobs.refresh(toy.project, ID).state is JobState.LOST


def test_a_clock_that_was_set_back_does_not_keep_a_dead_job_queued(toy: Toy) -> None:
    queued(toy)
    clock = toy.project.now
    assert isinstance(clock, Clock)
    clock.now -= timedelta(days=2)
    assert jobs.refresh(toy.project, ID).state is JobState.LOST


def test_the_last_words_of_a_process_that_could_not_write_its_record_are_told(toy: Toy) -> None:
    queued(toy)
    (toy.project.home / "jobs" / f"{ID}.log").write_text("measuring\nruns/000001.jsonl: No space \x1b left.\n\n")
    assert isinstance(toy.project.now, Clock)
    toy.project.now.now += timedelta(seconds=60)
    error = jobs.refresh(toy.project, ID).error or ""
    assert error.startswith(
        "its process died and last said: runs/000001.jsonl: No space \N{REPLACEMENT CHARACTER} left."
    )


def test_progress_that_a_full_disk_refuses_does_not_end_the_work(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    queued(toy)
    put = toy.project.store.put_job

    def full(job: Job) -> None:
        if job.message.startswith("step"):
            raise Unwritable("no space left")
        put(job)

    monkeypatch.setattr(toy.project.store, "put_job", full)
    work(toy.project, ID, {"toy": count})
    job = toy.project.store.job(ID)
    assert (job.state, job.result is not None) == (JobState.DONE, True)


def test_two_equal_calls_at_once_make_one_job(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []

    def start(_project: Project, job: Job) -> Job:
        started.append(job.id)
        return job

    monkeypatch.setattr(jobs, "_start", start)
    monkeypatch.setattr(type(toy.project.store), "jobs", lambda _store: ())  # neither sees the other's yet
    first, second = (jobs.submit(toy.project, "toy", {"times": 3}) for _ in range(2))
    assert started == [first.id]
    assert second.id == first.id


def test_a_job_whose_process_was_killed_is_lost_and_says_what_to_do(toy: Toy) -> None:
    gate = toy.root / "gate"
    os.mkfifo(gate)
    (toy.root / "toy.py").write_text(f"open({str(gate)!r}).read()")
    job = jobs.submit(toy.project, "capture_baseline", {"scenario": "toy", "why": "x", "processes": 3})
    with gate.open("w"):  # opens when the measured program has come to it
        running = jobs.refresh(toy.project, job.id)
        assert running.pid is not None
        os.kill(running.pid, signal.SIGKILL)
        while jobs.refresh(toy.project, job.id).state not in ENDED:
            pass
    lost = jobs.refresh(toy.project, job.id)
    assert lost.state is JobState.LOST
    assert "Start the tool again" in (lost.error or "")


def test_a_cancelled_job_ends_its_measured_program_and_stores_nothing(toy: Toy) -> None:
    gate = toy.root / "gate"
    os.mkfifo(gate)
    said = f"with open({str(gate)!r}, 'w') as gate:\n    gate.write('up')\n    gate.flush()\n"
    program = f"import time\n{said}    time.sleep(600)\n"
    (toy.root / "toy.py").write_text(program)
    job = jobs.submit(toy.project, "capture_baseline", {"scenario": "toy", "why": "x", "processes": 3})
    with gate.open() as pipe:
        assert pipe.read(2) == "up"
        jobs.cancel(toy.project, job.id)
        assert pipe.read() == ""  # the program's end closes the pipe
    while jobs.refresh(toy.project, job.id).state not in ENDED:
        pass
    assert jobs.refresh(toy.project, job.id).state is JobState.CANCELLED
    assert toy.project.store.runs() == ()


def test_the_same_key_joins_the_same_job_and_another_starts_a_new_one(toy: Toy) -> None:
    request = {"scenario": "toy", "why": "x", "processes": 3}
    first = jobs.submit(toy.project, "capture_baseline", request, key="a")
    again = jobs.submit(toy.project, "capture_baseline", request, key="a")
    other = jobs.submit(toy.project, "capture_baseline", request, key="b")
    assert (first.id == again.id, first.id == other.id) == (True, False)
    for job in (first, other):
        while jobs.refresh(toy.project, job.id).state not in ENDED:
            pass
    assert len(toy.project.store.runs()) == 2


def test_a_key_is_not_shared_by_two_questions(toy: Toy) -> None:
    request = {"scenario": "toy", "why": "x", "processes": 3}
    first = jobs.submit(toy.project, "capture_baseline", request, key="a")
    with pytest.raises(InvalidInput, match="other arguments"):
        jobs.submit(toy.project, "capture_baseline", request | {"scenario": "toy_without_files"}, key="a")
    while jobs.refresh(toy.project, first.id).state not in ENDED:
        pass


def test_a_key_whose_job_failed_tries_again(toy: Toy) -> None:
    request = {"scenario": "toy", "why": "x", "processes": 3}
    toy.says(fails=True)
    failed = jobs.submit(toy.project, "capture_baseline", request, key="a")
    while jobs.refresh(toy.project, failed.id).state not in ENDED:
        pass
    toy.says()
    again = jobs.submit(toy.project, "capture_baseline", request, key="a")
    while jobs.refresh(toy.project, again.id).state not in ENDED:
        pass
    assert again.id != failed.id
    assert jobs.refresh(toy.project, again.id).state is JobState.DONE


def test_a_comparison_without_a_baseline_is_an_answer(toy: Toy) -> None:
    def missing(_project: Project, *, times: int, progress: Progress) -> ImportReport:
        raise NoBaseline(f"none in {times}, {progress is None}. Capture one.")

    queued(toy, "compare_with_baseline")
    work(toy.project, ID, {"compare_with_baseline": missing})
    assert jobs.compare_answer(toy.project.store.job(ID), "brief").status is Status.NO_BASELINE


def test_a_result_of_another_version_is_said_to_be_one(toy: Toy) -> None:
    queued(toy, "compare_with_baseline")
    work(toy.project, ID, {"compare_with_baseline": count})
    with pytest.raises(MissingData, match="written by another version"):
        jobs.compare_answer(toy.project.store.job(ID), "brief")


def test_an_unknown_job_is_refused(toy: Toy) -> None:
    with pytest.raises(MissingData, match="no job"):
        jobs.refresh(toy.project, "job-ffffffffffffffff")


def test_the_worker_ends_by_itself_where_its_job_is_gone(toy: Toy, command_environment: dict[str, str]) -> None:
    argv = [sys.executable, "-m", "dart_perf.workflows.work", "job-ffffffffffffffff"]
    environment = command_environment | {"DART_PERF_PROJECT": str(toy.root)}
    done = subprocess.run(argv, cwd=Path("/"), env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 4
    assert "no job" in done.stderr
