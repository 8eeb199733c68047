"""One program, run to its end: what it cost, and that nothing of it stays behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from dart_perf.errors import InvalidInput, MeasurementFailed
from dart_perf.measure.launch import Cancelled
from dart_perf.measure.process import Output, environment_for, run

Python = Callable[[str], tuple[str, ...]]
Clock = Callable[[], datetime]
PAUSE = "; import signal; signal.pause()"


@pytest.fixture
def start(tmp_path: Path, clock: Clock) -> Callable[..., Output]:
    def call(argv: tuple[str, ...], timeout: float = 60.0, env: Mapping[str, str] | None = None, **more: Any) -> Output:
        return run(argv, cwd=tmp_path, env=env or environment_for(), timeout=timeout, clock=clock, **more)

    return call


def test_output_cost_and_load_of_a_program_are_returned(
    start: Callable[..., Output], python: Python, clock: Clock
) -> None:
    output = start(python("import sys; print('out'); print('err', file=sys.stderr); x = sum(range(10**6))"))
    assert (output.stdout, output.stderr, output.exit_status) == (b"out\n", "err\n", 0)
    assert output.started == clock()
    assert output.cpu_seconds > 0
    assert output.wall_seconds > 0
    assert output.load_before is not None


WRITES = "import pathlib, sys; p = pathlib.Path(sys.argv[1].split('=')[-1]); print(p.exists()); p.write_text('told')"


@pytest.mark.parametrize("argument", ["{results}", "--benchmark-json={results}"])
def test_what_a_program_writes_into_its_file_of_results_is_its_output(
    start: Callable[..., Output], python: Python, argument: str
) -> None:
    assert start((*python(WRITES), argument)).stdout == b"told"


def test_the_file_of_results_is_a_new_one_that_goes_with_its_process(
    start: Callable[..., Output], python: Python
) -> None:
    source = "import pathlib, sys; p = pathlib.Path(sys.argv[1]); was = p.exists(); p.write_text(f'{was} {p}')"
    first, second = (start((*python(source), "{results}")).stdout.decode().split() for _ in range(2))
    assert first != second
    assert first[0] == second[0] == "False"
    assert not Path(first[1]).parent.exists()


def test_braces_elsewhere_are_the_programs_own(start: Callable[..., Output], python: Python) -> None:
    assert start(python("results = 3; print(f'{results} of {results}')")).stdout == b"3 of 3\n"


def test_a_program_that_writes_no_results_fails(start: Callable[..., Output], python: Python) -> None:
    said = r"wrote no file to the path that \{results\} stands for.*Mend argv.*standard output:\nsomething else"
    with pytest.raises(MeasurementFailed, match=said):
        start((*python("print('something else')"), "{results}"))


def test_what_a_program_reports_on_its_output_is_quoted_when_it_fails(
    start: Callable[..., Output], python: Python
) -> None:
    with pytest.raises(MeasurementFailed, match=r"exit status 1.*standard output:\nassert 1 == 2"):
        start((*python("print('assert 1 == 2'); raise SystemExit(1)"), "{results}"))


def test_cpu_time_includes_children_that_were_waited_for(start: Callable[..., Output], python: Python) -> None:
    alone = start(python("pass"))
    source = "import os, time\nif os.fork() == 0:\n  while time.process_time() < 0.3: pass\n  os._exit(0)\nos.wait()"
    assert start(python(source)).cpu_seconds > alone.cpu_seconds + 0.2


def test_a_tiny_program_shows_a_small_peak_though_this_process_is_large(start: Callable[..., Output]) -> None:
    ballast = b"x" * (300 << 20)
    assert start(("true",)).peak_rss_bytes < 48 << 20
    assert len(ballast) == 300 << 20


def test_a_large_program_shows_its_peak(start: Callable[..., Output], python: Python) -> None:
    assert start(python("x = b'x' * (150 << 20)")).peak_rss_bytes > 150 << 20


def test_standard_input_is_empty(start: Callable[..., Output], python: Python) -> None:
    assert start(python("import sys; print(repr(sys.stdin.read()))")).stdout == b"''\n"


def test_only_the_given_environment_arrives(start: Callable[..., Output], python: Python) -> None:
    env = {"A": "1", "PATH": os.defpath}
    said = start(python("import os; print(sorted(k for k in os.environ if k != 'LC_CTYPE'))"), env=env).stdout
    assert said == b"['A', 'PATH']\n"


def test_the_environment_is_a_safe_list_and_what_the_scenario_names() -> None:
    source = {"PATH": "/bin", "HOME": "/h", "SECRET": "s", "LD_LIBRARY_PATH": "/l"}
    assert environment_for(["LD_LIBRARY_PATH"], source) == {"PATH": "/bin", "HOME": "/h", "LD_LIBRARY_PATH": "/l"}


def test_a_variable_that_is_not_set_is_named() -> None:
    with pytest.raises(InvalidInput, match="not set: NOT_THERE"):
        environment_for(["PATH", "NOT_THERE"], {"PATH": "/bin"})


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("raise SystemExit(7)", "exit status 7"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "SIGSEGV"),
        ("import sys; sys.stderr.write('the cause\\n'); sys.exit(1)", "the cause"),
    ],
)
def test_a_program_that_fails_is_never_a_measurement(
    start: Callable[..., Output], python: Python, source: str, said: str
) -> None:
    with pytest.raises(MeasurementFailed, match=said):
        start(python(source))


@pytest.mark.parametrize("argv", [("no-such-program",), ("/no/such/program",), ("true", "a\0b"), ("/",)])
def test_a_program_that_cannot_be_started_is_said(start: Callable[..., Output], argv: tuple[str, ...]) -> None:
    with pytest.raises(MeasurementFailed, match=r"argv"):
        start(argv)


def test_arguments_are_never_seen_by_a_shell(start: Callable[..., Output], python: Python) -> None:
    argv = (*python("import sys; print(sys.argv[1])"), "$(touch x); `id` | cat")
    assert start(argv).stdout == b"$(touch x); `id` | cat\n"


def test_only_the_tail_of_standard_error_is_kept(start: Callable[..., Output], python: Python) -> None:
    output = start(python("import sys; sys.stderr.write('x' * 300000 + 'end')"))
    assert output.stderr.endswith("xend")
    assert len(output.stderr) == 64 << 10


def test_a_program_that_writes_without_end_is_ended(start: Callable[..., Output], python: Python) -> None:
    with pytest.raises(MeasurementFailed, match="wrote more than"):
        start(python("import os\nwhile True: os.write(1, b'x' * 65536)"))


def test_the_time_out_ends_the_program(start: Callable[..., Output], python: Python, witness: Any) -> None:
    with pytest.raises(MeasurementFailed, match=r"took longer than 0\.5 s"):
        start(python(witness.program + PAUSE), timeout=0.5)
    witness.wait_until_up()
    witness.wait_until_ended()


def test_cancelling_ends_the_program_and_the_children_that_ignore_it(
    start: Callable[..., Output], python: Python, witness: Any
) -> None:
    ignore = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    with pytest.raises(Cancelled):
        start(python(f"{ignore}; {witness.program}; os.fork(){PAUSE}"), cancelled=witness.is_up)
    witness.wait_until_ended()


def test_ctrl_c_ends_the_program(start: Callable[..., Output], python: Python, witness: Any) -> None:
    def interrupt() -> bool:
        if witness.is_up():
            raise KeyboardInterrupt
        return False

    with pytest.raises(KeyboardInterrupt):
        start(python(witness.program + PAUSE), cancelled=interrupt)
    witness.wait_until_ended()


def test_what_a_program_leaves_running_is_ended_with_it(
    start: Callable[..., Output], python: Python, witness: Any
) -> None:
    child = f"  {witness.program}\n  os.write(write, b'x')\n  signal.pause()\n"
    source = f"import os, signal\nread, write = os.pipe()\nif os.fork() == 0:\n{child}os.read(read, 1); print('done')"
    assert start(python(source)).stdout == b"done\n"
    witness.wait_until_up()
    witness.wait_until_ended()


HELPER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from dart_perf.measure.process import environment_for, run
run(sys.argv[1:], cwd=Path("."), env=environment_for(), timeout=60, clock=lambda: datetime.now(UTC))
"""


def test_the_death_of_the_measuring_process_ends_the_program(python: Python, witness: Any) -> None:
    with subprocess.Popen([sys.executable, "-c", HELPER, *python(witness.program + PAUSE)]) as helper:
        witness.wait_until_up()
        helper.send_signal(signal.SIGKILL)
    witness.wait_until_ended()


def test_the_death_of_the_launcher_ends_the_program_and_is_said(
    start: Callable[..., Output], python: Python, witness: Any
) -> None:
    source = f"{witness.program}; import signal; os.kill(os.getppid(), signal.SIGKILL); signal.pause()"
    with pytest.raises(MeasurementFailed, match="launcher was killed"):
        start(python(source))
    witness.wait_until_up()
    witness.wait_until_ended()
