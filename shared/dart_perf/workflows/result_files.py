"""Which files of a folder or of a commit are results, and why the others are not read."""

import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from dart_perf.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one import."""

    entries: int = 200_000
    """Files and folders that are looked at; a checkout of the Linux kernel has 90,000."""
    files: int = 20_000
    """Files that are read; asv keeps one a commit, and DART has 9,000 commits."""
    bytes_a_file: int = 64 * 2**20
    """A point takes up to 8 kB while it is read and stored, 80 bytes of text at least: at most 7 GB
    (benchmarks/results/import_rates.md)."""
    bytes_in_all: int = 2 * 2**30
    """A minute and more of reading; what git holds is copied to the temporary folder first."""


LIMITS = Limits()
Kind = Literal["file", "folder", "link", "link out", "submodule", "special", "store", "unreadable"]
READ = {".json", ".jsonl", ".js", ".txt", ".xml", ".log", ".out", ".bench", ".gz"}
"""Endings that results have; a file of another, or of none as programs are, is read where it is named itself."""
SAMPLE, CRITERION = "sample.json", {"benchmark.json", "estimates.json", "tukey.json"}
"""Criterion's results, and what it writes beside them."""
MACHINE, BENCHMARKS = "machine.json", "benchmarks.json"
"""What asv writes beside its results of a machine, and beside its folders of machines."""
COPIES = {"base", "change"}
"""What Criterion keeps beside `new/` of the run before, and of the difference."""
_DIGITS = re.compile(r"(\d+)")
NOT_READ: dict[Kind, str] = {
    "link": "a symbolic link, which is not followed: name what it leads to",
    "store": "the store itself",
    "submodule": "another repository's commit",
    "special": "no regular file",
}
REFUSED: dict[Kind, str] = {
    "link out": "a symbolic link that leads out of the project: copy what it leads to into the project",
    "unreadable": "it cannot be read: mend its permissions",
}


class Entry(NamedTuple):
    """What stands in a folder or in a commit."""

    name: str
    """Path below the folder, with `/`."""
    kind: Kind
    size: int
    """Bytes."""


class Reason(NamedTuple):
    """Something that is not read, and why."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is read of many entries, and what is not."""

    files: tuple[Entry, ...]
    """In the order of their names, numbers by their value."""
    companions: tuple[Entry, ...]
    """What some tools write beside their results; it is read together with them."""
    skipped: tuple[Reason, ...]
    refused: tuple[Reason, ...]


def choose(entries: Iterable[Entry], limits: Limits, where: str) -> Chosen:
    """Return what is read; `where` is what errors call the folder.

    Raises:
        InvalidInput: there is more than the limits allow; nothing was read then.
    """
    files: list[Entry] = []
    skipped: dict[str, str] = {}
    refused: list[Reason] = []
    for number, entry in enumerate(entries):
        if number >= limits.entries:
            raise InvalidInput(f"{where} holds more than {limits.entries} entries. Import the folder with the results.")
        hidden, ending = _hidden(entry.name), posixpath.splitext(entry.name)[1].lower()
        if hidden is not None:
            skipped[hidden] = "hidden; name it to read it"
        elif entry.kind in REFUSED:
            refused.append(Reason(entry.name, REFUSED[entry.kind]))
        elif entry.kind in NOT_READ:
            skipped[entry.name] = NOT_READ[entry.kind]
        elif entry.kind == "file" and ending not in READ:
            skipped[entry.name] = f"{f'*{ending}' if ending else 'none'} is no ending of results; name it to read it"
        elif entry.size > limits.bytes_a_file:
            refused.append(Reason(entry.name, _too_large(entry, limits)))
        elif entry.kind == "file":
            files.append(entry)
    return _bounded(_parted(files, skipped, refused), limits, where)


def _hidden(name: str) -> str | None:
    """Return the first part of the path that begins with a dot, as a path."""
    parts = name.split("/")
    first = next((i for i, part in enumerate(parts) if part.startswith(".")), None)
    return None if first is None else "/".join(parts[: first + 1]) + "/" * (first + 1 < len(parts))


def _parted(files: list[Entry], skipped: dict[str, str], refused: list[Reason]) -> Chosen:
    """Return what is read, without copies and companions."""
    around = _Surroundings({entry.name for entry in files})
    read: list[Entry] = []
    companions: list[Entry] = []
    for entry in sorted(files, key=lambda entry: in_order(entry.name)):
        copy, main = around.copied_from(entry.name), around.beside(entry.name)
        if copy is not None:
            skipped[entry.name] = f"a copy or difference that Criterion keeps beside {copy}; name it to read it"
        elif main is not None:
            skipped[entry.name] = f"it describes {main}, and is read together with that"
            companions.append(entry)
        else:
            read.append(entry)
    order = sorted(skipped, key=in_order)
    return Chosen(tuple(read), tuple(companions), tuple(Reason(n, skipped[n]) for n in order), tuple(refused))


class _Surroundings:
    """What stands beside a file: a name alone does not tell what a file is, `benchmarks.json` may be anything."""

    def __init__(self, names: set[str]) -> None:
        self._names = names
        machines = (posixpath.split(name) for name in names)
        self._asv = {posixpath.dirname(folder) for folder, name in machines if name == MACHINE}

    def copied_from(self, path: str) -> str | None:
        above, folder = posixpath.split(posixpath.dirname(path))
        newest = posixpath.join(above, "new", SAMPLE)
        return newest if folder in COPIES and newest in self._names else None

    def beside(self, path: str) -> str | None:
        """Return the results that this file describes."""
        folder, name = posixpath.split(path)
        if name in CRITERION and posixpath.join(folder, SAMPLE) in self._names:
            return posixpath.join(folder, SAMPLE)
        if name == MACHINE and posixpath.join(posixpath.dirname(folder), BENCHMARKS) in self._names:
            return f"the results in {folder or '.'}"
        if name == BENCHMARKS and folder in self._asv:
            return f"the results below {folder or '.'}"
        return None


def in_order(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return the key that sorts `run-2` before `run-10`: where there are no commits, file order is history's order."""
    return tuple((0, int(part), part) if part.isdecimal() else (1, 0, part) for part in _DIGITS.split(name) if part)


def check_size(entry: Entry, limits: Limits, name: str) -> None:
    """Raise InvalidInput where a single file is larger than the limits allow."""
    if entry.size > limits.bytes_a_file:
        raise InvalidInput(f"{name}: {_too_large(entry, limits)}")


def _too_large(entry: Entry, limits: Limits) -> str:
    return f"it has {entry.size} bytes, allowed are {limits.bytes_a_file}. Split it into several files."


def _bounded(chosen: Chosen, limits: Limits, where: str) -> Chosen:
    apart = "Import its folders one by one, or move what is no result away."
    if len(chosen.files) > limits.files:
        raise InvalidInput(f"{where} holds {len(chosen.files)} files to read, allowed are {limits.files}. {apart}")
    size = sum(entry.size for entry in (*chosen.files, *chosen.companions))
    if size > limits.bytes_in_all:
        raise InvalidInput(f"{where} holds {size} bytes to read, allowed are {limits.bytes_in_all}. {apart}")
    return chosen
