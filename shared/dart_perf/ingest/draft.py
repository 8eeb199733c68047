"""A run while its source is read: values by benchmark and metric, and what is no measurement, with the reason.

What every reader of another tool's format needs, so that none of them drops, clips or guesses in a way of its own.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from dart_perf.errors import UnknownUnit
from dart_perf.ingest.document import show
from dart_perf.ingest.source import Source
from dart_perf.ingest.value import in_base_unit, in_base_units
from dart_perf.model.measurement import LONGEST_NAME, Benchmark, LeftOut, Measurement, Metric, Run, printable
from dart_perf.units import Better, Unit, direction, parse

NAMED = 200
"""What was left out is named one by one up to here; all of it is counted, in the run and in a warning."""
TOO_LONG = f"its name has more than {LONGEST_NAME} characters: give it a shorter one"
NO_DIRECTION = "it does not say whether lower or higher is better"


class _Cell(NamedTuple):
    benchmark: Benchmark
    metric: Metric
    places: list[str]
    samples: list[float]
    processes: list[int]


class Draft:
    """The run that grows while a source is read.

    With `joins`, values that are added to one benchmark and metric in several steps are its repetitions; without,
    a second step means that two benchmarks share a name: whose value it is nobody knows, so both are left out.
    """

    def __init__(self, source: Source, *, joins: bool = False) -> None:
        self.source = source
        self.joins = joins
        self._cells: dict[tuple[str, str], _Cell] = {}
        self._left_out: list[tuple[str, str, str]] = []
        self._warnings: dict[str, None] = {}

    def benchmark(
        self, name: Any, *, place: str, suite: str = "", params: Mapping[str, str] | None = None, group: str = ""
    ) -> Benchmark | None:
        """Return a benchmark whose names are printable; None, and left out, where they are too long to be kept.

        Raises:
            InvalidInput: the name is no text, or empty.
        """
        if not isinstance(name, str) or not name.strip():
            raise self.source.error(place, f"found {show(name)}, allowed is the benchmark's name.")
        found, changed = _benchmark(name, suite, group, tuple((params or {}).items()))
        if found is None:
            self.leave_out(f"{place} {name}", "name", TOO_LONG)
        elif changed:
            self.warn("control characters in names were replaced")
        return found

    def add(
        self,
        benchmark: Benchmark,
        metric: str,
        unit: str,
        values: Sequence[Any],
        *,
        place: str,
        better: Better | None = None,
        processes: Sequence[int] = (),
        where: Callable[[int], str] | None = None,
    ) -> None:
        """Add raw repetitions in `unit`; what is no value is left out, each with its place and reason.

        A unit that is not known is kept as part of the metric's name where `better` says its direction, because equal
        spellings can still be compared; else the values are left out. `processes` holds one index a value, and
        `where(i)` says where value i stands (one after the other in `place`, where it is not given).

        Raises:
            InvalidInput: a value is no number.
            UnknownUnit: the direction of the unit contradicts `better`.
        """
        kept = self._metric(benchmark, metric, unit, better, place)
        if kept is None:
            return
        found, factor = kept
        every = in_base_units(values, factor, found)
        if every is not None:
            self._keep(_Cell(benchmark, found, [place], every, list(processes[: len(every)])))
            return
        cell = _Cell(benchmark, found, [place], [], [])
        for i, value in enumerate(values):
            here = where(i) if where else f"{place}[{i}]" if len(values) > 1 else place
            number, reason = in_base_unit(self.source, value, factor, found, here)
            if reason:
                self.leave_out(f"{here} {benchmark.label}", "value", reason)
            else:
                cell.samples.append(number)
                cell.processes.extend(processes[i : i + 1])
        if cell.samples:
            self._keep(cell)

    def keep(
        self,
        benchmark: Benchmark,
        metric: Metric,
        values: Sequence[float],
        *,
        place: str,
        processes: Sequence[int] = (),
    ) -> None:
        """Add raw repetitions that are in base units already, and that the caller found to be values.

        Raises:
            InvalidInput: another step added the same metric in another unit.
        """
        self._keep(_Cell(benchmark, metric, [place], list(values), list(processes)))

    def _metric(
        self, benchmark: Benchmark, name: str, unit: str, better: Better | None, place: str
    ) -> tuple[Metric, float] | None:
        known = _known(unit)
        if known is None and better is not None:
            self.warn(f"unit {show(printable(unit))} is not known: its values are kept as plain numbers of that unit")
        elif known is None or (known.better is None and better is None):
            kind, reason = "direction", NO_DIRECTION
            if known is None:
                kind, reason = "unit", f"unit {show(unit)} is not known, and {NO_DIRECTION}"
            self.leave_out(f"{place} {benchmark.label} {name}", kind, reason)
            return None
        try:
            return _directed(name, unit, better)
        except UnknownUnit as error:
            raise UnknownUnit(f"{self.source.name}: {place}: {error}") from error

    def _keep(self, cell: _Cell) -> None:
        known = self._cells.setdefault((cell.benchmark.label, cell.metric.name), cell)
        if known is cell:
            return
        known.places.extend(cell.places)
        if known.metric != cell.metric:
            raise self.source.error(
                cell.places[0],
                f"{cell.benchmark.label} {cell.metric.name} is in {show(cell.metric.unit)} here and in "
                f"{show(known.metric.unit)} at {known.places[0]}. Import the two apart, or mend one of them.",
            )
        known.samples.extend(cell.samples)
        known.processes.extend(cell.processes)

    def leave_out(self, what: str, kind: str, reason: str) -> None:
        """Note what is no measurement; `kind` is what it is counted as, e.g. warm-up, error."""
        self._left_out.append((what, kind, reason))

    def warn(self, text: str) -> None:
        """Add what the reader must know; the same text once."""
        self._warnings[text] = None

    def counted(self) -> str:
        """Return how many of each kind were left out, as one text; empty where none was."""
        counts = Counter(kind for _, kind, _ in self._left_out)
        text = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
        more = f"; the first {NAMED} are named" if len(self._left_out) > NAMED else ""
        return f"left out as no measurement: {text}{more}" if text else ""

    def run(self, producer: str, *, hint: str = "Look whether every benchmark failed.", **fields: Any) -> Run:
        """Return the run; `fields` are those of `Run` that the source says, `hint` is what to do where nothing is left.

        Raises:
            InvalidInput: nothing is a measurement.
        """
        measurements = tuple(self._measurements())
        said = (self.counted(),) if self._left_out else ()
        if not measurements:
            raise self.source.error("", f"no measurement: {self.counted() or 'nothing in it'}. {hint}")
        return Run(
            producer=producer,
            measurements=measurements,
            left_out=tuple(LeftOut(what=w, reason=r) for w, _, r in self._left_out[:NAMED]),
            left_out_unnamed=max(0, len(self._left_out) - NAMED),
            warnings=(*self._warnings, *said),
            **fields,
        )

    def _measurements(self) -> list[Measurement]:
        """Return what was kept; what shares a name without being a repetition is left out here."""
        found = []
        for (label, name), cell in self._cells.items():
            if len(cell.places) > 1 and not self.joins:
                where = ", ".join(cell.places[:5])
                reason = f"{len(cell.places)} values have this name ({where}); whose they are nobody knows: rename one"
                self.leave_out(f"{label} {name}", "ambiguous", reason)
                continue
            aligned = len(cell.processes) == len(cell.samples)
            processes = tuple(cell.processes) if aligned else ()
            found.append(
                Measurement(
                    benchmark=cell.benchmark, metric=cell.metric, samples=tuple(cell.samples), processes=processes
                )
            )
        return found


@lru_cache(maxsize=4096)  # the results of thousands of commits name the same benchmarks
def _benchmark(name: str, suite: str, group: str, params: tuple[tuple[str, str], ...]) -> tuple[Benchmark | None, bool]:
    """Return the benchmark, None where its names are too long, and whether they had to be made printable."""
    texts = [name, suite, group, *(text for pair in params for text in pair)]
    if any(len(text) > LONGEST_NAME for text in texts):
        return None, False
    plain = {text: printable(text) for text in texts}
    known = {plain[key]: plain[value] for key, value in params}
    made = Benchmark(name=plain[name], suite=plain[suite], params=known, group=plain[group])
    return made, any(text != kept for text, kept in plain.items())


@lru_cache(maxsize=4096)  # files repeat few units 100,000 times
def _known(text: str) -> Unit | None:
    try:
        return parse(text)
    except UnknownUnit:
        return None


@lru_cache(maxsize=4096)
def _directed(name: str, unit: str, better: Better | None) -> tuple[Metric, float]:
    """Return the metric, and the factor to its base unit. Raises UnknownUnit: unit and source contradict each other."""
    known = _known(unit)
    if known is None and better is not None:
        return Metric(name=f"{name} [{printable(unit).strip()}]"[:LONGEST_NAME], unit="1", better=better), 1.0
    way = direction(unit, better)
    known = known or parse(unit)
    return Metric(name=name, unit=known.base, better=way, assumption=known.assumption), known.factor
