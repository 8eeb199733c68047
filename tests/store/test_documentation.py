"""docs/store.md says every byte: its examples are what the code writes."""

import hashlib
import json
import re
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from dart_perf.model.baseline import Action, Baseline, BaselineEvent
from dart_perf.model.measurement import Run
from dart_perf.model.series import Reduction
from dart_perf.store import layout, seal, segment
from dart_perf.store.contract import Store

PAGE = (Path(__file__).parents[2] / "docs/store.md").read_text(encoding="utf-8")


def block(language: str, first: str) -> str:
    """Return the fenced block of `language` that starts with `first`."""
    blocks = re.split(r"^```", PAGE, flags=re.MULTILINE)[1::2]
    return next(b.removeprefix(f"{language}\n") for b in blocks if b.startswith(f"{language}\n{first}"))


def test_the_sealed_example_is_what_is_written() -> None:
    assert block("json", "{").encode() == seal.seal("dart-perf-baseline", {})


def test_the_line_example_is_what_is_written() -> None:
    assert block("", '{"crc"').encode() == segment.frame({"n": 1})


FIRST = Reduction("first/1", lambda _metric, samples, _processes: samples[0])


def test_the_cache_is_laid_out_as_the_page_says(store: Store, folder: Path, a_run: Callable[..., Run]) -> None:
    for number in range(4):
        store.append_runs([a_run(number, series=2)], position=9 - number)
    found = store.columns(FIRST)
    data = (folder / "cache" / "values.columns").read_bytes()
    digest, header, arrays = data.split(b"\n", 2)
    assert digest.decode() == hashlib.sha256(data[65:]).hexdigest()
    said = json.loads(header)
    assert block("", "SHA-256").splitlines()[1].startswith(f'{{"format":"{said["format"]}","reduction":NAME,"runs":')
    assert said["runs"] == [[a_run(number, series=2).id, number] for number in range(4)]
    assert [count for _, count in said["series"]] == [4, 4]
    assert np.frombuffer(arrays, "<f8", 8).tolist() == [1.0, 2.0, 3.0, 4.0] * 2
    assert np.frombuffer(arrays, "<i4", 8, 64).tolist() == [0, 1, 2, 3] * 2
    assert len(arrays) == 8 * 12
    assert [found.values[name].tolist() for name, _ in said["series"]] == [[4.0, 3.0, 2.0, 1.0]] * 2

    store.keep("KIND", {"0123456789abcdef" * 2: b'{"n":1}'})
    line = (folder / "cache" / "KIND.lines").read_bytes()
    assert line == b'%08x 0123456789abcdef0123456789abcdef {"n":1}\n' % zlib.crc32(line[8:-1])


@pytest.mark.usefixtures("small_segments")
def test_every_file_of_a_store_is_on_the_page(
    store: Store, folder: Path, a_run: Callable[..., Run], a_baseline: Callable[..., Baseline],
    capture: Callable[..., str], an_event: Callable[..., BaselineEvent],
) -> None:  # fmt: skip
    store.log_event(an_event(Action.PROMOTED, capture(store, a_baseline())))
    store.append_runs([a_run(n) for n in range(9)])
    store.columns(FIRST)
    store.keep("KIND", {"0" * 32: b"{}"})
    tree = block("", ".dart-perf/")
    for path in folder.rglob("*"):
        name = re.sub(r"[0-9a-f]{16}\.", "SERIES.", re.sub(r"[0-9]{6}", "000001", path.name))
        known = name in tree or path.is_dir() or path.suffix == ".json"
        assert path.relative_to(folder).parts[0] in tree, path
        assert known, path
    for action in Action:
        assert f"| `{action}` |" in PAGE
    for line in layout.GITIGNORE.decode().split("\n"):
        assert line.startswith("#") or line.strip("/") in PAGE


def test_the_reader_on_the_page_reads_a_store(store: Store, folder: Path, a_run: Callable[..., Run]) -> None:
    store.append_runs([a_run(1), a_run(2)])
    code = block("python", "import json").replace(".dart-perf/runs", (folder / "runs").as_posix())
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [a_run(1).id, a_run(2).id]
