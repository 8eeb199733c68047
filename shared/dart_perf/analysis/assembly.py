"""One run from the outputs of its processes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dart_perf.errors import MeasurementFailed
from dart_perf.model.environment import Environment
from dart_perf.model.measurement import Benchmark, Guard, LeftOut, Measurement, Metric, Process, Run
from dart_perf.model.scenario import Scenario

PRODUCER = "dart-perf 0.1.0"
_OF_PROCESS = (
    ("cpu_time", "s", "cpu_seconds"),
    ("wall_time", "s", "wall_seconds"),
    ("peak_rss", "B", "peak_rss_bytes"),
)
"""What the operating system says about a whole process: metric, base unit, field of `Process`."""
_ANSWERED = re.compile(r"\bone process\b|when it was measured is open")
"""What readers warn of that measuring answers: each process wrote results of its own, and when it did is known."""
NOT_NAMED = "`metrics` of the scenario does not name it"
"""Why a metric that the program gave is not kept."""
_PROCESS = "process"
"""The benchmark that these are measured of."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What was measured and where."""

    scenario: Scenario
    when: datetime
    environment: Environment
    version: str | None
    """What the version source says; None where there is none, so that what the program prints counts."""
    commit: str | None
    branch: str | None
    dirty: bool | None


def assemble(origin: Origin, outputs: Sequence[tuple[Process, Run | None]]) -> Run:
    """Join processes and what each of them printed (None where the format is `none`) to one run.

    Raises:
        MeasurementFailed: nothing was measured, or a benchmark is missing from one of the processes.
    """
    processes = tuple(process for process, _ in outputs)
    printed = [run for _, run in outputs if run is not None]
    measurements = [*_printed_measurements(outputs), *_process_measurements(origin.scenario, processes, printed)]
    kept = tuple(m for m in measurements if m.metric.name in origin.scenario.metrics)
    if not kept:
        found = ", ".join(sorted({m.metric.name for m in measurements})) or "nothing"
        asked = ", ".join(origin.scenario.metrics)
        raise MeasurementFailed(f"{origin.scenario.name} keeps {asked}, but its program gave {found}. Mend `metrics`.")
    return Run(
        producer=PRODUCER,
        when=origin.when,
        scenario=origin.scenario.name,
        commit=origin.commit,
        branch=origin.branch,
        dirty=origin.dirty,
        version=origin.version or next((run.version for run in printed if run.version), None),
        environment=origin.environment,
        measurements=kept,
        guards=_distinct([guard for run in printed for guard in run.guards]),
        processes=processes,
        left_out=(*_unnamed(origin.scenario, printed), *(printed[0].left_out if printed else ())),
        left_out_unnamed=printed[0].left_out_unnamed if printed else 0,
        warnings=tuple(dict.fromkeys(w for run in printed for w in run.warnings if not _ANSWERED.search(w))),
    )


def _unnamed(scenario: Scenario, printed: Sequence[Run]) -> list[LeftOut]:
    """Return what the program gave and `metrics` does not name."""
    given = sorted({m.metric.name for run in printed for m in run.measurements} - set(scenario.metrics))
    return [LeftOut(what=name, reason=NOT_NAMED) for name in given]


def _printed_measurements(outputs: Sequence[tuple[Process, Run | None]]) -> list[Measurement]:
    found: dict[str, list[tuple[int, Measurement]]] = {}
    for process, run in outputs:
        for measurement in run.measurements if run else ():
            found.setdefault(measurement.key, []).append((process.index, measurement))
    for key, parts in found.items():
        if len(parts) < len(outputs):
            said = f"{key} was measured in {len(parts)} of {len(outputs)} processes"
            raise MeasurementFailed(f"{said}. A benchmark must run in all of them: look for one that skips at random.")
    return [_joined(parts) for parts in found.values()]


def _joined(parts: list[tuple[int, Measurement]]) -> Measurement:
    first = parts[0][1]
    samples = tuple(value for _, part in parts for value in part.samples)
    processes = tuple(index for index, part in parts for _ in part.samples)
    return first.model_copy(update={"samples": samples, "processes": processes})


def _process_measurements(
    scenario: Scenario, processes: Sequence[Process], printed: Sequence[Run]
) -> list[Measurement]:
    """Times of the whole process count only where the program prints none of its own; memory always does."""
    chosen = [row for row in _OF_PROCESS if not printed or row[0] == "peak_rss"]
    benchmark = Benchmark(suite=scenario.name, name=_PROCESS, group=scenario.group)
    return [
        Measurement(
            benchmark=benchmark,
            metric=Metric.model_validate({"name": name, "unit": unit, "better": "lower"}),
            samples=tuple(float(getattr(process, field)) for process in processes),
            processes=tuple(process.index for process in processes),
        )
        for name, unit, field in chosen
    ]


def is_of_process(run: Run, measurement: Measurement) -> bool:
    """Say whether the operating system told it of the processes of `run`, so that no program prints it."""
    field = next((field for name, _, field in _OF_PROCESS if name == measurement.metric.name), None)
    if field is None or measurement.benchmark.name != _PROCESS or not run.processes:
        return False
    return measurement.samples == tuple(float(getattr(process, field)) for process in run.processes)


def is_exact(runs: Sequence[Run]) -> bool:
    """Say whether all that was measured is exact, so that neither load nor the time of day matters."""
    return all(m.metric.assumption == "exact" for run in runs for m in run.measurements)


def _distinct(guards: Sequence[Guard]) -> tuple[Guard, ...]:
    """Return each value that a guard took, once; more than one of a name is told as a doubt later."""
    kept: list[Guard] = []
    for guard in guards:
        if not any(guard.name == other.name and guard.agrees(other) for other in kept):
            kept.append(guard)
    return tuple(kept)
