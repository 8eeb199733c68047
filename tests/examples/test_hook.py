"""The pre-push hook that users copy, on real pushes to a bare repository."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

GIT = shutil.which("git") or "git"
HOOK = Path(__file__).resolve().parents[2] / "examples" / "hooks" / "pre-push"
FAKE = """#!/bin/sh
echo "$@" >>"$SAID"
cat >>"$SAID"  # a command that reads must not take the other branches' lines
echo "the verdict"
exit "$CODE"
"""
SCENARIO = """[scenario.work]
argv = ["{python}", "{root}/work.py"]
format = "none"
metrics = ["cpu_time"]
"""


class Repository:
    """A repository with the hook, one commit behind its edit, and a bare one that has main."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.root, self.bare, self.environment = folder / "work", folder / "bare.git", dict(environment)
        self.root.mkdir()
        subprocess.run([GIT, "init", "--quiet", "--bare", str(self.bare)], check=True)
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("remote", "add", "origin", str(self.bare))
        (self.root / ".gitignore").write_text(".dart-perf/\n")
        (self.root / "work.py").write_text("print(sum(range(1000)))\n")
        (self.root / "dart-perf.toml").write_text(SCENARIO)
        self.git("add", ".")
        self.git("commit", "--quiet", "--message=One")
        self.git("push", "--quiet", "origin", "main")
        shutil.copy(HOOK, self.root / ".git" / "hooks" / "pre-push")
        self.git("switch", "--quiet", "--create", "edit")
        (self.root / "work.py").write_text("print(sum(range(1001)))\n")
        self.git("commit", "--quiet", "--all", "--message=Two")

    def git(self, *arguments: str) -> str:
        identity = ("-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
        done = subprocess.run(
            [GIT, *identity, *arguments],
            cwd=self.root, env=self.environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return done.stdout.strip()

    def push(self, *arguments: str) -> tuple[int, str]:
        done = subprocess.run(
            [GIT, "push", "--quiet", "origin", *arguments],
            cwd=self.root, env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.stdout == ""  # a hook's words are for people
        return done.returncode, done.stderr

    def pushed(self) -> set[str]:
        said = subprocess.run(
            [GIT, "for-each-ref", "--format=%(refname:short)"],
            cwd=self.bare, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return set(said.stdout.split())


@pytest.fixture
def repository(tmp_path: Path, command_environment: dict[str, str]) -> Repository:
    """Where the detector is a fake that notes what it is asked and ends with $CODE."""
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "dart-regression-detector").write_text(FAKE)
    (tools / "dart-regression-detector").chmod(0o755)
    path = {"PATH": f"{tools}:{os.environ['PATH']}", "SAID": str(tmp_path / "said"), "CODE": "0"}
    return Repository(tmp_path, command_environment | path)


def asked(repository: Repository) -> list[str]:
    said = Path(repository.environment["SAID"])
    return said.read_text().splitlines() if said.exists() else []


@pytest.mark.parametrize(
    ("code", "is_pushed", "says"),
    [
        (0, True, ""),
        (1, False, "pre-push: edit is not pushed, see above. All the same: git push --no-verify"),
        (2, True, "pre-push: pushed, but not verified (exit status 2, see above)"),
        (3, True, "pre-push: pushed, but not known yet. To go on: dart-regression-detector --verify-change --budget"),
        (4, True, "not verified (exit status 4"),
        (5, True, "not verified (exit status 5"),
        (6, False, "edit is not pushed"),
        (130, True, "not verified (exit status 130"),
    ],
)
def test_only_a_regression_and_changed_behaviour_stop_a_push(
    repository: Repository, code: int, is_pushed: bool, says: str
) -> None:
    repository.environment["CODE"] = str(code)
    status, said = repository.push("edit")
    assert (status == 0, repository.pushed()) == (is_pushed, {"main", "edit"} if is_pushed else {"main"})
    assert says in said
    assert "the verdict" in said
    assert asked(repository) == [f"--verify-change --budget 60 --head {repository.git('rev-parse', 'edit')}"]


def test_what_is_pushed_all_the_same_is_not_measured(repository: Repository) -> None:
    repository.environment["CODE"] = "1"
    assert repository.push("--no-verify", "edit")[0] == 0
    assert (repository.pushed(), asked(repository)) == ({"main", "edit"}, [])


def test_each_branch_is_verified_with_the_commit_that_is_pushed_and_nothing_else_is(repository: Repository) -> None:
    repository.environment |= {"DART_PERF_BUDGET": "300", "DART_PERF_SCENARIO": "solve"}
    edit, one = (repository.git("rev-parse", name) for name in ("edit", "main"))
    repository.git("tag", "v1")
    assert repository.push("edit", "main:other", "v1")[0] == 0
    assert sorted(asked(repository)) == sorted(
        f"--verify-change --budget 300 --head {commit} --scenario solve" for commit in (edit, one)
    )
    assert repository.push("--delete", "other")[0] == 0
    assert len(asked(repository)) == 2


def test_without_the_command_the_push_goes_on_and_it_is_said(repository: Repository, tmp_path: Path) -> None:
    tools = tmp_path / "few"
    tools.mkdir()
    for name in ("git", "sh", "cat", "env"):
        (tools / name).symlink_to(str(shutil.which(name)))
    repository.environment["PATH"] = str(tools)
    status, said = repository.push("edit")
    assert (status, repository.pushed()) == (0, {"main", "edit"})
    assert "pre-push: dart-regression-detector is not on PATH, so nothing was measured" in said


def test_the_real_command_verifies_a_push(tmp_path: Path, command_environment: dict[str, str], commands: Path) -> None:
    path = {"PATH": f"{commands}:{os.environ['PATH']}", "DART_PERF_BUDGET": "1", "DART_PERF_SCENARIO": "work"}
    repository = Repository(tmp_path, command_environment | path)
    trust = [str(commands / "dart-perf-baseline"), "--trust"]
    subprocess.run(trust, cwd=repository.root, env=repository.environment, check=True, capture_output=True)
    status, said = repository.push("edit")
    assert (status, repository.pushed()) == (0, {"main", "edit"}), said
    assert "work" in said
    assert "exit status" not in said  # a verdict or INCONCLUSIVE, not an error
    assert repository.git("status", "--porcelain") == ""
