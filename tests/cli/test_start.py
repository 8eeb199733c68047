"""The two pages that start from an empty folder: files, commands and what they print, taken from the pages."""

import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from dart_perf.measure import catalogue

DOCS = Path(__file__).resolve().parents[2] / "docs"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
PLANTED = re.compile(r"^(?://|#) ([\w.-]+\.(?:hpp|cpp|py|toml))(, below what is there)?\n")
AUTHOR = {"GIT_CONFIG_GLOBAL": os.devnull} | {
    f"GIT_{who}_{what}": "reader@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
}
"""Whoever follows the pages has told git who he is."""


def blocks(page: str) -> Iterator[tuple[str, str]]:
    """Yield language and content of every block of a page, in order."""
    yield from ((found[1], found[2]) for found in BLOCK.finditer((DOCS / page).read_text(encoding="utf-8")))


def commands_of(block: str) -> Iterator[tuple[list[str], list[str]]]:
    """Yield each command with the lines that it is said to print; `...` stands for anything."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, *printed = part.splitlines()
        yield shlex.split(command), printed


def follow(page: str, folder: Path, environment: dict[str, str]) -> list[int]:
    """Do what the page says, and return the exit codes of its commands."""
    codes = []
    for language, content in blocks(page):
        if planted := PLANTED.match(content):
            with (folder / planted[1]).open("a" if planted[2] else "w", encoding="utf-8") as file:
                file.write(content)
        elif language == "toml":
            assert content in (folder / catalogue.FILE).read_text(encoding="utf-8")
        else:
            assert language == "console"
            for argv, printed in commands_of(content):
                done = subprocess.run(
                    argv, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=200
                )
                codes.append(done.returncode)
                for line in printed:
                    pattern = re.escape(line).replace(r"\.\.\.", ".*")
                    assert re.search(f"^{pattern}$", done.stdout, flags=re.MULTILINE), done.stdout + done.stderr
    return codes


@pytest.mark.parametrize(
    ("page", "codes"), [("start-cpp.md", [*[0] * 6, 1, *[0] * 4, 1]), ("start-python.md", [*[0] * 7, 1, 0, 1])]
)
def test_the_page_leads_from_an_empty_folder_to_a_verdict(
    tmp_path: Path, commands: Path, command_environment: dict[str, str], page: str, codes: list[int]
) -> None:
    path = f"{commands}{os.pathsep}{command_environment['PATH']}"
    assert follow(page, tmp_path, command_environment | AUTHOR | {"PATH": path}) == codes
