"""dart-perf-baseline: init, capture, validate, update, compare, list, trust, and the care of the store."""

from pathlib import Path
from typing import Annotated

import typer

from dart_perf.cli import backfill as past
from dart_perf.cli import operations as care
from dart_perf.cli.actions import ACTIONS, TAKES, Request, captured
from dart_perf.cli.destination import write
from dart_perf.cli.options import (
    EXIT_CODES,
    FormatOption,
    MarginOption,
    ProjectOption,
    ResultsOption,
    command_line,
    only_one,
    opened,
)
from dart_perf.cli.output import Format, emit, exit_code, run
from dart_perf.model.answer import Capture
from dart_perf.model.backfill import MOST

EXAMPLES = """
\b
Examples:
  dart-perf-baseline --doctor
  dart-perf-baseline --init
  dart-perf-baseline --list-scenarios
  dart-perf-baseline --capture --scenario standard_robot --why "before the solver change"
  dart-perf-baseline --capture --scenario standard_robot --output current_baseline.json
  dart-perf-baseline --compare --scenario standard_robot
  dart-perf-baseline --validate --against-commit abc123
  dart-perf-baseline --update --from-results latest_benchmark.json --scenario standard_robot
  dart-perf-baseline --import results.json --scenario standard_robot --commit abc123
  dart-perf-baseline --import dev/bench --ref gh-pages
  dart-perf-baseline --backfill v6.19.0..HEAD --every 10 --scenario solve
  dart-perf-baseline --promote standard_robot/linux-x86_64/6.20.0/1a2b3c4d --why "released"
  dart-perf-baseline --prune --older-than 90d
  dart-perf-baseline --backup store-2026-03-01.tar.gz
"""

app = command_line()


@app.command(epilog=EXAMPLES + EXIT_CODES)
def baseline(
    context: typer.Context,
    capture: Annotated[bool, typer.Option("--capture", help="Measure a scenario and seal a candidate.")] = False,
    compare: Annotated[bool, typer.Option("--compare", help="Measure now and hold it against the baseline.")] = False,
    validate: Annotated[bool, typer.Option("--validate", help="Prove digests, checksums and references.")] = False,
    update: Annotated[bool, typer.Option("--update", help="Seal a candidate from --from-results.")] = False,
    promote: Annotated[str, typer.Option("--promote", metavar="ID", help="Make a candidate current.")] = "",
    roll_back: Annotated[bool, typer.Option("--roll-back", help="Make the baseline before current again.")] = False,
    withdraw: Annotated[str, typer.Option("--withdraw", metavar="ID", help="Take a baseline out of use.")] = "",
    importing: Annotated[
        str, typer.Option("--import", metavar="PATH", help="Read a file or folder of results into the history.")
    ] = "",
    listing: Annotated[bool, typer.Option("--list", help="List baselines.")] = False,
    list_scenarios: Annotated[bool, typer.Option("--list-scenarios", help="List what can be measured.")] = False,
    trust: Annotated[bool, typer.Option("--trust", help="Trust this project's dart-perf.toml as it is now.")] = False,
    init: Annotated[bool, typer.Option("--init", help="Write a dart-perf.toml for what is found here.")] = False,
    doctor: Annotated[
        bool, typer.Option("--doctor", help="Say what limits measuring here; always ends with 0.")
    ] = False,
    backfill: past.BackfillOption = "",
    merge: care.MergeOption = "",
    prune: care.PruneOption = False,
    backup: care.BackupOption = "",
    restore: care.RestoreOption = "",
    upgrade: care.UpgradeOption = False,
    scenario: Annotated[str | None, typer.Option("--scenario", metavar="NAME", help="Name of a scenario.")] = None,
    program: Annotated[str | None, typer.Option("--program", help="Scenario to measure instead (--compare).")] = None,
    against_commit: Annotated[
        str | None, typer.Option("--against-commit", "--commit", help="Commit (--validate, --import).")
    ] = None,
    ref: Annotated[str | None, typer.Option("--ref", help="Branch or commit whose files are read (--import).")] = None,
    input_format: Annotated[
        str, typer.Option("--input-format", help="Format of the results (--import, --update).")
    ] = "auto",
    from_results: Annotated[Path | None, typer.Option("--from-results", help="Results file (--update).")] = None,
    why: Annotated[str, typer.Option("--why", help="Reason, for the log.")] = "not given",
    processes: Annotated[
        int | None,
        typer.Option("--processes", min=3, max=200, help="Processes a side (--capture, --compare, --backfill)."),
    ] = None,
    every: past.EveryOption = 1,
    most: past.MostOption = MOST,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be done (--init, --prune, --backfill).")
    ] = False,
    older_than: care.OlderOption = None,
    keep: care.KeepOption = None,
    apply: care.ApplyOption = False,
    quick: Annotated[bool, typer.Option("--quick", help="Look, and measure nothing (--doctor).")] = False,
    margin: MarginOption = None,
    form: FormatOption = Format.TEXT,
    output: ResultsOption = None,
    root: ProjectOption = None,
) -> None:
    """Keep baselines: capture one before a change, compare after it, promote it when it is the new normal."""
    action = only_one(
        context, TAKES, capture=capture, compare=compare, validate=validate, update=update, promote=bool(promote),
        roll_back=roll_back, withdraw=bool(withdraw), importing=bool(importing), listing=listing,
        list_scenarios=list_scenarios, trust=trust, init=init, doctor=doctor,
        backfill=bool(backfill), merge=bool(merge), prune=prune,
        backup=bool(backup), restore=bool(restore), upgrade=upgrade,
    )  # fmt: skip
    results = importing or (str(from_results) if from_results else None)
    request = Request(
        opened(root), scenario, program, against_commit, results, promote or withdraw or None, why, processes, margin,
        dry_run=dry_run, span=backfill, every=every, most=most, ref=ref, input_format=input_format, quick=quick,
        operation=care.Operation(merge or backup or restore, older_than, keep, apply=apply, dry_run=dry_run),
    )  # fmt: skip
    record = ACTIONS[action](request)
    if isinstance(record, Capture) and output is not None:
        emit(record, form)
        write(output, captured(request.project, record))
    else:
        emit(record, form, output)
    raise typer.Exit(exit_code(record))


def main() -> None:
    """Run the command."""
    run(app)


if __name__ == "__main__":
    main()
