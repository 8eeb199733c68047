"""docs/store.md says every byte: its examples are what the code writes."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dart_perf.model.baseline import Action, Baseline, BaselineEvent
from dart_perf.model.measurement import Run
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


@pytest.mark.usefixtures("small_segments")
def test_every_file_of_a_store_is_on_the_page(
    store: Store, folder: Path, a_run: Callable[..., Run], a_baseline: Callable[..., Baseline],
    capture: Callable[..., str], an_event: Callable[..., BaselineEvent],
) -> None:  # fmt: skip
    store.log_event(an_event(Action.PROMOTED, capture(store, a_baseline())))
    store.append_runs([a_run(n) for n in range(9)])
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
