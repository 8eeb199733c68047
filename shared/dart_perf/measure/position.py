"""Where commits stand in history: the number of their first-parent ancestors, which orders the points of a series."""

import re
from collections.abc import Iterable
from pathlib import Path

from dart_perf.measure.revision import git

_HASH = re.compile(r"[0-9a-fA-F]{4,64}")
"""A commit's hash or the start of one, at least as long as git asks for; a branch's name says where it is today."""
HEAD = "HEAD"


class Positions:
    """The positions of a repository's commits; what one walk of history found is not walked again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._asked: dict[str, int | None] = {}
        """By the name that was asked for."""
        self._depths: dict[str, int] = {}
        """By full hash."""

    def of(self, commits: Iterable[str | None]) -> dict[str, int]:
        """Return the positions of those commits that git knows; none where it does not know all of history."""
        names = {name for name in commits if name and _HASH.fullmatch(name)}
        new = sorted(names - self._asked.keys())
        if new:
            self._learn(new)
        return {name: place for name in names if (place := self._asked[name]) is not None}

    def _learn(self, names: list[str]) -> None:
        self._asked.update(dict.fromkeys(names))
        if git(self._folder, "rev-parse", "--is-shallow-repository") != "false":
            return
        full = self._resolved(names if self._depths else [HEAD, *names])  # with HEAD's, most of the others are known
        if full.keys() - {HEAD}:
            self._walk([commit for commit in full.values() if commit not in self._depths])
        self._asked.update({name: self._depths.get(commit) for name, commit in full.items() if name != HEAD})

    def _resolved(self, names: list[str]) -> dict[str, str]:
        """Return the full hashes of those names that mean one commit."""
        given = "".join(f"{name}^{{commit}}\n" for name in names)
        lines = (git(self._folder, "cat-file", "--batch-check", given=given) or "").splitlines()
        found = {name: line.split() for name, line in zip(names, lines, strict=False)}
        return {name: words[0] for name, words in found.items() if words[1:2] == ["commit"]}

    def _walk(self, commits: list[str]) -> None:
        if not commits:
            return
        given = "".join(f"{commit}\n" for commit in commits)
        printed = git(self._folder, "rev-list", "--first-parent", "--parents", "--stdin", given=given) or ""
        parents = {line[0]: line[1] if line[1:] else None for line in map(str.split, printed.splitlines())}
        for commit in commits:
            way: list[str] = []
            step: str | None = commit if commit in parents else None
            while step is not None and step not in self._depths:
                way.append(step)
                step = parents.get(step)
            depth = -1 if step is None else self._depths[step]
            for ancestor in reversed(way):
                depth += 1
                self._depths[ancestor] = depth
