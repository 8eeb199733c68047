"""What the kernel tells in /proc and /sys, below one root that a test can plant."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LARGEST = 1 << 20
"""Bytes of a file that are read; /proc/cpuinfo of 256 processors has 400 kB."""


@dataclass(frozen=True, slots=True)
class Host:
    """A machine as its files tell it."""

    root: Path = Path("/")

    def text(self, name: str) -> str | None:
        """Return what a file says, without white space at its ends; None where there is none that can be read."""
        try:
            with (self.root / name).open("rb") as file:
                return file.read(LARGEST).decode("utf-8", "replace").strip()
        except (OSError, ValueError):
            return None

    def number(self, name: str) -> int | None:
        """Return the whole number that a file says, or None."""
        try:
            return int(self.text(name) or "")
        except ValueError:
            return None

    def every(self, pattern: str) -> Iterator[str]:
        """Yield what the files that match `pattern` say, in order of their names."""
        for path in sorted(self.root.glob(pattern)):
            said = self.text(path.relative_to(self.root).as_posix())
            if said:
                yield said

    def exists(self, name: str) -> bool:
        """Say whether there is a file or folder of that name, which may be a pattern."""
        return any(True for _ in self.root.glob(name))
