"""A first dart-perf.toml: from what lies in a project, with nothing run and nothing overwritten."""

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dart_perf.errors import InvalidInput
from dart_perf.measure import catalogue, trust
from dart_perf.model.setup import Declaration, Proposal
from dart_perf.report.declaration import entries
from dart_perf.report.text import render
from dart_perf.workflows.discovery import interpreter
from dart_perf.workflows.discovery.interpreter import Interpreter
from dart_perf.workflows.discovery.search import search
from dart_perf.workflows.init import initialise
from dart_perf.workflows.project import open_project
from tests import golden

PYTEST = "from pkg import f\ndef test_f(benchmark):\n    benchmark(f)\n"
PYPERF = "import pyperf\nif __name__ == '__main__':\n    pyperf.Runner().timeit('a', '1')\n"
PROBE = "from dart_perf.collect.probe import Loop, Probe\n"
PLAIN = "if __name__ == '__main__':\n    sum(range(10))\n"
ELF = b"\x7fELF\2\1\1" + bytes(9)
GOOGLE = ELF + b"--benchmark_list_tests={true|false}\0"
LOADED = ELF + b"\0libbenchmark.so.1\0libsolver.so.2\0"
CANARY = "#!/bin/sh\ntouch ran\n"
EVERYTHING: dict[str, str | bytes] = {
    "pyproject.toml": "[tool.pytest.ini_options]\naddopts = ['-q', '--cov=pkg']\n",
    "src/pkg/__init__.py": "from other import g\ndef f(): pass\n",
    "other.py": "def g(): pass\n",
    "tests/conftest.py": "",
    "tests/test_speed.py": PYTEST,
    "tests/test_right.py": "def test_right(): pass\n",
    "benchmarks/bench_runner.py": PYPERF,
    "benchmarks/probe.py": PROBE,
    "benchmarks/plain.py": "import common\n" + PLAIN,
    "benchmarks/common.py": "import pkg\n",
    "benchmarks/asks.py": "import argparse\n" + PLAIN,
    "benchmarks/old.py": "print 'two'\n",
    "benchmarks/run.sh": CANARY,
    "asv/asv.conf.json": '{\n  // where\n  "results_dir": "kept"\n}\n',
    "CMakeLists.txt": "target_link_libraries(later PRIVATE benchmark::benchmark_main)\n"
    "target_link_libraries(solve solver benchmark::benchmark)\n",
    "build/CMakeCache.txt": "CMAKE_BUILD_TYPE:STRING=Debug\n",
    "build/bench/solve": LOADED,
    "build/lib/libsolver.so.2": ELF + b"\0libdeep.so\0",
    "build/lib/libdeep.so": ELF,
    "build/lib/libunused.so": ELF,
    "build/linked": GOOGLE,
    "build/native": ELF + b'{"schema": "dart-perf/results/1"',
    "build/other_program": ELF,
    "build/_deps/benchmark/basic_test": GOOGLE,
    "Makefile": "bench: all\n\t./x\nbench_dir := x\nbenchmarks:\n",
    "package.xml": "<package><version>1.2.3</version></package>",
}


def plant(root: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        if path.read_bytes().startswith((b"\x7fELF", b"#!")):
            path.chmod(0o755)
    return root


def init(root: Path, *, dry_run: bool = False) -> Declaration:
    return initialise(open_project(root, {}), dry_run=dry_run)


def found(root: Path, files: dict[str, str | bytes]) -> dict[str, Proposal]:
    return {proposal.name: proposal for proposal in search(plant(root, files))[0]}


@pytest.fixture
def everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let dart-perf's interpreter have every module, wherever the tests run."""
    monkeypatch.setattr(Interpreter, "has", lambda _self, _module: True)


@pytest.mark.usefixtures("everywhere")
def test_everything_that_can_be_measured_is_found(tmp_path: Path) -> None:
    said = init(plant(tmp_path, EVERYTHING))
    golden.check("init/everything.toml", (tmp_path / catalogue.FILE).read_text(encoding="utf-8"))
    golden.check("init/everything.txt", render(said).replace(str(tmp_path), "PROJECT") + "\n")


@pytest.mark.usefixtures("everywhere")
def test_every_entry_is_one_that_dart_perf_reads_also_when_the_sign_is_taken_away(tmp_path: Path) -> None:
    said = init(plant(tmp_path, EVERYTHING))
    text = (tmp_path / catalogue.FILE).read_text(encoding="utf-8")
    active = catalogue.load(tmp_path)
    assert [name for name in active if not active[name].built_in] == [p.name for p in said.proposals if not p.undecided]
    whole = re.sub(r"^# (?=\[scenario|\w+ = |    \"|\])", "", text, flags=re.MULTILINE)
    every = catalogue.parse(whole.encode(), tmp_path / "whole.toml")
    assert [*every] == [proposal.name for proposal in said.proposals]
    for proposal in said.proposals:
        entry = every[proposal.name]
        assert (entry.argv, entry.files, entry.variables) == (proposal.argv, proposal.files, proposal.variables)


@pytest.mark.usefixtures("everywhere")
def test_two_looks_at_one_project_say_the_same(tmp_path: Path) -> None:
    plant(tmp_path / "one", EVERYTHING)
    plant(tmp_path / "two", dict(reversed(EVERYTHING.items())))
    assert init(tmp_path / "one").text == init(tmp_path / "two", dry_run=True).text


def test_nothing_of_the_project_is_run_and_nothing_is_trusted(tmp_path: Path) -> None:
    canary = "import pathlib; pathlib.Path('ran').touch()\n"
    files: dict[str, str | bytes] = {
        "benchmarks/a.py": canary + PYPERF, "conftest.py": canary, "test_a.py": canary + PYTEST, "bench/a": CANARY,
        "setup.py": canary, "Makefile": "bench:\n\ttouch ran\n", ".venv/bin/python": CANARY, ".venv/pyvenv.cfg": "",
    }  # fmt: skip
    init(plant(tmp_path, files))
    assert not list(tmp_path.rglob("ran"))
    assert not trust.is_trusted(tmp_path)


def test_a_file_that_exists_stays_as_it_is_and_what_it_lacks_is_shown(tmp_path: Path) -> None:
    own = '[scenario.mine]\nargv = ["{python}", "{root}/benchmarks/plain.py"]\nformat = "none"\n'
    files: dict[str, str | bytes] = {"benchmarks/plain.py": PLAIN, "benchmarks/next.py": PLAIN, catalogue.FILE: own}
    said = init(plant(tmp_path, files))
    assert (tmp_path / catalogue.FILE).read_text(encoding="utf-8") == own
    assert (said.written, [proposal.name for proposal in said.proposals]) == (False, ["benchmarks_next"])
    assert "exists and stays as it is. It lacks 1 entry." in render(said)
    assert list(tomllib.loads(render(said))["scenario"]) == ["benchmarks_next"]


def test_a_link_that_leads_nowhere_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / catalogue.FILE).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InvalidInput, match="stays as it is"):
        init(tmp_path)
    assert not (tmp_path / "elsewhere").exists()


def test_a_look_writes_nothing_and_prints_what_would_be_written(tmp_path: Path) -> None:
    plant(tmp_path, {"benchmarks/plain.py": PLAIN})
    said = init(tmp_path, dry_run=True)
    assert [path.name for path in tmp_path.iterdir()] == ["benchmarks"]
    assert render(said).endswith(said.text.rstrip("\n"))
    assert list(tomllib.loads(render(said))["scenario"]) == ["benchmarks_plain"]


def test_where_nothing_is_found_a_template_and_a_sentence_say_so(tmp_path: Path) -> None:
    said = init(plant(tmp_path, {"main.py": "print(1)\n"}))
    assert "it holds nothing that looks like a benchmark here" in said.summary
    assert "name a program in it" in said.next_step
    text = (tmp_path / catalogue.FILE).read_text(encoding="utf-8")
    assert catalogue.load(tmp_path) == catalogue.BUILT_IN
    uncommented = re.sub(r"^# (?=\[scenario|\w+ = )", "", text, flags=re.MULTILINE)
    assert "parse" in catalogue.parse(uncommented.encode(), tmp_path / "t.toml")


@pytest.mark.parametrize(
    ("files", "name", "said"),
    [
        ({"test_a.py": PYTEST}, "test_a", "pytest-benchmark is not installed in dart-perf's own environment"),
        ({"a.py": PYPERF}, "a", "pyperf is not installed in dart-perf's own environment"),
        ({"a.py": "from pyperf import Runner\nRunner()\n"}, "a", "pyperf is not installed"),
        ({"asv.conf.json": "{}"}, "asv", "dart-perf-baseline --import .asv/results"),
        ({"bench/a.py": "import sys\nif __name__ == '__main__': sys.argv\n"}, "bench_a", "it reads arguments"),
        ({"bench/a.py": "print 1"}, "bench_a", "no Python that can be read here, line 1"),
        ({"perf/go": CANARY}, "perf_go", "whether it is a benchmark"),
        ({"Makefile": "perf:\n"}, "make_perf", "what rule perf runs is not known"),
        ({"a.cc": "#include <benchmark/benchmark.h>"}, "a", "no program of it is built here: build it as Release"),
        ({"x/CMakeLists.txt": "target_link_libraries(t benchmark::benchmark)"}, "t", "target t of x/CMakeLists.txt"),
    ],
)  # fmt: skip
def test_what_is_left_open_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str | bytes], name: str, said: str
) -> None:
    monkeypatch.setattr(Interpreter, "has", lambda _self, _module: False)
    assert said in found(tmp_path, files)[name].undecided


@pytest.mark.parametrize(
    "files",
    [
        {"test_a.py": "def test_a(bench): pass\n"},
        {"a.py": PLAIN},
        {"test_a.py": PYPERF},
        {"a.py": "import pyperf\nprint(pyperf)\n"},
        {"bench/a.py": "import logging\nLOG = logging.getLogger(__name__)\nODD = '\\d'\n"},
        {"bench/a.py": "import sys\nsys.path.insert(0, '.')\n"},
        {"bench/a.py": "def f(): pass\n"},
        {"bench/data": "text"},
        {"lib/libbenchmark.so.1": GOOGLE},
        {"bench.o": GOOGLE},
        {"third_party/test_a.py": PYTEST},
        {"node_modules/bench/a.py": PYPERF},
        {".tox/test_a.py": PYTEST},
        {"env/pyvenv.cfg": "", "env/lib/test_a.py": PYTEST},
        {"Makefile": "bench_files = a\nworkbench:\n"},
        {"CMakeLists.txt": "target_link_libraries(${x} benchmark::benchmark)"},
    ],
)
def test_what_is_no_benchmark_of_the_project_is_not_named(tmp_path: Path, files: dict[str, str | bytes]) -> None:
    assert found(tmp_path, files) == {}


def test_a_folder_that_is_left_out_is_said(tmp_path: Path) -> None:
    assert search(plant(tmp_path, {"third_party/a/test_a.py": PYTEST}))[1] == ("not looked into: third_party",)


def test_a_link_out_of_the_project_is_not_followed_and_said(tmp_path: Path) -> None:
    plant(tmp_path, {"outside.py": PLAIN, "project/inside.py": PLAIN})
    (tmp_path / "project" / "bench").mkdir()
    (tmp_path / "project" / "bench" / "out.py").symlink_to(tmp_path / "outside.py")
    (tmp_path / "project" / "bench" / "in.py").symlink_to(tmp_path / "project" / "inside.py")
    proposals, warnings = search(tmp_path / "project")
    assert [proposal.name for proposal in proposals] == ["bench_in"]
    assert warnings == ("links that lead out of the project were not followed: 1",)


def test_the_projects_own_environment_is_preferred_where_it_has_what_is_needed(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"test_a.py": PYTEST, ".venv/pyvenv.cfg": "", ".venv/bin/python": ""}
    site = ".venv/lib/python3.11/site-packages/"
    assert found(tmp_path, files)["test_a"].argv[0] == interpreter.OWN
    has = found(tmp_path, files | {f"{site}pytest_benchmark/__init__.py": ""})["test_a"]
    assert (has.argv[0], has.undecided) == ("{project}/.venv/bin/python", "")


def test_what_is_too_much_to_be_kept_is_said_and_left_out(tmp_path: Path) -> None:
    many: dict[str, str | bytes] = {f"pkg/m{i}.py": "" for i in range(201)}
    proposal = found(tmp_path, many | {"bench/a.py": "import pkg\n" + PLAIN})["bench_a"]
    assert proposal.files == ()
    assert any("more than 200 files" in remark for remark in proposal.remarks)


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=30)
ODD = st.sampled_from(
    ['"]\n[scenario.evil]\nargv = ["rm"]', "a\nb", "x#y", "\x7f", "\u2028", "é", "'''", "\\", "{root}"]
)


@given(NAMES | ODD, NAMES | ODD)
def test_no_name_of_a_file_can_write_an_entry_of_its_own(name: str, why: str) -> None:
    made = [
        Proposal(name="a", kind="program", place=name, argv=(name, "x"), files=(name,), variables={"A": why}),
        Proposal(name="b", kind="program", place=name, argv=(name,), undecided=why, remarks=(name,)),
    ]
    (entry,) = tomllib.loads(entries(made))["scenario"].values()
    assert (entry["argv"], entry["files"], entry["variables"]) == ([name, "x"], [name], {"A": why})
