"""Whether a program that is counted is told how often to do its work, as far as its files show; nothing of it runs."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from dart_perf.errors import InvalidInput
from dart_perf.measure import counts
from dart_perf.measure.sources import MOST_BYTES, find_sources
from dart_perf.model.scenario import Scenario

_ASKS = re.compile(rb"probe|DART_PERF_COUNTS", re.IGNORECASE)
"""What a program that is asked by its environment mentions: the class `Probe`, its module, or the variable."""
FINDING = "{iterations} is not in argv, and no file that is named there or in `files` mentions a Probe"
MEANING = "nothing says how often to do the work: it is not captured unless something that it loads uses a Probe"
REMEDY = "give {iterations} in argv, or use dart_perf.collect.probe.Probe"


def unasked(scenarios: Mapping[str, Scenario], root: Path) -> list[str]:
    """Return the names of the project's scenarios that count, and of which nothing shows who says how often."""
    return [name for name, scenario in scenarios.items() if not scenario.built_in and _is_unasked(scenario, root)]


def _is_unasked(scenario: Scenario, root: Path) -> bool:
    if not scenario.counts or any(f"{{{counts.ITERATIONS}}}" in item for item in scenario.argv):
        return False
    return not any(_mentions(path) for path in _files(scenario, root.resolve()))


def _mentions(path: Path) -> bool:
    """Say whether a file mentions what asks; one that cannot be read may."""
    try:
        return _ASKS.search(path.read_bytes()) is not None
    except OSError:
        return True


def _files(scenario: Scenario, root: Path) -> Iterator[Path]:
    """Yield the files of the project that the scenario names."""
    for item in scenario.argv:
        plain = item.rpartition("=")[2].replace("{root}", str(root)).replace("{project}", str(root))
        path = root / scenario.cwd / plain
        if _is_small_file(path, root):
            yield path
    try:
        yield from find_sources(scenario, root)
    except InvalidInput:  # told when it is measured; what was not found mentions nothing
        return


def _is_small_file(path: Path, root: Path) -> bool:
    try:
        found = path.resolve()
        return found.is_relative_to(root) and found.is_file() and found.stat().st_size <= MOST_BYTES
    except (OSError, ValueError, RuntimeError):  # no path: code after -c is too long for one, or links lead in a circle
        return False
