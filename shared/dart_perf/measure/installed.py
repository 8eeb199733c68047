"""What measuring needs and may be missing: valgrind, dartpy, the scenarios' programs. Nothing of a project runs."""

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from importlib import metadata
from pathlib import Path

from dart_perf.measure.machine import ask, environment
from dart_perf.model.scenario import Scenario
from dart_perf.model.setup import Limit


def valgrind(find: Callable[[str], str | None] = shutil.which, said: Callable[..., str] = ask) -> Limit:
    """Return whether instructions can be counted here."""
    path = find("valgrind")
    if path is None:
        return Limit(
            name="valgrind",
            state="limits",
            finding="not installed",
            meaning="instructions cannot be counted, which tell 1 % on a loaded machine too",
            remedy="sudo apt-get install valgrind",
        )
    found = re.search(r"\d+(?:\.\d+)+", said(path, "--version"))
    return Limit(name="valgrind", state="fine" if found else "unknown", finding=found.group() if found else path)


def programs(scenarios: Mapping[str, Scenario], root: Path) -> Iterator[Limit]:
    """Yield whether the programs of the scenarios are there; those of the project are looked for, not run."""
    yield _dartpy()
    for scenario in scenarios.values():
        missing = None if scenario.built_in else _missing(scenario, root)
        if missing:
            yield Limit(
                name="program",
                state="limits",
                finding=f"{scenario.name}: {missing} is not there or cannot be executed",
                meaning="the scenario cannot be measured",
                remedy="build or install it, or mend argv in dart-perf.toml",
            )


def pythons(scenarios: Mapping[str, Scenario], root: Path) -> Iterator[Limit]:
    """Yield each other Python that the project's scenarios name, which is asked for its version: trust them first."""
    named = {_first(scenario, root) for scenario in scenarios.values() if not scenario.built_in} - {sys.executable}
    for path in sorted(named):
        if not Path(path).name.startswith(("python", "pypy")) or not (os.sep not in path or os.access(path, os.X_OK)):
            continue
        found = environment(interpreter=path).interpreter
        if found:
            yield Limit(name="program", state="fine", finding=f"{path}: {found}")
        else:
            yield Limit(
                name="program",
                state="limits",
                finding=f"{path} does not say its version",
                meaning="its results cannot be told from those of another Python",
                remedy="run it by hand and mend it",
            )


def _dartpy() -> Limit:
    try:
        return Limit(name="program", state="fine", finding=f"dartpy {metadata.version('dartpy')}")
    except metadata.PackageNotFoundError:
        return Limit(
            name="program",
            state="limits",
            finding="no dartpy beside dart-perf",
            meaning="the built-in scenarios cannot be measured; a project's own need none",
            remedy="pip install dartpy, if they are wanted",
        )


def _missing(scenario: Scenario, root: Path) -> str | None:
    item = _first(scenario, root)
    if os.sep not in item:
        return None if shutil.which(item) else item
    path = root / scenario.cwd / item
    return None if path.is_file() and os.access(path, os.X_OK) else item


def _first(scenario: Scenario, root: Path) -> str:
    """Return the program of a scenario as it is started."""
    item = scenario.argv[0].replace("{python}", sys.executable)
    for placeholder in ("{root}", "{project}"):
        item = item.replace(placeholder, str(root.resolve()))
    return item
