"""The end of a prune: files that count no more are deleted; and what a prune that died left is put in order."""

from pathlib import Path

from dart_perf.errors import Corrupted, NoBaseline
from dart_perf.store import layout
from dart_perf.store.atomic import delete
from dart_perf.store.baselines import Baselines
from dart_perf.store.history import History
from dart_perf.store.programs import SHA256, Programs
from dart_perf.store.runs import RunLog


def sweep(root: Path, scratch: Path) -> None:
    """Delete drafts of a prune that did not get to its commit record, or what one that did left; then say so.

    The caller holds the lock. It may be done again at any time: nothing that counts is touched.
    """
    runs = RunLog(root)
    live = runs.live.read()
    for number in runs.on_disk():
        if not live.counts(number):
            delete(runs.file(number).with_suffix(".index.json"))
            delete(runs.file(number))
    if live.sweeping:
        History(root).delete()
        _delete_baselines(Baselines(root))
        for sha256 in unused_programs(root):
            delete(Programs(root).folder / sha256)
    if live.interrupted:
        runs.live.write(live._replace(end=None, sweeping=False), scratch)


def _delete_baselines(baselines: Baselines) -> None:
    for key in baselines.logged():
        log = baselines.read_log(key)
        for name in log.captured.keys() - log.states().keys():
            delete(baselines.file(name))


def unused_programs(root: Path, without: frozenset[str] = frozenset()) -> list[str]:
    """Return the program files that no baseline names, but for those in `without`.

    Where a baseline cannot be read there are none: what it names is not known.
    """
    baselines, used = Baselines(root), set[str]()
    try:
        for entry in baselines.entries():
            program = baselines.load(entry.id).program if entry.id not in without else None
            used |= set(program.files.values()) if program is not None else set()
    except (Corrupted, NoBaseline):
        return []
    known = (name for name in layout.folders(Programs(root).folder) if SHA256.fullmatch(name))
    return [name for name in known if name not in used] if not baselines.damage() else []
