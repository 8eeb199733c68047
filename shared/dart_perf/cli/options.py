"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from dart_perf.cli.destination import writable
from dart_perf.cli.output import Format
from dart_perf.errors import InvalidInput

FormatOption = Annotated[Format, typer.Option("--format", help="What stdout holds.")]
OutputOption = Annotated[
    Path | None,
    typer.Option(
        "--output",
        metavar="FILE",
        callback=writable,
        help="Write the result to this file; of --capture, the sealed baseline.",
    ),
]
ProjectOption = Annotated[
    Path | None, typer.Option("--project", help="Folder that is measured; the working directory by default.")
]
MarginOption = Annotated[
    float | None, typer.Option("--margin", help="Largest relative change that does not matter, above 0, e.g. 0.05.")
]


def only_one(**chosen: bool) -> str:
    """Return the name of the one action that was chosen.

    Raises:
        InvalidInput: none, or more than one.
    """
    names = [name for name, is_chosen in chosen.items() if is_chosen]
    if len(names) != 1:
        flags = ", ".join(_flag(name) for name in chosen)
        found = " and ".join(_flag(name) for name in names) or "none"
        raise InvalidInput(f"choose exactly one of {flags}; found {found}. See --help for examples.")
    return names[0]


def _flag(name: str) -> str:
    return "--" + name.rstrip("_").replace("_", "-")
