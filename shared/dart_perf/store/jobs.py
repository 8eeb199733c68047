"""The records of jobs: one sealed file each, replaced as a whole."""

import contextlib
import re
from pathlib import Path

from pydantic import ValidationError

from dart_perf.errors import Corrupted, MissingData
from dart_perf.model.job import ENDED, Job
from dart_perf.store import atomic, seal
from dart_perf.store.fault import Damaged, read_bytes
from dart_perf.store.layout import folders

JOB_FORMAT = "dart-perf-job"
_ID = re.compile(r"job-[0-9a-f]{16}")
_SHOWN = 10
"""Jobs an error names."""


class Jobs:
    """All jobs; the caller of what writes holds the lock of jobs."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / "jobs"

    def file(self, job_id: str) -> Path:
        return self.folder / f"{job_id}.json"

    def load(self, job_id: str) -> Job:
        """Return a job.

        Raises:
            MissingData: there is none of this id; names those there are, and what to do.
            Corrupted: its file does not hold what was written.
            NewerSchema: a newer dart-perf wrote it.
        """
        try:
            return self._read(job_id)
        except FileNotFoundError as error:
            raise MissingData(self._missing(job_id)) from error

    def _missing(self, job_id: str) -> str:
        newest = ", ".join(f"{job.id} ({job.kind}, {job.state})" for job in self.all()[:_SHOWN])
        known = f"The newest are: {newest}. Give the id of one, or call" if newest else "This project has none. Call"
        return f"no job {job_id!r}. {known} the tool again: the same arguments join a job that still runs."

    def _read(self, job_id: str) -> Job:
        if not _ID.fullmatch(job_id):
            raise FileNotFoundError
        path = self.file(job_id)
        try:
            job = Job.model_validate(seal.unseal(JOB_FORMAT, read_bytes(path), path))
        except ValidationError as error:
            raise Damaged(path, None, f"no job: {error.errors()[0]['msg']}. Delete the file.") from error
        if job.id != job_id:
            raise Damaged(path, None, f"it holds job {job.id}. Delete the file.")
        return job

    def all(self) -> tuple[Job, ...]:
        """Return every job that can be read, newest first. Raises NewerSchema.

        One that cannot (an older record or a bad byte) must not stand in the way of new ones; asking for it by its id,
        and `validate`, say what is wrong with it.
        """
        ids = [name.removesuffix(".json") for name in folders(self.folder) if name.endswith(".json")]
        jobs = []
        for job_id in filter(_ID.fullmatch, ids):
            with contextlib.suppress(Corrupted):
                jobs.append(self._read(job_id))
        return tuple(sorted(jobs, key=lambda j: (j.created, j.id), reverse=True))

    def put(self, job: Job, scratch: Path) -> None:
        """Replace the record of a job; one that has ended stays ended, whatever a late worker writes.

        Only the first and the last record are durable; progress need not survive a power cut, which no worker does.
        """
        try:
            before = self._read(job.id)
        except (FileNotFoundError, Corrupted):
            before = None
        if before is not None and before.state in ENDED and job.state not in ENDED:
            return
        data = seal.seal(JOB_FORMAT, job.model_dump(mode="json"))
        durable = before is None or job.state in ENDED
        atomic.write(self.root, self.file(job.id), data, scratch=scratch, durable=durable)

    def add(self, job: Job, scratch: Path) -> tuple[bool, Job]:
        """Write a new job unless its id is taken; say whether it was written, and return the one that is there."""
        try:
            return False, self._read(job.id)
        except FileNotFoundError:
            self.put(job, scratch)
            return True, job
