"""What a scenario may say of its counts, and what it says where it is silent."""

import re
from collections.abc import Iterator, Mapping

from dart_perf.measure.counter import METRICS
from dart_perf.model.scenario import Scenario

ITERATIONS = "iterations"
"""The placeholder of argv that says how often the work is done."""
USUAL: Mapping[str, object] = {
    "metrics": ["instructions"],
    "repetitions": 3,  # identical ones make a metric exact (stats.exact)
    "margin": 0.005,  # ten times what dartpy's counts differ by with the size of its environment (stats.exact)
    "timeout_seconds": 600.0,  # ten times that of timings: valgrind makes a program about 50 times slower
}
"""What a scenario with `counts` says where it does not say otherwise."""
_ASKS = re.compile(r"(?:^|=)\{iterations\}$")
"""Where no counts are asked for: braces elsewhere are the program's own."""
_LONGER = re.compile(r"\d(?:[._]|[eE][+-]?)?\{iterations\}|\{iterations\}(?:[._]|[eE][+-]?)?\d")
"""Where what stands beside it would make another number of it: {iterations}000, 1{iterations}, {iterations}e3."""


def problems(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """Yield what a scenario says of its counts and may not, by key."""
    if not scenario.counts:
        if any(_ASKS.search(item) for item in scenario.argv):
            yield "argv", "{iterations} stands there without `counts`. Add two numbers, e.g. counts = [100, 200]."
        return
    if len(scenario.counts) != 2 or scenario.counts[0] < 1 or scenario.counts[1] < scenario.counts[0] + 2:  # noqa: PLR2004 -- two ends and a middle
        said = f"{list(scenario.counts)} are no two ascending numbers of iterations with one between"
        yield "counts", f"{said}. Say e.g. [100, 200]: the cost of an iteration is the slope from one to the other."
    yield from _iterations(scenario)
    others = [name for name in scenario.metrics if name not in METRICS]
    if not scenario.metrics:
        yield "metrics", f"the list is empty. Allowed with `counts` are: {', '.join(METRICS)}."
    if others:
        yield "metrics", f"{', '.join(others)} cannot be counted. Allowed with `counts` are: {', '.join(METRICS)}."
    if scenario.format not in {"dart-perf", "none"} or any("{results}" in item for item in scenario.argv):
        yield "format", "counts are of a program that prints dart-perf's format, or `none`: what it prints is not read."
    if scenario.format == "none" and not any("{iterations}" in item for item in scenario.argv):
        yield "counts", "nothing says how often the work is done. Give {iterations} in argv."


def _iterations(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """Yield the arguments that ask for another number of iterations than the one that is counted."""
    for item in scenario.argv:
        times = item.count("{iterations}")
        if times > 1:
            yield "argv", f"{item!r} holds {{iterations}} {times} times. Allowed is once an argument. Say it once."
        elif _LONGER.search(item):
            said = f"{item!r} makes another number of {{iterations}}, and the cost would be of that many"
            yield "argv", f"{said}. Let it stand without digits beside it, and say larger numbers in `counts`."
