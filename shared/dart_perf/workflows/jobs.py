"""Jobs: submitted here, worked on by a detached child (`workflows.work`), polled and cancelled by anyone."""

import os
import sys
import time
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import ValidationError

from dart_perf.errors import InvalidInput, MeasurementFailed, MissingData
from dart_perf.measure import detach
from dart_perf.model.answer import (
    Capture,
    CaptureAnswer,
    CompareAnswer,
    ImportAnswer,
    ImportReport,
    JobAnswer,
    JobStatus,
)
from dart_perf.model.comparison import Comparison
from dart_perf.model.job import ENDED, WAITING, Job, JobState
from dart_perf.model.judgement import Status
from dart_perf.model.measurement import printable
from dart_perf.model.record import Record, digest
from dart_perf.model.verification import Verification, VerifyAnswer
from dart_perf.report.brief import shortened, shortened_import
from dart_perf.report.verification import brief
from dart_perf.workflows.project import Project

START = timedelta(seconds=30)
"""How long a job may be queued before its process exists: far longer than starting one takes."""
LONGEST_LINE = 1000
"""Bytes of a log that are looked at for the last words of a process."""
UNFINISHED = frozenset({JobState.FAILED, JobState.CANCELLED, JobState.LOST})
"""States that gave no result: the same key tries again."""
AnyRecord = TypeVar("AnyRecord", bound=Record)
Detail = Literal["brief", "full"]


def submit(project: Project, kind: str, request: dict[str, Any], key: str | None = None) -> Job:
    """Start a job, or join one: that of the same `key` unless it failed, else one that does the same right now.

    Raises:
        InvalidInput: the key was used for a call with other arguments, or the store cannot be written.
    """
    known = [job for job in project.store.jobs() if job.kind == kind and (key is None or job.key == key)]
    other = next((job for job in known if key is not None and job.request != request), None)
    if other is not None:
        raise InvalidInput(f"key {key!r} belongs to a call with other arguments: {other.request}. Give a new key.")
    same = (refresh(project, job.id) for job in known if job.request == request)
    joined = next((job for job in same if job.state not in (UNFINISHED if key else ENDED)), None)
    if joined is not None:
        return joined
    name = key or digest([kind, request])[:32]
    now, taken = project.now(), {job.id for job in known}
    ids = (f"job-{digest([kind, name, number])[:16]}" for number in count())
    identity = next(one for one in ids if one not in taken)  # two calls at once make one id, and one of them joins
    job = Job(id=identity, kind=kind, key=name, request=request, created=now, updated=now)
    project.check_writable()
    mine, found = project.store.add_job(job)
    return _start(project, job) if mine else refresh(project, found.id)


def _start(project: Project, job: Job) -> Job:
    argv = [sys.executable, "-m", "dart_perf.workflows.work", job.id]
    environment = dict(os.environ) | {
        "DART_PERF_PROJECT": str(project.root),
        "DART_PERF_HOME": str(project.home),
        "DART_PERF_WHO": project.who,
    }
    detach.start(argv, cwd=project.root, env=environment, log=_log(project, job), token=_token(project, job))
    return job


def _log(project: Project, job: Job) -> Path:
    return project.home / "jobs" / f"{job.id}.log"


def _token(project: Project, job: Job) -> Path:
    return project.home / "jobs" / f"{job.id}.token"


def refresh(project: Project, job_id: str) -> Job:
    """Return the job as it is now; one whose process is gone without a word becomes `lost`.

    Raises:
        MissingData: there is no such job.
    """
    job = project.store.job(job_id)
    if job.state in ENDED or _works(project, job):
        return job
    job = project.store.job(job_id)  # it may have ended between reading its record and looking for its process
    if job.state in ENDED:
        return job
    said = _last_words(project, job) or "without a word (killed, or the machine restarted)"
    error = f"its process died {said}. Start the tool again."
    lost = job.model_copy(update={"state": JobState.LOST, "error": error, "updated": project.now()})
    project.store.put_job(lost)
    return lost


def _last_words(project: Project, job: Job) -> str:
    """Return the last line of the log: what kept the process from writing its record (a full disk) stands there."""
    try:
        with _log(project, job).open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - LONGEST_LINE))
            lines = file.read().decode(errors="replace").split("\n")
    except FileNotFoundError:
        return ""
    last = next((printable(line).strip() for line in reversed(lines) if line.strip()), "")
    return f"and last said: {last.rstrip('.')}" if last else ""


def _works(project: Project, job: Job) -> bool:
    age = project.now() - job.created  # below 0: the clock was set back
    starting = job.state is JobState.QUEUED and timedelta(0) <= age < START
    return starting or detach.alive(_token(project, job))


def cancel(project: Project, job_id: str) -> Job:
    """Ask a job's process to stop; it ends what it runs and says so in its record."""
    job = refresh(project, job_id)
    while job.state is JobState.QUEUED:  # ends: `refresh` calls it lost when its process does not appear
        time.sleep(0.05)
        job = refresh(project, job_id)
    if job.state is JobState.RUNNING and job.pid is not None:
        detach.stop(job.pid, _token(project, job))
    return job


def status(job: Job) -> JobStatus:
    """Return what a client needs of a job."""
    steps = f"{job.message} ({job.done}/{job.total})" if job.total else job.message
    if WAITING in job.message:
        steps += f", {job.done} s so far"
    return JobStatus(id=job.id, kind=job.kind, state=job.state, progress=steps, error=job.error)


def compare_answer(job: Job, detail: Detail) -> CompareAnswer:
    """Return the comparison of a finished job, or its handle.

    Raises:
        MeasurementFailed: the job failed; that there is no baseline is an answer, not a failure.
    """
    if job.state is JobState.FAILED and job.failure == "NoBaseline":
        return CompareAnswer(status=Status.NO_BASELINE, job=status(job))
    _check(job)
    if job.state is not JobState.DONE:
        return CompareAnswer(job=status(job))
    comparison = _detailed(_result(job, Comparison), detail)
    return CompareAnswer(status=comparison.status, job=status(job), comparison=comparison)


def _check(job: Job) -> None:
    if job.state is JobState.FAILED:
        raise MeasurementFailed(job.error or "the job failed without a word; see its log")


def capture_answer(job: Job) -> CaptureAnswer:
    """Return the captured baseline of a finished job, or its handle. Raises MeasurementFailed."""
    _check(job)
    if job.state is not JobState.DONE:
        return CaptureAnswer(job=status(job))
    return CaptureAnswer(job=status(job), capture=_result(job, Capture))


def verify_answer(job: Job, detail: Detail) -> VerifyAnswer:
    """Return the verdict of a finished job, or its handle. Raises MeasurementFailed."""
    _check(job)
    if job.state is not JobState.DONE:
        return VerifyAnswer(job=status(job))
    found = _verified(job, detail)
    return VerifyAnswer(status=found.status, job=status(job), verification=found)


def _verified(job: Job, detail: Detail) -> Verification:
    found = _result(job, Verification)
    return brief(found) if detail == "brief" else found


def import_answer(found: Job | ImportReport, detail: Detail) -> ImportAnswer:
    """Return the report of an import, or its handle. Raises MeasurementFailed where it was refused."""
    if isinstance(found, ImportReport):
        return ImportAnswer(report=_of_import(found, detail))
    _check(found)
    if found.state is not JobState.DONE:
        return ImportAnswer(job=status(found))
    return ImportAnswer(job=status(found), report=_of_import(_result(found, ImportReport), detail))


def _of_import(report: ImportReport, detail: Detail) -> ImportReport:
    return shortened_import(report) if detail == "brief" else report


def job_answer(job: Job, detail: Detail) -> JobAnswer:
    """Return a job with its result, whatever its kind."""
    if job.state is not JobState.DONE or job.result is None:
        return JobAnswer(job=status(job))
    if job.kind == "import_results":
        report = _of_import(_result(job, ImportReport), detail)
        return JobAnswer(job=status(job), result=report.model_dump(mode="json"))
    if job.kind == "verify_change":
        found = _verified(job, detail)
        return JobAnswer(job=status(job), status=found.status, result=found.model_dump(mode="json"))
    if job.kind != "compare_with_baseline":
        return JobAnswer(job=status(job), result=job.result)
    comparison = _detailed(_result(job, Comparison), detail)
    return JobAnswer(job=status(job), status=comparison.status, result=comparison.model_dump(mode="json"))


def _result(job: Job, kind: type[AnyRecord]) -> AnyRecord:
    """Return the record that a finished job holds. Raises MissingData where another version wrote it."""
    try:
        return kind.model_validate(job.result)
    except ValidationError as error:
        raise MissingData(f"the result of {job.id} was written by another version. Start the tool again.") from error


def _detailed(comparison: Comparison, detail: Detail) -> Comparison:
    return shortened(comparison) if detail == "brief" else comparison
