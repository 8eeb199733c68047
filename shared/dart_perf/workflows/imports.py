"""Reading results of files, folders and git refs into the history."""

import re
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from pydantic import ValidationError

from dart_perf.errors import InvalidInput, PerfError
from dart_perf.measure.position import Positions
from dart_perf.measure.revision import commit_of, unreadable
from dart_perf.model.answer import ImportReport
from dart_perf.model.measurement import Run, printable
from dart_perf.model.operation import PART
from dart_perf.workflows.commit_place import place_of_commit
from dart_perf.workflows.import_tally import Tally
from dart_perf.workflows.project import Progress, Project, silent
from dart_perf.workflows.result_files import LIMITS, Entry, Limits
from dart_perf.workflows.result_places import Place, place_on_disk

AT_ONCE = 2**20
"""Bytes of a file that is read within the call instead of by a job; it takes less than half a second."""

_HASH = re.compile(r"[0-9A-Fa-f]{4,64}")
"""A commit's hash or its start, as git prints it; a clone may lack the commit, or git be missing."""


def import_results(
    project: Project,
    path: str,
    *,
    form: str = "auto",
    scenario: str | None = None,
    commit: str | None = None,
    ref: str | None = None,
    progress: Progress = silent,
    limits: Limits = LIMITS,
) -> ImportReport:
    """Read the file `path`, or the files of that folder, into the history; what it already holds is not added again.

    With `ref`, the path is one from the top of that commit's files, and nothing is checked out. Files are read in the
    order of their names, one at a time; one that cannot be read stops no other.

    Raises:
        InvalidInput: the path is empty or leads out of the project, there is more than the limits allow, or the one
            file that was named cannot be read; nothing is stored then.
    """
    from dart_perf.ingest import table  # all readers: no server loads them to start

    table.check_form(form)
    given = _given(project, scenario, commit)
    with _place(project, path, ref, limits) as place:
        tally = Tally(project.store, Positions(project.root), place)
        entries = place.chosen.files
        try:
            for number, entry in enumerate(entries):
                progress(number, len(entries), f"reading {place.label}")
                with table.collector_paused():
                    _take(project, tally, place, entry, form, given)
            tally.store()
        except BaseException as error:  # an interruption too: what is stored stays, and whoever waits must know
            if not place.alone:
                error.add_note(tally.so_far())
            raise
        progress(len(entries), len(entries), f"read {place.label}")
        return tally.report()


def _take(project: Project, tally: Tally, place: Place, entry: Entry, form: str, given: dict[str, str]) -> None:
    """Read one file, and store it when enough are read. Raises PerfError where it is the only one, or the store's."""
    try:
        runs = tuple(_completed(project, run, given) for run in _runs(place, entry, form))
    except PerfError as error:
        if place.alone:
            raise
        tally.refuse(entry, error)
    else:
        tally.add(entry, runs)


def at_once(project: Project, request: dict[str, Any]) -> ImportReport | None:
    """Import one small file of the project; None where it is work for a job. Raises InvalidInput."""
    if request["ref"] is not None:
        return None
    found = project.path(_named(request["path"]))
    short = not found.is_dir() and found.stat().st_size <= AT_ONCE
    return import_results(project, **request) if short else None


def _named(path: str) -> str:
    """Return the path. Raises InvalidInput where it is empty: joined to the root, that would be the whole project."""
    if not path:
        raise InvalidInput("the path is empty. Give that of a file or folder of results, or '.' for everything.")
    return path


def _place(project: Project, path: str, ref: str | None, limits: Limits) -> AbstractContextManager[Place]:
    _named(path)
    if ref is not None:
        return place_of_commit(project, path, ref, limits)
    return nullcontext(place_on_disk(project, path, limits))


def _runs(place: Place, entry: Entry, form: str) -> tuple[Run, ...]:
    """Return the runs of a file.

    Raises:
        InvalidInput: it cannot be read, by a mistake of the reader's too: one file stops no other.
    """
    from dart_perf.ingest import table  # as above

    path = place.path(entry)
    try:
        return table.read_as(path, form, within=place.within)
    except PerfError as error:
        text = str(error).replace(str(path), place.said(entry.name))
        raise type(error)(text) from error
    except Exception as error:
        problem = f"the reader made a mistake: {error!r}. Please report it with the file."
        raise InvalidInput(f"{place.said(entry.name)}: {problem}") from error


def _given(project: Project, scenario: str | None, commit: str | None) -> dict[str, str]:
    """Return what the call says of all runs. Raises InvalidInput where a name or a hash cannot be one."""
    measured = _hash(project, commit) if commit else None
    try:
        Run(producer="the call", scenario=scenario, commit=measured)
    except ValidationError as error:
        what = f"commit {commit!r} or scenario {scenario!r} is not one"
        raise InvalidInput(f"{what}: {error.errors()[0]['msg']}.") from error
    return {k: v for k, v in (("scenario", scenario), ("commit", measured)) if v is not None}


def _hash(project: Project, commit: str) -> str:
    """Return the hash of what the call names; where git knows it not, it must look like one, or git know nothing here.

    Raises:
        InvalidInput: it is a name, as HEAD~3 or a branch, that the project's repository does not have.
    """
    found = commit_of(project.root, commit)
    if found is None and not _HASH.fullmatch(commit):
        problem = unreadable(project.root)
        if problem is None:
            what = f"commit {printable(commit)!r} names nothing in this repository"
            raise InvalidInput(f"{what}. Give its hash, or fetch it.")
        if commit == "HEAD":
            raise InvalidInput(f"git reads no repository here, so HEAD is no commit: {problem}. Give its hash.")
    return found or commit


def _completed(project: Project, run: Run, given: dict[str, str]) -> Run:
    """Return the run with what the file does not say; what it says is never replaced.

    Raises:
        InvalidInput: file and argument contradict each other, or the run is stored already, with less said of it or as
            the whole of which it is a part.
    """
    for name, value in given.items():
        said = getattr(run, name)
        if said is not None and said != value:
            raise InvalidInput(f"the file says {name} {said!r}, the call says {value!r}. Leave the argument out.")
    of = next((text.removeprefix(PART).partition(":")[0] for text in run.warnings if text.startswith(PART)), None)
    if of is not None and project.store.has_run(of):
        raise InvalidInput(
            f"it holds a part of {of}, which is stored here, and one measurement may not count twice. Import it into a "
            "store that does not hold the whole."
        )
    whole = run.model_copy(update=given) if given else run
    before = stored_with_less(project, run, whole)
    if before is not None:
        raise InvalidInput(
            f"it is stored already as {before}, without what the call says of it, and one measurement may not count "
            f"twice. Leave {' and '.join(given)} out; the next results may have them."
        )
    return whole


def stored_with_less(project: Project, run: Run, whole: Run) -> str | None:
    """Return the id under which `whole` is stored without something that it says beyond `run`; None where it is not.

    A scenario or commit that was given makes another id of the same measurement.
    """
    added = [name for name in ("scenario", "commit") if getattr(run, name) != getattr(whole, name)]
    if not added or project.store.has_run(whole.id):
        return None
    parts = [{name: getattr(whole, name) for name in added[:k] + added[k + 1 :]} for k in range(len(added))]
    ids = dict.fromkeys([run.id, *(run.model_copy(update=part).id for part in parts)])
    return next((name for name in ids if project.store.has_run(name)), None)


def positions(project: Project, runs: Iterable[Run]) -> dict[str, int]:
    """Return where the runs' commits stand in the project's history, as far as its repository knows them."""
    return Positions(project.root).of(run.commit for run in runs)


def named_runs(project: Project, name: str, form: str = "auto") -> tuple[Run, ...]:
    """Return the stored run `name`, or the runs of the file of that name in the project: one side of a comparison.

    Raises:
        InvalidInput: the name is empty, the file cannot be read as `form`, or is a history of several commits, which
            together are no side; or it is no file, and there is a format.
    """
    from dart_perf.ingest import table  # as above

    if not name.strip():
        raise InvalidInput("no results are named. Give a file of results in the project, or the id of a stored run.")
    if name.startswith("run-") and not project.has_file(name):
        check_unread(name, form)
        return (project.store.run(name),)
    runs = table.read_as(project.path(name), form, within=project.root)
    commits = dict.fromkeys(run.commit for run in runs if run.commit)
    if len(commits) > 1:
        first = ", ".join([commit[:12] for commit in commits][:3])
        raise InvalidInput(
            f"{printable(name)} holds results of {len(commits)} commits ({first} …), which are no one side of a "
            "comparison. Import it with import_results, which names its runs, then give a run."
        )
    return runs


def check_unread(name: str, form: str) -> None:
    """Raise InvalidInput where a format was given for what is stored already, and is not read in any."""
    if form != "auto":
        raise InvalidInput(
            f"{printable(name)} is no file in the project, so format {form!r} says nothing. Leave it out."
        )
