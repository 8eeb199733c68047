"""A `dart-perf.toml` that came with a clone runs nothing before a person trusted it.

What was trusted is kept outside the project, in the user's state folder, so that a clone cannot bring its own trust:
one small file a project, with its resolved path and the SHA-256 of its dart-perf.toml. Any change revokes it. Trust
covers the commands that the file names, not the content of the programs they run.

A baseline can come with a clone too, and it holds a program. Such a program is measured again only where it was
captured here (`vouch`) or is, file by file, the one that may run now.
"""

import hashlib
import json
import os
import tempfile
from pathlib import Path

from dart_perf.errors import InvalidInput, Untrusted
from dart_perf.measure import catalogue
from dart_perf.model.record import digest
from dart_perf.model.scenario import Program, Scenario

REMEDY = "Read the file, then run `dart-perf-baseline --trust` in that folder."


def state_folder() -> Path:
    """Return where this user's trust is kept: DART_PERF_STATE, or dart-perf below XDG_STATE_HOME."""
    own = os.environ.get("DART_PERF_STATE")
    if own:
        return Path(own)
    state = os.environ.get("XDG_STATE_HOME", "")
    # The specification says that a relative path is to be ignored.
    base = Path(state) if Path(state).is_absolute() else Path.home() / ".local" / "state"
    return base / "dart-perf"


def trust(root: Path) -> tuple[Scenario, ...]:
    """Trust `root`/dart-perf.toml as it is now and return its scenarios: what may run from now on.

    Raises:
        InvalidInput: there is no such file, it is not valid, or the trust cannot be written.
    """
    data = catalogue.read_bytes(root)
    if data is None:
        raise InvalidInput(
            f"{root} has no {catalogue.FILE}, so there is nothing to trust. Built-in scenarios need none."
        )
    scenarios = tuple(catalogue.parse(data, root / catalogue.FILE).values())
    _write(_record(root), {"root": str(root.resolve()), "sha256": hashlib.sha256(data).hexdigest()})
    return scenarios


def is_trusted(root: Path) -> bool:
    """Say whether `root`/dart-perf.toml is trusted as it is now."""
    data = catalogue.read_bytes(root)
    return data is not None and _trusts(root, data)


def require(root: Path, scenario: Scenario) -> None:
    """Return only where `scenario` may run: it is built in, or the trusted file says exactly it.

    The file is read once and its bytes are both checked and parsed, so that no change in between slips through.

    Raises:
        Untrusted: nobody trusted the file, it changed since, or it does not say this scenario.
    """
    if scenario == catalogue.BUILT_IN.get(scenario.name):
        return
    path = root / catalogue.FILE
    data = catalogue.read_bytes(root)
    if data is None:
        raise Untrusted(
            f"scenario {scenario.name!r} is not built in, and {path} does not exist. Ask for one that exists."
        )
    if not _trusts(root, data):
        known = "changed since it was trusted" if _record(root).exists() else "was never trusted on this machine"
        raise Untrusted(f"{path} {known}, so its scenario {scenario.name!r} runs nothing. {REMEDY}")
    if catalogue.parse(data, path).get(scenario.name) != scenario:
        raise Untrusted(f"{path} changed while scenario {scenario.name!r} was read. Ask again.")


def vouch(root: Path, program: Program) -> None:
    """Remember that `program` was captured here, from what may run in `root`.

    Raises:
        InvalidInput: it cannot be written.
    """
    _write(_voucher(root, program), {"root": str(root.resolve()), "program": digest(program)})


def require_program(root: Path, program: Program, current: Program) -> None:
    """Return only where a baseline's `program` may run: it was captured here, or it is the `current` one.

    Raises:
        Untrusted: it came from elsewhere.
    """
    if program != current and not _voucher(root, program).exists():
        raise Untrusted(
            "the baseline's program was not captured on this machine and differs from the one here, so it is not run. "
            "Compare with the stored values, or capture a baseline here."
        )


def _key(root: Path) -> str:
    return hashlib.sha256(os.fsencode(root.resolve())).hexdigest()


def _record(root: Path) -> Path:
    return state_folder() / "trust" / f"{_key(root)}.json"


def _voucher(root: Path, program: Program) -> Path:
    return state_folder() / "programs" / _key(root) / f"{digest(program)}.json"


def _trusts(root: Path, data: bytes) -> bool:
    try:
        said = json.loads(_record(root).read_bytes())
    except (OSError, ValueError):
        return False
    return bool(said == {"root": str(root.resolve()), "sha256": hashlib.sha256(data).hexdigest()})


def _write(path: Path, said: dict[str, str]) -> None:
    """Write atomically: a reader sees the old record or the new one."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".trust-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(said, file)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError as error:
        raise InvalidInput(
            f"{path} cannot be written: {error.strerror}. Set DART_PERF_STATE to a folder of yours."
        ) from error
