"""A scenario becomes a program that runs now, and again after its files changed."""

import hashlib
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from dart_perf.errors import Corrupted, InvalidInput, MeasurementFailed
from dart_perf.measure.process import environment_for, run
from dart_perf.measure.program import command, home, lay_out, resolve, still_runs
from dart_perf.measure.sources import MOST_BYTES, MOST_FILES
from dart_perf.measure.variables import environment_of
from dart_perf.model.scenario import Program, Scenario

PYTHON = sys.executable


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = (tmp_path / "project").resolve()
    (folder / "bench").mkdir(parents=True)
    (folder / "bench" / "a.py").write_text("print('first')", encoding="utf-8")
    (folder / "package.xml").write_text("<package><version> 1.2.3 </version></package>", encoding="utf-8")
    return folder


def scenario(**fields: object) -> Scenario:
    return Scenario.model_validate({"name": "s", "argv": ("{python}", "{root}/bench/a.py")} | fields)


def test_placeholders_are_resolved_but_for_the_root(root: Path) -> None:
    program, _ = resolve(scenario(argv=("{python}", "{scenarios}", "--out={root}/x", "{other}")), root)
    assert program.argv[0] == PYTHON
    assert Path(program.argv[1], "__main__.py").is_file()
    assert program.argv[2:] == ("--out={root}/x", "{other}")


def test_the_project_is_its_folder_also_for_a_program_of_kept_files(root: Path, tmp_path: Path) -> None:
    argv = ("{python}", "{root}/bench/a.py", "--data={project}/data", "--out={results}")
    program, contents = resolve(scenario(argv=argv, files=("bench/*.py",)), root)
    copy = lay_out(program, contents.__getitem__, tmp_path / "copy")
    assert command(program, copy)[0][1:] == (f"{copy}/bench/a.py", f"--data={root}/data", "--out={results}")
    assert still_runs(program, copy)[0]


def test_variables_lead_into_the_kept_files_of_a_baseline(root: Path, tmp_path: Path) -> None:
    variables = {"PYTHONPATH": "{root}/bench:{root}", "DATA": "{project}/data", "THREADS": "1"}
    program, contents = resolve(scenario(variables=variables, files=("bench/*.py",)), root)
    copy = lay_out(program, contents.__getitem__, tmp_path / "copy")
    given = environment_of(program, copy)
    assert {name: given[name] for name in variables} == {
        "PYTHONPATH": f"{copy}/bench:{copy}", "DATA": f"{root}/data", "THREADS": "1"
    }  # fmt: skip


def test_a_bare_program_is_found_on_the_path(root: Path) -> None:
    program, _ = resolve(scenario(argv=("true",)), root)
    assert Path(program.argv[0]).is_absolute()
    with pytest.raises(InvalidInput, match="'no-such-program' is not on PATH"):
        resolve(scenario(argv=("no-such-program",)), root)


@pytest.mark.parametrize(("cwd", "item"), [(".", "bench/a.py"), ("bench", "a.py"), ("bench", "../bench/a.py")])
def test_files_of_the_project_are_said_below_the_root(root: Path, cwd: str, item: str) -> None:
    assert resolve(scenario(argv=("{python}", item, "no-file"), cwd=cwd), root)[0].argv[1:] == (
        "{root}/bench/a.py",
        "no-file",
    )


def test_files_are_kept_with_their_digests(root: Path) -> None:
    program, contents = resolve(scenario(files=("bench/*.py",)), root)
    data = b"print('first')"
    sha = hashlib.sha256(data).hexdigest()
    assert program.files == {"bench/a.py": sha}
    assert contents == {sha: data}


def test_two_stars_match_files_in_folders_below_and_leave_out_git_and_byte_code(root: Path) -> None:
    for name in ("bench/b/c.txt", ".git/config", "bench/__pycache__/a.pyc"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    assert set(resolve(scenario(files=("**",)), root)[0].files) == {"bench/a.py", "bench/b/c.txt", "package.xml"}


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("nothing/*.py", "matches no file"),
        ("../x", "must be relative"),
        ("/etc/passwd", "must be relative"),
        ("", "must be relative"),
        ("a**b/x", "is not a pattern"),
        ("link.py", "leads out of"),
        ("linked/*", "leads out of"),
    ],
)
def test_a_pattern_that_may_not_be_is_refused(root: Path, pattern: str, said: str) -> None:
    outside = root.parent / "outside"
    outside.mkdir()
    (outside / "secret").write_text("s", encoding="utf-8")
    (root / "link.py").symlink_to(outside / "secret")
    (root / "linked").symlink_to(outside)
    with pytest.raises(InvalidInput, match=said):
        resolve(scenario(files=(pattern,)), root)


def test_a_version_file_that_is_missing_is_told_by_its_own_key(root: Path) -> None:
    with pytest.raises(InvalidInput, match=r"`version_file` names 'package\.yml', which is no file.*Mend its path"):
        resolve(scenario(files=("bench/a.py",), version_file="package.yml"), root)
    with pytest.raises(InvalidInput, match=r"'\*\.c' in `files` matches no file.*Mend the pattern"):
        resolve(scenario(files=("*.c",), version_file="package.xml"), root)


def test_too_many_files_are_refused(root: Path) -> None:
    for i in range(MOST_FILES + 1):
        (root / f"{i}.txt").touch()
    with pytest.raises(InvalidInput, match="match more than 200 files"):
        resolve(scenario(files=("*.txt",)), root)


def test_too_large_files_are_refused(root: Path) -> None:
    with (root / "large.bin").open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    with pytest.raises(InvalidInput, match="8 MiB"):
        resolve(scenario(files=("*.bin",)), root)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "unknown"),
        ({"version_file": "package.xml"}, "1.2.3"),
        ({"version_file": "VERSION"}, "v2-3-gabc"),
        ({"version_argv": ("{python}", "-c", "print(); print(' 6.20.0 '); print('more')")}, "6.20.0"),
        ({"version_argv": ("{python}", "{root}/bench/a.py")}, "first"),
    ],
)
def test_the_version_is_the_first_line_of_its_source(root: Path, fields: dict[str, object], expected: str) -> None:
    (root / "VERSION").write_text("\nv2-3-gabc\nnotes\n", encoding="utf-8")
    assert resolve(scenario(**fields), root)[0].version == expected


@pytest.mark.parametrize(
    ("fields", "error", "said"),
    [
        ({"version_file": "none.txt"}, InvalidInput, "cannot be read"),
        ({"version_file": "bench/a.py"}, InvalidInput, "as the version"),
        ({"version_argv": ("{python}", "-c", "")}, InvalidInput, "printed '' as the version"),
        ({"version_argv": ("{python}", "-c", "print('../x')")}, InvalidInput, "as the version"),
        ({"version_argv": ("{python}", "-c", "import nothing_like_this")}, MeasurementFailed, "nothing_like_this"),
        ({"environment": ("NOT_THERE",), "version_argv": ("true",)}, InvalidInput, "NOT_THERE"),
    ],
)
def test_a_version_that_cannot_be_told_is_an_error_not_a_guess(
    root: Path, fields: dict[str, object], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        resolve(scenario(**fields), root)


def test_a_version_program_that_hangs_gets_no_more_time_than_the_scenario_gives(root: Path, tmp_path: Path) -> None:
    hanging = ("{python}", "-c", "import time; time.sleep(20)")
    with pytest.raises(MeasurementFailed, match=r"version_argv, which gets 0\.5 s .*took longer than 0\.5 s"):
        resolve(scenario(version_argv=hanging, timeout_seconds=0.5), root)
    program = Program(argv=(PYTHON,), version_argv=(PYTHON, *hanging[1:]), version="1.0")
    possible, reason = still_runs(program, tmp_path, timeout=0.5)
    assert not possible
    assert "took longer than 0.5 s" in reason


def test_a_laid_out_program_runs_as_it_was_though_its_file_changed(
    root: Path, tmp_path: Path, clock: Callable[[], datetime]
) -> None:
    wanted = scenario(files=("bench/a.py",), cwd="bench")
    program, contents = resolve(wanted, root)
    (root / "bench" / "a.py").write_text("print('second')", encoding="utf-8")
    folders = [lay_out(program, contents.__getitem__, tmp_path / "copy"), home(wanted, root)]
    said = []
    for folder in folders:
        argv, cwd = command(program, folder)
        said.append(run(argv, cwd=cwd, env=environment_for(), timeout=60, clock=clock).stdout)
    assert said == [b"first\n", b"second\n"]


def test_a_program_of_its_own_stays_executable(root: Path, tmp_path: Path, clock: Callable[[], datetime]) -> None:
    (root / "run").write_text(f"#!{PYTHON}\nprint('own')", encoding="utf-8")
    program, contents = resolve(scenario(argv=("./run",), files=("run",)), root)
    argv, cwd = command(program, lay_out(program, contents.__getitem__, tmp_path / "copy"))
    assert run(argv, cwd=cwd, env=environment_for(), timeout=60, clock=clock).stdout == b"own\n"


@pytest.mark.parametrize("name", ["../x", "/x", "a/../../x"])
def test_a_baseline_cannot_write_outside_its_folder(tmp_path: Path, name: str) -> None:
    program = Program(argv=("true",), files={name: "0" * 64})
    with pytest.raises(InvalidInput, match="leads out of its folder"):
        lay_out(program, lambda _: b"", tmp_path / "copy")


def test_a_content_that_is_not_what_was_captured_is_not_run(tmp_path: Path) -> None:
    program = Program(argv=("true",), files={"a.py": hashlib.sha256(b"captured").hexdigest()})
    with pytest.raises(Corrupted, match=r"'a\.py' is not what was captured"):
        lay_out(program, lambda _: b"another", tmp_path / "copy")


@pytest.mark.parametrize("cwd", ["missing", "../.."])
def test_a_working_directory_must_be_a_folder_of_the_project(root: Path, cwd: str) -> None:
    with pytest.raises(InvalidInput, match="is not a folder inside"):
        command(Program(argv=("true",), cwd=cwd), root)


VERSION = ("{python}", "-c", "import os; print(os.environ['V']); print(os.environ['BUILD'])")


def kept(root: Path, tmp_path: Path, **fields: object) -> tuple[Program, Path]:
    program, contents = resolve(scenario(**fields), root)
    return program, lay_out(program, contents.__getitem__, tmp_path / "copy")


def test_a_kept_program_of_the_same_version_still_runs(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("V", "1.0")
    monkeypatch.setenv("BUILD", "first")
    program, folder = kept(root, tmp_path, files=("bench/a.py",), version_argv=VERSION, environment=("V", "BUILD"))
    assert still_runs(program, folder) == (True, "")
    monkeypatch.setenv("BUILD", "second")
    assert still_runs(program, folder) == (
        False,
        "it measured another build of version 1.0 than the one that is installed now.",
    )
    monkeypatch.setenv("V", "1.1")
    assert still_runs(program, folder) == (False, "it measured version 1.0, but what is installed now is 1.1.")
    monkeypatch.delenv("V")
    assert still_runs(program, folder)[0] is False


def test_a_program_whose_files_were_not_kept_does_not_run_again(root: Path, tmp_path: Path) -> None:
    program, folder = kept(root, tmp_path, version_file="package.xml", files=("package.xml",))
    possible, reason = still_runs(program, folder)
    assert not possible
    assert "{root}/bench/a.py was not kept" in reason


@pytest.mark.parametrize(
    "fields", [{}, {"version_file": "package.xml"}, {"version_argv": ("{python}", "-c", "print('1.0')")}]
)
def test_a_program_whose_builds_are_not_told_apart_runs_with_a_caution(
    root: Path, tmp_path: Path, fields: dict[str, object]
) -> None:
    possible, caution = still_runs(*kept(root, tmp_path, files=("bench/a.py",), **fields))
    assert possible
    assert "nothing tells whether the baseline's program still loads the same build" in caution


def test_where_the_root_lies_is_not_part_of_the_identity(root: Path, tmp_path: Path) -> None:
    source = ("{python}", "-c", "import sys; print('1.0'); print(sys.argv[1])", "{root}/lib.so")
    program, folder = kept(root, tmp_path, files=("bench/a.py",), version_argv=source)
    assert program.identity
    assert still_runs(program, folder) == (True, "")


def test_a_program_whose_interpreter_is_gone_does_not_run_again(root: Path, tmp_path: Path) -> None:
    program, folder = kept(root, tmp_path, files=("bench/a.py",))
    gone = program.model_copy(update={"argv": ("/no/such/python", *program.argv[1:])})
    assert still_runs(gone, folder) == (False, "/no/such/python no longer exists or is not executable.")
