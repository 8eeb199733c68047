"""The care of a store: merge, prune, backup, restore, upgrade."""

import re
from datetime import timedelta
from pathlib import Path

from dart_perf.errors import InvalidInput
from dart_perf.model.baseline import Action, BaselineEvent
from dart_perf.model.operation import KEEP, Backup, Merge, Progress, Prune, Restore, Rule, Upgrade
from dart_perf.workflows.baselines import check_why
from dart_perf.workflows.project import Project, silent

_AGE = re.compile(r"([0-9]{1,5})([hdw])")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def merge(project: Project, folder: Path, *, progress: Progress = silent) -> Merge:
    """Take what another store, or the one in another project, holds into this one. Raises InvalidInput."""
    inside = folder / ".dart-perf"
    is_project = not (folder / "store.json").exists() and (inside / "store.json").exists()
    return project.store.merge(inside if is_project else folder, progress)


def prune(
    project: Project,
    *,
    older_than: str | None = None,
    keep: int | None = None,
    apply: bool = False,
    why: str = "not given",
    progress: Progress = silent,
) -> Prune:
    """Say what may go, and with `apply` remove it: beyond the newest `keep` and, where given, older than e.g. `90d`.

    Raises:
        InvalidInput: the reason is blank, neither age nor number was given, or one that is none.
        Corrupted: the store is damaged; nothing was removed.
    """
    check_why(why)
    if older_than is None and keep is None:
        raise InvalidInput("say what may go: --older-than AGE (e.g. 90d), --keep NUMBER, or both.")
    before = None if older_than is None else project.now() - age(older_than)
    rule = Rule(keep=KEEP if keep is None else keep, before=before)
    event = BaselineEvent(action=Action.PRUNED, baseline="", who=project.who, when=project.now(), why=why)
    return project.store.prune(rule, event if apply else None, progress)


def age(text: str) -> timedelta:
    """Return how long `text` is, e.g. 36h, 90d or 12w. Raises InvalidInput."""
    found = _AGE.fullmatch(text)
    if found is None:
        raise InvalidInput(f"{text!r} is no age. Give a number of hours, days or weeks: 36h, 90d, 12w.")
    return int(found[1]) * _UNITS[found[2]]


def backup(project: Project, file: Path, *, progress: Progress = silent) -> Backup:
    """Write all that is stored to the new file `file`, proven. Raises InvalidInput, MissingData, Corrupted."""
    return project.store.backup(file.absolute(), progress)


def restore(project: Project, file: Path, *, progress: Progress = silent) -> Restore:
    """Unpack a backup into the project's store, which must be empty. Raises InvalidInput, Corrupted, NewerSchema."""
    from dart_perf.store import archive

    return archive.restore(file.absolute(), project.home, progress)


def upgrade(project: Project) -> Upgrade:
    """Bring the store up to the present schema, as the next write would."""
    return project.store.upgrade()
