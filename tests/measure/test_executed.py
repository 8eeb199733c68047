"""One process of head tells which of the changed lines ran."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import pytest

from dart_perf.measure.changes import Change
from dart_perf.measure.executed import asked_lines, executed
from dart_perf.measure.launch import Cancelled
from dart_perf.measure.process import environment_for
from dart_perf.model.verification import Execution

WORK = """\
# a comment
import threading
TABLE = (
    1,
    2,
)
def used(a):
    total = 0
    for i in range(a):
        if i > 10**9:
            total += 1
        total += i
    return total
def unused(a):
    return a + 1
if __name__ == "__main__":
    used(1000)
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    root = tmp_path / "own"
    (root / "src").mkdir(parents=True)
    (root / "src" / "work.py").write_text(WORK)
    (root / "README.md").write_text("text\n")
    return root


@pytest.fixture
def ask(own: Path, clock: Callable[[], datetime]) -> Callable[..., Execution]:
    def call(argv: Sequence[str], **changes: Sequence[int]) -> Execution:
        named = {name.replace("__", "/").replace("_dot_", "."): lines for name, lines in changes.items()}
        env = environment_for() | {"PYTHONPATH": str(own / "src")}
        return executed(argv, cwd=own, env=env, timeout=60, clock=clock, changes=named, own=own)

    return call


Ask = Callable[..., Execution]
BENCH = (sys.executable, "-c", "import work; work.used(1000)")


@pytest.mark.parametrize(
    ("lines", "state", "changed", "ran", "missed"),
    [
        ([1], "no code", 0, 0, ()),
        ([12], "executed", 1, 1, ()),
        ([5], "executed", 1, 1, ()),  # inside a table, whose first line alone is in the line table
        ([1, 11, 12], "partly", 2, 1, ("src/work.py:11",)),
        ([15], "not executed", 1, 0, ("src/work.py:15",)),
        ([14], "executed", 1, 1, ()),  # the definition itself, at import
        ([11, 15, 16, 17], "partly", 4, 1, ("src/work.py:11,15,17",)),
        ([], "no code", 0, 0, ()),
    ],
)
def test_changed_lines_of_python_ran_or_not(
    ask: Ask, lines: list[int], state: str, changed: int, ran: int, missed: tuple[str, ...]
) -> None:
    found = ask(BENCH, src__work_dot_py=lines, README_dot_md=[1])
    assert (found.state, found.changed, found.executed, found.missed) == (state, changed, ran, missed)
    assert found.reason == ""
    assert found.how == ("none" if changed == 0 else way(sys.executable))


def way(python: str) -> str:
    said = subprocess.run(
        [python, "-c", "import sys; print(hasattr(sys, 'monitoring'))"], capture_output=True, check=True
    )
    return "sys.monitoring" if said.stdout.strip() == b"True" else "sys.settrace"


def test_a_script_that_is_named_from_its_folder_is_watched(ask: Ask) -> None:
    found = ask((sys.executable, "src/work.py"), src__work_dot_py=[9, 17])
    assert (found.state, found.executed) == ("executed", 2)


@pytest.mark.parametrize(
    "source",
    [
        "import threading, work; t = threading.Thread(target=work.used, args=(9,)); t.start(); t.join()",
        "import multiprocessing, work\np = multiprocessing.Process(target=work.used, args=(9,))\np.start()\np.join()",
        "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import work; work.used(9)'], check=True)",
        "import work, os; work.used(9); os._exit(0)",
        "import work, atexit; atexit.register(work.used, 9)",
    ],
)
def test_threads_children_and_ends_are_watched(ask: Ask, source: str) -> None:
    assert ask((sys.executable, "-c", source), src__work_dot_py=[12, 13]).state == "executed"


@pytest.mark.parametrize(
    ("argv", "reason"),
    [
        ((sys.executable, "-I", "-c", "pass"), "interpreter ignores its environment"),
        ((sys.executable, "-c", "raise SystemExit('broken')"), "broken"),
        ((sys.executable, "-c", "import sys; sys.settrace(None); import work"), "took the tracing away"),
    ],
)
def test_what_cannot_be_watched_is_unknown(ask: Ask, argv: Sequence[str], reason: str) -> None:
    if "settrace" in argv[-1] and way(sys.executable) == "sys.monitoring":
        argv = (sys.executable, "-c", "import sys; sys.monitoring.free_tool_id(4); import work")
    found = ask(argv, src__work_dot_py=[12])
    assert found.state == "unknown"
    assert reason in found.reason


def test_a_program_without_python_runs_no_line_of_python(ask: Ask) -> None:
    assert ask(("/bin/true",), src__work_dot_py=[12]).state == "not executed"


def test_other_sources_are_unknown_and_unreadable_ones_too(ask: Ask, own: Path) -> None:
    (own / "a.rs").write_text("fn main() {}\n")
    (own / "b.py").write_text("def (:\n")
    found = ask(BENCH, a_dot_rs=[1], b_dot_py=[1], gone_dot_py=[1])
    assert found.state == "unknown"
    assert all(name in found.reason for name in ("a.rs", "b.py", "gone.py"))


def test_known_lines_that_did_not_run_beside_unknown_ones_are_unknown(ask: Ask, own: Path) -> None:
    (own / "a.rs").write_text("fn main() {}\n")
    assert ask(BENCH, a_dot_rs=[1], src__work_dot_py=[15]).state == "unknown"
    assert ask(BENCH, a_dot_rs=[1], src__work_dot_py=[12]).state == "executed"


def test_a_cancelled_question_ends(own: Path, clock: Callable[[], datetime]) -> None:
    with pytest.raises(Cancelled):
        executed(
            BENCH, cwd=own, env=environment_for(), timeout=60, clock=clock, changes={"src/work.py": [12]}, own=own,
            cancelled=lambda: True,
        )  # fmt: skip


def test_lines_on_either_side_stand_for_deleted_ones() -> None:
    changes = [
        Change("a.py", "modified", lines=(4, 5), cuts=(0, 9)),
        Change("b.py", "deleted"),
        Change("c.bin", "modified", binary=True),
    ]
    assert asked_lines(changes) == {"a.py": (1, 4, 5, 9, 10)}


C = """\
// a comment
int used(int a)
{
  int total = 0;
  for (int i = 0; i < a; ++i)
    if (i > 1000000)
      total += 1;
  return total +
         a;
}
int unused(int a) { return a + 1; }
struct Size { int width; };
"""


@pytest.fixture
def native(own: Path) -> Path:
    """Lay out a C++ program that counts its lines, and one that does not."""
    (own / "used.cpp").write_text(C)
    (own / "main.cpp").write_text("int used(int); int main(int n, char**) { return n > 1 ? 0 : used(9) == 0; }\n")
    compiler = shutil.which("g++") or "g++"
    (own / "build").mkdir()
    for name in ("used", "main"):
        command = [compiler, "-O0", "--coverage", "-c", f"../{name}.cpp", "-o", f"{name}.o"]
        subprocess.run(command, cwd=own / "build", check=True)
    subprocess.run([compiler, "--coverage", "used.o", "main.o", "-o", "bench"], cwd=own / "build", check=True)
    return own / "build" / "bench"


@pytest.mark.parametrize(
    ("lines", "state", "changed", "ran", "missed"),
    [
        ([1], "no code", 0, 0, ()),
        ([4, 9], "executed", 2, 2, ()),
        ([6, 7], "partly", 2, 1, ("used.cpp:7",)),
        ([11], "not executed", 1, 0, ("used.cpp:11",)),
        ([12], "unknown", 0, 0, ()),
    ],
)
def test_changed_lines_of_a_program_that_counts_them_ran_or_not(
    ask: Ask, native: Path, lines: list[int], state: str, changed: int, ran: int, missed: tuple[str, ...]
) -> None:
    found = ask((str(native),), used_dot_cpp=lines)
    assert (found.state, found.changed, found.executed, found.missed) == (state, changed, ran, missed)
    assert ("no counter for used.cpp:12" in found.reason) == (lines == [12])
    assert not list(native.parent.rglob("*.gcda"))


def test_a_program_that_loads_none_of_what_is_counted_is_unknown(ask: Ask, native: Path) -> None:
    assert native.exists()
    found = ask(("/bin/true",), used_dot_cpp=[4])
    assert (found.state, found.how) == ("unknown", "none")
    assert "nothing was written" in found.reason


def test_a_build_that_counts_no_lines_is_unknown_with_the_remedy(ask: Ask, own: Path) -> None:
    (own / "used.cpp").write_text(C)
    found = ask(("/bin/false",), used_dot_cpp=[4])  # is not run: nothing could be learnt
    assert found.state == "unknown"
    assert "--coverage" in found.reason
    assert ask(("/bin/false",), used_dot_cpp=[1]).state == "no code"


def test_both_languages_add_up(ask: Ask, native: Path) -> None:
    source = f"import subprocess, work; work.used(9); subprocess.run([{str(native)!r}], check=True)"
    found = ask((sys.executable, "-c", source), used_dot_cpp=[4], src__work_dot_py=[12, 15])
    assert (found.state, found.changed, found.executed) == ("partly", 3, 2)
    assert found.how == f"gcov, {way(sys.executable)}"
