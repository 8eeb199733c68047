"""Options that several commands share, and what may stand beside what."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from dart_perf.cli.destination import writable
from dart_perf.cli.output import Format
from dart_perf.cli.start import tell
from dart_perf.errors import InvalidInput
from dart_perf.measure.catalogue import FILE
from dart_perf.workflows.project import Project, open_project

FormatOption = Annotated[Format, typer.Option("--format", help="What stdout holds.")]
OutputOption = Annotated[
    Path | None, typer.Option("--output", metavar="FILE", callback=writable, help="Write the result to this file.")
]
ResultsOption = Annotated[
    Path | None,
    typer.Option(
        "--output",
        metavar="FILE",
        callback=writable,
        help="Write the result to this file; of --capture, what was measured, as --input and --baseline read it.",
    ),
]
ProjectOption = Annotated[
    Path | None,
    typer.Option("--project", metavar="FOLDER", help="Folder that is measured; the working directory by default."),
]
MarginOption = Annotated[
    float | None,
    typer.Option("--margin", help="Largest relative change that does not matter, above 0 and at most 10, e.g. 0.05."),
]
EVERYWHERE = {"form", "output", "root"}
"""Options that every action takes."""

EXIT_CODES = """
\b
Exit codes:
  0    fine: NORMAL, IMPROVEMENT_DETECTED, or done
  1    REGRESSION_DETECTED
  2    wrong usage or input, a dart-perf.toml that is not trusted, a damaged store; or dart-perf itself failed
  3    INCONCLUSIVE or INSUFFICIENT_DATA: not known yet
  4    no baseline or no such data; or the program failed or timed out
  5    INCOMPARABLE: measured on different machines or with different tools
  6    BEHAVIOUR_CHANGED: it computes something else, so nothing is said of speed
  130  interrupted; 143, 129: ended by SIGTERM, SIGHUP
"""
"""The end of a help text; the line of a backspace keeps the lines below it as they are."""


def command_line() -> typer.Typer:
    """Return an empty command line; its help is plain, so that examples stay lines that can be copied."""
    names = {"help_option_names": ["-h", "--help"]}
    return typer.Typer(add_completion=False, rich_markup_mode=None, context_settings=names)


def only_one(context: typer.Context, takes: Mapping[str, set[str]], **chosen: bool) -> str:
    """Return the name of the one action that was chosen; `takes` names the options that each action heeds.

    Raises:
        InvalidInput: none, or more than one; or what one works on is empty; or an option was given that the
            action would ignore.
    """
    flags = {str(option.name): option.opts[0] for option in context.command.params}
    names = [name for name, is_chosen in chosen.items() if is_chosen or _is_given(context, name)]
    if len(names) != 1:
        found = " and ".join(flags[name] for name in names) or "none"
        every = ", ".join(flags[name] for name in chosen)
        raise InvalidInput(f"choose exactly one of {every}; found {found}. See --help for examples.")
    (action,) = names
    if not chosen[action]:
        metavar = next(str(option.metavar) for option in context.command.params if option.name == action)
        raise InvalidInput(f"{flags[action]} was given an empty {metavar}. Give one; --help has examples.")
    heeded = {action, *takes[action], *EVERYWHERE}
    ignored = [flag for name, flag in flags.items() if name not in heeded and _is_given(context, name)]
    if ignored:
        known = ", ".join(flag for name, flag in flags.items() if name in heeded - {action})
        raise InvalidInput(f"{flags[action]} has no use for {' and '.join(ignored)}. It takes {known}.")
    return action


def _is_given(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def opened(root: Path | None) -> Project:
    """Open the project; where a folder above has the dart-perf.toml that this one lacks, say so on stderr.

    Raises:
        InvalidInput: it is no folder.
    """
    if root is not None and root.is_file():
        raise InvalidInput(f"--project takes a folder, and {root} is a file. Give {root.resolve().parent}.")
    project = open_project(root)
    above = (folder for folder in project.root.parents if os.access(folder / FILE, os.R_OK))
    nearest = None if (project.root / FILE).exists() else next(above, None)
    if nearest is not None:
        used = f"the project is {project.root}, which has no {FILE}"
        tell(f"note: {used}; {nearest} has one: --project {nearest} uses it\n")
    return project
