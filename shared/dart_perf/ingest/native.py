"""The native format: the JSON of `Run`, with metric units in any known spelling.

`{"schema": "dart-perf/results/1", "producer": ..., "measurements": [...], "guards": [...]}`, or
`{"schema": "dart-perf/results/1", "runs": [...]}` for several. Values become base units here, once.
"""

import json
import math
from collections.abc import Iterable, Iterator
from typing import Any

import orjson
from pydantic import ValidationError

from dart_perf.errors import UnknownUnit
from dart_perf.ingest.document import Doubled, show
from dart_perf.ingest.source import Source
from dart_perf.ingest.value import is_signed, scaled
from dart_perf.model.measurement import Run, printable
from dart_perf.model.record import canonical
from dart_perf.units import direction
from dart_perf.units import parse as parse_unit

SCHEMA = "dart-perf/results/1"
_INTEGERS = range(-(2**63), 2**64)
"""What JSON readers of other languages and the store's digest keep exactly."""


def recognises(source: Source) -> bool:
    """Say whether the document names a schema of this family."""
    found = source.json if source.is_json else None
    return isinstance(found, dict) and str(found.get("schema", "")).startswith("dart-perf/results/")


def read(source: Source) -> tuple[Run, ...]:
    """Return the runs of a native document.

    Raises:
        InvalidInput: it does not say what it must; names the place.
        UnknownUnit: a unit is not known, or its direction is missing or contradicted.
    """
    found = source.json
    if not isinstance(found, dict):
        raise source.error("", f"found {show(found)}, allowed is an object with {SCHEMA!r} as its schema.")
    if found.get("schema") != SCHEMA:
        raise source.error("schema", f"found {show(found.get('schema'))}, allowed is {SCHEMA!r}. Write that schema.")
    _refuse_doubled(source, found, "")
    body = {key: value for key, value in found.items() if key != "schema"}
    if "runs" not in body:
        return (_run(source, body, ""),)
    if body.keys() != {"runs"} or not isinstance(body["runs"], list) or not body["runs"]:
        raise source.error("runs", "a document of several runs holds `schema` and a list `runs` and nothing else.")
    return tuple(_run(source, run, f"runs[{i}]") for i, run in enumerate(body["runs"]))


def write(runs: Iterable[Run]) -> str:
    """Return runs as a native document; reading it gives the same runs."""
    plain = [_plain(run) for run in runs]
    document = {"schema": SCHEMA, "runs": plain} if len(plain) != 1 else {"schema": SCHEMA} | plain[0]
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def write_each(runs: Iterable[Run]) -> Iterator[bytes]:
    """Yield a native document of at least one run, one run a line; only one is held in memory."""
    yield f'{{"schema": "{SCHEMA}", "runs": ['.encode()
    for number, run in enumerate(runs):
        yield (",\n" if number else "\n").encode() + orjson.dumps(_plain(run))
    yield b"\n]}\n"


def _plain(run: Run) -> dict[str, Any]:
    place = {} if run.position is None else {"position": run.position}
    return run.model_dump(mode="json", exclude_defaults=True) | place


def _run(source: Source, plain: Any, place: str) -> Run:
    if not isinstance(plain, dict):
        raise source.error(place, f"found {show(plain)}, allowed is a run: an object with `producer`, `measurements`.")
    dot = f"{place}." if place else ""
    measurements = plain.get("measurements")
    if not isinstance(measurements, list) or not measurements:
        raise source.error(
            f"{dot}measurements",
            f"found {show(measurements)}, allowed is a list of at least one measurement. "
            "Look whether the benchmark program failed.",
        )
    converted = [_measurement(source, m, f"{dot}measurements[{i}]") for i, m in enumerate(measurements)]
    guards = plain.get("guards")
    for i, guard in enumerate(guards if isinstance(guards, list) else ()):
        value = guard.get("value") if isinstance(guard, dict) else None
        if isinstance(value, int) and value not in _INTEGERS:
            raise source.error(f"{dot}guards[{i}].value", "an integer beyond 64 bits. Give it as a string.")
    try:
        # strict JSON: "3" is no number and 1 is no truth value, but dates are strings and lists are tuples
        run = Run.model_validate_json(json.dumps(plain | {"measurements": converted}), strict=True)
        canonical(run)
        _refuse_control(source, run, f"{dot}environment")
    except ValidationError as error:
        raise source.error("", _explain(error, dot)) from error
    except TypeError as error:
        raise source.error(place, f"{error}: an index or count is no number of that size.") from error
    return run


def _refuse_control(source: Source, run: Run, place: str) -> None:
    """Raise InvalidInput where the environment holds a control character: it is printed as it stands."""
    environment = run.environment
    texts = [t for t in environment.model_dump(exclude={"libraries"}).values() if isinstance(t, str)]
    for text in (*texts, *environment.libraries, *environment.libraries.values()):
        if printable(text) != text:
            raise source.error(place, f"found {show(text)}: it holds a control character. Write it without.")


def _measurement(source: Source, plain: Any, place: str) -> dict[str, Any]:
    """Return a measurement in base units, with the direction and assumption of its unit."""
    metric = plain.get("metric") if isinstance(plain, dict) else None
    if not isinstance(plain, dict) or not isinstance(metric, dict):
        raise source.error(place, f"found {show(plain)}, allowed is an object with benchmark, metric and samples.")
    text, stated = metric.get("unit"), metric.get("better")
    if not isinstance(text, str):
        raise source.error(f"{place}.metric.unit", f"found {show(text)}, allowed is a string, e.g. 's' or 'ns'.")
    if stated not in ("lower", "higher", None):
        raise source.error(f"{place}.metric.better", f"found {show(stated)}, allowed are 'lower' and 'higher'.")
    try:
        unit, better = parse_unit(text), direction(text, stated)
    except UnknownUnit as error:
        raise UnknownUnit(f"{source.name}: {place}.metric: {error}") from error
    samples = plain.get("samples")
    if not isinstance(samples, list) or not samples:
        raise source.error(f"{place}.samples", f"found {show(samples)}, allowed is a list of at least one number.")
    values = [_sample(source, s, f"{place}.samples[{i}]", unit.factor) for i, s in enumerate(samples)]
    if min(values) < 0 and not is_signed(unit.base, unit.assumption):
        where = next(i for i, s in enumerate(values) if s < 0)
        problem = f"found {samples[where]} {text}: no time, rate, size or count is negative."
        raise source.error(f"{place}.samples[{where}]", problem)
    if metric.get("assumption") == "exact" and unit.base in {"s", "1/s", "B/s"}:
        problem = "found 'exact' for a time or rate, allowed is 'none': times never repeat exactly. Leave it out."
        raise source.error(f"{place}.metric.assumption", problem)
    whole = {"assumption": unit.assumption} | metric | {"unit": unit.base, "better": better}
    return plain | {"metric": whole, "samples": values}


def _sample(source: Source, value: Any, place: str, factor: float) -> float:
    number = scaled(source, value, factor, place)
    if not math.isfinite(number):
        raise source.error(place, f"found {show(value)}, allowed are finite numbers. Leave failed repetitions out.")
    return number


def _refuse_doubled(source: Source, value: Any, place: str) -> None:
    """Raise InvalidInput where an object anywhere in `value` names a key twice."""
    if isinstance(value, Doubled):
        raise source.error(place, f"the key {value.twice[0]!r} stands there twice. Keep the one that is meant.")
    if isinstance(value, dict):
        for key, inner in value.items():
            _refuse_doubled(source, inner, f"{place}.{key}" if place else key)
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            if isinstance(inner, dict | list):
                _refuse_doubled(source, inner, f"{place}[{i}]")


def _explain(error: ValidationError, dot: str) -> str:
    """Return the first three problems with their places, as one text."""
    problems = error.errors(include_url=False, include_context=False)
    texts = []
    for problem in problems[:3]:
        path = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in problem["loc"]).lstrip(".")
        found = "" if problem["type"] in {"missing", "value_error"} else f", found {show(problem['input'])}"
        allowed = f" Known keys: {', '.join(Run.model_fields)}." if problem["type"] == "extra_forbidden" else ""
        texts.append(f"{dot}{path or 'the run'}: {problem['msg']}{found}.{allowed}")
    more = f" And {len(problems) - 3} more." if len(problems) > 3 else ""  # noqa: PLR2004 -- shown above
    return " ".join(texts) + more + " Mend the document."
