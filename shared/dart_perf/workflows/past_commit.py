"""One past commit: built and measured in its worktree by what `dart-perf.toml` says now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dart_perf.errors import InvalidInput, MeasurementFailed
from dart_perf.measure import worktree
from dart_perf.measure.program import resolve
from dart_perf.measure.revision import Revision
from dart_perf.measure.sources import find_files
from dart_perf.model.measurement import Run
from dart_perf.model.record import digest
from dart_perf.model.scenario import Scenario
from dart_perf.workflows.backfill_plan import KIND
from dart_perf.workflows.building import build_in
from dart_perf.workflows.measuring import Subject, measure_runs
from dart_perf.workflows.project import Progress, Project

Contents = Mapping[str, bytes]
"""What the benchmarks' own files hold, by path from the project's folder."""


@dataclass(frozen=True, slots=True)
class Past:
    """A commit that is checked out."""

    commit: str
    position: int | None
    tree: Path
    """Top of its worktree."""
    progress: Progress
    contents: Contents
    built: dict[str, MeasurementFailed | None] = field(default_factory=dict)
    """Builds that were tried here, by what was run, with what became of them: scenarios may share one."""


def own_files(project: Project, scenarios: Sequence[Scenario]) -> Contents:
    """Return the benchmarks' own files as they are now, the same for all commits. Raises InvalidInput."""
    found: dict[str, bytes] = {}
    for scenario in scenarios:
        keys = [("benchmark_files", pattern) for pattern in scenario.benchmark_files]
        for path in find_files(scenario.name, keys, project.root):
            found[path.relative_to(project.root).as_posix()] = path.read_bytes()
    return found


def measure_past(project: Project, past: Past, scenario: Scenario, blocks: int) -> Run:
    """Return the run of one scenario in a past commit.

    Raises:
        InvalidInput, MeasurementFailed: it cannot be built or measured there; `{root}` is the commit's folder.
    """
    below = worktree.prefix(project.root)
    folder = past.tree / below
    # A baseline's kept files are not asked for: a past commit need not have them.
    wanted = scenario.model_copy(update={"files": ()})
    try:
        _lay_over(folder, past.contents, below)
        _build(project, past, wanted, folder)
        program, _ = resolve(wanted, folder)
        where = Revision(past.commit, None, worktree.is_dirty(folder, [*past.contents]), past.position)
        subject = Subject(scenario.name, program, folder, where)
        (run,) = measure_runs(project, wanted, [subject], blocks=blocks, progress=past.progress, kind=KIND)
    except (InvalidInput, MeasurementFailed) as error:
        raise type(error)(str(error).replace(str(folder), "{root}")) from error
    return run


def _build(project: Project, past: Past, scenario: Scenario, folder: Path) -> None:
    """Build once what several scenarios share. Raises MeasurementFailed."""
    name = digest([scenario.build, scenario.environment, scenario.variables])
    if name not in past.built:
        try:
            build_in(project, scenario, folder, past.progress)
            past.built[name] = None
        except MeasurementFailed as error:
            past.built[name] = error
    problem = past.built[name]
    if problem is not None:
        raise MeasurementFailed(str(problem))


def _lay_over(folder: Path, contents: Contents, below: str) -> None:
    """Put files into a worktree, and never where a link of the past commit leads out of it. Raises InvalidInput."""
    if not folder.is_dir():
        raise InvalidInput(f"the project's folder {below} is not in this commit")
    for name, data in contents.items():
        path = folder / name
        if not path.parent.resolve().is_relative_to(folder.resolve()):
            what = f"the benchmark's file {name} cannot be put there"
            raise InvalidInput(f"{what}: a link of this commit leads elsewhere")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            path.write_bytes(data)
        except OSError as error:
            raise InvalidInput(f"the benchmark's file {name} cannot be put there: {error.strerror}") from error
