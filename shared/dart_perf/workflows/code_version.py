"""Which code a result came from: a result that another version computed is not taken for this one's."""

import hashlib
import platform
from functools import cache
from importlib import import_module, resources
from importlib.resources.abc import Traversable

STATISTICS = ("dart_perf.analysis", "dart_perf.model", "dart_perf.stats")
"""What turns values into results."""
LIBRARIES = ("numpy", "pydantic", "scipy")
"""What it stands on."""


@cache
def code_version(*packages: str, libraries: tuple[str, ...] = ()) -> str:
    """Return 16 digits of the digest of the source of `packages` or modules, and of the versions that they run on.

    No number that somebody has to raise: who changes a statistic would forget it, and old results would be believed.
    """
    found = hashlib.sha256(platform.python_version().encode())
    for name in libraries:  # asked of the module: the installed metadata takes ten times as long to read
        found.update(f" {name} {import_module(name).__version__}".encode())
    for name in packages:
        for file in _files(name):
            found.update(b"%b %b\n" % (file.name.encode(), file.read_bytes()))
    return found.hexdigest()[:16]


def _files(name: str) -> list[Traversable]:
    """Return the sources of a package without those below it, or of a module."""
    folder, _, last = name.rpartition(".")
    module = resources.files(folder).joinpath(f"{last}.py")
    if module.is_file():
        return [module]
    return sorted((f for f in resources.files(name).iterdir() if f.name.endswith(".py")), key=lambda f: f.name)
