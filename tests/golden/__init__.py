"""Golden text: what people and agents read, committed so that a change is a reviewed diff.

`DART_PERF_GOLDEN=write pytest` writes the files anew.
"""

import difflib
import os
from pathlib import Path

FOLDER = Path(__file__).parent


def check(name: str, text: str) -> None:
    """Compare `text` with the golden file `name`."""
    path = FOLDER / name
    if os.environ.get("DART_PERF_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    kept = path.read_text(encoding="utf-8")
    difference = "\n".join(difflib.unified_diff(kept.splitlines(), text.splitlines(), name, "now", lineterm="", n=1))
    assert text == kept, f"differs from {name}; DART_PERF_GOLDEN=write accepts it\n{difference}"
