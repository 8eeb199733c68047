"""What became of each file of an import: stored in batches of whole files, counted, and named within bounds."""

from collections.abc import Iterable

from dart_perf.errors import PerfError, UnknownFormat
from dart_perf.measure.position import Positions
from dart_perf.model.answer import ImportReport
from dart_perf.model.measurement import Run
from dart_perf.store.contract import Store
from dart_perf.workflows.result_files import Entry, Reason
from dart_perf.workflows.result_places import Place

BATCH = 20_000
"""Samples that are stored in one go, with the file they complete: one write and sync for 2 MB, not for each file."""
KEPT = 200
"""Lines of each kind that a report names; all are counted."""
IDS = 20
"""Runs whose ids are named: the digest of a run with 100,000 series takes a second."""
NAMED, NAMES_WIDTH = 3, 80
"""Files of which the same is said and that are named, and characters that their names may have beyond the first: a
short report has room for 150 in a line (`report.brief`), and what is said must be among them."""


class Tally:
    """What was read, stored, known, left out, skipped and refused so far."""

    def __init__(self, store: Store, positions: Positions, place: Place) -> None:
        self._store = store
        self._positions = positions
        self._place = place
        self._batch: list[Run] = []
        self._waiting = 0
        """Files of the batch."""
        self._samples = 0
        """Samples of the batch."""
        self._accepted = self._known = self._stored = self._measurements = self._rows = 0
        self._ids: list[str] = []
        self._left_out: list[str] = []
        self._warnings: dict[str, list[str]] = {}
        """Names by warning, of the first `KEPT` warnings."""
        self._more_warnings = set[str]()
        self._skipped: dict[str, list[str]] = {}
        """Names by reason."""
        self._refused: list[str] = []
        for reason in place.chosen.skipped:
            self._skip(reason)
        for reason in place.chosen.refused:
            self._refused.append(f"{place.said(reason.name)}: {reason.why}")

    def add(self, entry: Entry, runs: tuple[Run, ...]) -> None:
        """Take the runs of a file, and store the batch when it is full.

        Raises:
            PerfError: the store could not take them; says what was stored before.
        """
        for run in runs:
            self._measurements += len(run.measurements)
            self._samples += sum(len(measurement.samples) for measurement in run.measurements)
            self._rows += run.left_out_count
            room = max(0, KEPT - len(self._left_out))
            self._left_out += [self._of(entry, f"{row.what}: {row.reason}") for row in run.left_out[:room]]
        for warning in dict.fromkeys(warning for run in runs for warning in run.warnings):
            if warning in self._warnings or len(self._warnings) < KEPT:
                self._warnings.setdefault(warning, []).append(self._place.said(entry.name))
            else:
                self._more_warnings.add(warning)
        self._batch += runs
        self._waiting += 1
        if self._samples >= BATCH:
            self.store()

    def store(self) -> None:
        """Store what was read and is not stored yet. Raises PerfError."""
        if self._batch:
            places = self._positions.of(run.commit for run in self._batch)
            accepted, known = self._store.append_runs(self._batch, position=places)
            self._accepted += accepted
            self._known += known
            self._ids += [run.id for run in self._batch[: IDS - len(self._ids)]]
        self._stored += self._waiting
        self._batch, self._waiting, self._samples = [], 0, 0

    def refuse(self, entry: Entry, error: PerfError) -> None:
        """Note why a file was not read; one that no format claims is no refusal, but no result."""
        if isinstance(error, UnknownFormat):
            self._skip(Reason(entry.name, "none of the known formats"))
            return
        name, text = self._place.said(entry.name), str(error)
        self._refused.append(text if text.startswith(name) else f"{name}: {text}")

    def _skip(self, reason: Reason) -> None:
        self._skipped.setdefault(reason.why, []).append(self._place.said(reason.name))

    def _of(self, entry: Entry, text: str) -> str:
        """Return what is said of a file with its name, which goes without saying where there is no other."""
        return text if self._place.alone else f"{self._place.said(entry.name)}: {text}"

    def so_far(self) -> str:
        """Say what is stored whatever happens next."""
        files = f"{self._stored} of {len(self._place.chosen.files)} files"
        return f"{files} were stored before ({self._accepted} new runs): import again to go on, nothing comes twice."

    def report(self) -> ImportReport:
        """Return what became of everything."""
        skipped = sum(len(names) for names in self._skipped.values())
        rows = f"{self._rows} row{'s' * (self._rows != 1)} left out"
        return ImportReport(
            summary=f"{self._place.label}: {self._outcome()}, {self._measured()}, {rows}"
            + (f", {skipped} file{'s' * (skipped != 1)} skipped" if skipped else "")
            + (f", {len(self._refused)} REFUSED" if self._refused else ""),
            files=self._stored,
            accepted=self._accepted,
            known=self._known,
            measurements=self._measurements,
            left_out=_bounded(self._left_out, self._rows),
            skipped=_bounded([_line(why, names) for why, names in self._skipped.items()]),
            refused=_bounded(self._refused),
            runs=tuple(self._ids),
            warnings=self._warned(),
        )

    def _measured(self) -> str:
        return f"{self._measurements} measurement{'s' * (self._measurements != 1)}"

    def _warned(self) -> tuple[str, ...]:
        lines = [text if self._place.alone else _line(text, names) for text, names in self._warnings.items()]
        return _bounded(lines, len(lines) + len(self._more_warnings))

    def _outcome(self) -> str:
        if not self._accepted + self._known:
            return "no results, 0 new and 0 known runs"
        same = "nothing new: " if not self._accepted else ""
        return f"{same}{self._accepted} new and {self._known} known runs"


def _line(why: str, names: list[str]) -> str:
    shown = names[:NAMED]
    while len(shown) > 1 and len(", ".join(shown)) > NAMES_WIDTH:
        shown.pop()
    more = f" and {len(names) - len(shown)} more" if len(names) > len(shown) else ""
    return f"{', '.join(shown)}{more}: {why}"


def _bounded(lines: Iterable[str], count: int | None = None) -> tuple[str, ...]:
    every = list(lines)
    shown = every[:KEPT]
    more = (len(every) if count is None else count) - len(shown)
    return (*shown, *([f"and {more} more"] if more > 0 else []))
