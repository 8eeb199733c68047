"""Running the programs of this folder, several at once."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def run_all(*calls: list[str], under: list[str] | None = None) -> list[dict[str, Any]]:
    """Run `python -m tests.faults.CALL` for every call at once; return what each prints, as JSON.

    Raises RuntimeError where one fails, with what it said.
    """
    argvs = [[*(under or []), sys.executable, "-m", f"tests.faults.{call[0]}", *call[1:]] for call in calls]
    pipe = subprocess.PIPE
    running = [subprocess.Popen(argv, cwd=ROOT, text=True, stdout=pipe, stderr=pipe) for argv in argvs]
    said = [process.communicate() for process in running]
    for argv, process, (_, error) in zip(argvs, running, said, strict=True):
        if process.returncode:
            raise RuntimeError(f"{argv} ended with {process.returncode}: {error}")
    return [json.loads(out) for out, _ in said]
