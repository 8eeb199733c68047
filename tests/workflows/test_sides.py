"""Both sides are laid out and built fairly, kept, used again, and taken away; the user's checkout is not touched."""

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from dart_perf.errors import InvalidInput, Untrusted
from dart_perf.measure import side_sweep, worktree
from dart_perf.measure.build import BuildFailed
from dart_perf.model.scenario import Scenario
from dart_perf.workflows.project import Project, silent
from dart_perf.workflows.scenarios import find
from dart_perf.workflows.sides import Sides, laid_out
from dart_perf.workflows.verification import verify_change
from dart_perf.workflows.verification_request import asked_now
from tests.workflows.changed import TOML, both, commit, project, repository
from tests.workflows.past import git


@pytest.fixture
def made(tmp_path: Path) -> Project:
    return project(repository(tmp_path.resolve()))


def laid(found: Project, base: str = "HEAD", head: str | None = None, scenario: str = "work") -> Sides:
    with laid_out(found, find(found, scenario), *both(found, base, head), silent) as sides:
        return sides


def builds(folder: Path) -> int:
    return (folder / "builds.log").read_text().count("built")


def test_each_side_holds_its_own_files_built_in_a_folder_of_the_same_length(made: Project) -> None:
    (made.root / "source.txt").write_text("2\n")
    (made.root / "more.txt").write_text("untracked\n")
    sides = laid(made)
    assert ((sides.base / "built.txt").read_text(), (sides.head / "built.txt").read_text()) == ("1\n", "2\n")
    assert ((sides.base / "more.txt").exists(), (sides.head / "more.txt").read_text()) == (False, "untracked\n")
    assert len(str(sides.base)) == len(str(sides.head))
    assert sides.base.parent == sides.head.parent == made.home / "worktrees"
    assert sides.notes == ()
    assert [text.partition(":")[0] for text in sides.built] == [
        f"base ({git(made.root, 'rev-parse', 'HEAD')[:12]})",
        f"head (working tree (2 files changed) on {git(made.root, 'rev-parse', 'HEAD')[:12]})",
    ]


def test_a_side_that_stands_is_not_built_again_and_what_its_runs_wrote_is_gone(made: Project) -> None:
    (made.root / "source.txt").write_text("2\n")
    sides = laid(made)
    (sides.base / "__pycache__").mkdir()
    (sides.base / "__pycache__" / "left.pyc").write_text("by a run")
    (sides.base / "left.txt").write_text("by a run")
    again = laid(made)
    assert (again.base, again.head) == (sides.base, sides.head)
    assert (builds(again.base), builds(again.head)) == (1, 1)
    assert not (again.base / "__pycache__").exists()
    assert not (again.base / "left.txt").exists()
    assert all(text.endswith("used again") for text in again.built)


@pytest.mark.parametrize("damage", ["output gone", "output changed", "source changed", "folder gone", "record gone"])
def test_a_side_that_is_not_as_its_build_left_it_is_made_anew(made: Project, damage: str) -> None:
    (made.root / "source.txt").write_text("2\n")
    sides = laid(made)
    if damage == "output gone":
        (sides.base / "built.txt").unlink()
    elif damage == "folder gone":
        shutil.rmtree(sides.base)
    elif damage == "record gone":
        shutil.rmtree(made.root / ".git" / "worktrees" / sides.base.name)
    else:
        (sides.base / ("built.txt" if damage == "output changed" else "source.txt")).write_text("other\n")
    again = laid(made)
    assert again.base == sides.base
    assert ((again.base / "built.txt").read_text(), builds(again.base), builds(again.head)) == ("1\n", 1, 1)


def test_the_benchmark_of_head_is_on_both_sides_and_this_is_said(made: Project) -> None:
    toml = TOML.replace('["bench.py"]', '["bench.py", "bench/**"]')
    for name, text in {"old.py": "gone later\n", "run.sh": "#!/bin/sh\n"}.items():
        (made.root / "bench").mkdir(exist_ok=True)
        (made.root / "bench" / name).write_text(text)
    (made.root / "dart-perf.toml").write_text(toml)
    first = commit(made.root, "Benchmarks")
    (made.root / "bench" / "old.py").unlink()
    (made.root / "bench" / "new.sh").write_text("#!/bin/sh\n")
    (made.root / "bench" / "new.sh").chmod(0o755)
    (made.root / "bench" / "link").symlink_to("new.sh")
    (made.root / "bench.py").write_text("print(2)\n")
    (made.root / "source.txt").write_text("2\n")
    again = project(made.root)
    sides = laid(again, first)
    assert sides.notes == (
        "base has no bench/link, bench/new.sh: head's is used for both sides",
        "the benchmark's own bench.py differs between base and head: head's is used for both sides",
        "head has no bench/old.py any more: left out on both sides",
    )
    assert (sides.base / "bench.py").read_text() == "print(2)\n"
    assert (sides.base / "bench" / "new.sh").stat().st_mode & 0o777 == 0o755
    assert (sides.base / "bench" / "link").is_symlink()
    assert not (sides.base / "bench" / "old.py").exists()
    assert (sides.base / "source.txt").read_text() == "1\n"


@pytest.mark.parametrize("side", ["base", "head"])
def test_a_side_that_does_not_build_is_named_with_the_last_lines(made: Project, side: str) -> None:
    (made.root / "source.txt").write_text("broken\n" if side == "base" else "2\n")
    commit(made.root, "Second")
    (made.root / "source.txt").write_text("broken\n" if side == "head" else "3\n")
    with pytest.raises(BuildFailed) as failed:
        laid(made)
    said = str(failed.value)
    assert said.startswith(f"{side} (")
    assert "build step 1 of 1" in said
    assert said.index("compiling source.txt") < said.index("source.txt: error: expected a number")
    assert str(made.home) not in said
    folders = [path for path in (made.home / "worktrees").iterdir() if path.is_dir()]
    assert len(folders) <= 1  # the side that does build may stay
    assert len(worktree.known(made.root)) == 1 + len(folders)


def test_only_six_finished_sides_stay_and_the_ones_used_last(made: Project) -> None:
    for number in range(2, 9):
        (made.root / "source.txt").write_text(f"{number}\n")
        sides = laid(made)
    assert sides.base.exists()  # used each time
    kept = {path for path in (made.home / "worktrees").iterdir() if path.is_dir()}
    assert {sides.base, sides.head} < kept
    assert len(kept) == side_sweep.KEPT
    assert {str(path) for path in kept} == worktree.known(made.root) - {str(made.root)}
    assert {(path / "built.txt").read_text() for path in kept} == {f"{n}\n" for n in (1, 4, 5, 6, 7, 8)}


def test_a_side_in_use_is_not_taken_away(made: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(side_sweep, "KEPT", 0)
    (made.root / "source.txt").write_text("2\n")
    with laid_out(made, find(made, "work"), *both(made), silent) as sides:
        side_sweep.sweep(made.root, made.home)
        assert (sides.base.exists(), sides.head.exists()) == (True, True)
    assert (sides.base.exists(), sides.head.exists()) == (False, False)
    assert list((made.home / "worktrees").iterdir()) == []
    assert worktree.known(made.root) == {str(made.root)}


def test_a_project_below_the_top_of_its_repository(tmp_path: Path) -> None:
    found = project(repository(tmp_path.resolve(), "deep/project"))
    (found.root / "source.txt").write_text("2\n")
    sides = laid(found)
    assert (sides.base.parts[-2:], sides.head.parts[-2:]) == (("deep", "project"), ("deep", "project"))
    assert (sides.head / "built.txt").read_text() == "2\n"


def test_a_scenario_that_is_built_in_is_refused_with_those_that_can_be_verified(made: Project) -> None:
    with pytest.raises(InvalidInput, match=r"is built in.*can be verified are: work\."):
        laid(made, scenario="standard_robot")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, "does not differ from .* nothing to verify"),
        ({"bench.py": "print(2)\n"}, "does not differ from .* in anything but the benchmark's own files"),
    ],
)
def test_where_nothing_but_the_benchmark_differs_there_is_nothing_to_verify(
    made: Project, change: dict[str, str], said: str
) -> None:
    for name, text in change.items():
        (made.root / name).write_text(text)
    with pytest.raises(InvalidInput, match=said):
        laid(made)


def test_other_build_steps_make_another_side(made: Project) -> None:
    (made.root / "source.txt").write_text("2\n")
    first = laid(made)
    scenario: Scenario = find(made, "work").model_copy(update={"variables": {"FLAGS": "-O3"}})
    with laid_out(made, scenario, *both(made), silent) as second:
        assert {first.base, first.head}.isdisjoint({second.base, second.head})


def test_submodules_stay_empty_and_this_is_said(made: Project, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "--quiet", "--initial-branch=main")
    (other / "a").write_text("a")
    commit(other, "Other")
    (made.root / ".gitignore").write_text((made.root / ".gitignore").read_text() + "other/\n")
    git(made.root, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other), "part")
    commit(made.root, "Part")
    (made.root / "source.txt").write_text("2\n")
    sides = laid(made)
    assert sides.notes == (
        "submodules stay empty on both sides (part): nothing is fetched; a step of `build` may do that",
    )
    assert list((sides.head / "part").iterdir()) == []


def test_the_users_checkout_index_and_branches_stay_as_they_are(made: Project) -> None:
    (made.root / "gone.txt").write_text("x\n")
    commit(made.root, "Second")
    (made.root / "gone.txt").unlink()
    (made.root / "staged.txt").write_text("staged")
    git(made.root, "add", "staged.txt")
    (made.root / "staged.txt").write_text("staged and edited")
    (made.root / "source.txt").write_text("2\n")
    for name in ("post-checkout", "pre-commit", "post-index-change", "reference-transaction"):
        hook = made.root / ".git" / "hooks" / name
        hook.write_text("#!/bin/sh\ntouch $(git rev-parse --git-common-dir)/ran\n")
        hook.chmod(0o755)
    git(made.root, "config", "core.fsmonitor", f"touch {made.root}/.git/ran; false")
    before = told(made.root)
    sides = laid(made)
    assert told(made.root) == before
    assert not (made.root / ".git" / "ran").exists()
    assert (sides.head / "staged.txt").read_text() == "staged and edited"
    assert ((sides.base / "gone.txt").exists(), (sides.head / "gone.txt").exists()) == (True, False)


def told(root: Path) -> list[bytes]:
    """Return the index's bytes and what git says of the checkout."""
    calls = (
        ["status", "--porcelain"],
        ["rev-parse", "HEAD"],
        ["for-each-ref"],
        ["stash", "list"],
        ["diff", "--cached"],
    )
    argv = ["git", "--no-optional-locks", "-c", "core.fsmonitor=false", "-C", str(root)]
    said = [subprocess.run([*argv, *call], check=True, capture_output=True).stdout for call in calls]
    return [(root / ".git" / "index").read_bytes(), *said]


def test_a_store_that_is_kept_in_git_is_on_neither_side(tmp_path: Path) -> None:
    found = project(repository(tmp_path.resolve()))
    (found.root / ".gitignore").write_text("built.txt\nbuilds.log\n")
    (found.home / "runs").mkdir(parents=True)
    (found.home / "runs" / "000001.jsonl").write_text("one\n")
    (found.home / ".gitignore").write_text("/worktrees/\n/tmp/\n/locks/\n")
    commit(found.root, "Store")
    (found.home / "runs" / "000001.jsonl").write_text("two\n")
    assert not both(found)[1].dirty
    (found.root / "source.txt").write_text("2\n")
    base, head = both(found)
    assert "(1 file changed)" in head.label
    with laid_out(found, find(found, "work"), base, head, silent) as sides:
        assert ((sides.base / ".dart-perf").exists(), (sides.head / ".dart-perf").exists()) == (False, False)


def test_the_same_files_under_another_commit_are_the_same_side(made: Project) -> None:
    (made.root / "source.txt").write_text("2\n")
    dirty = laid(made)
    commit(made.root, "Second")
    clean = laid(made, "HEAD~1", "HEAD")
    assert (clean.base, clean.head) == (dirty.base, dirty.head)
    assert builds(clean.head) == 1
    assert replace(clean, built=()) == replace(dirty, built=())


def test_a_benchmark_file_takes_the_place_of_a_folder_and_of_a_link_that_leads_out(
    made: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (made.root / "dart-perf.toml").write_text(TOML.replace('["bench.py"]', '["bench/**", "tool"]'))
    (made.root / "bench").symlink_to(outside)
    (made.root / "tool").mkdir()
    (made.root / "tool" / "part").write_text("part\n")
    first = commit(made.root, "Otherwise")
    (made.root / "bench").unlink()
    (made.root / "bench").mkdir()
    (made.root / "bench" / "a.py").write_text("a\n")
    shutil.rmtree(made.root / "tool")
    (made.root / "tool").write_text("tool\n")
    (made.root / "source.txt").write_text("2\n")
    sides = laid(project(made.root), first)
    assert ((sides.base / "bench" / "a.py").read_text(), (sides.base / "tool").read_text()) == ("a\n", "tool\n")
    assert list(outside.iterdir()) == []


def test_two_builds_of_a_shared_library_are_each_sides_own(made: Project) -> None:
    compiler = shutil.which("g++")
    assert compiler is not None
    (made.root / "work.cpp").write_text("int work() { return 1; }\n")
    (made.root / "main.cpp").write_text("int work(); int main() { return work(); }\n")
    steps = [
        ["g++", "-shared", "-fPIC", "-o", "{root}/libwork.so", "work.cpp"],
        ["g++", "-o", "{root}/main", "main.cpp", "-L{root}", "-lwork", "-Wl,-rpath,{root}"],
    ]
    toml = f'[scenario.native]\nargv = ["{{root}}/main"]\nformat = "none"\nbuild = {steps}\n'
    (made.root / "dart-perf.toml").write_text(toml)
    commit(made.root, "Native")
    (made.root / "work.cpp").write_text("int work() { return 2; }\n")
    sides = laid(project(made.root), scenario="native")
    ended = [subprocess.run([folder / "main"], check=False).returncode for folder in (sides.base, sides.head)]
    assert ended == [1, 2]


@pytest.mark.parametrize(
    ("patterns", "said"),
    [
        ('["nothing/*.py"]', r"'nothing/\*\.py' in `benchmark_files` matches no file of head"),
        ('["built.txt"]', r"'built\.txt' in `benchmark_files` matches no file of head.* let git know the file"),
        ('["a**b"]', "must stand alone"),
    ],
)
def test_a_pattern_that_finds_nothing_in_head_is_refused(made: Project, patterns: str, said: str) -> None:
    (made.root / "built.txt").write_text("ignored\n")
    (made.root / "dart-perf.toml").write_text(TOML.replace('["bench.py"]', patterns))
    with pytest.raises(InvalidInput, match=said):
        laid(project(made.root))


def test_a_project_that_one_side_does_not_have_is_refused(tmp_path: Path) -> None:
    found = project(repository(tmp_path.resolve(), "project"))
    (tmp_path / "project").rename(tmp_path / "moved")
    commit(tmp_path, "Move")
    moved = project(tmp_path.resolve() / "moved")
    with pytest.raises(InvalidInput, match=r"the project's folder moved/ is not in base"):
        laid(moved, "HEAD~1")
    assert not found.root.exists()


def test_a_build_program_that_is_not_installed_is_the_machines_matter(made: Project) -> None:
    (made.root / "dart-perf.toml").write_text(TOML.replace('"{python}", "{root}/build.py"', '"no-such-program"'))
    with pytest.raises(InvalidInput, match=r"^(base|head) \(.*cannot be built: .*'no-such-program' is not on PATH"):
        laid(project(made.root))


@pytest.mark.parametrize("argv", ['"{root}/tool.py"', '"tool.py::test_it"', '"./tool.py"'])
def test_a_program_that_is_not_named_as_the_benchmark_is_each_sides_own(made: Project, argv: str) -> None:
    (made.root / "dart-perf.toml").write_text(TOML.replace('"{root}/bench.py"', argv))
    first = commit(made.root, "Another program")
    (made.root / "tool.py").write_text("1\n")
    second = commit(made.root, "Tool")
    (made.root / "tool.py").write_text("2\n")
    found = project(made.root)
    with pytest.raises(
        InvalidInput, match=r"base \(.*\) has no tool\.py, which scenario 'work' runs\. Name .* later base"
    ):
        laid(found, first)
    (note,) = laid(found, second).notes
    assert note.startswith("tool.py, which argv names, differs between base and head and is not in `benchmark_files`")


def test_a_program_that_the_build_makes_may_lie_in_the_working_tree_too(made: Project) -> None:
    (made.root / "dart-perf.toml").write_text(TOML.replace("{root}/bench.py", "{root}/built.txt"))
    first = commit(made.root, "Run what is built")
    (made.root / "source.txt").write_text("2\n")
    git(made.root, "add", "source.txt")
    (made.root / "built.txt").write_text("by hand\n")
    git(made.root, "add", "--force", "built.txt")
    sides = laid(project(made.root), first)
    assert ((sides.base / "built.txt").read_text(), (sides.head / "built.txt").read_text()) == ("1\n", "2\n")


def test_nothing_of_the_repository_runs_before_it_is_trusted(made: Project) -> None:
    (made.root / ".gitattributes").write_text("source.txt filter=own\n")
    commit(made.root, "Filter")
    git(made.root, "config", "filter.own.clean", f"touch {made.root}/.git/ran; cat")
    (made.root / "source.txt").write_text("2\n")
    (made.root / "dart-perf.toml").write_text(TOML + "# not as it was trusted\n")
    for names in (None, ["work"]):
        with pytest.raises(Untrusted):
            verify_change(made, names)
        with pytest.raises(Untrusted):
            asked_now(made, {"scenarios": names, "head": None})
    assert not (made.root / ".git" / "ran").exists()
