"""Runs inside a measured Python (3.8 and later) and notes at its end which files its modules came from.

`site` imports a module of this name while an interpreter starts. This one takes itself out of the way, so that the
program sees the path and the sitecustomize that it would see without it. It imports what every interpreter has loaded,
and leaves to the reader of the notes what can be done elsewhere (real paths, parsing). It never fails the program.
"""

import atexit
import os
import sys

_FOLDER = os.environ.get("DART_PERF_LOADED")
"""Where the notes go: one file a process, `py.<process id>`, paths that end with NUL."""
try:
    _START = os.getcwd()  # noqa: PTH109 -- importing pathlib costs more than all of this
except OSError:  # the folder is gone
    _START = ""
_SCRIPT = sys.argv[0] if getattr(sys, "argv", None) else ""
"""What `__main__` no longer says at the end; -c, -m or empty where there is no script."""


def _files() -> "set[str]":
    found = set()
    script = os.path.join(_START, _SCRIPT)  # noqa: PTH118
    if os.path.isfile(script):  # noqa: PTH113
        found.add(script)
    for module in list(sys.modules.values()):
        try:  # not getattr: that imports what was put off (importlib.util.LazyLoader)
            name = object.__getattribute__(module, "__dict__").get("__file__")
        except (AttributeError, TypeError):  # anything may stand in sys.modules
            continue
        if isinstance(name, str):
            found.add(os.path.join(_START, name))  # noqa: PTH118
    return found


def _write() -> None:
    try:
        text = "".join([name + "\0" for name in _files()])
        path = os.path.join(str(_FOLDER), "py." + str(os.getpid()))  # noqa: PTH118
        stream = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(stream, os.fsencode(text))
        finally:
            os.close(stream)
    except (OSError, UnicodeError):  # a folder that is gone or full: the reader says that nothing was reported
        pass


def _begin() -> None:
    reports = [_write]
    if "DART_PERF_LINES" in os.environ:
        import dart_perf_lines  # type: ignore[import-not-found]  # beside this file

        del sys.modules["dart_perf_lines"]
        reports.append(dart_perf_lines.write)
    for report in reports:
        atexit.register(report)  # registered first, called last
    leave = os._exit

    def _exit(status: int) -> None:
        """Exit to the system with specified status, without normal exit processing."""
        for report in reports:  # as children of multiprocessing end
            report()
        leave(status)

    os._exit = _exit  # type: ignore[assignment]


if _FOLDER:
    _begin()

_here = os.path.dirname(__file__)  # noqa: PTH120
if _here in sys.path:
    sys.path.remove(_here)
sys.path_importer_cache.pop(_here, None)
sys.modules.pop(__name__, None)
import sitecustomize  # type: ignore[import-not-found]  # noqa: E402, F401 -- the one that this one hid; where there is none, site expects this ImportError
