"""The lines of `go test -bench`, sorted: which test program printed them, and which of them are results."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from dart_perf.model.measurement import printable
from dart_perf.units import Better

_HEAD = re.compile(r"(goos|goarch|pkg|cpu|commit|branch):[ \t]*(.*)")
_END = re.compile(r"(?:ok|FAIL|\?)[ \t]+\S.*")
_OUTCOME = re.compile(r"\s*--- (FAIL|SKIP): (Benchmark\S*)")
_UNIT = re.compile(r"Unit[ \t]+(\S+)[ \t].*\bbetter=(lower|higher)\b.*")
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*(?:e[-+]?\d+)?|inf|nan)", re.IGNORECASE)
_BROKEN = "its line holds no result: did the program print in between? Run it with -v or -json"


class Line(NamedTuple):
    """A line with its place in the text."""

    place: str
    text: str
    cut: bool
    """Whether the text ends inside this line, so that its end may be missing."""

    @property
    def fields(self) -> list[str]:
        return self.text.split()


class Block(NamedTuple):
    """What one test program printed."""

    process: int
    head: dict[str, str]
    """goos, goarch, pkg, cpu; commit and branch where somebody added them."""
    results: list[Line]


def lines(text: str, package: str = "") -> Iterator[Line]:
    """Yield the lines of what was printed; in the events of `-json` they are counted by package."""
    parts = text.split("\n")
    for number, part in enumerate(parts, 1):
        place = f"{package} line {number}" if package else f"line {number}"
        yield Line(place, part.rstrip("\r"), number == len(parts))


class Output:
    """What was printed, sorted into blocks, one a test program."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.no_results: list[tuple[str, str, str]] = []
        """Place and name, kind and reason of what names a benchmark and is no result."""
        self.better: dict[str, Better] = {}
        """Which way is better for units of one's own, as `Unit` lines say it."""

    def add(self, found: Iterable[Line]) -> None:
        """Sort the lines of one text."""
        head: dict[str, str] = {}
        block: Block | None = None
        for line in found:
            if said := _HEAD.fullmatch(line.text):
                head, block = head | {said[1]: printable(said[2]).strip()}, None
            elif _END.fullmatch(line.text):
                self._end(line)
                head, block = {key: text for key, text in head.items() if key != "pkg"}, None
            elif is_result(line.fields):
                if block is None:
                    block = Block(len(self.blocks), head, [])
                    self.blocks.append(block)
                block.results.append(line)
            else:
                self._note(line)

    def _end(self, line: Line) -> None:
        if line.text.startswith("FAIL"):
            self.no_results.append((f"{line.place} {printable(line.fields[1])}", "failed", "its test program failed"))

    def _note(self, line: Line) -> None:
        if outcome := _OUTCOME.match(line.text):
            kind, reason = ("failed", "it failed") if outcome[1] == "FAIL" else ("skipped", "it was skipped")
            self.no_results.append((f"{line.place} {printable(outcome[2])}", kind, reason))
        elif unit := _UNIT.fullmatch(line.text):
            self.better[unit[1]] = "lower" if unit[2] == "lower" else "higher"
        elif line.text.startswith("Benchmark") and (len(line.fields) > 1 or line.cut):  # -v prints names of their own
            self.no_results.append((f"{line.place} {printable(line.fields[0])}", "broken", _BROKEN))


def is_result(fields: list[str]) -> bool:
    """Say whether it is name, iterations, and pairs of value and unit, each unit once."""
    return (
        len(fields) >= 4  # noqa: PLR2004 -- name, iterations, value, unit
        and len(fields) % 2 == 0
        and fields[0].startswith("Benchmark")
        and fields[1].isascii()
        and fields[1].isdigit()
        and len({*fields[3::2]}) == len(fields[3::2])
        and all(_NUMBER.fullmatch(value) and value.isascii() for value in fields[2::2])
    )
