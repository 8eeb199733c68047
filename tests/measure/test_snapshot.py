"""The working tree becomes a commit as git itself would make it, and nothing of the user's is touched."""

import os
import subprocess
from pathlib import Path

import pytest

from dart_perf.errors import InvalidInput
from dart_perf.measure import snapshot
from dart_perf.measure.changes import Change, changed_files
from dart_perf.measure.snapshot import Snapshot, main_branch, merge_base, take
from tests.workflows.changed import commit
from tests.workflows.past import git


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path.resolve() / "repository"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    (folder / "a.py").write_text("1\n2\n3\n4\n5\n")
    (folder / "gone.py").write_text("x\n" * 50)
    (folder / "run.sh").write_text("#!/bin/sh\n")
    (folder / ".gitignore").write_text("*.o\n.dart-perf/\n")
    commit(folder, "First")
    return folder


def now(root: Path, name: str | None = None) -> Snapshot:
    return take(root, name, home=root / ".dart-perf")


def files(root: Path, of: Snapshot) -> list[str]:
    return git(root, "ls-tree", "-r", "--name-only", of.tree).split("\n")


def test_a_clean_working_tree_is_its_commit(root: Path) -> None:
    assert now(root) == now(root, "HEAD") == now(root, "main")
    head = git(root, "rev-parse", "HEAD")
    assert now(root) == Snapshot(head, git(root, "rev-parse", "HEAD^{tree}"), head[:12], dirty=False, parent=head)


def test_a_dirty_working_tree_is_what_git_would_commit(root: Path) -> None:
    (root / "staged.py").write_text("staged\n")
    git(root, "add", "staged.py")
    (root / "staged.py").write_text("staged, then edited\n")
    (root / "gone.py").unlink()
    (root / "run.sh").chmod(0o755)
    (root / "link").symlink_to("a.py")
    (root / "new\nline ü").write_text("untracked\n")
    (root / "ignored.o").write_text("x")
    git(root, "rm", "--quiet", "--cached", "a.py")
    found = now(root)
    assert found.label == f"working tree (5 files changed) on {found.parent[:12]}"
    assert (found.dirty, found.parent) == (True, git(root, "rev-parse", "HEAD"))
    assert now(root) == found
    git(root, "add", "--all")
    assert git(root, "write-tree") == found.tree
    git(root, "commit", "--quiet", "--message", "All of it")
    assert now(root).tree == found.tree


def test_an_edit_that_keeps_size_and_time_of_a_file_that_was_just_committed_is_seen(root: Path) -> None:
    for number in range(5):
        path = root / "a.py"
        before = path.stat()
        path.write_text(f"1\n2\n3\n4\n{number}\n")
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert git(root, "show", f"{now(root).tree}:a.py").endswith(str(number))


def test_line_ends_are_those_that_git_would_store(root: Path) -> None:
    git(root, "config", "core.autocrlf", "true")
    git(root, "config", "core.safecrlf", "true")
    (root / "a.py").write_bytes(b"1\r\n2\r\n3\r\n4\r\n5\r\n")
    assert not now(root).dirty
    (root / "a.py").write_bytes(b"1\r\n2\r\nmixed\n")
    assert git(root, "show", f"{now(root).tree}:a.py") == "1\n2\nmixed"


def test_the_users_index_stays_as_it_is(root: Path) -> None:
    for name, value in (("core.splitIndex", "true"), ("core.untrackedCache", "true")):
        git(root, "config", name, value)
    git(root, "update-index", "--split-index")
    (root / "a.py").write_text("other\n")
    (root / "b.py").write_text("new\n")
    before = {path: path.read_bytes() for path in (root / ".git").iterdir() if path.is_file()}
    now(root)
    assert {path: path.read_bytes() for path in (root / ".git").iterdir() if path.is_file()} == before
    assert list((root / ".dart-perf" / "tmp").iterdir()) == []


def test_another_repository_inside_is_a_link_to_its_commit(root: Path) -> None:
    (root / "nested").mkdir()
    git(root / "nested", "init", "--quiet")
    (root / "nested" / "x").write_text("x")
    with pytest.raises(InvalidInput, match=r"cannot be read: .*nested.*ignore the file"):
        now(root)
    head = commit(root / "nested", "Nested")
    assert git(root, "ls-tree", now(root).tree, "nested") == f"160000 commit {head}\tnested"


def test_more_untracked_bytes_than_any_source_has_are_refused(root: Path) -> None:
    with (root / "core.dump").open("wb") as hole:
        hole.truncate(snapshot.LARGEST + 1)
    with pytest.raises(InvalidInput, match=r"hold 256 MiB, and at most 256 .*Ignore them .*core\.dump"):
        now(root)
    (root / "core.dump").rename(root / "ignored.o")
    assert not now(root).dirty


def test_conflicts_are_refused_by_name(root: Path) -> None:
    git(root, "checkout", "--quiet", "-b", "side")
    (root / "a.py").write_text("side\n")
    commit(root, "Side")
    git(root, "checkout", "--quiet", "main")
    (root / "a.py").write_text("main\n")
    commit(root, "Main")
    with pytest.raises(subprocess.CalledProcessError):
        git(root, "merge", "side")
    with pytest.raises(InvalidInput, match=r"conflicts that are not resolved: a\.py\. Resolve"):
        now(root)
    assert not now(root, "side").dirty


def test_what_is_no_repository_with_a_working_tree_and_a_commit_is_refused(root: Path, tmp_path: Path) -> None:
    outside, bare, empty = (tmp_path / name for name in ("outside", "bare", "empty"))
    for folder in (outside, bare, empty):
        folder.mkdir()
    git(bare, "init", "--quiet", "--bare")
    git(empty, "init", "--quiet")
    for folder, said in ((outside, "git reads no repository"), (bare, "bare repository"), (empty, "no commit yet")):
        with pytest.raises(InvalidInput, match=said):
            now(folder)
    with pytest.raises(InvalidInput, match="git knows no commit 'nowhere'"):
        now(root, "nowhere")


def test_the_base_is_where_head_left_the_main_branch(root: Path) -> None:
    first = git(root, "rev-parse", "HEAD")
    git(root, "checkout", "--quiet", "-b", "feature")
    (root / "a.py").write_text("feature\n")
    commit(root, "Feature")
    git(root, "checkout", "--quiet", "main")
    (root / "b.py").write_text("later\n")
    commit(root, "Later")
    git(root, "checkout", "--quiet", "feature")
    assert merge_base(root, now(root)) == first
    (root / "a.py").write_text("dirty\n")
    assert merge_base(root, now(root)) == first


def test_the_remotes_head_is_asked_before_branches_by_name(root: Path) -> None:
    commits = []
    for number, ref in enumerate(reversed(snapshot.MAIN)):
        (root / "a.py").write_text(f"{number}\n")
        commits.append(commit(root, "More"))
        if ref.endswith("HEAD"):
            git(root, "update-ref", "refs/remotes/origin/trunk", commits[-1])
            git(root, "symbolic-ref", ref, "refs/remotes/origin/trunk")
        elif ref != "refs/heads/main":
            git(root, "update-ref", ref, commits[-1])
        name = "origin/trunk" if ref.endswith("HEAD") else ref.removeprefix("refs/heads/").removeprefix("refs/remotes/")
        assert main_branch(root)[0] == ("main" if name == "master" else name)
    git(root, "update-ref", "-d", "refs/remotes/origin/trunk")
    assert main_branch(root)[0] == "origin/main"


def test_where_nothing_changed_since_the_base_this_is_said(root: Path) -> None:
    with pytest.raises(InvalidInput, match=r"nothing changed since .* left main: .* Give base, e\.g\. HEAD~1"):
        merge_base(root, now(root))
    git(root, "commit", "--quiet", "--allow-empty", "--message", "Empty")
    git(root, "update-ref", "refs/remotes/origin/main", "HEAD~1")
    with pytest.raises(InvalidInput, match="nothing changed since"):
        merge_base(root, now(root))


def test_without_a_main_branch_or_a_common_commit_a_base_is_asked_for(root: Path) -> None:
    (root / "a.py").write_text("second\n")
    commit(root, "Second")
    git(root, "checkout", "--quiet", "--orphan", "other")
    commit(root, "Other")
    with pytest.raises(InvalidInput, match=r"and main have no common commit in their history\. Give base"):
        merge_base(root, now(root))
    git(root, "branch", "--quiet", "-D", "main")
    with pytest.raises(InvalidInput, match=r"no main branch is known here .*Give base"):
        merge_base(root, now(root))


def test_a_shallow_clone_that_lacks_the_common_commit_says_so(root: Path, tmp_path: Path) -> None:
    git(root, "branch", "feature")
    for branch in ("main", "feature"):
        git(root, "checkout", "--quiet", branch)
        for number in range(2):
            (root / f"{branch}.py").write_text(f"{number}\n")
            commit(root, "More")
    clone = tmp_path / "clone"
    git(root, "checkout", "--quiet", "main")
    git(root, "clone", "--quiet", "--depth=1", "--no-single-branch", "--branch=feature", f"file://{root}", str(clone))
    with pytest.raises(InvalidInput, match=r"in this shallow clone\. `git fetch --unshallow`, or give base"):
        merge_base(clone, now(clone))


def test_changes_name_the_lines_of_head(root: Path) -> None:
    (root / "bin").write_bytes(b"\0\1" * 40)
    (root / "run.sh").chmod(0o755)
    (root / "old name").write_text("long enough to be found again\n" * 9)
    base = now(root, commit(root, "Base"))
    (root / "a.py").write_text("0\n1\n2\nx\n5\n6\n")
    (root / "gone.py").unlink()
    (root / "bin").write_bytes(b"\0\2" * 40)
    (root / "run.sh").unlink()
    (root / "run.sh").symlink_to("a.py")
    git(root, "mv", "old name", 'new "na\tme"')
    with (root / 'new "na\tme"').open("a") as renamed:
        renamed.write("+++ b/diff --git\n@@ -1 +1 @@\n")
    (root / "ü\nb.py").write_text("diff --git a/a b/b\n@@ -7 +7 @@\n")
    (root / ".gitignore").write_text("*.o\n")
    assert changed_files(root, base, now(root), home=root / ".dart-perf") == (
        Change(".gitignore", "modified", (), (1,)),
        Change("a.py", "modified", (1, 4, 6)),
        Change("bin", "modified", binary=True),
        Change("gone.py", "deleted"),
        Change('new "na\tme"', "modified", (10, 11), before="old name"),
        Change("run.sh", "modified", (1,)),
        Change("ü\nb.py", "added", (1, 2)),
    )


def test_changes_are_told_from_the_projects_folder(root: Path) -> None:
    (root / "project").mkdir()
    (root / "project" / "in.py").write_text("1\n")
    base = now(root, commit(root, "Base"))
    (root / "project" / "in.py").write_text("2\n")
    (root / "a.py").write_text("1\n")
    folder = root / "project"
    found = changed_files(folder, base, take(folder, None, home=folder / ".dart-perf"), home=folder / ".dart-perf")
    assert [change.path for change in found] == ["../a.py", "in.py"]
