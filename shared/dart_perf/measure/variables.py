"""The environment of a program: a short safe list, what its scenario asks for by name, and what it sets."""

import re
from collections.abc import Iterator
from pathlib import Path

from dart_perf.measure.process import environment_for
from dart_perf.model.scenario import Program, Scenario

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
"""What POSIX lets a variable be called."""


def environment_of(program: Program, folder: Path) -> dict[str, str]:
    """Return the whole environment of `program`, whose `{root}` is `folder`.

    Raises:
        InvalidInput: a variable that it asks for by name is not set.
    """
    own = {name: value.replace("{root}", str(folder)) for name, value in program.variables.items()}
    return environment_for(program.environment) | own


def problems(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the variables of `scenario`, by key."""
    for name, value in scenario.variables.items():
        if not NAME.fullmatch(name):
            yield "variables", f"{name!r} is no name of a variable. Use letters, digits and '_'."
        if "\0" in value:
            yield "variables", f"{name} holds a NUL character. Take it out."
        if name in scenario.environment:
            yield "variables", f"{name} is set here, and `environment` takes it from outside. Say it in one place."
