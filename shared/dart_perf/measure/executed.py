"""Does a scenario run the lines that were changed? One untimed process of head tells.

Python: `hook/dart_perf_lines.py` in that process. C and C++: what a build with `--coverage` counts (gcov.py). A line
inside a longer statement that has no entry of its own in the line table ran where its statement did. Where lines were
only deleted there is nothing to run: the lines on either side stand for them (`asked_lines`), as whoever reaches those
comes by the place. A scenario that runs a line once at import runs it.
"""

import json
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from dart_perf.errors import MeasurementFailed
from dart_perf.measure import gcov
from dart_perf.measure.changes import Change
from dart_perf.measure.launch import Cancelled
from dart_perf.measure.loaded import Loaded, read_loaded, reporting, unreported
from dart_perf.measure.process import run
from dart_perf.measure.statements import c_statements, python_statements, spans
from dart_perf.model.verification import Execution

LINES = "DART_PERF_LINES"
"""Variable that names the file with what is asked; the hook reads it."""
PYTHON = (".py",)
NATIVE = (".c", ".cc", ".cpp", ".cxx", ".c++", ".h", ".hh", ".hpp", ".hxx", ".inl", ".ipp", ".tpp", ".txx")
NO_CODE = (
    ".adoc", ".cfg", ".csv", ".css", ".html", ".ini", ".ipynb", ".jpg", ".json", ".lock", ".log",
    ".md", ".pdf", ".png", ".pyi", ".rst", ".svg", ".toml", ".tsv", ".txt", ".xml", ".yaml", ".yml",
)  # fmt: skip
"""Suffixes of files whose lines do not run: texts, settings, data, stubs. Lines of every other file are unknown."""
MISSED_FILES = 20
"""Files with lines that did not run that are named."""
MISSED_SPANS = 8
"""Spans of lines that are named of each."""
SAID = 300
"""Characters of an error that the reason quotes."""

Statements = dict[str, dict[int, range]]
"""Changed lines that hold code, by path from the side's root, each with the lines of its statement."""


@dataclass(slots=True)
class _Told:
    """What is known so far: lines and whether they ran, by path; how it was learnt; what stays unknown."""

    lines: dict[str, dict[int, bool]] = field(default_factory=dict)
    how: set[str] = field(default_factory=set)
    unknown: list[str] = field(default_factory=list)


def asked_lines(changes: Iterable[Change]) -> dict[str, tuple[int, ...]]:
    """Return the lines of head that stand for `changes`, by path: what is new or differs, and both sides of a cut."""
    found = {}
    for change in changes:
        beside = {line for cut in change.cuts for line in (cut, cut + 1) if line > 0}
        if change.lines or beside:
            found[change.path] = tuple(sorted({*change.lines, *beside}))
    return found


def executed(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    timeout: float,
    clock: Callable[[], datetime],
    changes: Mapping[str, Sequence[int]],
    own: Path,
    cancelled: Callable[[], bool] = lambda: False,
) -> Execution:
    """Run `argv` once in `cwd` and return which of the changed lines ran; `own` is head's root.

    `changes` are numbers from 1 of head's lines by path from `own`. Where no changed line can hold code that can be
    watched, nothing is run. A process that fails makes it unknown; `timeout` is in seconds, and before Python 3.12
    watching makes the program several times slower.

    Raises:
        Cancelled: `cancelled` said so; the program was ended.
    """
    told = _Told()
    python, native = _statements(changes, own, told)
    notes = gcov.notes(own, native)
    if native and not notes:
        told.unknown.append(
            f"nothing counts the lines of {_some(native)}. A build of gcc with --coverage does (for this question "
            "alone: what it counts is slower)"
        )
    if python or notes:
        with tempfile.TemporaryDirectory(prefix="dart-perf-lines-") as made:
            watch = _Watch(Path(made).resolve(), own.resolve())
            whole = watch.environment(env, python)
            try:
                run(argv, cwd=cwd, env=whole, timeout=timeout, clock=clock, cancelled=cancelled)
                watch.tell_python(python, argv, cwd, told)
                watch.tell_native(native, notes, told)
            except Cancelled:
                raise
            except MeasurementFailed as error:
                return _answer(_Told(unknown=[f"watched for executed lines, it failed: {str(error)[:SAID]}"]))
    return _answer(told)


def _statements(changes: Mapping[str, Sequence[int]], own: Path, told: _Told) -> tuple[Statements, Statements]:
    """Return the changed lines that hold code, of Python and of C or C++; note what cannot be told."""
    python: Statements = {}
    native: Statements = {}
    for name, lines in sorted(changes.items()):
        try:
            kind = _kind(own / name)
            if kind == "python" and (found := python_statements((own / name).read_bytes(), lines)):
                python[name] = found
            elif kind == "native" and (found := c_statements((own / name).read_text("utf-8", "replace"), lines)):
                native[name] = found
            elif kind == "unknown" and lines:
                told.unknown.append(f"lines of such files are not watched: {name}")
        except (OSError, SyntaxError, ValueError) as error:
            told.unknown.append(f"{name} cannot be read: {error}")
    return python, native


def _kind(path: Path) -> Literal["python", "native", "no code", "unknown"]:
    """Return what lines of a file are, by its suffix, and where it has none by its first line."""
    suffix = path.suffix.lower()
    if suffix in PYTHON:
        return "python"
    if suffix in NATIVE:
        return "native"
    if suffix in NO_CODE and path.name != "CMakeLists.txt":
        return "no code"
    if suffix:
        return "unknown"
    with path.open("rb") as stream:
        first = stream.readline(SAID)
    return "no code" if not first.startswith(b"#!") else "python" if b"python" in first else "unknown"


@dataclass(frozen=True, slots=True)
class _Watch:
    """A folder of ours for what the watched process reports, and the root of the side."""

    folder: Path
    own: Path

    def environment(self, env: Mapping[str, str], python: Statements) -> dict[str, str]:
        """Return `env` with what makes the process report."""
        for name in ("loaded", "lines", "counters", "objects"):
            (self.folder / name).mkdir()
        asked = self.folder / "asked.json"
        files = {
            str((self.own / name).resolve()): sorted({line for span in found.values() for line in span})
            for name, found in python.items()
        }
        asked.write_text(json.dumps({"folder": str(self.folder / "lines"), "files": files}))
        whole = reporting(env, self.folder / "loaded")
        return whole | ({LINES: str(asked)} if python else {}) | gcov.variables(self.folder / "counters")

    def tell_python(self, asked: Statements, argv: Sequence[str], cwd: Path, told: _Told) -> None:
        """Note which lines of Python ran."""
        if not asked:
            return
        loaded = read_loaded(self.folder / "loaded", cwd=cwd)
        texts = [path.read_text("utf-8") for path in sorted((self.folder / "lines").iterdir())]
        reports = [json.loads(row) for text in texts for row in text.splitlines()]
        silent = _silent(loaded, reports, argv)
        if silent:
            told.unknown.append(silent)
            return
        told.how.update(report["how"] for report in reports)
        for name, found in asked.items():
            path = str((self.own / name).resolve())
            told.lines[name] = {
                line: any(_ran(report, path, line, found[line]) for report in reports) for line in found
            }
        if any(report["lost"] for report in reports) and not all(all(one.values()) for one in told.lines.values()):
            told.unknown.append("the program took the tracing away (a debugger or coverage.py does): run it without")

    def tell_native(self, asked: Statements, notes: Sequence[Path], told: _Told) -> None:
        """Note which lines of C and C++ ran."""
        if not notes:
            return
        if not any((self.folder / "counters").iterdir()):
            told.unknown.append(
                "the build counts lines (--coverage), but nothing was written: the program loads none of it, or ends "
                "without the end of C (_exit, a signal)"
            )
            return
        try:
            counts = gcov.counted(notes, self.folder / "counters", self.folder / "objects")
        except MeasurementFailed as error:
            told.unknown.append(str(error))
            return
        told.how.add("gcov")
        without = []
        for name, found in asked.items():
            lines = counts.get(str((self.own / name).resolve()), {})
            known = {line: near for line, span in found.items() if (near := [i for i in span if i in lines])}
            told.lines[name] = {
                line: lines[line] > 0 if line in lines else any(lines[i] > 0 for i in near)
                for line, near in known.items()
            }
            without += [f"{name}:{span}" for span in spans(line for line in found if line not in known)]
        if without:
            told.unknown.append(
                f"gcov has no counter for {_some(without)} (declarations, or sources that this build leaves out)"
            )


def _silent(loaded: Loaded, reports: Sequence[Mapping[str, Any]], argv: Sequence[str]) -> str:
    """Say why no report of a Python came though one may have run; empty where reports came or surely none ran."""
    if reports:
        return ""
    if loaded.python or not loaded.native:
        return "no Python said which lines ran"
    return unreported(loaded, argv)


def _ran(report: Mapping[str, Any], path: str, line: int, statement: range) -> bool:
    """Say whether a process ran a line: by its own entry where its interpreter has one, else by its statement."""
    ran = report["ran"].get(path, ())
    return line in ran or (line not in report["code"].get(path, ()) and any(near in ran for near in statement))


def _some(names: Iterable[str], most: int = 5) -> str:
    listed = list(names)
    return ", ".join(listed[:most]) + (f" and {len(listed) - most} more" if len(listed) > most else "")


def _answer(told: _Told) -> Execution:
    """Return the record; nothing that is unknown is called not executed."""
    changed = sum(len(lines) for lines in told.lines.values())
    ran = sum(sum(lines.values()) for lines in told.lines.values())
    reason = "; ".join(told.unknown)
    how = ", ".join(sorted(told.how)) or "none"
    if not ran and (told.unknown or not changed):
        return Execution(state="unknown" if told.unknown else "no code", changed=changed, how=how, reason=reason)
    missed = {name: [line for line, done in lines.items() if not done] for name, lines in told.lines.items()}
    return Execution(
        state="executed" if ran == changed else "partly" if ran else "not executed",
        changed=changed,
        executed=ran,
        missed=tuple(f"{name}:{_spans(lines)}" for name, lines in missed.items() if lines)[:MISSED_FILES],
        how=how,
        reason=reason,
    )


def _spans(lines: Iterable[int]) -> str:
    found = list(spans(lines))
    return ",".join(found[:MISSED_SPANS]) + (
        f" and {len(found) - MISSED_SPANS} more" if len(found) > MISSED_SPANS else ""
    )
