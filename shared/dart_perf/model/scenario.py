"""A named benchmark: the only thing a tool can ask to run."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from dart_perf.model.record import Record

NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"
"""What a scenario may be called: it becomes part of file names."""

ResultFormat = Literal[
    "dart-perf", "cargo-bench", "catch2", "go-test", "google-benchmark", "hyperfine", "jmh", "junit", "nanobench",
    "pyperf", "pytest-benchmark", "none",
]  # fmt: skip
"""What a program can print, or write into `{results}`: the formats of which one run of it makes exactly one run."""


def _one_or_more(steps: Any) -> Any:
    """Return the steps of a build; one command line alone is a build of one step."""
    if not isinstance(steps, list | tuple):
        return steps
    if steps and all(isinstance(item, str) for item in steps):
        return (tuple(steps),)
    return tuple(tuple(step) if isinstance(step, list) else step for step in steps)  # a strict reader wants tuples here


Steps = Annotated[
    tuple[Annotated[tuple[str, ...], Field(min_length=1)], ...], BeforeValidator(_one_or_more), Field(max_length=20)
]
"""Command lines, one after the other; never a shell."""


class Scenario(Record):
    """One entry of `dart-perf.toml`, or one that is built in."""

    name: str = Field(pattern=NAME)
    argv: tuple[str, ...] = Field(min_length=1)
    """Program and arguments; never a shell. `{python}` is the interpreter, `{root}` the project's folder (of a
    built-in scenario: the package dart_perf; of a baseline that is measured again: its kept files), `{project}` the
    project's folder always, `{scenarios}` the folder of the built-in programs, `{results}` a new file into which the
    program writes what is read, `{iterations}` how often a program that is counted does its work. In a backfill
    `{root}` and `{project}` are the past commit's folder."""
    cwd: str = "."
    """Working directory, relative to the project's folder."""
    format: ResultFormat = "dart-perf"
    """What the program prints or writes into `{results}`; none: the process itself is measured."""
    group: str = ""
    """Kind of work, e.g. dynamics, collision, io."""
    metrics: tuple[str, ...] = ("cpu_time", "wall_time", "peak_rss")
    """Metrics that are kept; with `counts` those that are counted: instructions, allocations, allocated_bytes."""
    decides: Literal["cpu", "wall"] = "cpu"
    """Which time decides where both are measured; the other is reported."""
    repetitions: int = Field(default=10, ge=1, le=1000)
    """Processes a side."""
    timeout_seconds: float = Field(default=60.0, gt=0, le=3600)
    """Time after which one process is ended and the measurement fails, seconds."""
    margin: float = Field(default=0.05, gt=0, le=10)
    """Largest relative change that does not matter."""
    counts: tuple[int, ...] = Field(default=(), max_length=2)
    """Two numbers of iterations: the program is not timed but counted by valgrind, and the slope is the cost of one."""
    version_argv: tuple[str, ...] = ()
    """Program that prints the version of what is measured on its first line."""
    version_file: str = ""
    """File that holds the version: package.xml, or a text whose first line is the version."""
    environment: tuple[str, ...] = ()
    """Names of environment variables it needs; all others but a short safe list are left out."""
    variables: dict[str, str] = Field(default_factory=dict)
    """Environment variables to set, e.g. PYTHONPATH = "{root}/src"; placeholders as in `argv`, but `{results}`."""
    files: tuple[str, ...] = ()
    """Patterns (relative to the project's folder) of the files that make up the program: copies are kept with a
    baseline, so that it can be measured again after they changed."""
    libraries: tuple[str, ...] = ()
    """Python distributions whose versions are part of the environment."""
    build: Steps = ()
    """Command lines that a backfill runs in a past commit's folder before it measures there, e.g. `["make", "bench"]`,
    or several in turn; placeholders as in `version_argv`."""
    build_timeout_seconds: float = Field(default=1800.0, gt=0, le=86400)
    """Time after which the build of a past commit is ended and that commit left out, seconds."""
    benchmark_files: tuple[str, ...] = ()
    """Patterns (relative to the project's folder) of what is the benchmark and not what it measures: a backfill puts
    these files, as they are now, into every past commit, so that one program measures them all."""
    built_in: bool = False
    """True where it came with dart-perf, not with the project."""


class Program(Record):
    """How a baseline's program is run again: resolved, with the digests of what it is made of."""

    argv: tuple[str, ...]
    """Resolved program and arguments; `{root}` still stands for the folder that holds `files`."""
    cwd: str = "."
    """Working directory relative to that folder."""
    format: ResultFormat = "dart-perf"
    counts: tuple[int, ...] = ()
    """Two numbers of iterations where it is counted, not timed."""
    version: str = "unknown"
    """Version of what is measured as the program's own version source said it."""
    identity: str = ""
    """SHA-256 of all that the version source said, which tells two builds of one version apart; empty where it said
    the version alone."""
    files: dict[str, str] = Field(default_factory=dict)
    """SHA-256 of each file by relative path; the store keeps the content under this digest."""
    version_argv: tuple[str, ...] = ()
    """Resolved program that prints `version`; asked again before the program is measured again."""
    version_file: str = ""
    """File, relative to that folder, that holds `version`."""
    environment: tuple[str, ...] = ()
    """Names of environment variables it needs."""
    variables: dict[str, str] = Field(default_factory=dict)
    """Environment variables that are set; resolved but for `{root}`."""
