"""Worktrees come and go whole, whatever was left at their place."""

import os
from pathlib import Path

import pytest

from dart_perf.errors import InvalidInput
from dart_perf.measure import worktree
from dart_perf.measure.repository import failed
from tests.workflows.past import git


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    root.mkdir()
    git(root, "init", "--quiet", "--initial-branch=main")
    (root / "a").write_text("one")
    git(root, "add", ".")
    git(root, "commit", "--quiet", "--message", "One")
    return root


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path.resolve() / "place"


def test_a_worktree_holds_the_commit_while_the_block_lasts(repository: Path, place: Path) -> None:
    commit = git(repository, "rev-parse", "HEAD")
    (repository / "a").write_text("two")
    with worktree.checked_out(repository, place, commit) as tree:
        assert (tree / "a").read_text() == "one"
        assert worktree.known(repository) == {str(repository), str(place)}
    assert not place.exists()
    assert worktree.known(repository) == {str(repository)}


@pytest.mark.parametrize("damage", ["none", "folder gone", "link to git gone", "half made", "not writable"])
def test_what_was_left_is_taken_away(repository: Path, place: Path, damage: str) -> None:
    git(repository, "worktree", "add", "--quiet", "--detach", str(place), "HEAD")
    (place / "deep" / "er").mkdir(parents=True)
    (place / "deep" / "er" / "built").write_text("x")
    admin = repository / ".git" / "worktrees" / place.name
    if damage == "folder gone":
        worktree.delete(place)
    elif damage == "link to git gone":
        (place / ".git").unlink()
    elif damage == "half made":
        (admin / "HEAD").unlink()
        (admin / "locked").write_text("initializing")
    elif damage == "not writable":
        (place / "deep" / "er").chmod(0o500)
        (place / "deep").chmod(0o500)
    worktree.remove(repository, place)
    assert not place.exists()
    assert not admin.exists()


def test_a_link_at_the_place_is_taken_away_and_not_followed(repository: Path, place: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    (other / "folder").mkdir(parents=True)
    (other / "folder").chmod(0o500)
    place.symlink_to(other)
    worktree.remove(repository, place)
    assert not os.path.lexists(place)
    assert (other / "folder").stat().st_mode & 0o777 == 0o500


def test_worktrees_of_others_stay_also_where_their_folder_is_away(
    repository: Path, place: Path, tmp_path: Path
) -> None:
    theirs = tmp_path.resolve() / "theirs"
    git(repository, "worktree", "add", "--quiet", "--detach", str(theirs), "HEAD")
    theirs.rename(tmp_path / "unmounted")
    with worktree.checked_out(repository, place, "HEAD"):
        pass
    assert str(theirs) in worktree.known(repository)


def test_a_commit_that_cannot_be_checked_out_leaves_nothing(repository: Path, place: Path) -> None:
    with (
        pytest.raises(worktree.NotCheckedOut, match=r"git worktree add failed: .*invalid reference"),
        worktree.checked_out(repository, place, "0" * 40),
    ):
        pass
    assert not place.exists()
    assert worktree.known(repository) == {str(repository)}


def test_a_git_that_was_killed_is_said_to_have_been() -> None:
    killed = failed(("worktree", "add"), -9, b"", worktree.NotCheckedOut)
    assert str(killed).startswith("git worktree add failed: it was ended by signal 9 (SIGKILL) and wrote nothing. Ask")
    assert str(failed(("write-tree",), 128, b"fatal:\n no\n", InvalidInput)) == "git write-tree failed: fatal: no"
