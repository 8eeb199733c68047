"""A range of commits `A..B`, as the positions that it spans."""

from collections.abc import Sequence
from typing import NamedTuple

from dart_perf.errors import InvalidInput
from dart_perf.measure.position import Positions
from dart_perf.measure.revision import commit_of, git, unreadable
from dart_perf.model.series import Location
from dart_perf.workflows.project import SHOWN, Project

FEWEST = 4
"""Characters of the start of a hash, as git asks for."""


class Span(NamedTuple):
    """Positions above the first, up to and with the last; None is open."""

    first: int | None
    last: int | None


def span_of(project: Project, commits: str, stored: Sequence[Location]) -> Span:
    """Return the span of `A..B`, `A..` or `..B`, where A and B are hashes, branches, tags or what else git knows.

    A commit that git does not know here is looked up among those of the stored runs.

    Raises:
        InvalidInput: it is no range, a commit is not known or has no position, or A comes after B.
    """
    first, dots, last = commits.partition("..")
    if not dots or last.startswith(".") or not (first or last) or not commits.isprintable():
        shown = commits if len(commits) <= SHOWN else f"{commits[:SHOWN]}…"
        what = f"{shown!r} is no range of commits."
        raise InvalidInput(f"{what} Give A..B, A.. or ..B: after A, up to and with B, with hashes, branches or tags.")
    places = {at.commit: at.position for at in stored if at.commit is not None and at.position is not None}
    span = Span(*(_position(project, name, places) if name else None for name in (first, last)))
    if span.first is not None and span.last is not None and span.first >= span.last:
        raise InvalidInput(f"no commit lies in {commits!r}: {first} does not come before {last}. Name the older first.")
    return span


def _position(project: Project, name: str, stored: dict[str, int]) -> int:
    exact = stored.get(name)
    if exact is not None:
        return exact
    full = commit_of(project.root, name)
    found = Positions(project.root).of([full]).get(full, stored.get(full)) if full else _started(name, stored)
    if found is None:
        raise InvalidInput(_unknown(project, name, full))
    return found


def _started(name: str, stored: dict[str, int]) -> int | None:
    """Return the position of the one stored commit whose hash starts so."""
    if len(name) < FEWEST:
        return None
    found = [position for commit, position in stored.items() if commit.startswith(name.lower())]
    return found[0] if len(found) == 1 else None


def _unknown(project: Project, name: str, full: str | None) -> str:
    shown = name[:SHOWN]
    if full is not None and git(project.root, "rev-parse", "--is-shallow-repository") == "true":
        return f"commit {shown!r} has no place in history: this clone is shallow. Run git fetch --unshallow."
    reason = unreadable(project.root)
    why = f" ({reason})" if reason else ""
    remedy = "Give a commit of this repository or of a stored run."
    return f"commit {shown!r} is not known to git here{why}, and no single stored commit starts so. {remedy}"
