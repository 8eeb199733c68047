"""Which systems dart-perf runs on: looked at before what only some of them have is imported."""

import importlib
import sys

from dart_perf.errors import UnsupportedSystem

WITHOUT_POSIX = frozenset({"win32", "emscripten", "wasi"})
"""Values of `sys.platform` of systems that lack what the store and measuring are made of: flock, wait4, signals."""


def require(platform: str = sys.platform) -> None:
    """Raise UnsupportedSystem where dart-perf cannot run; `platform` is a value of `sys.platform`."""
    if platform in WITHOUT_POSIX:
        way_out = " On Windows that is WSL 2, with Python and the project in it." * (platform == "win32")
        raise UnsupportedSystem(
            f"dart-perf does not run on {platform}: its store is locked and programs are measured by what only POSIX "
            f"systems have. Start it on one; Linux is where it is tested.{way_out}"
        )


def enter(module: str, platform: str = sys.platform) -> None:
    """Import `module` and run its `main`; where dart-perf cannot run, end with one line and the exit code of usage."""
    try:
        require(platform)
    except UnsupportedSystem as error:
        sys.stderr.write(f"error: {error}\n")
        raise SystemExit(error.exit_code) from None
    importlib.import_module(module).main()
