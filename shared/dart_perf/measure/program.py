"""From a scenario to a program that can be run now, and again after its files changed.

A `Program` is resolved but for `{root}`, which stands for the folder that holds its files: the project's folder (of a
built-in scenario the package dart_perf) while it is current, and a copy of a baseline's files afterwards.
"""

import hashlib
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from dart_perf.errors import Corrupted, InvalidInput, PerfError
from dart_perf.measure.catalogue import PACKAGE
from dart_perf.measure.sources import find_sources
from dart_perf.measure.version import SECONDS, read_version
from dart_perf.model.scenario import Program, Scenario

SCENARIOS = str(PACKAGE / "measure" / "scenarios")
"""What `{scenarios}` means."""


def home(scenario: Scenario, root: Path) -> Path:
    """Return what `{root}` means for `scenario` of the project in `root`."""
    return PACKAGE if scenario.built_in else root.resolve()


def resolve(scenario: Scenario, root: Path) -> tuple[Program, dict[str, bytes]]:
    """Return how `scenario` is run now and the content of its files by SHA-256. The caller asks `trust` first.

    Raises:
        InvalidInput: a program, file pattern or version is not as it must be.
        MeasurementFailed: the program that prints the version failed.
    """
    folder = home(scenario, root)
    contents: dict[str, bytes] = {}
    digests: dict[str, str] = {}
    for path in find_sources(scenario, folder):
        try:
            data = path.read_bytes()
        except OSError as error:
            raise InvalidInput(f"{path} cannot be read: {error.strerror}. Make it readable.") from error
        digests[path.relative_to(folder).as_posix()] = sha = hashlib.sha256(data).hexdigest()
        contents[sha] = data
    fixed = _fixed(root)
    program = Program(
        argv=_resolve_argv(scenario.argv, scenario.name, folder / scenario.cwd, folder, fixed),
        cwd=scenario.cwd,
        format=scenario.format,
        counts=scenario.counts,
        files=digests,
        version_argv=_resolve_argv(scenario.version_argv, scenario.name, folder, folder, fixed),
        version_file=scenario.version_file,
        environment=scenario.environment,
        variables={name: _fill(value, fixed) for name, value in scenario.variables.items()},
    )
    version, identity = read_version(program, folder, scenario.timeout_seconds)
    return program.model_copy(update={"version": version, "identity": identity}), contents


def _fixed(root: Path) -> dict[str, str]:
    return {"{project}": str(root.resolve()), "{python}": sys.executable, "{scenarios}": SCENARIOS}


def build_steps(scenario: Scenario, root: Path) -> list[tuple[str, ...]]:
    """Return the command lines that build `scenario` in the folder `root`. Raises InvalidInput."""
    folder = root.resolve()
    steps = [_resolve_argv(step, scenario.name, folder, folder, _fixed(root)) for step in scenario.build]
    return [tuple(item.replace("{root}", str(folder)) for item in step) for step in steps]


def command(program: Program, folder: Path) -> tuple[tuple[str, ...], Path]:
    """Return argv and working directory of `program` whose `{root}` is `folder`.

    Raises:
        InvalidInput: the working directory is not a folder inside `folder`.
    """
    cwd = (folder / program.cwd).resolve()
    if not cwd.is_dir() or not cwd.is_relative_to(folder.resolve()):
        raise InvalidInput(f"cwd {program.cwd!r} is not a folder inside {folder}. Mend the scenario's cwd.")
    return tuple(item.replace("{root}", str(folder)) for item in program.argv), cwd


def _resolve_argv(
    argv: tuple[str, ...], name: str, cwd: Path, folder: Path, fixed: Mapping[str, str]
) -> tuple[str, ...]:
    """Return argv with its program found, and the project's files below `{root}`; that and `{results}` stay."""
    done = [_fill(item, fixed) for item in argv]
    for i, item in enumerate(done):
        if "{root}" in item or Path(item).is_absolute():
            continue
        if (i == 0 and os.sep in item) or (i > 0 and (cwd / item).is_file()):
            path = Path(os.path.normpath(cwd / item))
            # Said by `{root}`, a file of the project is the baseline's copy when the baseline is measured again.
            done[i] = "{root}/" + path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)
        elif i == 0:
            found = shutil.which(item)
            if found is None:
                raise InvalidInput(f"scenario {name!r}: {item!r} is not on PATH. Install it, or give its path in argv.")
            done[i] = found
    return tuple(done)


def _fill(text: str, fixed: Mapping[str, str]) -> str:
    for placeholder, value in fixed.items():
        text = text.replace(placeholder, value)
    return text


def lay_out(program: Program, content: Callable[[str], bytes], folder: Path) -> Path:
    """Write the program's files below `folder`, which becomes its `{root}`, and return it.

    Raises:
        InvalidInput: a path of the program leads out of `folder`.
        Corrupted: a content is not that of its digest; also whatever `content` raises.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, sha in program.files.items():
        path = folder / name
        if Path(name).is_absolute() or ".." in Path(name).parts or not path.resolve().is_relative_to(folder.resolve()):
            raise InvalidInput(f"the program's file {name!r} leads out of its folder. Capture the baseline again.")
        path.parent.mkdir(parents=True, exist_ok=True)
        data = content(sha)
        if hashlib.sha256(data).hexdigest() != sha:
            raise Corrupted(f"what is kept as {name!r} is not what was captured. Capture the baseline again.")
        path.write_bytes(data)
        if data.startswith((b"#!", b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")):  # scripts, ELF, Mach-O
            path.chmod(0o755)
    (folder / program.cwd).mkdir(parents=True, exist_ok=True)
    return folder


def still_runs(
    program: Program, folder: Path, *, printed: str = "unknown", timeout: float = SECONDS
) -> tuple[bool, str]:
    """Say whether `program`, laid out in `folder`, would measure again what it measured, and why not (or a caution).

    It would where its interpreter exists, every part of its argv inside `{root}` was kept, and its version source
    still says the same version and identity. Where nothing tells two builds of one version apart, the library under
    test may have changed below an unchanged program, and both sides would measure the new one: that is a caution.
    `printed` is the version that the baseline has from what its program printed, where there is no version source;
    `timeout` is what the source may take, seconds.
    """
    reason = lacks(program, folder)
    if reason:
        return False, reason
    try:
        now, identity = read_version(program, folder, timeout)
    except PerfError as error:
        return False, f"its version cannot be told any more: {error}"
    if now != program.version:
        return False, f"it measured version {program.version}, but what is installed now is {now}."
    if identity != program.identity:
        return False, f"it measured another build of version {now} than the one that is installed now."
    version = printed if now == "unknown" else now
    named = "" if version == "unknown" else f" (version {version})"
    caution = (
        f"nothing tells whether the baseline's program still loads the same build{named}: if the library "
        "under test was rebuilt in place, both sides measure the new one. Let version_argv print a digest of it too."
    )
    return True, "" if identity else caution


def lacks(program: Program, folder: Path) -> str:
    """Return what the program needs and is not there any more, or nothing."""
    for item in program.argv:
        inside = item.partition("{root}")[2].lstrip("/")
        kept = any(not inside or name == inside or name.startswith(f"{inside}/") for name in program.files)
        if "{root}" in item and not kept:
            return f"{item} was not kept with the baseline. Name it in the scenario's `files` and capture again."
    start = program.argv[0].replace("{root}", str(folder))
    return "" if os.access(start, os.X_OK) else f"{start} no longer exists or is not executable."
