from pathlib import Path

from dart_perf.model.history import Validation


def validate(root: Path) -> Validation:
    raise NotImplementedError
