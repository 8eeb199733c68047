"""What a scenario of the right types may still not say; found when the file is read, not when it is measured."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from dart_perf.measure import counts, variables
from dart_perf.model.scenario import Scenario

PLACEHOLDERS = ("python", "root", "project", "scenarios")
"""Names that argv and version_argv may have in braces."""
RESULTS = "results"
"""A further one of argv alone: the file into which the program writes what is read."""
_PLACEHOLDER = re.compile(r"(?:^|=)\{(\w+)\}(?=/|$)")
"""Braces where a path begins: elsewhere they are the program's own, e.g. in `python -c`."""
FEWEST = 3
"""Processes a side below which every verdict is INSUFFICIENT_DATA; the tools ask for as many at least."""


def problems(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """Yield each key that says what it may not, with what was found, what is allowed and what to do."""
    known = {"argv": (*PLACEHOLDERS, RESULTS, counts.ITERATIONS), "version_argv": PLACEHOLDERS, "build": PLACEHOLDERS}
    builds = (("build", step) for step in scenario.build)
    for key, argv in (("argv", scenario.argv), ("version_argv", scenario.version_argv), *builds):
        for item in argv:
            unknown = (name for name in _PLACEHOLDER.findall(item) if name not in known[key])
            yield from ((key, _unknown(item, name, known[key])) for name in unknown)
    for name, value in scenario.variables.items():
        unknown = (place for place in _PLACEHOLDER.findall(value) if place not in PLACEHOLDERS)
        yield from (("variables", _unknown(f"{name} = {value}", place, PLACEHOLDERS)) for place in unknown)
    yield from variables.problems(scenario)
    yield from _results(scenario)
    yield from counts.problems(scenario)
    if not scenario.metrics and not scenario.counts:
        yield "metrics", "the list is empty, so nothing would be kept. Name what to keep, or leave the key out."
    paths = [("cwd", scenario.cwd), ("version_file", scenario.version_file), *(("files", p) for p in scenario.files)]
    paths += [("benchmark_files", pattern) for pattern in scenario.benchmark_files]
    for key, path in paths:
        if Path(path).is_absolute() or ".." in Path(path).parts or "\0" in path:
            yield key, f"{path!r} leads out of the project. Give a path inside it, relative to its folder."
    if scenario.repetitions < FEWEST:
        count = f"{scenario.repetitions} process{'es' if scenario.repetitions > 1 else ''} a side"
        yield "repetitions", f"{count} can show nothing. Allowed are {FEWEST} to 1000; 10 are usual."


def _unknown(item: str, name: str, allowed: Sequence[str]) -> str:
    known = ", ".join(f"{{{known}}}" for known in allowed)
    return f"{item!r} has the unknown placeholder {{{name}}}. Known are: {known}. Mend its name."


def _results(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with asking for a file of results."""
    asking = [item for item in scenario.argv if RESULTS in _PLACEHOLDER.findall(item)]
    if asking and scenario.format == "none":
        yield "format", f'{asking[0]!r} names a file of results that format = "none" never reads. Name its format.'
    for item in asking:
        if not item.endswith(f"{{{RESULTS}}}"):
            yield "argv", f"{item!r}: {{{RESULTS}}} is a file, not a folder. Let the program write its results into it."
