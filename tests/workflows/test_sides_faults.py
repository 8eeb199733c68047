"""Whatever dies while sides are laid out, the next start finds nothing half made; two at once build once."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dart_perf.measure import side_sweep, worktree
from dart_perf.workflows.project import Project, silent
from dart_perf.workflows.scenarios import find
from dart_perf.workflows.sides import laid_out
from tests.measure.conftest import Witness
from tests.workflows.changed import both, project, repository
from tests.workflows.past import git

ROOT = Path(__file__).parents[2]
KILLED = Path(__file__).with_name("killed_sides.py")
LAYING = """
import sys
from pathlib import Path
from dart_perf.workflows.project import open_project
from dart_perf.workflows.scenarios import find
from dart_perf.workflows.sides import laid_out
from tests.workflows.changed import both
project = open_project(Path(sys.argv[1]))
def tell(done, total, message):
    print("told", message.partition(" (")[0], flush=True)
with laid_out(project, find(project, "work"), *both(project), tell) as sides:
    print("laid", *("used" if "used" in text else "built" for text in sides.built), flush=True)
"""
"""Lays out the working tree against HEAD."""


@pytest.fixture
def made(tmp_path: Path) -> Project:
    folder = tmp_path.resolve() / "project"
    folder.mkdir()
    return project(repository(folder))


@pytest.fixture
def witness(tmp_path: Path) -> Iterator[Witness]:
    found = Witness(tmp_path / "witness")
    yield found
    found.close()


def laying(found: Project) -> "subprocess.Popen[str]":
    argv = [sys.executable, "-c", LAYING, str(found.root)]
    return subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def nothing_is_left(found: Project) -> None:
    assert list((found.home / "worktrees").iterdir()) == []
    assert worktree.known(found.root) == {str(found.root)}
    records = found.root / ".git" / "worktrees"
    assert not records.exists() or list(records.iterdir()) == []


def test_killed_at_any_step_it_leaves_nothing_half_made(made: Project) -> None:
    argv = [sys.executable, str(KILLED), str(made.root), "29"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False, timeout=200)
    assert done.stderr == ""
    *rounds, last, again = done.stdout.splitlines()
    killed = [line for line in rounds if line.split(" ", 2)[1] == "-9"]
    assert len(killed) > 4
    assert [line for line in killed if not line.endswith(" -9 in order")] == []
    assert last.split(" ", 1)[1] == "0 in order"
    assert again == f"1 {last.split()[0]}00"


def test_killed_while_it_builds_the_build_ends_and_goes(made: Project, witness: Witness) -> None:
    (made.root / "build.py").write_text(f"{witness.program}\nimport signal\nsignal.pause()\n")
    with laying(made) as child:
        witness.wait_until_up()
        child.kill()
    side_sweep.sweep(made.root, made.home)
    witness.wait_until_ended()
    left = [path for path in (made.home / "worktrees").iterdir() if path.is_dir()]
    assert [(path / "built.txt").read_text() for path in left] in ([], ["1\n"])  # base may have been built before


def test_killed_while_git_checks_out_git_ends_and_its_record_goes(made: Project, witness: Witness) -> None:
    program = made.home / "smudge.py"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f"{witness.program}\nimport signal\nsignal.pause()\n")
    git(made.root, "config", "filter.slow.smudge", f"{sys.executable} -S {program}")
    (made.root / ".gitattributes").write_text("source.txt filter=slow\n")
    git(made.root, "add", ".gitattributes")
    git(made.root, "commit", "--quiet", "--message", "Filter")
    (made.root / "source.txt").write_text("2\n")
    with laying(made) as child:
        witness.wait_until_up()
        child.kill()
    side_sweep.sweep(made.root, made.home)
    witness.wait_until_ended()
    nothing_is_left(made)


def test_of_two_that_need_the_same_sides_one_builds_and_the_other_waits(made: Project, witness: Witness) -> None:
    gate = made.root.parent / "gate"
    os.mkfifo(gate)
    wait = f"{witness.program}\nopen({str(gate)!r}).read()\n" + (made.root / "build.py").read_text()
    (made.root / "build.py").write_text(wait)
    with laying(made) as first:
        witness.wait_until_up()
        with laying(made) as second:
            assert second.stdout is not None
            said = next(line for line in second.stdout if "waiting for another process that lays out" in line)
            assert said == "told waiting for another process that lays out head\n"
            gate.write_text("go on")
            results = [process.communicate()[0].splitlines()[-1] for process in (first, second)]
    assert [line.split()[2] for line in results] == ["built", "used"]
    folders = [path for path in (made.home / "worktrees").iterdir() if path.is_dir()]
    assert [(path / "builds.log").read_text() for path in folders] == ["built\n", "built\n"]


def test_a_record_that_git_began_and_did_not_finish_is_taken_away(made: Project) -> None:
    record = made.root / ".git" / "worktrees" / "tree-0123456789abcdef"
    record.mkdir(parents=True)
    (record / "locked").write_text("initializing")
    theirs = made.root / ".git" / "worktrees" / "theirs"
    theirs.mkdir()
    (made.root / "source.txt").write_text("2\n")
    with laid_out(made, find(made, "work"), *both(made), silent):
        assert not record.exists()
    assert theirs.exists()


def test_two_repositories_with_one_store_keep_their_sides(made: Project, tmp_path: Path) -> None:
    folder = tmp_path.resolve() / "another"
    git(tmp_path, "clone", "--quiet", str(made.root), str(folder))
    (folder / "dart-perf.toml").write_text((made.root / "dart-perf.toml").read_text())
    other = project(folder)
    shared = Project(other.root, made.home, made.store, now=made.now, rng=made.rng)
    for found in (made, shared, made, shared):
        (found.root / "source.txt").write_text("2\n")
        with laid_out(found, find(found, "work"), *both(found), silent) as sides:
            said = sides.built
        assert len(worktree.known(found.root)) == 3
    assert all(text.endswith("used again") for text in said)
