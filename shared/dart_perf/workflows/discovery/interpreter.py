"""Which Python runs the project's benchmarks: that of its own virtual environment, else dart-perf's."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

VENVS = (".venv", "venv", "env")
"""Folders that people and tools make virtual environments in."""
OWN = "{python}"


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python as argv names it."""

    item: str
    said: str
    """How a remark calls it."""
    packages: tuple[Path, ...]
    """Folders with what is installed."""

    def has(self, module: str) -> bool:
        """Say whether the top-level `module` is installed, told from names of files alone."""
        return any(
            (folder / module).is_dir()
            or (folder / f"{module}.py").is_file()
            or any(folder.glob(f"{module}-*.dist-info"))
            for folder in self.packages
        )


def interpreters(root: Path) -> tuple[Interpreter, ...]:
    """Return the project's own interpreter, where it has one, and dart-perf's; the preferred first."""
    own = Interpreter(OWN, "dart-perf's own environment", _installed(Path(sys.prefix)))
    found = (name for name in VENVS if (root / name / "pyvenv.cfg").is_file() and (root / name / "bin/python").exists())
    name = next(found, None)
    if name is None or (root / name).resolve() == Path(sys.prefix).resolve():
        return (own,)
    # Its folder is no file of the program: it stays where it is when a baseline's kept files are measured.
    return (Interpreter(f"{{project}}/{name}/bin/python", f"the project's {name}", _installed(root / name)), own)


def with_module(root: Path, module: str) -> Interpreter | None:
    """Return the preferred interpreter that has `module`, or None."""
    return next((python for python in interpreters(root) if python.has(module)), None)


def _installed(prefix: Path) -> tuple[Path, ...]:
    return tuple(_folders(prefix))


def _folders(prefix: Path) -> Iterator[Path]:
    yield from sorted(prefix.glob("lib/python3*/site-packages"))
    yield from sorted(prefix.glob("lib/python3/dist-packages"))  # Debian's own
