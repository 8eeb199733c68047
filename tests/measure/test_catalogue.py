"""Which scenarios exist, and what a dart-perf.toml may say."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dart_perf.errors import InvalidInput
from dart_perf.measure.catalogue import BUILT_IN, FILE, KEYS, load, parse


def write(root: Path, text: str) -> Path:
    (root / FILE).write_text(text, encoding="utf-8")
    return root


def test_without_a_file_the_built_in_scenarios_exist(tmp_path: Path) -> None:
    assert load(tmp_path) == BUILT_IN
    assert set(BUILT_IN) == {"standard_robot", "collision_boxes", "chain_step", "io_parse", "chain_step_counts"}


def test_every_field_of_a_scenario_can_be_said(tmp_path: Path) -> None:
    text = """
    [scenario.parse]
    argv = ["{python}", "{root}/bench.py"]
    cwd = "benchmarks"
    format = "google-benchmark"
    group = "io"
    metrics = ["cpu_time"]
    decides = "wall"
    repetitions = 20
    timeout_seconds = 5
    margin = 0.1
    counts = []
    version_argv = ["git", "describe"]
    version_file = "package.xml"
    environment = ["LD_LIBRARY_PATH"]
    variables = {PYTHONPATH = "{root}/src"}
    files = ["bench.py"]
    libraries = ["numpy"]
    build = [["cmake", "-B", "{root}/build"], ["make"]]
    build_timeout_seconds = 600
    benchmark_files = ["benchmarks/*.py"]
    """
    scenario = load(write(tmp_path, text))["parse"]
    said = scenario.model_dump()
    assert said.pop("name") == "parse"
    assert said.pop("built_in") is False
    assert said == {
        "argv": ("{python}", "{root}/bench.py"),
        "cwd": "benchmarks",
        "format": "google-benchmark",
        "group": "io",
        "metrics": ("cpu_time",),
        "decides": "wall",
        "repetitions": 20,
        "timeout_seconds": 5.0,
        "margin": 0.1,
        "counts": (),
        "version_argv": ("git", "describe"),
        "version_file": "package.xml",
        "environment": ("LD_LIBRARY_PATH",),
        "variables": {"PYTHONPATH": "{root}/src"},
        "files": ("bench.py",),
        "libraries": ("numpy",),
        "build": (("cmake", "-B", "{root}/build"), ("make",)),
        "build_timeout_seconds": 600.0,
        "benchmark_files": ("benchmarks/*.py",),
    }
    assert set(said) == set(KEYS)


def test_a_build_may_be_one_command_line_and_belong_to_all_scenarios(tmp_path: Path) -> None:
    text = """
    [build]
    steps = ["make", "-C", "{root}"]
    timeout_seconds = 60
    [scenario.a]
    argv = ["true"]
    [scenario.b]
    argv = ["true"]
    build = ["{python}", "{root}/build.py"]
    """
    found = load(write(tmp_path, text))
    assert [(found[name].build, found[name].build_timeout_seconds) for name in "ab"] == [
        ((("make", "-C", "{root}"),), 60),
        ((("{python}", "{root}/build.py"),), 60),
    ]


def test_a_scenario_that_counts_has_its_own_usual_values(tmp_path: Path) -> None:
    text = "[scenario.a]\nargv = ['x', '-n{iterations}']\nformat = 'none'\ncounts = [100, 200]"
    usual = load(write(tmp_path, text))["a"]
    assert (usual.metrics, usual.repetitions, usual.margin, usual.timeout_seconds) == (("instructions",), 3, 0.005, 600)
    said = load(write(tmp_path, f"{text}\nmargin = 0.02\nmetrics = ['allocations']\nrepetitions = 5"))["a"]
    assert (said.metrics, said.repetitions, said.margin, said.timeout_seconds) == (("allocations",), 5, 0.02, 600)


def test_own_scenarios_come_after_the_built_in_ones_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = "[scenario.z]\nargv = ['true']\n[scenario.a]\nargv = ['true']\n"
    assert [*load(write(tmp_path, text))][-2:] == ["z", "a"]


def counting(*arguments: str) -> str:
    """Return a scenario that counts, with these arguments."""
    return f"[scenario.a]\nargv = {['x', *arguments]}\nformat = 'none'\ncounts = [100, 200]"


@pytest.mark.parametrize(
    "arguments",
    [
        ["-n{iterations}"],
        ["{iterations}x"],
        ["{iterations}", "{iterations}"],
        ["--sizes=5,{iterations},7"],
        ["5:{iterations}"],
    ],
)
def test_iterations_may_stand_once_in_any_argument_with_anything_but_digits_beside_it(
    tmp_path: Path, arguments: list[str]
) -> None:
    assert load(write(tmp_path, counting(*arguments)))["a"].argv == ("x", *arguments)


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("x = ", "", "not TOML"),
        ("x = 1", "line 1", "'x' is not known"),
        ("\n[suite]\n", "line 2", "'suite' is not known"),
        ("scenario = 3", "line 1", "must be tables"),
        ("[scenario]\na = 3", "line 2", "must be a table"),
        ("[scenario.a]\nargv = ['true']\nshell = true", "line 3", "unknown key 'shell'"),
        ("[scenario.b]\nargv = ['x']\n[scenario.a]\nargv = 'true'", "line 4", "scenario.a.argv: "),
        ("[scenario.a]\nargv = []", "line 2", "scenario.a.argv: "),
        ("build = 3", "line 1", "build must be a table"),
        ("[build]\nargv = ['make']", "line 2", "[build] has the unknown key 'argv'. Known are: steps, timeout_seconds"),
        ("[build]\nsteps = ['make', 1]", "line 2", "build.steps.0: "),
        ("[build]\nsteps = [[]]", "line 2", "build.steps.0: "),
        ("[build]\nsteps = 'make'", "line 2", "build.steps: "),
        ("[build]\nsteps = ['make', '{rot}/x']", "line 2", "build.steps: '{rot}/x' has the unknown placeholder {rot}"),
        ("[build]\ntimeout_seconds = 0", "line 2", "build.timeout_seconds: "),
        ("[scenario.a]\nargv = ['x']\nbuild = ['make', '{results}']", "line 3", "unknown placeholder {results}"),
        ("[scenario.a]\nargv = ['x']\nbenchmark_files = ['/etc/*']", "line 3", "'/etc/*' leads out of the project"),
        ("[scenario.a]\ngroup = 'x'", "", "scenario.a.argv: Field required"),
        ("[scenario.a]\nargv = ['x', 1]", "line 2", "scenario.a.argv.1: "),
        ("[scenario.a]\nargv = ['x']\nrepetitions = '3'", "line 3", "valid integer"),
        ("[scenario.a]\nargv = ['x']\nmargin = nan", "line 3", "valid number"),
        ("[scenario.a]\nargv = ['x']\nrepetitions = 0", "line 3", "greater than or equal to 1"),
        ("[scenario.a]\nargv = ['x']\nformat = 'csv'", "line 3", "'pytest-benchmark' or 'none'"),
        ("[scenario.a]\nargv = ['x']\nbuilt_in = true", "line 3", "unknown key 'built_in'"),
        ("[scenario.a]\nargv = ['x']\ncwd = '../..'", "line 3", "scenario.a.cwd: '../..' leads out of the project"),
        ("[scenario.a]\nargv = ['x']\nversion_file = '/etc/passwd'", "line 3", "leads out of the project"),
        ("[scenario.a]\nargv = ['x']\nfiles = ['a.py', '../*.py']", "line 3", "scenario.a.files: '../*.py' leads out"),
        ("[scenario.a]\nargv = ['{pyhton}', 'x']", "line 2", "scenario.a.argv: '{pyhton}' has the unknown placeholder"),
        ("[scenario.a]\nargv = ['x', '--at={rot}/y']", "line 2", "Known are: {python}, {root}, {project}, {scenarios}"),
        ("[scenario.a]\nargv = ['x']\nvariables = {'A=B' = '1'}", "line 3", "'A=B' is no name of a variable"),
        ("[scenario.a]\nargv = ['x']\nvariables = {A = 1}", "line 3", "scenario.a.variables.A: "),
        ("[scenario.a]\nargv = ['x']\nvariables = {A = '{rot}/x'}", "line 3", "unknown placeholder {rot}"),
        ("[scenario.a]\nargv = ['x']\nvariables = {A = '{results}'}", "line 3", "unknown placeholder {results}"),
        ("[scenario.a]\nargv = ['x']\nenvironment = ['A']\nvariables = {A = '1'}", "line 4", "Say it in one place"),
        ("[scenario.a]\nargv = ['x', '{results}']\nformat = 'none'", "line 3", "names a file of results that format"),
        ("[scenario.a]\nargv = ['x', '{results}/a.json']", "line 2", "{results} is a file, not a folder"),
        ("[scenario.a]\nargv = ['x']\nversion_argv = ['x', '{results}']", "line 3", "unknown placeholder {results}"),
        ("[scenario.a]\nargv = ['x']\nversion_argv = ['{py}']", "line 3", "scenario.a.version_argv: '{py}'"),
        ("[scenario.a]\nargv = ['x']\nrepetitions = 1", "line 3", "1 process a side can show nothing. Allowed are 3"),
        (
            "[scenario.a]\nargv = ['x', '{iterations}']",
            "line 2",
            "without `counts`. Add two numbers, e.g. counts = [100,",
        ),
        ("[scenario.a]\nargv = ['x']\ncounts = [100]", "line 3", "[100] are no two ascending numbers of iterations"),
        ("[scenario.a]\nargv = ['x']\ncounts = [100, 101]", "line 3", "are no two ascending numbers"),
        ("[scenario.a]\nargv = ['x']\ncounts = [0, 101]", "line 3", "are no two ascending numbers"),
        ("[scenario.a]\nargv = ['x']\ncounts = [1, 2, 3]", "line 3", "scenario.a.counts: "),
        ("[scenario.a]\nargv = ['x']\ncounts = 100", "line 3", "scenario.a.counts: "),
        ("[scenario.a]\nargv = ['x']\ncounts = [1, 9]\nformat = 'none'", "line 3", "nothing says how often"),
        ("[scenario.a]\nargv = ['x']\ncounts = [1, 9]\nformat = 'google-benchmark'", "line 4", "prints dart-perf's"),
        ("[scenario.a]\nargv = ['x']\ncounts = [1, 9]\nformat = 'pyperf'", "line 4", "prints dart-perf's"),
        ("[scenario.a]\nargv = ['x', '{results}']\ncounts = [1, 9]", "", "prints dart-perf's format"),
        (
            "[scenario.a]\nargv = ['x']\ncounts = [1, 9]\nmetrics = ['cpu_time', 'instructions']",
            "line 4",
            "cpu_time cannot",
        ),
        ("[scenario.a]\nargv = ['x']\ncounts = [1, 9]\nmetrics = []", "line 4", "the list is empty. Allowed with"),
        (
            counting("{iterations}{iterations}"),
            "line 2",
            "'{iterations}{iterations}' holds {iterations} 2 times. Allowed",
        ),
        (counting("{iterations},{iterations}"), "line 2", "once an argument. Say it once"),
        (counting("{iterations}000"), "line 2", "'{iterations}000' makes another number of {iterations}, and the cost"),
        (counting("-n1{iterations}"), "line 2", "Let it stand without digits beside it, and say larger numbers in"),
        (counting("0.{iterations}"), "line 2", "makes another number"),
        (counting("{iterations}.5"), "line 2", "makes another number"),
        (counting("{iterations}_000"), "line 2", "makes another number"),
        (counting("{iterations}e3"), "line 2", "makes another number"),
        (counting("1e+{iterations}"), "line 2", "makes another number"),
        (
            "[scenario.a]\nargv = ['x']\nmetrics = []",
            "line 3",
            "scenario.a.metrics: the list is empty, so nothing would",
        ),
        ("[scenario.standard_robot]\nargv = ['x']", "line 1", "is built in. Choose another name"),
        ("[scenario.'../x']\nargv = ['x']", "", "is not allowed"),
        ("[scenario.a]\nargv = ['x']\nrepetitions = 99999999999999999999", "", "wrong type"),
        ("x = " + "9" * 5000, "", "not TOML"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_line(tmp_path: Path, text: str, place: str, said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        load(write(tmp_path, text))
    message = str(caught.value)
    assert str(tmp_path / FILE) in message
    assert place in message
    assert said in message


def test_braces_of_a_programs_own_are_left_alone(tmp_path: Path) -> None:
    argv = ["{python}", "-c", "print(f'{x}')", "--json={}", "{root}/{scenarios}", '{"a": 1}']
    text = f"[scenario.a]\nargv = {argv}\nrepetitions = 3"
    assert load(write(tmp_path, text))["a"].argv == tuple(argv)


def test_a_message_about_an_unknown_key_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=", ".join(KEYS)):
        load(write(tmp_path, "[scenario.a]\nargv = ['x']\nxyz = 1"))


def test_bytes_that_are_not_utf_8_are_named(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"# \xff")
    with pytest.raises(InvalidInput, match="byte 2: not UTF-8"):
        load(tmp_path)


def test_a_huge_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="larger than"):
        load(write(tmp_path, "#" * (1 << 20) + "#"))


def test_a_folder_in_place_of_the_file_is_said(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(InvalidInput, match="cannot be read"):
        load(tmp_path)


def is_answered(data: bytes) -> None:
    """A law: any bytes are either scenarios or an InvalidInput, and a scenario keeps its name."""
    try:
        scenarios = parse(data, Path("t.toml"))
    except InvalidInput:
        return
    assert all(name == scenario.name for name, scenario in scenarios.items())


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    is_answered(data)


NUMBERS = ["1", "-1", "0.5", "nan", "inf", "9" * 30, "9" * 5000]
TEXTS = ["''", "'a'", "'..'", "'/'", '"\\u0000"', '"\\uFFFD"']
OTHERS = ["true", "[]", "['a']", "[['a']]", "[1]", "{}", "{a = 1}", "1979-05-27", "07:32:00", "1979-05-27T07:32:00Z"]
VALUES = st.sampled_from([*NUMBERS, *TEXTS, *OTHERS])
NAMES = st.sampled_from(["a", "'a b'", "standard_robot", "''", "a.b", "'\\n'"])


@given(NAMES, st.lists(st.tuples(st.sampled_from([*KEYS, "name", "built_in", "x", "'argv'"]), VALUES), max_size=4))
def test_any_mixture_of_keys_and_values_is_read_or_refused(name: str, entries: list[tuple[str, str]]) -> None:
    lines = "\n".join(f"{key} = {value}" for key, value in entries)
    is_answered(f"[scenario.{name}]\n{lines}\n".encode())
