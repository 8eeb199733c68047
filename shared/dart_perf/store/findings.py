"""What a validation gathers: damage, and what is no damage but must be known."""

from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

from dart_perf.errors import PerfError
from dart_perf.model.history import Finding
from dart_perf.store.fault import Damaged

P = ParamSpec("P")
T = TypeVar("T")


def finding(root: Path, file: Path, error: PerfError) -> Finding:
    """Return what `error` says, which came up while `file` was read."""
    place, offset, problem = file, None, str(error)
    if isinstance(error, Damaged):
        place, offset, problem = error.file, error.offset, error.problem
    name = place.relative_to(root).as_posix() if place.is_relative_to(root) else str(place)
    return Finding(file=name, offset=offset, problem=problem)


class Findings:
    """Grows while a store is checked."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.damage: list[Finding] = []
        self.warnings: list[str] = []

    def add(self, file: Path, offset: int | None, problem: str) -> None:
        """Note damage."""
        self.damage.append(Finding(file=self.name(file), offset=offset, problem=problem))

    def warn(self, file: Path, problem: str) -> None:
        """Note what is no damage, but must be known."""
        self.warnings.append(f"{self.name(file)}: {problem}")

    def name(self, file: Path) -> str:
        """Return the path of a file below the store's folder."""
        return file.relative_to(self.root).as_posix() if file.is_relative_to(self.root) else str(file)

    def attempt(self, file: Path, check: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """Return what `check` returns; where it finds damage, note that and return None."""
        try:
            return check(*args, **kwargs)
        except PerfError as error:
            self.damage.append(finding(self.root, file, error))
        return None
