"""Golden text: what people and agents read, committed so that a change is a reviewed diff.

`DART_PERF_GOLDEN=write pytest` writes the files anew.
"""

import os
from pathlib import Path

FOLDER = Path(__file__).parent


def check(name: str, text: str) -> None:
    """Compare `text` with the golden file `name`."""
    path = FOLDER / name
    if os.environ.get("DART_PERF_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), f"differs from {path.name}; DART_PERF_GOLDEN=write accepts it"
