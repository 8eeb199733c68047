"""The detached process behind a job: `python -m dart_perf.workflows.work job-0123456789abcdef`."""

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from types import FrameType
from typing import Any

from dart_perf.errors import PerfError
from dart_perf.model.job import Job, JobState
from dart_perf.model.record import Record
from dart_perf.store.fault import Unwritable
from dart_perf.workflows.capture import capture_baseline
from dart_perf.workflows.compare import compare_with_baseline
from dart_perf.workflows.imports import import_results
from dart_perf.workflows.project import Progress, Project, open_project
from dart_perf.workflows.verification import verify_change

Workflow = Callable[..., Record]
WORKFLOWS: dict[str, Workflow] = {
    "capture_baseline": capture_baseline,
    "compare_with_baseline": compare_with_baseline,
    "import_results": import_results,
    "verify_change": verify_change,
}
EVERY = timedelta(seconds=0.2)
"""How often progress is written at most: people and pollers cannot read faster."""


CANCELLED = "cancelled; what was stored before that stays. Start the tool again when ready."


class Cancelled(BaseException):
    """SIGTERM arrived; not an Exception, so that no handler on the way swallows it."""


def work(
    project: Project,
    job_id: str,
    workflows: dict[str, Workflow] = WORKFLOWS,
    ending: Callable[[], object] = lambda: None,
) -> None:
    """Run a queued job to its end and record how it ended; a job that already has a worker is left alone.

    `ending` is called when the work is done: from there on nothing may interrupt the record of it.
    """
    job = project.store.job(job_id)
    if job.state is not JobState.QUEUED:
        return
    latest = [job]
    try:
        latest[0] = _put(project, job, message="starting", state=JobState.RUNNING, pid=os.getpid())
        record = workflows[job.kind](project, progress=_reporter(project, latest), **job.request)
        ending()
        end: dict[str, Any] = {"state": JobState.DONE, "result": record.model_dump(mode="json")}
    except PerfError as error:
        said = " ".join([str(error), *getattr(error, "__notes__", ())])
        end = {"state": JobState.FAILED, "error": said, "failure": type(error).__name__}
    except Cancelled as error:
        end = {"state": JobState.CANCELLED, "error": " ".join([CANCELLED, *getattr(error, "__notes__", ())])}
    except Exception as error:
        end = {"state": JobState.FAILED, "error": f"internal error: {error!r}. Please report it."}
        _put(project, latest[0], **end)
        raise
    _put(project, latest[0], **end)


def _reporter(project: Project, latest: list[Job]) -> Progress:
    def report(done: int, total: int | None, message: str) -> None:
        last = latest[0]
        if message == last.message and (
            (done, total) == (last.done, last.total) or project.now() - last.updated < EVERY
        ):
            return  # a wait is told at every look, and each writing syncs the disk on which others measure
        with suppress(Unwritable):  # a disk that is full for a while costs the progress, not the work
            latest[0] = _put(project, last, done=done, total=total, message=message)

    return report


def _put(project: Project, job: Job, **changes: Any) -> Job:
    changed = job.model_copy(update=changes | {"updated": project.now()})
    project.store.put_job(changed)
    return changed


def _hear_no_more() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def _cancel(_number: int, _frame: FrameType | None) -> None:
    _hear_no_more()  # a second one would interrupt the ending of the program that is being measured
    raise Cancelled


def main() -> None:
    """Work on the job named on the command line."""
    signal.signal(signal.SIGTERM, _cancel)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in the terminal of whoever started it is not meant for it
    try:
        work(open_project(), sys.argv[1], ending=_hear_no_more)
    except PerfError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
