"""Past commits are measured into the history, whatever happens on the way; the project's work tree is not touched."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dart_perf.errors import InvalidInput, Untrusted
from dart_perf.measure import worktree
from dart_perf.model.backfill import Backfill
from dart_perf.workflows.backfill import backfill
from dart_perf.workflows.capture import capture_baseline
from dart_perf.workflows.scenarios import trust_project
from dart_perf.workflows.series_query import Query, select
from tests.workflows.past import BROKEN, LAST, OTHER, STEP, Past, git, made, opened


@pytest.fixture
def past(tmp_path: Path) -> Past:
    return made(tmp_path)


def positions(report: Backfill, kind: str) -> list[int]:
    return [commit.position for commit in getattr(report, kind)]


def values(past: Past) -> list[tuple[int | None, float]]:
    """Return position and value of each point, as they are judged."""
    selection = select(past.project, Query(metric="cpu_time"))
    (series,) = selection.series
    places = [selection.locations[place].position for place in series.places]
    return list(zip(places, [float(value) for value in series.values], strict=True))


def trusted(past: Past, old: str, new: str) -> None:
    """Change what dart-perf.toml says, and trust it."""
    path = past.root / "dart-perf.toml"
    path.write_text(path.read_text().replace(old, new))
    trust_project(past.project)


def test_a_range_becomes_a_history_in_commit_order_and_what_does_not_build_is_said(past: Past) -> None:
    report = backfill(past.project, f"{past.commits[2]}..{past.commits[OTHER]}", every=1)
    assert positions(report, "measured") == [n for n in range(2, OTHER + 1) if n != BROKEN]
    (failed,) = report.failed
    assert (failed.commit, failed.position) == (past.commits[BROKEN], BROKEN)
    assert "build step 1 of 2" in failed.reason
    assert failed.reason.index("compiling source.json") < failed.reason.index("error: expected an object")
    found = values(past)
    assert [place for place, _ in found] == positions(report, "measured")
    for place, value in found:
        assert value == pytest.approx(1e-3 if place is not None and place < STEP else 2e-3, rel=0.05)
    changed = f"behaviour changed after {past.commits[OTHER - 1][:12]}, up to {past.commits[OTHER][:12]}"
    assert report.warnings == (f"work: {changed}: contacts: 12 -> 13; times before and after do not compare",)


def test_runs_carry_commit_version_environment_and_an_own_session(past: Past) -> None:
    backfill(past.project, f"{past.commits[4]}..{past.commits[5]}")
    runs = {run.commit: run for run in past.project.store.runs(scenario="work")}
    assert set(runs) == {past.commits[4], past.commits[5]}
    old = runs[past.commits[4]]
    assert (old.version, old.dirty, old.branch) == ("1.4", False, None)
    assert old.environment.fingerprint == runs[past.commits[5]].environment.fingerprint
    sessions = {process.session for run in runs.values() for process in run.processes}
    assert len(sessions) == 2
    assert all(session.startswith("backfill-") for session in sessions)


@pytest.mark.parametrize(
    ("first", "last", "every", "chosen"),
    [(0, 8, 4, [0, 4, 8]), (0, 8, 3, [0, 3, 6, 8]), (2, 3, 10, [2, 3]), (5, 5, 1, [5]), (1, 8, 5, [1, 6, 8])],
)
def test_both_ends_and_every_nth_commit_counted_from_the_older_end_are_chosen(
    past: Past, first: int, last: int, every: int, chosen: list[int]
) -> None:
    span = f"{past.commits[first]}..{past.commits[last]}"
    report = backfill(past.project, span, every=every, dry_run=True)
    assert positions(report, "planned") == chosen
    assert report.commits == len(chosen)


def test_commits_that_were_merged_are_not_on_the_line(past: Past) -> None:
    past.git("checkout", "--quiet", "-b", "side", past.commits[2])
    past.git("commit", "--quiet", "--allow-empty", "--message", "Side")
    side = past.git("rev-parse", "HEAD")
    past.git("checkout", "--quiet", "main")
    past.git("merge", "--quiet", "--no-ff", "--message", "Merge", "side")
    report = backfill(past.project, f"{past.commits[7]}..", dry_run=True)
    assert [commit.position for commit in report.planned] == [7, 8, 9]
    with pytest.raises(InvalidInput, match=f"no first-parent ancestor of HEAD.*parted: {side[:12]}"):
        backfill(past.project, f"{side}..HEAD", dry_run=True)


@pytest.mark.parametrize(
    ("span", "said"),
    [
        ("abc", "'abc' is no range of commits"),
        ("..", "is no range of commits"),
        ("nowhere..HEAD", "git knows no commit 'nowhere' here"),
        ("HEAD~2...HEAD", "is no range of commits"),
    ],
)
def test_a_range_that_is_none_is_refused(past: Past, span: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        backfill(past.project, span, dry_run=True)


def test_too_many_commits_are_refused_with_the_step_that_is_enough(past: Past) -> None:
    with pytest.raises(
        InvalidInput, match=r"is 9 commits, and at most 3 .* Give --every 3, a shorter range, or --most"
    ):
        backfill(past.project, f"{past.commits[0]}..", most=3)


def test_what_is_there_is_not_measured_again_and_what_failed_is_tried_again(past: Past) -> None:
    span = f"{past.commits[2]}..{past.commits[5]}"
    first = backfill(past.project, span)
    again = backfill(past.again(8), span)
    assert positions(first, "measured") == positions(again, "present") == [2, 4, 5]
    assert (again.measured, positions(again, "failed")) == ((), [BROKEN])
    assert len(past.project.store.run_ids()) == 3


def test_a_captured_commit_is_there_unless_its_work_tree_was_dirty(past: Past) -> None:
    past.git("checkout", "--quiet", past.commits[LAST])
    subprocess.run([sys.executable, "build.py"], cwd=past.root, check=True)
    (past.root / "source.json").write_text("changed")
    capture_baseline(past.project, "work", why="dirty")
    span = f"{past.commits[LAST]}.."
    assert positions(backfill(past.project, span, dry_run=True), "planned") == [LAST]
    past.git("checkout", "--quiet", "--", "source.json")
    capture_baseline(past.project, "work", why="clean")
    assert positions(backfill(past.project, span, dry_run=True), "present") == [LAST]


def test_the_order_is_drawn_at_random(past: Past) -> None:
    trusted(past, '["{python}", "build.py"]', '["false"]')
    told = []
    for seed in (1, 2):
        said: list[str] = []

        def tell(_done: int, _total: int | None, message: str, said: list[str] = said) -> None:
            said.append(message)

        backfill(past.again(seed), f"{past.commits[4]}..", progress=tell)
        told.append([text[:12] for text in said if text.endswith("checking out")])
    assert sorted(told[0]) == sorted(told[1]) == sorted(commit[:12] for commit in past.commits[4:])
    assert told[0] != told[1]


def test_a_dry_run_builds_nothing_and_says_how_long_it_would_take(past: Past) -> None:
    span = f"{past.commits[4]}..{past.commits[6]}"
    unknown = backfill(past.project, span, dry_run=True)
    assert (unknown.seconds, past.project.store.run_ids()) == (None, ())
    backfill(past.project, f"{past.commits[4]}..{past.commits[4]}")
    known = backfill(past.project, span, dry_run=True)
    (run,) = past.project.store.runs()
    usual = sorted(process.wall_seconds for process in run.processes)[1]
    assert known.seconds == pytest.approx(2 * 4 * usual)
    assert not (past.project.home / "worktrees" / "backfill").exists()


def test_the_work_tree_index_and_branches_stay_as_they_are(past: Past) -> None:
    (past.root / "source.json").write_text("edited")
    (past.root / "staged.txt").write_text("staged")
    past.git("add", "staged.txt")
    hook = past.root / ".git" / "hooks" / "post-checkout"
    hook.write_text("#!/bin/sh\ntouch $(git rev-parse --git-common-dir)/ran\n")
    hook.chmod(0o755)
    before = past.git("status", "--porcelain"), past.git("rev-parse", "HEAD"), past.git("branch", "--all")
    backfill(past.project, f"{past.commits[4]}..{past.commits[5]}")
    assert (past.git("status", "--porcelain"), past.git("rev-parse", "HEAD"), past.git("branch", "--all")) == before
    assert past.git("worktree", "list").count("\n") == 0
    assert list((past.project.home / "worktrees").iterdir()) == []
    assert not (past.root / ".git" / "ran").exists()


def test_a_past_commits_own_configuration_is_not_read(past: Past) -> None:
    toml = (past.root / "dart-perf.toml").read_text()
    (past.root / "dart-perf.toml").write_text(toml.replace('"{python}", "build.py"', '"touch", "{root}/evil"'))
    past.git("add", "dart-perf.toml")
    past.git("commit", "--quiet", "--message", "Another build")
    with pytest.raises(Untrusted, match="changed since it was trusted"):
        backfill(past.project, "HEAD~1..")
    (past.root / "dart-perf.toml").write_text(toml)
    report = backfill(past.project, "HEAD~1..")
    assert len(report.measured) == 2  # built by what is trusted now: evil writes no built.json
    assert all(run.dirty is False for run in past.project.store.runs())


def test_a_link_of_a_past_commit_leads_no_benchmark_file_out(
    past: Past, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    text = (past.root / "bench.py").read_text()
    past.git("checkout", "--quiet", "-b", "linked", past.commits[0])
    (past.root / "bench").symlink_to(outside)
    past.git("add", "bench")
    past.git("commit", "--quiet", "--message", "Link")
    (past.root / "bench").unlink()
    (past.root / "bench").mkdir()
    (past.root / "bench" / "bench.py").write_text(text)
    trusted(past, "bench.py", "bench/bench.py")
    (failed,) = backfill(past.project, "HEAD..HEAD").failed
    assert "a link of this commit leads elsewhere" in failed.reason
    assert list(outside.iterdir()) == []


def test_the_benchmark_is_the_one_of_today_in_every_commit(past: Past) -> None:
    path = past.root / "bench.py"
    path.write_text(path.read_text().replace('built["seconds"]', '3 * built["seconds"]'))
    backfill(past.project, f"{past.commits[4]}..{past.commits[LAST]}", every=4)
    assert [value for _, value in values(past)] == pytest.approx([3e-3, 6e-3], rel=0.05)
    assert [run.dirty for run in past.project.store.runs()] == [False, False]
    assert "3 * built" not in past.git("show", "HEAD:bench.py")


def test_scenarios_that_share_a_build_are_built_once_a_commit(past: Past) -> None:
    trusted(
        past, "[scenario.work]", '[scenario.whole]\nargv = ["{python}", "bench.py"]\nrepetitions = 3\n[scenario.work]'
    )
    said: list[str] = []

    def tell(_done: int, _total: int | None, message: str) -> None:
        said.append(message)

    report = backfill(past.project, f"{past.commits[BROKEN]}..{past.commits[BROKEN + 1]}", progress=tell)
    assert len([text for text in said if text.endswith("building")]) == 2
    assert [(commit.scenario, commit.position) for commit in report.measured] == [("whole", 4), ("work", 4)]
    assert [(commit.scenario, commit.position) for commit in report.failed] == [("whole", 3), ("work", 3)]


def test_a_folder_below_the_top_is_measured_there(tmp_path: Path) -> None:
    top = tmp_path / "top"
    (top / "sub").mkdir(parents=True)
    (top / "README").write_text("x")
    git(top, "init", "--quiet", "--initial-branch=main")
    git(top, "add", ".")
    git(top, "commit", "--quiet", "--message", "Top")
    (top / "sub" / "bench.sh").write_text("#!/bin/sh\nexit 0\n")
    (top / "sub" / "bench.sh").chmod(0o755)
    git(top, "add", ".")
    git(top, "commit", "--quiet", "--message", "Sub")
    (top / "sub" / "dart-perf.toml").write_text(
        '[scenario.whole]\nargv = ["./bench.sh"]\nformat = "none"\nmetrics = ["wall_time"]\nrepetitions = 3\n'
    )
    project = opened(top / "sub", 1)
    trust_project(project)
    report = backfill(project, "HEAD~1..HEAD")
    assert [commit.position for commit in report.measured] == [1]
    assert [commit.reason for commit in report.failed] == ["the project's folder sub/ is not in this commit"]


def test_submodules_are_said_to_stay_empty(past: Past, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    git(other, "init", "--quiet")
    git(other, "commit", "--quiet", "--allow-empty", "--message", "x")
    past.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other), "third")
    past.git("commit", "--quiet", "--message", "Submodule")
    report = backfill(past.project, "HEAD..HEAD")
    assert report.warnings == (
        "submodules stay empty in past commits (third): nothing is fetched; a step of `build` may do that",
    )
    assert len(report.measured) == 1


def test_a_scenario_that_is_built_in_measures_no_commit(past: Past) -> None:
    with pytest.raises(InvalidInput, match="it measures what is installed, whatever the commit"):
        backfill(past.project, "HEAD~1..", scenario="io_parse")


def test_a_build_has_a_time_limit(past: Past) -> None:
    trusted(past, '["{python}", "build.py"]', '["sleep", "600"]')
    trusted(past, "repetitions", "build_timeout_seconds = 0.2\nrepetitions")
    (failed,) = backfill(past.project, "HEAD..HEAD").failed
    assert "['sleep', '600'], was ended: the build took longer than 0.2 s" in failed.reason.replace("/usr/bin/", "")


def test_two_backfills_of_a_store_do_not_work_at_once(past: Past) -> None:
    def begin_another(_done: int, _total: int | None, _message: str) -> None:
        backfill(past.again(1), f"{past.commits[4]}..")

    with pytest.raises(InvalidInput, match="another backfill of this store is at work"):
        backfill(past.project, f"{past.commits[4]}..", progress=begin_another)
    assert not worktree.known(past.root) - {str(past.root)}


def test_an_interruption_leaves_no_worktree_and_keeps_what_was_measured(past: Past) -> None:
    seen: list[str] = []

    def interrupt(done: int, _total: int | None, message: str) -> None:
        seen.append(message)
        if done == 1 and message.endswith("building"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        backfill(past.project, f"{past.commits[6]}..", progress=interrupt)
    assert caught.value.__notes__ == ["1 measured and stored; repeat the call to go on with the rest"]
    assert worktree.known(past.root) == {str(past.root)}
    assert list((past.project.home / "worktrees").iterdir()) == []
    report = backfill(past.again(1), f"{past.commits[6]}..")
    assert (len(report.present), len(report.measured)) == (1, 2)


def test_a_repository_that_is_none_is_said(past: Past) -> None:
    shutil.rmtree(past.root / ".git")
    with pytest.raises(InvalidInput, match=r"git reads no repository at .*, so there are no past commits"):
        backfill(past.project, "HEAD~1..")


def killed(past: Past, commands: Path, environment: dict[str, str], moment: str) -> None:
    """Start a backfill in a process of its own and kill it when it tells of `moment`."""
    program = (
        "import os, signal, random\n"
        "from pathlib import Path\n"
        "from dart_perf.workflows.backfill import backfill\n"
        "from dart_perf.workflows.project import open_project\n"
        "def tell(done, total, message):\n"
        f"    if done == 1 and message.endswith({moment!r}):\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        f"backfill(open_project(Path({str(past.root)!r})), {past.commits[6] + '..'!r}, progress=tell)\n"
    )
    done = subprocess.run([str(commands / "python"), "-c", program], env=environment, cwd="/", check=False, timeout=100)
    assert done.returncode == -signal.SIGKILL


@pytest.mark.parametrize("moment", ["building", "block 2 of 3, work"])
def test_a_backfill_that_was_killed_goes_on_and_takes_away_what_it_left(
    past: Past, commands: Path, moment: str
) -> None:
    killed(past, commands, dict(os.environ), moment)
    assert (past.project.home / "worktrees" / "backfill").exists()
    assert len(worktree.known(past.root)) == 2
    assert len(past.again(1).store.run_ids()) == 1
    report = backfill(past.again(1), f"{past.commits[6]}..")
    assert (len(report.present), len(report.measured), report.failed) == (1, 2, ())
    assert worktree.known(past.root) == {str(past.root)}
    assert past.project.store.validate().sound
