"""`make demo` on a real DART: three changes, three verdicts, told as an agent reads them."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import golden

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.skipif(importlib.util.find_spec("dartpy") is None, reason="dartpy has no wheel for this Python")
def test_the_demo_gives_the_three_verdicts(tmp_path: Path) -> None:
    for name in ("mcp.json", "dart-perf.toml"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    (tmp_path / ".venv").symlink_to(sys.prefix)
    environment = dict(os.environ) | {"HOME": str(tmp_path / "home"), "NO_COLOR": "1", "COLUMNS": "100"}
    del environment["DART_PERF_STATE"]  # a client does not pass it on: trust goes where the servers look, to HOME
    argv = [sys.executable, "examples/demo.py", "--seed", "1"]
    done = subprocess.run(argv, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=290)
    assert done.returncode == 0, done.stdout + done.stderr
    golden.check("demo.txt", outline(done.stdout))


def outline(transcript: str) -> str:
    """Return what does not vary: the calls, the verdicts, the changed guards, the next steps; numbers as #."""
    kept = re.compile(r"^(captured|[a-z]+-[a-z]+\.[a-z_]+\(|[A-Z_]{6,}:|  changed|next:|─|the planted)")
    lines = [line.rstrip() for line in transcript.splitlines() if kept.match(line)]
    text = re.sub(r"─+", "──", "\n".join(lines))
    text = re.sub(r"run-[0-9a-f]{16}", "run-ID", text)
    text = re.sub(r"/[0-9a-f]{8}\b", "/ID", text)
    text = re.sub(r"^(NORMAL|INCONCLUSIVE): .*", "NORMAL or INCONCLUSIVE: ...", text, flags=re.MULTILINE)
    open_step = r"^next: (go on|.*; do not read this as `fine`)$"  # on a noisy machine: more processes, or a calm one
    text = re.sub(open_step, "next: go on, or measure more", text, flags=re.MULTILINE)
    text = re.sub(r"worst standard_robot/\w+ cpu_time", "worst standard_robot/... cpu_time", text)
    text = re.sub(r"next: look at what standard_robot/\w+ executes", "next: look at what ... executes", text)
    return re.sub(r"-?\d+(\.\d+)?", "#", text) + "\n"
