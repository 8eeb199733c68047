"""What is said about the machine, its repository and its interpreters."""

import platform
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from dart_perf.measure.machine import environment, load_average
from dart_perf.measure.revision import revision


def test_this_machine_and_its_interpreter_are_stated() -> None:
    here = environment(libraries=("numpy", "no-such-distribution"))
    assert here.cores is not None
    assert here.cores >= 1
    assert here.os == platform.system().lower()
    assert here.interpreter == f"{platform.python_implementation()} {sys.version_info[0]}.{sys.version_info[1]}"
    assert here.libraries == {"numpy": metadata.version("numpy")}
    assert here == environment(libraries=("numpy",))


def test_another_interpreter_is_asked_itself(tmp_path: Path) -> None:
    other = tmp_path / "python-other"
    other.write_text(f'#!{sys.executable}\nprint(\'["PyPy 7.3", {{"numpy": "1.0"}}]\')', encoding="utf-8")
    other.chmod(0o755)
    there = environment(interpreter=str(other), libraries=("numpy",))
    assert (there.interpreter, there.libraries) == ("PyPy 7.3", {"numpy": "1.0"})


@pytest.mark.parametrize("program", ["/usr/bin/true", "/no/such/python3"])
def test_of_a_program_that_is_no_python_nothing_is_stated(program: str) -> None:
    there = environment(interpreter=program, libraries=("numpy",))
    assert (there.interpreter, there.libraries) == (None, {})


def test_the_load_is_not_negative() -> None:
    load = load_average()
    assert load is None or load >= 0


def git(folder: Path, *arguments: str) -> str:
    config = (
        "-c",
        "user.name=n",
        "-c",
        "user.email=e@x",
        "-c",
        "commit.gpgsign=false",
        "-c",
        "init.defaultBranch=main",
    )
    program = shutil.which("git") or "git"
    done = subprocess.run([program, *config, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init")
    (folder / "file").write_text("1", encoding="utf-8")
    git(folder, "add", "file")
    git(folder, "commit", "-m", "one")
    return folder


def test_a_folder_without_a_repository_or_a_commit_has_no_revision(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert revision(tmp_path) is None
    (tmp_path / ".git").rmdir()
    git(tmp_path, "init")
    assert revision(tmp_path) is None


def test_commit_branch_and_state_are_told_also_from_a_folder_below(repository: Path) -> None:
    (repository / "below").mkdir()
    found = revision(repository / "below")
    assert found is not None
    assert (found.commit, found.branch) == (git(repository, "rev-parse", "HEAD"), "main")
    assert (found.dirty, found.position) == (False, 0)


def test_a_changed_tracked_file_is_dirty_and_a_new_file_is_not(repository: Path) -> None:
    (repository / "new").touch()
    found = revision(repository)
    assert found is not None
    assert not found.dirty
    (repository / "file").write_text("2", encoding="utf-8")
    found = revision(repository)
    assert found is not None
    assert found.dirty


@pytest.mark.parametrize("below", [".dart-perf", "a [b]/store"])
def test_a_store_that_is_kept_in_git_does_not_make_it_dirty_by_being_written_to(repository: Path, below: str) -> None:
    store = repository / below
    store.mkdir(parents=True)
    (store / "log").touch()
    (repository / "sub").mkdir()
    git(repository, "add", below)
    git(repository, "commit", "-m", "two")
    (store / "log").write_text("captured", encoding="utf-8")
    for folder in (repository, repository / "sub"):
        found = revision(folder, store)
        assert found is not None
        assert not found.dirty
    (repository / "file").write_text("2", encoding="utf-8")
    for folder, kept in ((repository / "sub", store), (repository, repository.parent / "elsewhere")):
        found = revision(folder, kept)
        assert found is not None
        assert found.dirty


def test_the_position_counts_first_parents_and_a_detached_head_has_no_branch(repository: Path) -> None:
    git(repository, "checkout", "-b", "side")
    for message in ("two", "three"):
        git(repository, "commit", "--allow-empty", "-m", message)
    git(repository, "checkout", "main")
    git(repository, "merge", "--no-ff", "-m", "merged", "side")
    found = revision(repository)
    assert found is not None
    assert found.position == 1
    git(repository, "checkout", "--detach")
    found = revision(repository)
    assert found is not None
    assert found.branch is None


def test_a_shallow_clone_has_no_position(repository: Path, tmp_path: Path) -> None:
    git(repository, "commit", "--allow-empty", "-m", "two")
    git(tmp_path, "clone", "--depth", "1", repository.as_uri(), "shallow")
    found = revision(tmp_path / "shallow")
    assert found is not None
    assert found.position is None
