"""What a measured program printed: read, or refused with the scenario, the program and what to do."""

from typing import get_args

from dart_perf.analysis.assembly import Origin, assemble
from dart_perf.errors import MeasurementFailed, PerfError
from dart_perf.ingest import read
from dart_perf.measure.process import Output
from dart_perf.measure.session import process_of
from dart_perf.model.environment import Environment
from dart_perf.model.measurement import Run
from dart_perf.model.scenario import Program, ResultFormat, Scenario

SHOWN = 200
"""Bytes of unreadable output that an error quotes."""


def check_first(scenario: Scenario, program: Program, output: Output) -> None:
    """Raise now where a run of processes like this first one could not be kept, so that no others run in vain."""
    alone = Origin(scenario, output.started, Environment(), None, None, None, None)
    process = process_of(output, session="first", block=0, position=0)
    assemble(alone, [(process, read_printed(scenario.name, program, output))])


def read_printed(scenario: str, program: Program, output: Output) -> Run | None:
    """Return the run that the output holds; None where the process itself is what is measured.

    Raises:
        MeasurementFailed: it cannot be read in the program's format, or holds another number of runs than one.
    """
    written: ResultFormat = "dart-perf" if program.counts else program.format  # counter.py prints it for any program
    if written == "none":
        return None
    named = f"scenario {scenario!r}: {list(program.argv)}"
    try:
        runs = read(output.stdout, written)
    except PerfError as error:
        said = output.stdout[:SHOWN].decode("utf-8", "replace")
        why = str(error).removeprefix("the text")  # what a text that is no file is called there
        what = f"{named} printed what cannot be read as {written}: its output{why}"
        raise MeasurementFailed(f"{what} {_remedy(written, output)} It printed: {said!r}") from error
    if len(runs) != 1:
        raise MeasurementFailed(f"{named} printed {len(runs)} runs; a benchmark program prints exactly one.")
    return runs[0]


def _remedy(declared: ResultFormat, output: Output) -> str:
    """Say which `format` would read the output."""
    for other in get_args(ResultFormat):
        if other in {declared, "none"}:
            continue
        try:
            read(output.stdout, other)
        except PerfError:
            continue
        return f'It looks like {other}: set format = "{other}" in the scenario.'
    return 'To measure the process alone, whatever it prints, set format = "none" in the scenario.'
