"""Paths that the system itself refuses: one sentence with the path and what to do, never a traceback."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from dart_perf.errors import InvalidInput
from dart_perf.model.measurement import Run
from dart_perf.workflows.project import open_project
from tests.conftest import Toy

Command = Callable[..., subprocess.CompletedProcess[str]]
LONG = "x" * 300
DEEP = "y/" * 3000


@pytest.fixture
def circle(toy: Toy) -> Path:
    """Return a link that leads to itself over another."""
    (toy.root / "there").symlink_to("back")
    (toy.root / "back").symlink_to("there")
    return toy.root / "there"


@pytest.mark.parametrize("path", [LONG, DEEP], ids=["long name", "long path"])
@pytest.mark.parametrize(
    "arguments",
    [["--list", "--project"], ["--list", "--output"], ["--merge"], ["--backup"], ["--import"]],
    ids=" ".join,
)
def test_a_name_that_is_too_long_is_one_line(toy: Toy, command: Command, arguments: list[str], path: str) -> None:
    toy.project.store.append_runs([Run(producer="toy")])  # an empty store is not backed up
    done = command("dart-perf-baseline", *arguments, path)
    line = done.stderr.splitlines()[-1]  # after what was done until then
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert line.startswith("error: ")
    assert path[:60] in line
    assert len(line) < 400
    assert "File name too long. Give a" in line


@pytest.mark.parametrize(
    "arguments", [["--list", "--project"], ["--list", "--output"], ["--merge"], ["--restore"]], ids=" ".join
)
def test_links_in_a_circle_are_one_line(circle: Path, command: Command, arguments: list[str]) -> None:
    done = command("dart-perf-baseline", *arguments, str(circle / "x"))
    (line,) = done.stderr.splitlines()
    assert (done.returncode, done.stdout) == (2, "")
    assert line.startswith("error: ")
    assert str(circle) in line
    assert "Too many levels of symbolic links. Its links lead in a circle: mend them, or give another path." in line


@pytest.mark.parametrize(("variable", "what"), [("DART_PERF_HOME", "store"), ("DART_PERF_PROJECT", "project")])
def test_a_variable_that_names_no_possible_folder_is_refused_with_what_it_is_for(
    circle: Path, tmp_path: Path, variable: str, what: str
) -> None:
    environment = {"DART_PERF_PROJECT": str(tmp_path)}
    with pytest.raises(InvalidInput, match=f"^{what} folder '….*xxx' cannot be used: File name too long. Give a sh"):
        open_project(None, environment | {variable: str(tmp_path / LONG)})
    with pytest.raises(InvalidInput, match=f"^{what} folder '{circle}' cannot be used: Too many levels .* in a circle"):
        open_project(None, environment | {variable: str(circle)})
