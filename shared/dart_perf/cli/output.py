"""How a command speaks: records to stdout or a file, progress and errors to stderr, a verdict as exit code."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import singledispatch
from pathlib import Path
from typing import NoReturn

import typer

from dart_perf.cli.destination import write
from dart_perf.cli.start import SAID, SIGNALLED, discard, tell
from dart_perf.cli.wording import for_a_shell
from dart_perf.errors import InvalidInput, PerfError
from dart_perf.model.answer import BaselineCheck, ImportReport
from dart_perf.model.backfill import Backfill
from dart_perf.model.comparison import Comparison
from dart_perf.model.detection import Confrontation
from dart_perf.model.gate import Gate
from dart_perf.model.judgement import EXIT_CODES, Status
from dart_perf.model.record import Record
from dart_perf.model.trend import TrendAnalysis, TrendList, TrendReport
from dart_perf.model.verification import Replay, Verification
from dart_perf.report import comparison as comparisons
from dart_perf.report import trend_markdown
from dart_perf.report.markdown import block
from dart_perf.report.text import render
from dart_perf.report.visible import visible
from dart_perf.workflows.project import Progress, refused

DAMAGED = 2
"""Exit code for a store that is not sound: it must be mended before any verdict."""


REFUSED, NO_RESULTS = 2, 4
"""Exit codes of an import: some file could not be read (the others are stored), or none holds results. A backfill of
which no commit could be measured ends like the latter."""


class Format(StrEnum):
    """How a record is printed."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


def formatted(record: Record, form: Format) -> str:
    """Return the record in the asked form, ending in a newline."""
    if form is Format.JSON:
        return record.model_dump_json(indent=2) + "\n"
    if form is Format.MARKDOWN and (written := _markdown(record)):
        return visible(for_a_shell(written))
    text = visible(for_a_shell(render(record))) + "\n"
    return block(text) if form is Format.MARKDOWN else text


def _markdown(record: Record) -> str:
    """Return the record as Markdown; nothing where it is shown as text in a fence."""
    if isinstance(record, Comparison):
        return comparisons.markdown(record)
    if isinstance(record, TrendList):
        return trend_markdown.trends(record)
    if isinstance(record, TrendReport):
        return trend_markdown.report(record)
    return trend_markdown.analysis(record) if isinstance(record, TrendAnalysis) else ""


def is_page(output: Path | None) -> bool:
    """Return whether a file's name asks for a page with plots."""
    return output is not None and output.suffix.lower() in {".html", ".htm"}


def emit_as_named(record: Record, form: Format, output: Path | None) -> None:
    """Print the record as `emit` does; the name of the file says its form where --format is left at text.

    Raises:
        InvalidInput: it asks for a page, which is made of reports on the history alone.
        NotInstalled: the library that draws is not there.
    """
    suffixes = {".json": Format.JSON, ".md": Format.MARKDOWN}
    if output is None or not is_page(output):
        is_named = output is not None and form is Format.TEXT
        emit(record, suffixes.get(output.suffix.lower(), form) if is_named and output else form, output)
        return
    if not isinstance(record, TrendReport):
        raise InvalidInput(f"{output} cannot be a page: only the stored history is drawn. Name it .json or .md.")
    from dart_perf.report.trend_html import page  # it draws

    content = page(record).encode()
    say(formatted(record, Format.TEXT))
    write(output, content)


def emit(record: Record, form: Format, output: Path | None = None) -> None:
    """Print the record; with `output`, print the text first, so that no verdict is lost, and write it there."""
    if output is None:
        say(formatted(record, form))
        return
    say(formatted(record, Format.TEXT))
    write(output, formatted(record, form).encode())


def say(text: str) -> None:
    """Write an answer to stdout.

    Raises:
        InvalidInput: it takes no more, as a file on a full disk.
    """
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader (head, less) closed; there is nobody left to tell, and the verdict stands
        discard(sys.stdout.fileno())
    except OSError as error:
        discard(sys.stdout.fileno())
        message = f"standard output cannot be written to: {error.strerror}. The answer was: {text.splitlines()[0]}"
        raise InvalidInput(message) from error


@singledispatch
def exit_code(_record: Record) -> int:
    """Return what a command that answers with the record ends with."""
    return 0


@exit_code.register
def _(record: Comparison | Confrontation) -> int:
    return EXIT_CODES[record.status]


@exit_code.register
def _(record: Verification) -> int:
    return EXIT_CODES[record.status]


@exit_code.register
def _(record: Replay) -> int:
    return EXIT_CODES[record.status] if record.same else DAMAGED


@exit_code.register
def _(record: TrendList | TrendReport | TrendAnalysis) -> int:
    return EXIT_CODES[_status(record)]


@exit_code.register
def _(record: Gate) -> int:
    return record.exit_code


@exit_code.register
def _(record: BaselineCheck) -> int:
    damaged = 0 if record.validation.sound else DAMAGED
    return EXIT_CODES[record.status] if record.status and not damaged else damaged


@exit_code.register
def _(record: ImportReport) -> int:
    return REFUSED if record.refused else 0 if record.runs else NO_RESULTS


@exit_code.register
def _(record: Backfill) -> int:
    return NO_RESULTS if record.failed and not (record.measured or record.present) else 0


def _status(record: TrendList | TrendReport | TrendAnalysis) -> Status:
    """Return what trends come to: a series that is worse is a regression; nothing but too short series is not known.

    Of new results their verdict decides: what the history showed before is not theirs.
    """
    if isinstance(record, TrendAnalysis):
        return record.detection.status
    trends = record.trends if isinstance(record, TrendReport) else record
    if trends.worse:
        return Status.REGRESSION_DETECTED
    return Status.INSUFFICIENT_DATA if trends.too_few == trends.total else Status.NORMAL


@contextmanager
def progress() -> Iterator[Progress]:
    """Show a bar on a terminal, and plain lines on anything else, on stderr."""
    if not sys.stderr.isatty():
        yield _lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total, message: bar.update(task, completed=done, total=total, description=message)


def _lines() -> Callable[[int, int | None, str], None]:
    shown: list[str] = []

    def report(done: int, total: int | None, message: str) -> None:
        if shown[-1:] != [message]:
            shown[:] = [message]
            tell(f"{message} ({done}/{total})\n" if total else f"{message}\n")

    return report


def run(app: typer.Typer) -> NoReturn:
    """Run a command line; an anticipated error is one line, an interruption ends with 130."""
    try:
        app()
    except PerfError as error:
        _refuse(error, error)
    except (OSError, RuntimeError) as error:  # what an option names may be anything
        problem = refused(error)
        if problem is None:
            raise
        _refuse(problem, error)
    except SystemExit as end:
        if end.code in SIGNALLED:  # typer's own answer to Ctrl-C, or another signal's
            tell("".join(f"{note}\n" for note in notes(end)) + SAID)
        raise
    sys.exit(0)


def _refuse(problem: PerfError, error: BaseException) -> NoReturn:
    said = " ".join([str(problem), *notes(error)])
    tell(f"error: {visible(for_a_shell(said))}\n")
    sys.exit(problem.exit_code)


def notes(error: BaseException) -> list[str]:
    """Return what was noted on an error on its way up, e.g. what was stored before; typer replaces the error itself."""
    found: list[str] = []
    step: BaseException | None = error
    while step is not None:
        found += getattr(step, "__notes__", ())
        step = step.__cause__ or step.__context__
    return found
