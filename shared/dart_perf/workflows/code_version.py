"""Which code a result came from: a result that another version computed is not taken for this one's."""

import hashlib
from functools import cache
from importlib import resources
from importlib.metadata import version

SOURCES = ("dart_perf.analysis", "dart_perf.model", "dart_perf.stats")
"""Packages that turn values into results."""
LIBRARIES = ("numpy", "pydantic", "scipy")


@cache
def code_version() -> str:
    """Return 16 digits of the digest of the source of `SOURCES` and of the versions of `LIBRARIES`.

    No number that somebody has to raise: who changes a statistic would forget it, and old results would be believed.
    """
    found = hashlib.sha256("".join(f"{name} {version(name)}\n" for name in (*LIBRARIES, "dart-perf")).encode())
    for package in SOURCES:
        for file in sorted(resources.files(package).iterdir(), key=lambda f: f.name):
            if file.name.endswith(".py"):
                found.update(b"%b %b\n" % (file.name.encode(), file.read_bytes()))
    return found.hexdigest()[:16]
