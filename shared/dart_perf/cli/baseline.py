"""dart-perf-baseline: capture, validate, update, compare, list, trust."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from dart_perf.cli.destination import write
from dart_perf.cli.options import FormatOption, MarginOption, OutputOption, ProjectOption, only_one
from dart_perf.cli.output import Format, emit, exit_code, progress, run
from dart_perf.errors import InvalidInput
from dart_perf.model.answer import Capture
from dart_perf.model.record import Record
from dart_perf.workflows import baselines, imports, scenarios
from dart_perf.workflows.project import Project, open_project

EXAMPLES = """
Examples:

  dart-perf-baseline --list-scenarios

  dart-perf-baseline --capture --scenario standard_robot --why "before the solver change"

  dart-perf-baseline --compare --scenario standard_robot

  dart-perf-baseline --validate --against-commit abc123

  dart-perf-baseline --update --from-results latest_benchmark.json --scenario standard_robot

  dart-perf-baseline --import results.json --scenario standard_robot --commit abc123

  dart-perf-baseline --promote standard_robot/linux-x86_64/6.20.0/1a2b3c4d --why "released"

Exit codes: 0 fine, 1 regression, 2 usage, 3 inconclusive, 4 missing data, 5 incomparable, 6 behaviour changed.
"""

app = typer.Typer(add_completion=False, context_settings={"help_option_names": ["-h", "--help"]})


@app.command(epilog=EXAMPLES)
def baseline(
    capture: Annotated[bool, typer.Option("--capture", help="Measure a scenario and seal a candidate.")] = False,
    compare: Annotated[bool, typer.Option("--compare", help="Measure now and hold it against the baseline.")] = False,
    validate: Annotated[bool, typer.Option("--validate", help="Prove digests, checksums and references.")] = False,
    update: Annotated[bool, typer.Option("--update", help="Seal a candidate from --from-results.")] = False,
    promote: Annotated[str, typer.Option("--promote", metavar="ID", help="Make a candidate current.")] = "",
    roll_back: Annotated[bool, typer.Option("--roll-back", help="Make the baseline before current again.")] = False,
    withdraw: Annotated[str, typer.Option("--withdraw", metavar="ID", help="Take a baseline out of use.")] = "",
    importing: Annotated[str, typer.Option("--import", metavar="FILE", help="Read results into the history.")] = "",
    listing: Annotated[bool, typer.Option("--list", help="List baselines.")] = False,
    list_scenarios: Annotated[bool, typer.Option("--list-scenarios", help="List what can be measured.")] = False,
    trust: Annotated[bool, typer.Option("--trust", help="Trust this project's dart-perf.toml as it is now.")] = False,
    scenario: Annotated[str | None, typer.Option("--scenario", help="Name of a scenario.")] = None,
    program: Annotated[str | None, typer.Option("--program", help="Scenario to measure instead (--compare).")] = None,
    against_commit: Annotated[
        str | None, typer.Option("--against-commit", "--commit", help="Commit (--validate, --import).")
    ] = None,
    from_results: Annotated[Path | None, typer.Option("--from-results", help="Results file (--update).")] = None,
    why: Annotated[str, typer.Option("--why", help="Reason, for the log.")] = "not given",
    processes: Annotated[int | None, typer.Option("--processes", min=3, max=200, help="Processes a side.")] = None,
    margin: MarginOption = None,
    form: FormatOption = Format.TEXT,
    output: OutputOption = None,
    root: ProjectOption = None,
) -> None:
    """Keep baselines: capture one before a change, compare after it, promote it when it is the new normal."""
    action = only_one(
        capture=capture, compare=compare, validate=validate, update=update, promote=bool(promote),
        roll_back=roll_back, withdraw=bool(withdraw), import_=bool(importing), list=listing,
        list_scenarios=list_scenarios, trust=trust,
    )  # fmt: skip
    results = importing or (str(from_results) if from_results else None)
    request = Request(
        open_project(root), scenario, program, against_commit, results, promote or withdraw or None,
        why, processes, margin,
    )  # fmt: skip
    record = ACTIONS[action](request)
    if isinstance(record, Capture) and output is not None:
        emit(record, form)
        write(output, request.project.store.sealed(record.baseline.id))
    else:
        emit(record, form, output)
    raise typer.Exit(exit_code(record))


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


def _compare(request: Request) -> Record:
    from dart_perf.workflows.compare import compare_with_baseline

    with progress() as report:
        return compare_with_baseline(
            request.project, request.named(), program=request.program, margin=request.margin,
            processes=request.processes, progress=report,
        )  # fmt: skip


def _changed(action: baselines.Update) -> Callable[[Request], Record]:
    def change(request: Request) -> Record:
        return baselines.update(
            request.project, action, why=request.why, baseline=request.baseline,
            scenario=request.scenario, results=request.results,
        )  # fmt: skip

    return change


ACTIONS: dict[str, Callable[[Request], Record]] = {
    "capture": _capture,
    "compare": _compare,
    "validate": lambda request: baselines.check(request.project, request.commit, request.scenario, detail="full"),
    "update": _changed("from_results"),
    "promote": _changed("promote"),
    "roll_back": _changed("roll_back"),
    "withdraw": _changed("withdraw"),
    "import_": lambda request: imports.import_results(
        request.project, request.results or "", scenario=request.scenario, commit=request.commit
    ),
    "list": lambda request: baselines.list_baselines(request.project, request.scenario, limit=scenarios.ALL),
    "list_scenarios": lambda request: scenarios.list_scenarios(request.project, limit=scenarios.ALL),
    "trust": lambda request: scenarios.trust_project(request.project),
}


def main() -> None:
    """Run the command."""
    run(app)


if __name__ == "__main__":
    main()
