"""What dart-perf-baseline can do: one workflow for each action, and the options that mean something to it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from dart_perf.cli import backfill as past
from dart_perf.cli import operations as care
from dart_perf.cli.output import progress
from dart_perf.errors import InvalidInput
from dart_perf.model.answer import Capture
from dart_perf.model.backfill import MOST
from dart_perf.model.record import Record
from dart_perf.workflows import baselines, checking, imports, scenarios
from dart_perf.workflows.project import Project


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked on the command line."""

    project: Project
    scenario: str | None
    program: str | None
    commit: str | None
    results: str | None
    baseline: str | None
    why: str
    processes: int | None
    margin: float | None
    dry_run: bool = False
    span: str = ""
    every: int = 1
    most: int = MOST
    ref: str | None = None
    input_format: str = "auto"
    quick: bool = False
    operation: care.Operation = field(default_factory=care.Operation)

    def named(self) -> str:
        """Return the scenario. Raises InvalidInput where none was given."""
        if self.scenario is None:
            raise InvalidInput("--scenario is missing. List the names with dart-perf-baseline --list-scenarios.")
        return self.scenario


def _capture(request: Request) -> Record:
    from dart_perf.workflows.capture import capture_baseline

    with progress() as report:
        return capture_baseline(
            request.project, request.named(), why=request.why, processes=request.processes, progress=report
        )


def captured(project: Project, record: Capture) -> bytes:
    """Return what was just measured in the native format: one side of a comparison, without earlier sessions."""
    from dart_perf.ingest.native import write

    return write([project.store.baseline(record.baseline.id).runs[-1]]).encode()


def _compare(request: Request) -> Record:
    from dart_perf.workflows.compare import compare_with_baseline

    with progress() as report:
        return compare_with_baseline(
            request.project, request.named(), program=request.program, margin=request.margin,
            processes=request.processes, progress=report,
        )  # fmt: skip


def _validate(request: Request) -> Record:
    with progress() as report:
        return checking.check(request.project, request.commit, request.scenario, detail="full", progress=report)


def _import(request: Request) -> Record:
    with progress() as report:
        return imports.import_results(
            request.project, request.results or "", form=request.input_format, scenario=request.scenario,
            commit=request.commit, ref=request.ref, progress=report,
        )  # fmt: skip


def _update(request: Request) -> Record:
    if request.results is None:
        raise InvalidInput("--from-results is missing. Give --update a file of results in the project.")
    return baselines.update(
        request.project, "from_results", why=request.why, scenario=request.scenario, results=request.results,
        form=request.input_format,
    )  # fmt: skip


def _backfill(request: Request) -> Record:
    return past.backfill(
        request.project, request.span, every=request.every, most=request.most, scenario=request.scenario,
        processes=request.processes, dry_run=request.dry_run,
    )  # fmt: skip


def _init(request: Request) -> Record:
    from dart_perf.workflows.init import initialise

    return initialise(request.project, dry_run=request.dry_run)


def _doctor(request: Request) -> Record:
    from dart_perf.workflows.doctor import examine

    with progress() as report:
        return examine(request.project, quick=request.quick, progress=report)


def _operated(name: str) -> Callable[[Request], Record]:
    return lambda request: care.OPERATIONS[name](request.project, request.operation, request.why)


ACTIONS: dict[str, Callable[[Request], Record]] = {
    "capture": _capture,
    "compare": _compare,
    "validate": _validate,
    "update": _update,
    "promote": lambda request: baselines.update(request.project, "promote", why=request.why, baseline=request.baseline),
    "roll_back": lambda request: baselines.update(
        request.project, "roll_back", why=request.why, scenario=request.named()
    ),
    "withdraw": lambda request: baselines.update(
        request.project, "withdraw", why=request.why, baseline=request.baseline
    ),
    "importing": _import,
    "listing": lambda request: baselines.list_baselines(request.project, request.scenario, limit=scenarios.ALL),
    "list_scenarios": lambda request: scenarios.list_scenarios(request.project, limit=scenarios.ALL),
    "trust": lambda request: scenarios.trust_project(request.project),
    "init": _init,
    "backfill": _backfill,
    "doctor": _doctor,
    **{name: _operated(name) for name in care.OPERATIONS},
}

TAKES: dict[str, set[str]] = {
    "capture": {"scenario", "why", "processes"},
    "compare": {"scenario", "program", "processes", "margin"},
    "validate": {"against_commit", "scenario"},
    "update": {"from_results", "scenario", "why", "input_format"},
    "promote": {"why"},
    "roll_back": {"scenario", "why"},
    "withdraw": {"why"},
    "importing": {"scenario", "against_commit", "ref", "input_format"},
    "listing": {"scenario"},
    "list_scenarios": set(),
    "trust": set(),
    "init": {"dry_run"},
    "backfill": {"every", "most", "scenario", "processes", "dry_run"},
    "doctor": {"quick"},
    **care.TAKES,
}
