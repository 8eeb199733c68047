"""What a project has that can be measured, found without running anything."""

from pydantic import Field

from dart_perf.model.record import Record
from dart_perf.model.scenario import NAME, ResultFormat


class Proposal(Record):
    """An entry of dart-perf.toml that was derived from what lies in the project."""

    name: str = Field(pattern=NAME)
    kind: str
    """How it was recognised: pytest-benchmark, google-benchmark, pyperf, asv, probe, program, make."""
    place: str
    """File or folder it was found in, relative to the project's folder."""
    argv: tuple[str, ...] = Field(min_length=1)
    format: ResultFormat = "dart-perf"
    files: tuple[str, ...] = ()
    variables: dict[str, str] = Field(default_factory=dict)
    version_file: str = ""
    timeout_seconds: float | None = None
    remarks: tuple[str, ...] = ()
    """What the reader of the entry must know."""
    undecided: str = ""
    """Why the entry is commented out; empty where it can be measured as it is."""


class Declaration(Record):
    """What `--init` found, and the text of the file."""

    summary: str
    path: str
    """The project's dart-perf.toml."""
    written: bool
    """False where it exists already, or where only a look was asked for."""
    text: str
    """The whole file; where one exists already, the entries that it lacks."""
    proposals: tuple[Proposal, ...] = ()
    warnings: tuple[str, ...] = ()
    next_step: str = ""
