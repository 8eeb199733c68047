"""The store in files: joins baselines, programs, runs, history and jobs below one folder."""

import threading
import weakref
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from dart_perf.errors import Corrupted, InvalidInput, MissingData, PerfError
from dart_perf.model.baseline import Baseline, BaselineEntry, BaselineEvent
from dart_perf.model.history import Finding, Point, SeriesEntry, Validation
from dart_perf.model.job import Job
from dart_perf.model.measurement import Run
from dart_perf.model.operation import Backup, Merge, Progress, Prune, Rule, Upgrade
from dart_perf.model.verification import FloorPair, Question, Receipt
from dart_perf.store import atomic, layout, seal
from dart_perf.store.attempts import Attempt, Attempts
from dart_perf.store.baselines import Baselines
from dart_perf.store.derived import Derived
from dart_perf.store.fault import Unreadable, read_bytes
from dart_perf.store.jobs import Jobs
from dart_perf.store.lock import Lock
from dart_perf.store.programs import Programs
from dart_perf.store.receipts import Receipts
from dart_perf.store.run_segment import row
from dart_perf.store.runs import RunLog
from dart_perf.store.series import SeriesView

if TYPE_CHECKING:  # numpy loads where it is used
    from dart_perf.model.series import Columns, Reduction
    from dart_perf.store.columns import ColumnView

T = TypeVar("T")

_SHOWN = 10
"""Ids an error names."""

_COMMIT = 4
"""Characters that a start of a commit has at least, as git asks for."""


class FileStore:
    """`dart_perf.store.contract.Store` in a folder; every byte is described in docs/store.md."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.url = f"file:{root}"
        self._scratch = root / "tmp" / "store.tmp"
        self._job_scratch = root / "tmp" / "jobs.tmp"
        self._baselines = Baselines(root)
        self._programs = Programs(root)
        self._runs = RunLog(root)
        self._series = SeriesView(root, self._runs)
        self._jobs = Jobs(root)
        self._derived = Derived(root)
        self._attempts, self._receipts = Attempts(root), Receipts(root)
        self._columns: ColumnView | None = None
        self._columns_guard = threading.Lock()
        self._lock = Lock(root, "store")
        self._job_lock = Lock(root, "jobs")
        self._mark_name = str(root / "store.json")
        self._mark: layout.Signature | None = None
        self._schema = seal.SCHEMA
        self._settled: layout.Signature | None = None
        self._check_schema()
        weakref.finalize(self, _trim, root, self._runs, self._series)

    @classmethod
    def open(cls, url: str) -> "FileStore":
        """Return the store of a `file:` URL. Raises InvalidInput, Unreadable, NewerSchema, Corrupted."""
        scheme, colon, rest = url.partition(":")
        if not colon or scheme != "file":
            what = f"scheme {scheme!r}" if colon else f"{url!r} without a scheme"
            raise InvalidInput(f"store {what} does not exist. There is: file:FOLDER, e.g. file:.dart-perf.")
        if rest.startswith("//") and not rest.startswith("///"):
            raise InvalidInput(f"store {url!r} names a host. Write file:FOLDER or file:///FOLDER for a folder here.")
        if not rest or "\0" in rest:
            raise InvalidInput(f"store {url!r} names no folder. Write file:FOLDER, e.g. file:.dart-perf.")
        root = Path("/" + rest.lstrip("/") if rest.startswith("/") else rest).absolute()
        if layout.signature(root) is not None and not root.is_dir():  # asked so: `exists` raises the system's own error
            raise InvalidInput(f"store {root} is a file. Name a folder, e.g. file:.dart-perf.")
        return cls(root)

    def _check_schema(self) -> None:
        now = layout.signature(self._mark_name)
        if now is not None and now != self._mark:  # without one every file still carries its own number
            path = Path(self._mark_name)
            data = read_bytes(path)
            seal.unseal(layout.STORE_FORMAT, data, path)
            self._schema = seal.number(data)
        self._mark = now

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._lock.held():
            self._prepare(self._scratch)
            self._settle()
            yield

    @contextmanager
    def _writing_jobs(self) -> Iterator[None]:
        with self._job_lock.held():
            self._prepare(self._job_scratch)
            yield

    def _prepare(self, scratch: Path) -> None:
        """Refuse what another version has migrated since, and mark a new folder; both locks write the same marks."""
        self._check_schema()
        if self._mark is None:
            marks = {".gitignore": layout.GITIGNORE, ".gitattributes": layout.GITATTRIBUTES}
            self._schema = seal.OLDEST if layout.is_used(self.root) else seal.SCHEMA  # a lost mark proves nothing
            marks["store.json"] = seal.seal(layout.STORE_FORMAT, {}, self._schema)
            for name, data in marks.items():
                atomic.write(self.root, self.root / name, data, scratch=scratch)

    def _settle(self) -> None:
        """Bring an older store up to this schema, and finish or take back a prune whose process died."""
        if self._schema < seal.SCHEMA:
            from dart_perf.store.migration import migrate  # once in the life of a store

            migrate(self.root, self._schema, self._scratch)
            self._check_schema()
        now = self._runs.live.signature()
        if now != self._settled and self._runs.live.read().interrupted:
            from dart_perf.store.sweeping import sweep

            sweep(self.root, self._scratch)
            now = self._runs.live.signature()
        self._settled = now

    def _asked(self, ask: Callable[[], T]) -> T:
        """Return what `ask` finds; where runs were pruned meanwhile, its answer may be half old and half new: again."""
        while True:
            before = self._runs.live.signature()
            try:
                found = ask()
            except (Corrupted, FileNotFoundError):
                if before == self._runs.live.signature():
                    raise
                continue
            if before == self._runs.live.signature():
                return found

    def add_baseline(self, baseline: Baseline, event: BaselineEvent, contents: dict[str, bytes] | None = None) -> None:
        self._baselines.file(event.baseline)  # a name that cannot become a path makes no folder
        self._programs.check(baseline, contents or {})
        with self._writing():
            self._programs.check(baseline, contents or {})  # again: a prune may have taken unused files away
            self._programs.keep((contents or {}).items(), self._scratch)
            self._baselines.add(baseline, event, self._scratch)

    def baseline(self, name: str) -> Baseline:
        return self._baselines.load(self._baselines.find(name).id)

    def sealed(self, baseline_id: str) -> bytes:
        found = self._baselines.find(baseline_id).id
        self._baselines.load(found)  # what leaves the store is proven
        return read_bytes(self._baselines.file(found))

    def baselines(
        self, scenario: str | None = None, platform: str | None = None, version: str | None = None
    ) -> tuple[BaselineEntry, ...]:
        entries = self._baselines.entries()
        if scenario:
            self._baselines.prove(f"{scenario}/{platform}/" if platform else f"{scenario}/")
        wanted = {k: v for k, v in (("scenario", scenario), ("platform", platform), ("version", version)) if v}
        return tuple(e for e in entries if all(getattr(e, k) == v for k, v in wanted.items())) if wanted else entries

    def damage(self) -> tuple[Finding, ...]:
        return tuple(self._baselines.damage().values())

    def log_event(self, event: BaselineEvent) -> None:
        self._baselines.find(event.baseline)  # an unknown id makes no folder
        with self._writing():
            self._baselines.log_event(event, self._scratch)

    def events(self, scenario: str, platform: str) -> tuple[BaselineEvent, ...]:
        return self._baselines.read_log((layout.part(scenario, "scenario"), layout.part(platform, "platform"))).events

    def content(self, sha256: str) -> bytes:
        return self._programs.content(sha256)

    def append_runs(self, runs: Iterable[Run], *, position: int | Mapping[str, int] | None = None) -> tuple[int, int]:
        offered = [row(run, _position(run, position)) for run in runs]
        given = {r.run_id: r for r in offered}
        if not given:
            return 0, 0
        with self._writing():
            if not self._runs.untouched():
                self._refresh()
            rows = [r for name, r in given.items() if name not in self._runs.heads]
            self._runs.append(rows)
            self._series.fold(self._scratch)
        return len(rows), len(offered) - len(rows)

    def _refresh(self) -> None:
        self._runs.refresh(self._series.index().through)

    def has_run(self, run_id: str) -> bool:
        return self._asked(lambda: self._has_run(run_id))

    def _has_run(self, run_id: str) -> bool:
        self._refresh()
        return run_id in self._runs.heads

    def run_ids(self) -> tuple[str, ...]:
        return self._asked(self._run_ids)

    def _run_ids(self) -> tuple[str, ...]:
        self._refresh()
        return tuple(head.id for head in self._runs.arrived())

    def run(self, run_id: str) -> Run:
        return self._asked(lambda: self._run(run_id))

    def _run(self, run_id: str) -> Run:
        self._refresh()
        head = self._runs.heads.get(run_id)
        if head is None:
            newest = ", ".join(self._runs.last(_SHOWN)) or "none"
            raise MissingData(f"no run {run_id!r} in {self.root}. The newest are: {newest}.")
        return self._runs.load(head)

    def runs(self, *, scenario: str | None = None, commit: str | None = None) -> tuple[Run, ...]:
        if commit is not None and len(commit) < _COMMIT:
            what = f"commit {commit!r} has {len(commit)} characters; a start of a hash has at least {_COMMIT}."
            raise InvalidInput(f"{what} Give more of it.")
        return self._asked(lambda: self._matching(scenario, commit))

    def _matching(self, scenario: str | None, commit: str | None) -> tuple[Run, ...]:
        self._refresh()
        heads = [h for h in self._runs.arrived() if scenario is None or h.scenario == scenario]
        if commit is not None:
            heads = [h for h in heads if h.commit is not None and h.commit.startswith(commit)]
            full = sorted({h.commit for h in heads if h.commit is not None})
            if len(full) > 1:
                raise InvalidInput(f"commit {commit!r} is the start of {', '.join(full[:_SHOWN])}. Give more of it.")
        return tuple(self._runs.load(h) for h in heads)

    def series(self) -> tuple[SeriesEntry, ...]:
        return self._asked(self._series.entries)

    def points(self, series: str, *, last: int | None = None) -> tuple[Point, ...]:
        points = self._asked(lambda: self._series.points(series))
        if not points:
            raise MissingData(f"no series {series!r} in {self.root}. List the series to see which exist.")
        return points if last is None else points[max(0, len(points) - last) :]

    def columns(self, reduction: "Reduction", progress: Progress = lambda _done, _total, _message: None) -> "Columns":
        return self._asked(lambda: self._current_columns(reduction, progress))

    def _current_columns(self, reduction: "Reduction", progress: Progress) -> "Columns":
        from dart_perf.store.columns import ColumnView

        with self._columns_guard:
            if self._columns is None:
                self._columns = ColumnView(self.root, self._runs)
        return self._columns.columns(*self._series.snapshot(), reduction, progress)

    def recall(self, kind: str, keys: Collection[str]) -> dict[str, bytes]:
        return self._derived.recall(kind, keys)

    def keep(self, kind: str, results: Mapping[str, bytes]) -> None:
        self._derived.keep(kind, results)

    def put_job(self, job: Job) -> None:
        with self._writing_jobs():
            self._jobs.put(job, self._job_scratch)

    def add_job(self, job: Job) -> tuple[bool, Job]:
        with self._writing_jobs():
            return self._jobs.add(job, self._job_scratch)

    def job(self, job_id: str) -> Job:
        return self._jobs.load(job_id)

    def jobs(self) -> tuple[Job, ...]:
        return self._jobs.all()

    @contextmanager
    def attempt(self, question: Question) -> Iterator[Attempt]:
        with self._writing_jobs():  # marks a new store, so that version control leaves alone what it should
            pass
        with self._attempts.at_work(question) as attempt:
            yield attempt

    def floor(self, scenario: str, key: str) -> list[FloorPair]:
        return self._attempts.floor(scenario, key)

    def add_floor(self, scenario: str, key: str, pair: FloorPair) -> None:
        self._attempts.add_floor(scenario, key, pair)

    def add_receipt(self, receipt: Receipt) -> str:
        with self._writing_jobs():
            return self._receipts.add(receipt)

    def receipt(self, name: str) -> Receipt:
        return self._receipts.load(name)

    def merge(self, folder: Path, progress: Progress) -> Merge:
        from dart_perf.store import merging

        other = FileStore.open(f"file:{folder.absolute()}")
        if not (other.root / "store.json").is_file() or other.root.resolve() == self.root.resolve():
            what = "this store itself" if (other.root / "store.json").is_file() else "no store: it has no store.json"
            raise InvalidInput(f"{folder} is {what}. Give the .dart-perf folder of the other project.")
        _refuse_damage(other.validate(progress), "Nothing was merged. Mend that store first.")
        with self._writing():
            try:
                return merging.merge(self.root, other.root, self._scratch, progress)
            except FileNotFoundError as error:
                what = f"{other.root} was pruned while it was read: {error.filename} is gone."
                raise Unreadable(f"{what} Repeat the merge; what came over already stays.") from error

    def prune(self, rule: Rule, event: BaselineEvent | None, progress: Progress) -> Prune:
        from dart_perf.store import pruning, sizing

        _refuse_damage(self.validate(progress), "Nothing was pruned. Mend the store first.")
        if event is None:
            found = self._asked(lambda: pruning.plan(self.root, rule, progress))
            return sizing.report(found, pruning.job_files(self.root, rule), applied=False)
        with self._writing():
            found = pruning.plan(self.root, rule, progress)
            if not found.empty:
                pruning.prune(self.root, found, event, self._scratch, progress)
                self._refresh()
                self._series.fold(self._scratch)
        with self._writing_jobs():
            jobs = pruning.job_files(self.root, rule)
            record = sizing.report(found, jobs, applied=True)
            for path in (path for files in jobs.values() for path in files):
                atomic.delete(path)
        return record

    def backup(self, file: Path, progress: Progress) -> Backup:
        from dart_perf.store import archive

        if not layout.is_used(self.root):
            raise MissingData(f"nothing is stored in {self.root}. Capture a baseline or import results first.")
        with archive.workplace(file, self.root) as place:
            with self._lock.held(), self._job_lock.held():
                progress(0, None, "copying the store")
                archive.copy(self.root, place / "store")
            return archive.pack(place, file, progress)

    def upgrade(self) -> Upgrade:
        before = self._schema
        if layout.is_used(self.root):
            with self._writing():
                pass
        done = f"migrated from schema {before} to {self._schema}" if before < self._schema else "nothing to do"
        return Upgrade(summary=f"{done}: the store has schema {self._schema}", before=before, after=self._schema)

    def validate(self, progress: Progress = lambda _done, _total, _message: None) -> Validation:
        from dart_perf.store.validation import validate  # rare, and not needed to start a server

        return self._asked(lambda: validate(self.root, progress))


def _trim(root: Path, runs: RunLog, series: SeriesView) -> None:
    """Give back the room that this process reserved, where nobody else is writing just now."""
    if runs.reserved and (root / "runs").is_dir():
        with suppress(PerfError), Lock(root, "store", wait_seconds=0).held():
            runs.refresh(series.index().through)
            runs.trim()


def _refuse_damage(validation: Validation, remedy: str) -> None:
    if not validation.sound:
        raise Corrupted(f"{validation.summary}. {remedy}")


def _position(run: Run, position: int | Mapping[str, int] | None) -> int | None:
    if position is None or isinstance(position, int):
        return run.position if position is None else position
    return position.get(run.commit, run.position) if run.commit is not None else None
