"""What --output does to the place it names."""

import json
import os
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from dart_perf.cli.destination import writable, write
from dart_perf.errors import InvalidInput
from dart_perf.ingest import read
from tests.conftest import Toy

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.parametrize("output", ["missing/x.json", ".", "toy.py/x.json", "nowhere.json"])
def test_a_place_that_cannot_be_written_is_refused_before_anything_is_measured(
    toy: Toy, command: Command, output: str
) -> None:
    command("dart-perf-baseline", "--update", "--from-results", toy.results("one.json", 1e-3))
    (toy.root / "nowhere.json").symlink_to("missing/target.json")
    toy.says(fails=True)
    done = command("dart-perf-baseline", "--compare", "--scenario", "toy", "--output", output)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"error: cannot write {output}: " in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_the_verdict_is_told_where_the_file_cannot_be_written_after_all(toy: Toy, command: Command) -> None:
    old, new = toy.results("old.json", 1e-3), toy.results("new.json", 3e-3)
    arguments = ("--analyze", "--input", new, "--baseline", old, "--output", "/dev/full")
    done = command("dart-regression-detector", *arguments)
    assert done.returncode == 2
    assert done.stdout.startswith("REGRESSION_DETECTED")
    assert "error: cannot write /dev/full: No space left on device" in done.stderr


def test_a_refused_write_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="Is a directory"):
        write(tmp_path, b"x")
    assert list(tmp_path.parent.glob(".dart-perf-*")) == []
    assert list(tmp_path.iterdir()) == []


def test_a_new_file_has_the_permissions_of_the_umask_and_an_old_one_keeps_its_own(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_bytes(b"before")
    old.chmod(0o640)
    umask = os.umask(0o022)
    try:
        write(old, b"x")
        write(new, b"x")
    finally:
        os.umask(umask)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (old, new)] == [0o640, 0o644]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "old"]


def test_a_link_is_followed_and_a_device_stays_one(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"before")
    link.symlink_to("target")
    write(link, b"after")
    assert link.is_symlink()
    assert target.read_bytes() == b"after"
    device = tmp_path / "null"
    device.symlink_to("/dev/null")
    for path in (device, Path("/dev/null")):
        assert writable(path) == path
        write(path, b"x")
    assert Path("/dev/null").is_char_device()
    assert device.is_symlink()


def test_a_pipe_is_written_through(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write(pipe, b"verdict")
    assert os.read(reader, 100) == b"verdict"
    os.close(reader)
    assert pipe.is_fifo()


def test_what_was_captured_is_written_as_results_of_this_session_alone(toy: Toy, command: Command) -> None:
    arguments = ("--capture", "--scenario", "toy", "--format", "json", "--output", "base.json")
    command("dart-perf-baseline", *arguments)
    done = command("dart-perf-baseline", *arguments)
    assert done.returncode == 0, done.stderr
    first, second = toy.project.store.runs()
    entry = toy.project.store.baselines("toy")[-1]
    assert (json.loads(done.stdout)["baseline"]["id"], entry.sessions) == (entry.id, 2)
    assert read(toy.root / "base.json") == (second,)
    assert first.processes[0].session != second.processes[0].session


def test_results_captured_at_two_commits_are_the_two_sides_of_a_comparison(toy: Toy, command: Command) -> None:
    git = ["git", "-C", str(toy.root), "-c", "user.name=tester", "-c", "user.email=tester@example.org"]
    subprocess.run([*git, "init", "--quiet"], check=True)
    for name in ("current_baseline.json", "perf_results.json"):
        subprocess.run([*git, "commit", "--quiet", "--allow-empty", "--message", name], check=True)
        done = command("dart-perf-baseline", "--capture", "--scenario", "toy", "--output", name)
        assert done.returncode == 0, done.stderr
    arguments = ("--input", "perf_results.json", "--baseline", "current_baseline.json", "--alert-threshold", "1.2")
    judged = command("dart-regression-detector", "--analyze", *arguments)
    assert judged.returncode in {0, 3}, judged.stdout + judged.stderr  # two sessions: NORMAL, or not known yet
    assert "current_baseline.json" in judged.stdout
