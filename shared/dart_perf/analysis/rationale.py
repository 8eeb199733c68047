"""`Perf-Regression-Rationale:` lines: how DART's authors accept a regression that they intend.

dartsim/dart writes `Perf-Regression-Rationale: <rows>: <reason>` into the body of a pull request, where rows are names
of benchmarks with commas between them (docs of its release-6.20 branch, `.github/workflows/perf.yml`); a line without
names is about the whole change. What a template leaves to be filled in is no reason: HTML comments, code blocks and
`<...>`. Its `Rebaseline-Rationale:` accepts changed behaviour, which no gate of ours waives: a new baseline does.
"""

import re
from dataclasses import dataclass

from dart_perf.model.policy import is_named

_LINE = re.compile(r"^\s*(Perf-Regression|Rebaseline)-Rationale:[ \t]*(.*?)\s*$", re.IGNORECASE)
_ROWS = re.compile(r"((?:[^\s,]|,(?=\S))+(?:,\s+[^\s,]+)*):(?:\s+|$)(.*)")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_FENCE = re.compile(r"^\s*(```|~~~)")
_BETWEEN = re.compile(r",\s*(?![^{}]*\})")
"""A comma that separates names: one within the braces of parameters does not."""
_UNFILLED = re.compile(r"<[^<>]*>|\.{3}|…|[-_\s]*")
EVERYTHING = "*"


@dataclass(frozen=True, slots=True)
class Rationale:
    """One line."""

    rows: tuple[str, ...]
    """Globs over benchmarks; `*` alone for the whole change."""
    reason: str
    """Empty where none was filled in."""
    source: str
    """Where it stands, e.g. `commit 1a2b3c4`."""
    by: str = ""
    rebaseline: bool = False
    """It is about changed behaviour."""

    def names(self, benchmark: str) -> bool:
        """Say whether it is about a benchmark: by its label, the end of it behind a slash, or a glob over it."""
        return any(is_named(benchmark, row) or is_named(benchmark, f"*/{row}") for row in self.rows)


def rationales(text: str, source: str, by: str = "") -> tuple[Rationale, ...]:
    """Return the lines of a commit message or of a pull request's body."""
    found: list[Rationale] = []
    fenced = False
    for line in _COMMENT.sub("", text).splitlines():
        if _FENCE.match(line):
            fenced = not fenced
        matched = None if fenced else _LINE.match(line)
        if matched:
            rows, reason = _parted(matched[2])
            rebaseline = matched[1].lower() == "rebaseline"
            found.append(Rationale(rows, "" if _UNFILLED.fullmatch(reason) else reason, source, by, rebaseline))
    return tuple(found)


def _parted(text: str) -> tuple[tuple[str, ...], str]:
    """Return the benchmarks that a line names, and the reason behind them."""
    matched = _ROWS.fullmatch(text)
    first, _, rest = text.partition(" ")
    if matched is None and ":" in first:  # no space behind the colon: never more than what is named is accepted
        rows, _, start = first.rpartition(":")
        return tuple(row for row in _BETWEEN.split(rows) if row), f"{start} {rest}".strip()
    if matched is None or _UNFILLED.fullmatch(matched[1]):
        return (EVERYTHING,), text if matched is None else matched[2]
    return tuple(row for row in _BETWEEN.split(matched[1]) if row), matched[2]
