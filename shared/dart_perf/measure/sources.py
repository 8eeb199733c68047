"""The files of the project that make up a benchmark program: matched by pattern, confined, bounded."""

from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from dart_perf.errors import InvalidInput
from dart_perf.model.scenario import Scenario

MOST_FILES = 200
MOST_BYTES = 8 << 20
"""Bounds on what is kept with a baseline: benchmark programs, not projects."""
NOT_KEPT = frozenset({".git", ".dart-perf", "__pycache__"})


def find_sources(scenario: Scenario, folder: Path) -> list[Path]:
    """Return the files that `scenario.files` matches inside `folder`, and with them the version's, sorted.

    Raises:
        InvalidInput: as `find_files`.
    """
    keys = [("files", pattern) for pattern in scenario.files]
    keys += [("version_file", scenario.version_file)] if scenario.files and scenario.version_file else []
    return find_files(scenario.name, keys, folder)


def find_files(name: str, keys: Sequence[tuple[str, str]], folder: Path) -> list[Path]:
    """Return what patterns of the scenario `name` match inside `folder`, sorted; each stands beside its key.

    Raises:
        InvalidInput: a pattern is not relative, matches nothing, leads out of the folder, or matches too much.
    """
    found: set[Path] = set()
    total = 0
    for key, pattern in keys:
        matched = False
        for path in _match(key, pattern, folder, name):
            matched = True
            if path in found:
                continue
            if not path.resolve().is_relative_to(folder.resolve()):
                raise InvalidInput(f"scenario {name!r}: {path} leads out of {folder}. Take it out of `{key}`.")
            found.add(path)
            total += path.stat().st_size
            if len(found) > MOST_FILES or total > MOST_BYTES:
                raise InvalidInput(
                    f"scenario {name!r}: `{key}` match more than {MOST_FILES} files or {MOST_BYTES >> 20} MiB "
                    f"at {pattern!r}. Name the files of the benchmark program alone."
                )
        if not matched:
            raise InvalidInput(f"scenario {name!r}: {_nothing(key, pattern, folder)}")
    return sorted(found)


def _nothing(key: str, pattern: str, folder: Path) -> str:
    if key == "version_file":
        return f"`version_file` names {pattern!r}, which is no file in {folder}. Mend its path or take it out."
    return f"{pattern!r} in `{key}` matches no file in {folder}. Mend the pattern (relative to it) or take it out."


def _match(key: str, pattern: str, folder: Path, name: str) -> Iterator[Path]:
    try:
        for path in folder.glob(_checked(key, pattern, name)):
            if path.is_file() and not NOT_KEPT.intersection(path.relative_to(folder).parts):
                yield path
    except (ValueError, OSError) as error:
        raise InvalidInput(f"scenario {name!r}: {pattern!r} in `{key}` is not a pattern: {error}. Mend it.") from error


def _checked(key: str, pattern: str, name: str) -> str:
    """Return the pattern as it matches files."""
    parts = Path(pattern).parts
    if not parts or Path(pattern).is_absolute() or ".." in parts:
        raise InvalidInput(f"scenario {name!r}: {pattern!r} in `{key}` must be relative to the project's folder.")
    if any("**" in part and part != "**" for part in parts):  # Python 3.13 would read `a**b` as `a*b`, 3.11 refuses it
        raise InvalidInput(f"scenario {name!r}: {pattern!r} in `{key}` is not a pattern: ** must stand alone. Mend it.")
    return pattern + "/*" if parts[-1] == "**" else pattern  # "**" alone matches folders only


def matching(name: str, key: str, pattern: str, paths: Iterable[str]) -> Iterator[str]:
    """Yield those of `paths`, files from the project's folder, that `find_files` would find by `pattern`.

    Raises:
        InvalidInput: the pattern is not relative or is none.
    """
    wanted = Path(_checked(key, pattern, name)).parts
    for path in paths:
        parts = tuple(path.split("/"))
        if _fits(parts, wanted) and not NOT_KEPT.intersection(parts):
            yield path


def _fits(parts: Sequence[str], wanted: Sequence[str]) -> bool:
    if not wanted:
        return not parts
    if wanted[0] == "**":
        return any(_fits(parts[skipped:], wanted[1:]) for skipped in range(len(parts) + 1))
    return bool(parts) and fnmatchcase(parts[0], wanted[0]) and _fits(parts[1:], wanted[1:])
