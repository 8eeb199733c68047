"""Where rationales stand: in the messages of a change's commits, and in a text such as a pull request's body."""

import re

from dart_perf.analysis.rationale import Rationale, rationales
from dart_perf.errors import InvalidInput
from dart_perf.measure.revision import commit_of, git, unreadable
from dart_perf.workflows.project import Project

MOST = 1_000
"""Commits whose messages are read: a longer range is no change that one person vouches for."""
_RANGE = re.compile(r"([^\s.][^\s]*?)\.\.([^\s.][^\s]*)")


def named_range(project: Project, change: str) -> tuple[str, str]:
    """Return the full hashes of the ends of `A..B`.

    Raises:
        InvalidInput: it is no range, or git knows one of its ends not.
    """
    found = _RANGE.fullmatch(change)
    if found is None:
        raise InvalidInput(f"{change!r} is no range of commits. Give A..B, e.g. origin/main..HEAD.")
    ends = [commit_of(project.root, name) for name in found.groups()]
    for name, end in zip(found.groups(), ends, strict=True):
        if end is None:
            why = unreadable(project.root) or "it names no commit here; fetch it, e.g. with fetch-depth: 0"
            raise InvalidInput(f"git does not know {name!r} of {change!r}: {why}.")
    return ends[0] or "", ends[1] or ""


def of_commits(project: Project, ends: tuple[str, str]) -> tuple[tuple[Rationale, ...], str]:
    """Return the rationales in the commits after the first end up to the second; and why they could not be read."""
    what = f"{ends[0][:10]}..{ends[1][:10]}"
    if any(commit_of(project.root, end) is None for end in ends):
        return (), f"the messages of {what} were not read for rationales: git does not have both commits here"
    printed = git(
        project.root, "log", "-z", f"--max-count={MOST + 1}", "--format=%h%n%an%n%B", "--end-of-options",
        f"{ends[0]}..{ends[1]}",
    )  # fmt: skip
    if printed is None:
        return (), f"the messages of {what} were not read for rationales: git failed"
    messages = [message for message in printed.split("\0") if message.strip()]
    found: list[Rationale] = []
    for message in messages[:MOST]:
        short, _, rest = message.lstrip("\n").partition("\n")
        author, _, body = rest.partition("\n")
        found += rationales(body, f"commit {short}", author)
    more = f"only the newest {MOST} commits of {what} were read for rationales" if len(messages) > MOST else ""
    return tuple(found), more


def of_text(text: str) -> tuple[Rationale, ...]:
    """Return the rationales in a text that was given."""
    return rationales(text, "given text")
