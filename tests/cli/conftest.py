"""The installed commands, as a person runs them."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Toy


@pytest.fixture
def command(
    toy: Toy, commands: Path, command_environment: dict[str, str]
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run an installed command in the toy project."""

    def run(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        argv = [str(commands / name), *arguments]
        return subprocess.run(
            argv, cwd=toy.root, env=command_environment, capture_output=True, text=True, check=False, timeout=120
        )

    return run
