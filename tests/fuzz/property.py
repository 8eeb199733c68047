"""What must hold whatever the bytes: runs that are kept as they are, or one clear error. Fuzzers and tests share it."""

import math
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from dart_perf.errors import InvalidInput
from dart_perf.ingest.native import write
from dart_perf.ingest.table import FORMATS, read_as
from dart_perf.model.measurement import Run, printable

SAMPLES = Path(__file__).parents[1] / "ingest" / "data"
LONGEST_ERROR = 4_000
"""Characters of an error; it quotes what was found, and must not quote all of it."""
SEPARATOR = b"\0companion\0"
"""Parts a file from what its tool writes beside it."""
CRITERION = b'{"group_id": "g", "function_id": "f", "value_str": "8", "full_id": "g/f/8"}'


def seeds() -> dict[str, tuple[str, bytes]]:
    """Return format and content by name: every sample, and those of formats that span several files."""
    found = {}
    for path in sorted(SAMPLES.rglob("*")):
        if path.is_file() and path.suffix != ".md":
            found[path.relative_to(SAMPLES).as_posix()] = (_format_of(path), path.read_bytes())
    sample = b'{"sampling_mode": "Linear", "iters": [2.0, 4.0], "times": [10.0, 24.0]}'
    found["criterion/new/sample.json"] = ("criterion", sample + SEPARATOR + CRITERION)
    asv = SAMPLES / "asv" / "results"
    both = (asv / "vm" / "decaa376.json").read_bytes() + SEPARATOR + (asv / "benchmarks.json").read_bytes()
    found["asv/with benchmarks"] = ("asv", both)
    return found


def _format_of(path: Path) -> str:
    """Return the first format by which a sample is read; `auto` where none of them reads it."""
    for form in ("auto", *FORMATS):
        try:
            read_as(path, form)
        except InvalidInput:
            continue
        return _recognised(path) if form == "auto" else form
    return "auto"


def _recognised(path: Path) -> str:
    for form in FORMATS:
        try:
            if read_as(path, form) == read_as(path, "auto"):
                return form
        except InvalidInput:
            continue
    return "auto"


def check(form: str, data: bytes) -> tuple[Run, ...]:
    """Read `data` and return the runs, none where it is refused.

    Raises:
        AssertionError: a run is not kept as it is, or the error is no clear one.
        Exception: anything but `InvalidInput` that the reader let escape.
    """
    source = _laid_out(form, data) if form in {"asv", "criterion"} else data
    try:
        runs = read_as(source, form, within=source.parent.parent if isinstance(source, Path) else None)
    except InvalidInput as error:
        said = str(error)
        assert 0 < len(said) <= LONGEST_ERROR, f"an error of {len(said)} characters"
        assert printable(said) == said, f"a control character in {said!r}"
        said.encode()
        return ()
    assert runs, "neither runs nor an error"
    for run in runs:
        _is_kept(run)
    return runs


def _is_kept(run: Run) -> None:
    assert run.measurements, "a run without a measurement"
    for measurement in run.measurements:
        assert all(map(math.isfinite, measurement.samples)), f"{measurement.key} is not finite"
    (again,) = read_as(write([run]), "dart-perf")
    assert again == run, "written and read back, it is another run"
    assert again.id == run.id


def _laid_out(form: str, data: bytes) -> Path:
    """Write a file and its companion where the tool would; one folder for all, because it is one at a time."""
    main, _, companion = data.partition(SEPARATOR)
    names = {"asv": ("vm/result.json", "benchmarks.json"), "criterion": ("new/sample.json", "new/benchmark.json")}
    paths = [_folder(form) / name for name in names[form]]
    for path, content in zip(paths, (main, companion), strict=True):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    if not companion:
        paths[1].unlink()
    return paths[0]


@cache
def _folder(form: str) -> Path:
    return Path(mkdtemp(prefix=f"dart-perf-fuzz-{form}-"))
