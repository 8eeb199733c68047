"""What every store can do. `files` speaks it; a server-backed room can speak it later and pass the same tests."""

from collections.abc import Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from dart_perf.model.baseline import Baseline, BaselineEntry, BaselineEvent
from dart_perf.model.history import Finding, Point, SeriesEntry, Validation
from dart_perf.model.job import Job
from dart_perf.model.measurement import Run
from dart_perf.model.operation import Backup, Merge, Progress, Prune, Rule, Upgrade
from dart_perf.model.verification import FloorPair, Question, Receipt

if TYPE_CHECKING:  # numpy loads where it is used
    from dart_perf.model.series import Columns, Reduction
    from dart_perf.store.attempts import Attempt  # locks, which not every system has


class Store(Protocol):
    """Baselines, runs, series and jobs. Every write is durable and atomic when the call returns."""

    url: str
    """What `open_store` was given, e.g. file:/project/.dart-perf."""

    def add_baseline(self, baseline: Baseline, event: BaselineEvent, contents: dict[str, bytes] | None = None) -> None:
        """Seal `baseline` and log `event`; `contents` are its program's files by SHA-256. Twice the same is once.

        Append its runs first: `validate` finds damage where the store does not have them. Raises Corrupted where the
        log of its scenario and platform does not hold: what a new one would follow is not known.
        """

    def baseline(self, name: str) -> Baseline:
        """Return the baseline whose id (or unambiguous start of one) is `name`.

        Raises NoBaseline where none is, InvalidInput where several are, Corrupted where it does not prove itself.
        """

    def baselines(
        self, scenario: str | None = None, platform: str | None = None, version: str | None = None
    ) -> tuple[BaselineEntry, ...]:
        """Return the matching entries, by scenario, platform and then oldest first.

        Without a scenario, entries whose log does not hold are left out: `damage` names them. Raises Corrupted where
        the log of the scenario asked for (on the platform asked for) does not hold.
        """

    def damage(self) -> tuple[Finding, ...]:
        """Return why `baselines` leaves entries out, one finding a log; as cheap as `baselines`."""

    def log_event(self, event: BaselineEvent) -> None:
        """Append to the log of the baseline's scenario and platform.

        Raises NoBaseline for an unknown id, InvalidInput where the event does not follow from the baseline's state.
        """

    def events(self, scenario: str, platform: str) -> tuple[BaselineEvent, ...]:
        """Return the log, oldest first."""

    def content(self, sha256: str) -> bytes:
        """Return a program file that was kept with a baseline. Raises MissingData, Corrupted."""

    def append_runs(self, runs: Iterable[Run], *, position: int | Mapping[str, int] | None = None) -> tuple[int, int]:
        """Append runs to the history; return how many were new and how many it already had (same id).

        `position` is the first-parent position of the runs' commit, or one by full commit hash; a run that it does not
        place stands where it says itself (`Run.position`).
        """

    def has_run(self, run_id: str) -> bool:
        """Return whether a run of that id is stored; nothing of it is read. Raises Corrupted, NewerSchema."""

    def run_ids(self) -> tuple[str, ...]:
        """Return the id of every run in order of arrival; nothing of them is read. Raises Corrupted, NewerSchema."""

    def run(self, run_id: str) -> Run:
        """Return one run. Raises MissingData, Corrupted."""

    def runs(self, *, scenario: str | None = None, commit: str | None = None) -> tuple[Run, ...]:
        """Return the matching runs in order of arrival; `commit` may be an unambiguous start of a hash.

        Raises InvalidInput where the start is shorter than 4 characters or that of several commits.
        """

    def series(self) -> tuple[SeriesEntry, ...]:
        """Return every series by benchmark and metric."""

    def points(self, series: str, *, last: int | None = None) -> tuple[Point, ...]:
        """Return a series' points by commit position, then sequence; `last` keeps the newest. Raises MissingData."""

    def columns(self, reduction: "Reduction", progress: Progress = ...) -> "Columns":
        """Return every series as arrays of one value a run; a disposable cache makes all but the first answer quick.

        `progress` is told how many runs were read. Raises Corrupted, NewerSchema.
        """

    def recall(self, kind: str, keys: Collection[str]) -> dict[str, bytes]:
        """Return what was kept under `keys`, as far as it is still there; never raises for what is lost or damaged."""

    def keep(self, kind: str, results: Mapping[str, bytes]) -> None:
        """Keep derived results, each one line of text under 32 hexadecimal digits, as long as there is room.

        Disposable: not durable, not merged, not backed up; where they cannot be kept, nothing is said.
        """

    def sealed(self, baseline_id: str) -> bytes:
        """Return the bytes of a sealed baseline as they are stored. Raises NoBaseline, Corrupted."""

    def add_job(self, job: Job) -> tuple[bool, Job]:
        """Write a new job unless its id is taken; say whether it was written, and return the job that is there."""

    def put_job(self, job: Job) -> None:
        """Write a job's record as it is now; a job that has ended stays ended, whatever a late worker writes."""

    def job(self, job_id: str) -> Job:
        """Return a job. Raises MissingData with the ids that exist."""

    def jobs(self) -> tuple[Job, ...]:
        """Return every job, newest first."""

    def attempt(self, question: Question) -> "AbstractContextManager[Attempt]":
        """Give the attempt at `question` with all that was measured of it; nobody else writes to it meanwhile.

        A new one where this head was not held against this base before. Raises Busy, Corrupted.
        """

    def floor(self, scenario: str, key: str) -> list[FloorPair]:
        """Return what was measured of a scenario against itself on a machine, oldest first. Raises Corrupted."""

    def add_floor(self, scenario: str, key: str, pair: FloorPair) -> None:
        """Add such a pair; who holds the machine's measuring lock is the only one to do so."""

    def add_receipt(self, receipt: Receipt) -> str:
        """Seal a verdict with its evidence durably and return its id."""

    def receipt(self, name: str) -> Receipt:
        """Return a receipt. Raises MissingData with ids that exist, Corrupted, NewerSchema."""

    def merge(self, folder: Path, progress: Progress) -> Merge:
        """Take what the store in `folder` holds into this one; jobs stay where they are.

        Raises InvalidInput where it is no other store or a name differs in case alone, Corrupted where one of the two
        does not hold, NewerSchema; nothing was written then.
        """

    def prune(self, rule: Rule, event: BaselineEvent | None, progress: Progress) -> Prune:
        """Take away what `rule` lets go; without an `event` (who, when and why) say what would go.

        Raises Corrupted where the store does not hold; nothing was removed then.
        """

    def backup(self, file: Path, progress: Progress) -> Backup:
        """Write all that is stored to the new file `file`, as it is at one moment, proven.

        Raises InvalidInput where the file exists, MissingData where nothing is stored, Corrupted.
        """

    def upgrade(self) -> Upgrade:
        """Bring the store up to the present schema, as the next write would."""

    def validate(self, progress: Progress = ...) -> Validation:
        """Check every digest, schema number, checksum and reference; damage is returned, not raised.

        `progress` is told steps done, steps in all and what is being done.
        """
