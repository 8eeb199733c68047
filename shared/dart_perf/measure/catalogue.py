"""Which scenarios exist: the built-in ones and those of the project's `dart-perf.toml`.

    [scenario.parse]
    argv = ["{python}", "{root}/benchmarks/parse.py"]
    version_file = "package.xml"
    files = ["benchmarks/*.py"]

    [build]
    steps = [["cmake", "-S", "{root}", "-B", "{root}/build"], ["cmake", "--build", "{root}/build"]]

`{python}` is the interpreter that runs dart-perf, `{root}` the project's folder (where a baseline is measured again,
the folder with its kept files), `{project}` that folder in either case (of a backfill both are the past commit's
folder), `{results}` a file into which the program writes what is read instead of what it prints, and `{scenarios}` the
folder of the built-in programs:
`argv = ["/opt/dart/bin/python", "{scenarios}", "standard_robot"]` runs one with another dartpy, and
`version_argv = ["/opt/dart/bin/python", "{scenarios}", "--version"]` asks for its version. What a version program
prints after its first line tells two builds of one version apart, e.g. a digest of the library that is loaded. A name
of the project's own may not be that of a built-in scenario, so that one name always means one thing. `[build]` is the
`build` (and with `timeout_seconds` the `build_timeout_seconds`) of every scenario that says none; only backfills build.
"""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
from pydantic import ValidationError

from dart_perf.errors import InvalidInput
from dart_perf.measure import counts
from dart_perf.measure.declared import problems
from dart_perf.model.scenario import NAME, Scenario

FILE = "dart-perf.toml"
LARGEST = 1 << 20
"""Bytes a dart-perf.toml may have: far more than anyone writes by hand."""
PACKAGE = Path(__file__).resolve().parents[1]
"""The folder of the package `dart_perf`: what `{root}` means for a built-in scenario."""
KEYS = tuple(name for name in Scenario.model_fields if name not in {"name", "built_in"})
BUILD = {"build": "steps", "build_timeout_seconds": "timeout_seconds"}
"""Fields of a scenario, and what they are called in the table [build], which says them for all."""


def _built_in(name: str, group: str, program: str = "", **more: Any) -> Scenario:
    folder = "measure/scenarios"
    return Scenario(
        name=name,
        argv=("{python}", "{root}/" + folder, program or name),
        group=group,
        version_argv=("{python}", "{root}/" + folder, "--version"),
        files=("__init__.py", "collect/__init__.py", "collect/probe.py", "measure/__init__.py", folder + "/*.py"),
        libraries=("numpy",),
        built_in=True,
        **more,
    )


BUILT_IN = {
    scenario.name: scenario
    for scenario in (
        _built_in("standard_robot", "dynamics"),
        _built_in("collision_boxes", "collision"),
        _built_in("chain_step", "dynamics"),
        _built_in("io_parse", "io"),
        # Its state is put back before every 300 steps, so at most as many keep that out of the slope.
        _built_in("chain_step_counts", "dynamics", "chain_step", counts=(50, 300), **counts.USUAL),
    )
}


def load(root: Path) -> dict[str, Scenario]:
    """Return every scenario by name: the built-in ones, then those of `root`/dart-perf.toml in the file's order.

    Raises:
        InvalidInput: the file cannot be read or says something it may not; the message names file, place and remedy.
    """
    data = read_bytes(root)
    return dict(BUILT_IN) if data is None else BUILT_IN | parse(data, root / FILE)


def read_bytes(root: Path) -> bytes | None:
    """Return what `root`/dart-perf.toml holds, or None where there is none."""
    path = root / FILE
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}. Make it a readable file.") from error
    if len(data) > LARGEST:
        raise InvalidInput(f"{path} is larger than {LARGEST} bytes. Keep scenarios in it, data elsewhere.")
    return data


def parse(data: bytes, path: Path) -> dict[str, Scenario]:
    """Return the scenarios that the TOML `data` describes; `path` is for messages.

    Raises:
        InvalidInput: it is not TOML, or has an unknown key, a wrong type or the name of a built-in scenario.
    """
    try:
        text = data.decode("utf-8")
        document = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path}, byte {error.start}: not UTF-8. Save the file as UTF-8.") from error
    except (ValueError, RecursionError) as error:  # ValueError: also numbers longer than Python reads
        raise InvalidInput(f"{path} is not TOML: {error}. See https://toml.io for the syntax.") from error
    for key in (key for key in document if key not in {"scenario", "build"}):
        raise _wrong(path, text, key, f"{key!r} is not known here. Known are the tables [scenario.NAME] and [build].")
    shared = _build(document.get("build", {}), path, text)
    tables = document.get("scenario", {})
    if not isinstance(tables, dict):
        raise _wrong(path, text, "scenario", "scenario must be tables. Write [scenario.NAME].")
    return {name: _scenario(name, table, shared, path, text) for name, table in tables.items()}


def _build(table: Any, path: Path, text: str) -> dict[str, Any]:
    """Return what the table [build] says, as fields of the scenarios that do not say it themselves."""
    if not isinstance(table, dict):
        raise _wrong(path, text, "build", "build must be a table. Write [build] with steps = [...].")
    for key in (key for key in table if key not in BUILD.values()):
        raise _wrong(path, text, key, f"[build] has the unknown key {key!r}. Known are: {', '.join(BUILD.values())}.")
    said = {field: table[key] for field, key in BUILD.items() if key in table}
    if said:
        _validated({"name": "build", "argv": ["true"], **said}, "build", BUILD, path, text)  # mistakes are named here
    return said


def _scenario(name: str, table: Any, shared: dict[str, Any], path: Path, text: str) -> Scenario:
    """Return one entry; `shared` is what it says where it does not say it itself."""
    place = f"scenario.{name}"
    if not isinstance(table, dict):
        raise _wrong(path, text, name, f"{place} must be a table. Write [{place}].")
    if not re.fullmatch(NAME, name):
        raise _wrong(path, text, place, f"the name {name!r} is not allowed. Use letters, digits, '_', '.' and '-'.")
    if name in BUILT_IN:
        raise _wrong(path, text, place, f"{name!r} is built in. Choose another name, e.g. my_{name}.")
    for key in (key for key in table if key not in KEYS):
        raise _wrong(
            path, text, key, f"{place} has the unknown key {key!r}. Known are: {', '.join(KEYS)}.", after=place
        )
    usual = counts.USUAL if "counts" in table else {}
    return _validated({**usual, **shared, **table, "name": name}, place, {}, path, text)


def _validated(said: dict[str, Any], place: str, keys: Mapping[str, str], path: Path, text: str) -> Scenario:
    """Return the scenario of these fields; `keys` are the words of the file for those that it calls otherwise."""
    try:
        # Through JSON, because strict validation of Python data would refuse lists for tuples.
        scenario = Scenario.model_validate_json(orjson.dumps(said), strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field, *inner = map(str, first["loc"] or ("argv",))
        key = keys.get(field, field)
        what = f"{place}.{'.'.join([key, *inner])}: {first['msg']}, got {repr(first['input'])[:80]}."
        raise _wrong(path, text, key, f"{what} Mend the value.", after=place) from error
    except orjson.JSONEncodeError as error:
        raise _wrong(path, text, place, f"{place} holds a value of a wrong type: {error}. Mend the value.") from error
    for field, problem in problems(scenario):
        key = keys.get(field, field)
        raise _wrong(path, text, key, f"{place}.{key}: {problem}", after=place)
    return scenario


def _wrong(path: Path, text: str, key: str, message: str, *, after: str = "") -> InvalidInput:
    """Return the error with file and line; the line is that of `key` below the table `after`, as far as it is found."""
    lines = text.splitlines()
    start = next((i for i, line in enumerate(lines) if after and line.strip().startswith(f"[{after}]")), 0)
    word = re.compile(rf"^\s*[\[\"']*{re.escape(key)}[\]\"']*\s*(=|$|#|\.|\])")
    found = next((i + 1 for i in range(start, len(lines)) if word.match(lines[i])), None)
    return InvalidInput(f"{path}{f', line {found}' if found else ''}: {message}")
