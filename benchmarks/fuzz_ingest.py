"""Fuzz every reader with atheris: only a clear error or runs that are kept as they are may come out.

python -m pip install --editable ".[fuzz]"
python benchmarks/fuzz_ingest.py --seconds 600 --corpus ~/.cache/dart-perf-fuzz --output benchmarks/results/fuzz.md

The corpus is kept between calls. What does not hold is written to CORPUS/findings, the shortest of each kind; its input
belongs into tests/fuzz/findings once it is mended. The first byte of an input chooses the format.
"""

import argparse
import hashlib
import json
import os
import random
import re
import subprocess
import sys
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

MEGABYTES, SECONDS_AN_INPUT, LONGEST = 2048, 10, 64 * 2**10
"""Bounds on memory, on the time of one input, and on its bytes: each is 20 times what the largest seed takes."""
STATUS = re.compile(r"#(\d+)\s.*?cov: (\d+) ft: (\d+) corp: (\d+)/\S+.*?exec/s: (\d+)")


def fuzz(corpus: Path, seconds: int) -> None:
    """Fuzz in this process until the time is over, or libFuzzer ends it for an input that takes too much."""
    import atheris

    with atheris.instrument_imports(include=["dart_perf.ingest", "dart_perf.units", "dart_perf.model"]):
        from dart_perf.ingest.table import FORMATS
        from tests.fuzz import mutation
        from tests.fuzz import property as law

    forms = ["auto", *FORMATS]
    inputs = corpus / "inputs"
    for form, data in law.seeds().values():
        whole = bytes([forms.index(form)]) + data
        (inputs / hashlib.sha256(whole).hexdigest()[:16]).write_bytes(whole)

    def one(data: bytes) -> None:
        if data:
            form = forms[data[0] % len(forms)]
            try:
                law.check(form, data[1:])
            except Exception as error:  # noqa: BLE001 -- anything that escapes is a finding
                note(corpus / "findings", form, data[1:], error)

    def mutate(data: bytes, size: int, seed: int) -> bytes:
        rng = random.Random(seed)
        if len(data) < 2 or rng.random() < 0.4:
            return bytes(atheris.Mutate(data, size))
        made = data[:1] + mutation.changed(data[1:], rng)
        return made[:size]

    arguments = [
        sys.argv[0], f"-max_total_time={seconds}", f"-timeout={SECONDS_AN_INPUT}", f"-rss_limit_mb={MEGABYTES}",
        f"-max_len={LONGEST}", f"-artifact_prefix={corpus}/findings/", "-print_final_stats=1", str(inputs),
    ]  # fmt: skip
    atheris.Setup(arguments, one, custom_mutator=mutate)
    atheris.Fuzz()


def note(folder: Path, form: str, data: bytes, error: Exception) -> None:
    """Keep the shortest input of each kind of finding."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "dart_perf" in f.filename or "fuzz" in f.filename]
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
    kind = hashlib.sha256(f"{type(error).__name__} {place}".encode()).hexdigest()[:8]
    path = folder / f"{form}__{type(error).__name__}_{kind}.bin"
    if not path.exists() or path.stat().st_size > len(data):
        path.write_bytes(data)
        path.with_suffix(".txt").write_text(f"{type(error).__name__} at {place}: {error}"[:500], errors="replace")


def covered(corpus: Path) -> dict[str, tuple[int, int]]:
    """Return lines that the corpus reaches and lines there are, by module of `ingest`."""
    from dart_perf.ingest import table
    from tests.fuzz import property as law

    forms, folder = ["auto", *table.FORMATS], str(Path(table.__file__).parent)
    reached: dict[str, set[int]] = {}

    def trace(frame: object, _event: str, _argument: object) -> object:
        code = frame.f_code  # type: ignore[attr-defined]
        if not code.co_filename.startswith(folder):
            return None
        reached.setdefault(code.co_filename, set()).add(frame.f_lineno)  # type: ignore[attr-defined]
        return trace

    sys.settrace(trace)  # type: ignore[arg-type]
    for path in sorted((corpus / "inputs").iterdir()):
        data = path.read_bytes()
        try:
            law.check(forms[data[0] % len(forms)], data[1:])
        except Exception as error:  # noqa: BLE001 -- findings are counted elsewhere
            print(type(error).__name__, path.name)
    sys.settrace(None)
    return {
        Path(name).stem: (len(reached.get(name, set()) & all_lines), len(all_lines))
        for name, all_lines in ((str(p), lines(p)) for p in sorted(Path(folder).glob("*.py")))
    }


def lines(path: Path) -> set[int]:
    """Return the lines inside functions of a module: what runs when something is read."""
    found: set[int] = set()
    pending = [c for c in compile(path.read_text(), str(path), "exec").co_consts if hasattr(c, "co_lines")]
    while pending:
        code = pending.pop()
        inner = [c for c in code.co_consts if hasattr(c, "co_lines")]
        pending += inner
        if code.co_name != "<module>" and code.co_flags & 0x2:  # functions, not class bodies
            found |= {line for _, _, line in code.co_lines() if line and line != code.co_firstlineno}
    return found


def run(corpus: Path, seconds: int) -> dict[str, float]:
    """Fuzz in child processes until the time is over and return what they counted."""
    counted = {"executions": 0.0, "restarts": -1.0, "coverage": 0.0, "features": 0.0, "corpus": 0.0}
    started = time.monotonic()
    while (left := seconds - int(time.monotonic() - started)) > 0:
        counted["restarts"] += 1
        argv = [sys.executable, __file__, "--child", "--corpus", str(corpus), "--seconds", str(left)]
        done = subprocess.run(argv, check=False, capture_output=True, text=True, errors="replace", env=os.environ)
        (corpus / "last.log").write_text(done.stderr)
        found = STATUS.findall(done.stderr)
        if not found:
            raise SystemExit(f"the fuzzer did not start:\n{done.stderr[-2000:]}")
        executed, coverage, features, size, _ = map(int, found[-1])
        counted["executions"] += executed
        counted |= {"coverage": coverage, "features": features, "corpus": size}
    return counted | {"seconds": time.monotonic() - started}


def report(corpus: Path, counted: dict[str, float], measured: dict[str, tuple[int, int]]) -> str:
    findings = sorted(p for p in (corpus / "findings").iterdir() if p.suffix != ".txt")
    reached, every = (sum(pair[i] for pair in measured.values()) for i in (0, 1))
    executed, seconds = counted["executions"], counted["seconds"]
    ran = f"{executed:,.0f} executions in {seconds:.0f} s ({executed / seconds:,.0f} a second)"
    kept = f"{counted['corpus']:.0f} inputs in the corpus, {len(findings)} findings"
    rows = [
        "# Fuzzing the readers",
        "",
        f"{ran}, {counted['restarts']:.0f} restarts, {kept}.",
        f"Bounds: {SECONDS_AN_INPUT} s and {MEGABYTES} MB an input of at most {LONGEST} bytes.",
        "",
        f"Lines of functions in `ingest` that are reached: {reached} of {every} ({100 * reached / every:.1f} %).",
        "",
        "| module | lines reached | of |",
        "|---|---|---|",
        *(f"| {name} | {found} | {there} |" for name, (found, there) in measured.items() if there),
    ]
    said = [f"- `{p.name}`: {_said(p)}" for p in findings]
    return "\n".join([*rows, "", *(["Findings:", "", *said] if said else ["No findings."]), ""])


def _said(path: Path) -> str:
    text = path.with_suffix(".txt")
    return text.read_text() if text.exists() else "took more time or memory than the bounds"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--corpus", type=Path, default=Path.home() / ".cache" / "dart-perf-fuzz")
    parser.add_argument("--output", type=Path)
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    for name in ("inputs", "findings"):
        (arguments.corpus / name).mkdir(parents=True, exist_ok=True)
    if arguments.child:
        fuzz(arguments.corpus, arguments.seconds)
        return
    counted = run(arguments.corpus, arguments.seconds)
    text = report(arguments.corpus, counted, covered(arguments.corpus))
    print(text)
    if arguments.output:
        arguments.output.write_text(text)
    print(json.dumps(counted))


if __name__ == "__main__":
    main()
