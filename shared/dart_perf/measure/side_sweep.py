"""Taking away sides that a killed process left half made, and finished ones that were not used for longest."""

import os
import time
from pathlib import Path

from dart_perf.measure import index, worktree
from dart_perf.measure.repository import own_folder
from dart_perf.measure.side import NAME, Claim, Place, claim, maker

KEPT = 6
"""Finished sides that stay: three changes with their bases; each takes a checkout and its build's outputs on disk."""
DYING_SECONDS = 20.0
"""What a killed process left ends within: the launcher gives a program 2 s, and itself 15 s at most."""
POLL_SECONDS = 0.05


def sweep(repository: Path, home: Path) -> None:
    """Bring the store's worktrees in order: of each either all is there or nothing; what is in use stays.

    Git's own records are put in order with them. Of finished sides the `KEPT` that were used last stay.

    Raises:
        InvalidInput: the store cannot be written.
    """
    index.sweep(home)
    above = home.resolve() / "worktrees"
    finished: list[tuple[float, Place]] = []
    for place in _places(above, repository):
        if place.stands():
            finished.append((place.last_used(), place))
        else:
            _take_away(repository, place, half_made=True)
    finished.sort(key=lambda item: (item[0], item[1].name))
    for _, place in finished[: max(0, len(finished) - KEPT)]:
        _take_away(repository, place, half_made=False)


def _places(above: Path, repository: Path) -> list[Place]:
    """Return what is there, what git knows to be there, and what git began to record and did not get to say where."""
    here = [entry.name.partition(".")[0] for entry in above.iterdir()] if above.is_dir() else []
    told = [Path(path).name for path in worktree.known(repository) if Path(path).parent == above]
    begun = [record.name for record in _begun(repository)]
    return [Place(above, name) for name in sorted({*here, *told, *begun}) if NAME.fullmatch(name)]


def _begun(repository: Path) -> list[Path]:
    records = own_folder(repository) / "worktrees"
    return [record for record in records.glob("tree-*") if not (record / "gitdir").exists()]


def _take_away(repository: Path, place: Place, *, half_made: bool) -> None:
    """Clear a side that nobody uses; a half-made one not if somebody finished it meanwhile."""
    place.above.mkdir(parents=True, exist_ok=True)  # git may know a worktree that went with this folder
    taken = _claim(place)
    if taken is None:
        return
    try:
        if not (half_made and place.stands()):
            place.clear(repository)
            for record in _begun(repository):
                if record.name == place.name:
                    worktree.delete(record)
            place.lock.unlink(missing_ok=True)
    finally:
        taken.release()


def _claim(place: Place) -> Claim | None:
    """Claim it; where its maker died, when what that one started has ended."""
    until = time.monotonic() + DYING_SECONDS
    while (taken := claim(place)) is None:
        pid = maker(place)
        if pid is None or lives(pid) or time.monotonic() > until:
            return None
        time.sleep(POLL_SECONDS)
    return taken


def lives(pid: int) -> bool:
    """Say whether a process runs; one that ended and that nobody asked about does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:  # no such folder on this system
        return True
