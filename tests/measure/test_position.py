"""Positions of commits: what git itself counts, with two calls for any number of commits."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from dart_perf.measure import position
from dart_perf.measure.position import Positions
from dart_perf.measure.revision import git

Git = Callable[..., str]


@pytest.fixture
def repository(tmp_path: Path) -> Git:
    def run(*arguments: str) -> str:
        argv = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-C", str(tmp_path), *arguments]
        return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.strip()

    run("init", "-q", "-b", "main")
    for number in range(6):
        run("commit", "-q", "--allow-empty", "-m", str(number))
    run("checkout", "-q", "-b", "side", "HEAD~3")
    for number in range(4):
        run("commit", "-q", "--allow-empty", "-m", f"side {number}")
    run("checkout", "-q", "main")
    run("merge", "-q", "--no-ff", "-m", "merge", "side")
    run("commit", "-q", "--allow-empty", "-m", "last")
    run("checkout", "-q", "--orphan", "apart")
    run("commit", "-q", "--allow-empty", "-m", "apart")
    run("checkout", "-q", "main")
    return run


def test_every_commit_stands_where_git_counts_it(tmp_path: Path, repository: Git) -> None:
    commits = repository("rev-list", "--all").split()
    counted = {c: int(repository("rev-list", "--count", "--first-parent", c)) - 1 for c in commits}
    assert Positions(tmp_path).of(commits) == counted
    one_by_one = Positions(tmp_path)
    assert {c: place for c in commits for place in one_by_one.of([c]).values()} == counted


def test_a_short_hash_is_known_and_what_is_no_hash_is_not(tmp_path: Path, repository: Git) -> None:
    head = repository("rev-parse", "HEAD")
    unknown = ["main", "HEAD", "--all", "v1.0", "feedc0de", "0" * 40, "-", ""]
    assert Positions(tmp_path).of([head[:10], *unknown, None]) == {head[:10]: 7}


def test_any_number_of_commits_costs_a_few_calls(
    tmp_path: Path, repository: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    def counted(folder: Path, *arguments: str, given: str = "") -> str | None:
        calls.append(arguments[0])
        return git(folder, *arguments, given=given)

    monkeypatch.setattr(position, "git", counted)
    positions, commits = Positions(tmp_path), repository("rev-list", "--all").split()
    positions.of(commits)
    positions.of(reversed(commits))
    assert calls == ["rev-parse", "cat-file", "rev-list"]


def test_a_shallow_clone_knows_no_positions(tmp_path: Path, repository: Git) -> None:
    repository("clone", "-q", "--depth", "2", f"file://{tmp_path}", str(tmp_path / "shallow"))
    head = repository("rev-parse", "HEAD")
    assert Positions(tmp_path / "shallow").of([head]) == {}


def test_without_a_repository_there_are_no_positions(tmp_path: Path) -> None:
    assert Positions(tmp_path).of(["0a1b2c3d"]) == {}
