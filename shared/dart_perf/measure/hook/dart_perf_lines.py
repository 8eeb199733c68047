"""Notes which of the lines that were asked for run in this interpreter (3.8 and later); untimed processes only.

`sys.monitoring` (PEP 669) from Python 3.12 on, where every place is reported once and then runs at full speed; else
`sys.settrace`, which leaves a function alone as soon as each asked line of it ran. Asked is a JSON file that
DART_PERF_LINES names: `{"folder": where the notes go, "files": {real path: [line, ...]}}`; the notes are lines of JSON
in `lines.<process id>`.
"""

import dis
import json
import os
import sys
import threading
from types import CodeType, FrameType
from typing import Any

_TOOL = "dart-perf"
with open(os.environ["DART_PERF_LINES"], encoding="utf-8") as _stream:  # noqa: PTH123 -- as the hook, without pathlib
    _asked = json.load(_stream)
_wanted = {path: set(lines) for path, lines in _asked["files"].items()}
_ran: "dict[str, set[int]]" = {path: set() for path in _wanted}
_paths: "dict[str, str | None]" = {}
"""What is asked, by the name of a file as code says it; None: not asked."""
_left: "dict[int, tuple[CodeType, str, set[int]]]" = {}
"""Code by id, which keeps it alive, and its asked lines that did not run yet."""
_monitoring: Any = getattr(sys, "monitoring", None)
_START = os.getcwd()  # noqa: PTH109


def _path(name: str) -> "str | None":
    if name not in _paths:
        path = os.path.realpath(os.path.join(_START, name))  # noqa: PTH118
        _paths[name] = path if path in _wanted else None
    return _paths[name]


def _lines_of(code: CodeType) -> "set[int]":
    return {line for _, line in dis.findlinestarts(code) if line}


def _monitored(code: CodeType, line: int) -> object:
    path = _path(code.co_filename)
    if path is not None:
        _ran[path].add(line)
    return _monitoring.DISABLE  # this place of the code has said all


def _called(frame: FrameType, event: str, argument: object) -> Any:  # noqa: ARG001
    code = frame.f_code
    if id(code) not in _left:
        asked = _path(code.co_filename)
        _left[id(code)] = (code, asked or "", _lines_of(code) & _wanted[asked] if asked else set())
    _, path, lines = _left[id(code)]
    if not lines:
        return None

    def ran(frame: FrameType, event: str, argument: object) -> Any:  # noqa: ARG001
        if event == "line":
            _ran[path].add(frame.f_lineno)
            lines.discard(frame.f_lineno)
        return ran

    return ran


def _monitor() -> "int | None":
    """Begin with a tool number that nobody took; return it, or None where there is none."""
    for number in (4, 3, 2, 1, 0):
        if _monitoring.get_tool(number) is None:
            _monitoring.use_tool_id(number, _TOOL)
            _monitoring.register_callback(number, _monitoring.events.LINE, _monitored)
            _monitoring.set_events(number, _monitoring.events.LINE)
            return number
    return None


def _all_lines(code: CodeType) -> "set[int]":
    found = _lines_of(code)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found |= _all_lines(constant)
    return found


def _code_lines(path: str) -> "set[int]":
    """Return the lines that hold code for this interpreter; none where it cannot read the file."""
    try:
        with open(path, "rb") as stream:  # noqa: PTH123
            return _all_lines(compile(stream.read(), path, "exec", dont_inherit=True)) & _wanted[path]
    except (OSError, SyntaxError, ValueError):
        return set()


def write() -> None:
    """Append what ran, and whether somebody took the tracing away; the reader says what is missing."""
    if _number is not None:
        lost = _monitoring.get_tool(_number) != _TOOL
    else:
        lost = sys.gettrace() is not _called
        sys.settrace(None)
    said = {
        "how": "sys.settrace" if _number is None else "sys.monitoring",
        "lost": lost,
        "ran": {path: sorted(lines) for path, lines in _ran.items() if lines},
        "code": {path: sorted(_code_lines(path)) for path in _wanted},
    }
    try:
        name = os.path.join(_asked["folder"], "lines." + str(os.getpid()))  # noqa: PTH118
        with open(name, "a", encoding="utf-8") as stream:  # noqa: PTH123
            stream.write(json.dumps(said) + "\n")
    except OSError:
        pass


_number = _monitor() if _monitoring is not None else None
if _number is None:
    threading.settrace(_called)
    sys.settrace(_called)
