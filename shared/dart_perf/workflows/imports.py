"""Reading results from files into the history."""

from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError

from dart_perf.errors import InvalidInput, PerfError
from dart_perf.ingest import read
from dart_perf.measure.revision import commit_of, position_of
from dart_perf.model.answer import ImportReport
from dart_perf.model.measurement import Run
from dart_perf.workflows.project import Project

SHOWN = 20
"""Left-out rows, runs and warnings that are named in an answer; the runs keep all of them."""


def import_results(
    project: Project, path: str, *, form: str = "auto", scenario: str | None = None, commit: str | None = None
) -> ImportReport:
    """Read the file `path` of the project into the history; what it already holds is not added again.

    Raises:
        InvalidInput: the path leads out of the project, or the file cannot be read; nothing is stored then.
    """
    measured = (commit_of(project.root, commit) or commit) if commit else None
    try:
        runs = tuple(_completed(run, scenario, measured) for run in read(project.path(path), form))
    except ValidationError as error:
        raise InvalidInput(
            f"commit {commit!r} or scenario {scenario!r} is not one: {error.errors()[0]['msg']}."
        ) from error
    accepted, known = project.store.append_runs(runs, position=positions(project, runs))
    left_out = [f"{row.what}: {row.reason}" for run in runs for row in run.left_out]
    more = len(left_out) - SHOWN
    measurements = sum(len(run.measurements) for run in runs)
    return ImportReport(
        summary=f"{path}: {accepted} new and {known} known runs, {measurements} series, {len(left_out)} rows left out",
        accepted=accepted,
        known=known,
        measurements=measurements,
        left_out=(*left_out[:SHOWN], *([f"and {more} more"] if more > 0 else [])),
        runs=tuple(run.id for run in runs[:SHOWN]),
        warnings=tuple(dict.fromkeys(warning for run in runs for warning in run.warnings))[:SHOWN],
    )


def _completed(run: Run, scenario: str | None, commit: str | None) -> Run:
    """Return the run with what the file does not say; what it says is never replaced.

    Raises:
        PerfError: file and argument contradict each other.
    """
    for name, said, given in (("scenario", run.scenario, scenario), ("commit", run.commit, commit)):
        if said is not None and given is not None and said != given:
            raise PerfError(f"the file says {name} {said!r}, the call says {given!r}. Leave the argument out.")
    known = {"scenario": run.scenario or scenario, "commit": run.commit or commit}
    return Run.model_validate(run.model_dump() | known) if {scenario, commit} != {None} else run


def positions(project: Project, runs: Iterable[Run]) -> dict[str, int]:
    """Return where the runs' commits stand in the project's history, as far as its repository knows them."""
    commits = {run.commit for run in runs if run.commit}
    found = ((commit, position_of(project.root, commit)) for commit in commits)
    return {commit: position for commit, position in found if position is not None}


def named_runs(project: Project, name: str) -> tuple[Run, ...]:
    """Return the stored run `name`, or the runs of the file of that name in the project."""
    if name.startswith("run-") and not (project.root / name).exists():
        return (project.store.run(name),)
    return read(Path(project.path(name)))
