"""On a system that lacks what it is made of, dart-perf says so in one line, before anything else is imported."""

import subprocess
import sys

import pytest

from dart_perf.errors import UnsupportedSystem
from dart_perf.system import enter, require
from tests import golden

SUPPORTED = ("linux", "darwin", "freebsd14")


def test_a_posix_system_is_fine() -> None:
    for platform in (sys.platform, *SUPPORTED):
        require(platform)


@pytest.mark.parametrize("platform", ["win32", "emscripten", "wasi"])
def test_another_is_refused_with_what_to_do(platform: str) -> None:
    with pytest.raises(
        UnsupportedSystem, match=f"dart-perf does not run on {platform}: .* Linux is where it is tested"
    ):
        require(platform)


def test_a_start_ends_with_one_line_and_imports_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        enter("there.is.no.such.module", platform="win32")
    assert ended.value.code == 2
    golden.check("unsupported_system.txt", capsys.readouterr().err)


LACKING = """
import sys
import dart_perf.model.baseline, dart_perf.model.history  # pydantic and what it loads would miss the real system
sys.platform = "win32"
sys.modules["fcntl"] = None
"""
STARTS = {
    "performance_monitor": "import runpy; runpy.run_module('performance_monitor', run_name='__main__')",
    "regression_detector": "import runpy; runpy.run_module('regression_detector', run_name='__main__')",
    "dart-perf-baseline": "from dart_perf.cli.start import baseline; baseline()",
    "the store": (
        "from dart_perf.errors import PerfError\nfrom dart_perf.store import open_store\n"
        "try: open_store('file:x')\nexcept PerfError as error: sys.stderr.write(str(error)); sys.exit(2)"
    ),
}


@pytest.mark.parametrize("start", STARTS)
def test_every_way_in_looks_before_it_imports_what_the_system_lacks(start: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LACKING + STARTS[start]], capture_output=True, text=True, check=False, timeout=60
    )
    assert "dart-perf does not run on win32" in done.stderr
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
