"""Laws over every reader: a clear error or a correct reading, never another exception, never a silent loss."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dart_perf.errors import PerfError
from dart_perf.ingest import read
from dart_perf.ingest.native import write
from dart_perf.ingest.table import FORMATS
from dart_perf.model.measurement import Run

DATA = Path(__file__).with_name("data")
FILES = sorted(DATA.glob("*.json"))
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
HOSTILE = JSON | st.sampled_from(
    ["1e999", -1, 0, 10**30, float("nan"), float("inf"), "", [], {}, "ns", [[[]]], "\ud800"]
)


def attempt(source: str | bytes, form: str = "auto") -> tuple[Run, ...] | None:
    """Return what was read, or None for a clear error; anything else escapes and fails the law."""
    try:
        return read(source, form)
    except PerfError as error:
        said = str(error)
    assert said.startswith("the text")
    assert len(said) < 2000
    return None


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of every value in a document."""
    found = [path]
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        found += places(inner, (*path, key))
    return found


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(copy[path[0]], path[1:], new)
    return copy


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.name)
def test_a_file_cut_at_any_byte_is_an_error_until_it_is_whole(file: Path) -> None:
    data = file.read_bytes()
    whole = attempt(data)
    step = max(1, len(data) // 400)
    for cut in range(0, len(data.rstrip()), step):
        assert attempt(data[:cut]) is None
    assert attempt(data.rstrip()) == whole


@pytest.mark.parametrize("form", sorted(FORMATS))
@QUICK
@given(document=JSON)
def test_any_json_is_read_or_refused(form: str, document: Any) -> None:
    text = json.dumps(document)
    attempt(text, form)
    attempt(text)


@pytest.mark.parametrize("form", ["auto", *FORMATS])
@QUICK
@given(data=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(form: str, data: bytes) -> None:
    attempt(data, form)


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.name)
@QUICK
@given(data=st.data())
def test_any_value_exchanged_for_a_hostile_one_is_read_or_refused(file: Path, data: st.DataObject) -> None:
    plain = json.loads(file.read_bytes())
    path = data.draw(st.sampled_from(places(plain)))
    runs = attempt(json.dumps(replaced(plain, path, data.draw(HOSTILE))))
    for run in runs or ():
        assert all(m.samples for m in run.measurements)
        assert read(write([run])) == (run,)
        assert run.id  # the content has a digest: it can be stored


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.name)
@QUICK
@given(data=st.data())
def test_a_flipped_bit_is_read_or_refused(file: Path, data: st.DataObject) -> None:
    content = bytearray(file.read_bytes())
    bit = data.draw(st.integers(0, 8 * len(content) - 1))
    content[bit // 8] ^= 1 << bit % 8
    attempt(bytes(content))


def accounted(run: Run, rows: list[dict[str, Any]]) -> None:
    """Every row gave a sample to its benchmark, or is left out by its number."""
    numbered = [item.what.removeprefix("benchmarks[") for item in run.left_out if item.what.startswith("benchmarks[")]
    left_out = {int(what.partition("]")[0]) for what in numbered}
    measured = Counter(row.get("run_name", row["name"]) for i, row in enumerate(rows) if i not in left_out)
    samples: Counter[str] = Counter()
    for measurement in run.measurements:
        samples[measurement.benchmark.name] += len(measurement.samples)
    assert all(samples[name] >= count for name, count in measured.items())
    assert len({item.what for item in run.left_out}) == len(run.left_out)


ROWS = st.fixed_dictionaries(
    {"name": st.sampled_from(["BM_A", "BM_B", "BM_A_mean"]), "time_unit": st.sampled_from(["ns", "us", "ms", "s"])},
    optional={
        "run_name": st.sampled_from(["BM_A", "BM_B"]),
        "run_type": st.sampled_from(["iteration", "aggregate", "other"]),
        "repetition_index": st.integers(0, 3),
        "family_index": st.integers(0, 1),
        "real_time": st.floats(allow_nan=True) | st.integers(-5, 5),
        "cpu_time": st.floats(0, 1e6),
        "items_per_second": st.floats(),
        "error_occurred": st.booleans(),
        "skipped": st.booleans(),
        "big_o": st.just("N"),
        "counter": st.floats(0, 9),
    },
)


@settings(max_examples=200, deadline=None)
@given(rows=st.lists(ROWS, max_size=12), data=st.data())
def test_every_row_is_measured_or_left_out_whatever_the_order(rows: list[dict[str, Any]], data: st.DataObject) -> None:
    first = attempt(json.dumps({"context": {}, "benchmarks": rows}))
    if first is None:
        return
    accounted(first[0], rows)
    ordered = all("repetition_index" in row for row in rows)
    shuffled = data.draw(st.permutations(rows)) if ordered else rows
    again = attempt(json.dumps({"context": {}, "benchmarks": shuffled}))
    assert again is not None
    assert {m.key: m.samples for m in again[0].measurements} == {m.key: m.samples for m in first[0].measurements}
    assert len(again[0].left_out) == len(first[0].left_out)


NATIVE = st.fixed_dictionaries(
    {
        "benchmark": st.fixed_dictionaries({"name": st.text("ab/{}=", min_size=1, max_size=4)}),
        "metric": st.sampled_from([{"name": "t", "unit": u} for u in ("s", "ms", "ns/op", "KiB", "items/s", "calls")]),
        "samples": st.lists(st.floats(0, 1e12) | st.integers(0, 10**9), min_size=1, max_size=4),
    }
)


@settings(max_examples=100, deadline=None)
@given(measurements=st.lists(NATIVE, min_size=1, max_size=4))
def test_a_native_document_is_read_whole_and_written_back_the_same(measurements: list[dict[str, Any]]) -> None:
    document = {"schema": "dart-perf/results/1", "producer": "p", "measurements": measurements}
    runs = attempt(json.dumps(document))
    keys = [m["benchmark"]["name"] for m in measurements]
    if len(set(keys)) < len(keys):
        assert runs is None  # named twice
        return
    assert runs is not None
    (run,) = runs
    assert [len(m.samples) for m in run.measurements] == [len(m["samples"]) for m in measurements]
    assert read(write(runs)) == runs
