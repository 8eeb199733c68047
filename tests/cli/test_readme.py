"""What README.md shows works as it is written."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from dart_perf.model.judgement import EXIT_CODES, Status
from tests.conftest import Toy

Command = Callable[..., subprocess.CompletedProcess[str]]
README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")


SOLVE = """
#include <cstdlib>
int main(int, char** argv) {
  volatile double sum = 0;
  for (int i = 0, steps = std::atoi(argv[1] + sizeof("--steps")); i < steps; ++i) sum = sum + i;
}
"""


def blocks(language: str) -> list[str]:
    """Return the blocks of that language."""
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def test_the_scenario_and_the_benchmark_that_are_shown_are_measured_as_they_are(toy: Toy, command: Command) -> None:
    (toy.root / "benchmarks").mkdir()
    (toy.root / "benchmarks" / "parse.py").write_text(blocks("python")[0])
    (toy.root / "dart-perf.toml").write_text(blocks("toml")[0])
    assert command("dart-perf-baseline", "--trust").returncode == 0
    captured = command("dart-perf-baseline", "--capture", "--scenario", "parse", "--processes", "3")
    assert captured.returncode == 0, captured.stderr
    (entry,) = toy.project.store.baselines("parse")
    assert (entry.version, entry.remeasurable) == ("1.4", True)
    compared = command("dart-perf-baseline", "--compare", "--scenario", "parse", "--processes", "3")
    assert compared.returncode in {0, 1, 3}, compared.stderr  # three processes on any machine: a verdict, whichever


def test_the_counted_scenario_that_is_shown_is_counted_as_it_is(toy: Toy, command: Command) -> None:
    (toy.root / "build").mkdir()
    (toy.root / "solve.cpp").write_text(SOLVE)
    subprocess.run([shutil.which("g++") or "g++", "-O1", "-o", "build/solve", "solve.cpp"], cwd=toy.root, check=True)
    (toy.root / "dart-perf.toml").write_text(blocks("toml")[1])
    assert command("dart-perf-baseline", "--trust").returncode == 0
    captured = command("dart-perf-baseline", "--capture", "--scenario", "solve_counts")
    assert captured.returncode == 0, captured.stderr
    metrics = {m.metric.name: set(m.samples) for r in toy.project.store.runs() for m in r.measurements}
    assert metrics.keys() == {"instructions", "allocations"}
    assert all(len(values) == 1 for values in metrics.values()), metrics


def test_readme_and_help_say_the_exit_code_of_every_verdict(command: Command) -> None:
    helped = command("dart-perf-baseline", "--help").stdout
    for status in set(Status) - {Status.NO_BASELINE}:
        assert re.search(rf"^\| {EXIT_CODES[status]} \| .*`{status}`", README, flags=re.MULTILINE), status
        assert re.search(rf"^ +{EXIT_CODES[status]} .*{status}", helped, flags=re.MULTILINE), status
    assert "4 | no baseline" in README
