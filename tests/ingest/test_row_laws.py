"""Laws over rows: each is a value or left out by name, whatever the order and however often it stands there."""

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dart_perf.ingest import read
from dart_perf.ingest.native import write
from dart_perf.model.measurement import Run
from tests.ingest.readings import attempt, samples, traces
from tests.ingest.samples import SAMPLES, Sample

QUICK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
ROWS_OF = [sample for sample in SAMPLES if sample.split is not None]


def named(sample: Sample) -> str:
    return sample.file


@pytest.mark.parametrize("sample", ROWS_OF, ids=named)
def test_every_row_leaves_a_trace(sample: Sample) -> None:
    """A row that could be missing without a difference was dropped without a word."""
    assert sample.split is not None
    rows, join = sample.split(sample.text)
    whole = traces(attempt(join(rows), sample.form, sample))
    assert whole
    for i in range(len(rows)):
        assert traces(attempt(join(rows[:i] + rows[i + 1 :]), sample.form, sample)) != whole, rows[i]


@pytest.mark.parametrize("sample", ROWS_OF, ids=named)
def test_a_row_that_stands_there_twice_is_seen(sample: Sample) -> None:
    assert sample.split is not None
    rows, join = sample.split(sample.text)
    whole = traces(attempt(join(rows), sample.form, sample))
    for i, row in enumerate(rows):
        assert traces(attempt(join([*rows[: i + 1], row, *rows[i + 1 :]]), sample.form, sample)) != whole, row


@pytest.mark.parametrize("sample", ROWS_OF, ids=named)
@QUICK
@given(data=st.data())
def test_the_order_of_rows_changes_no_value(sample: Sample, data: st.DataObject) -> None:
    assert sample.split is not None
    rows, join = sample.split(sample.text)
    shuffled = data.draw(st.permutations(rows))
    assert samples(attempt(join(shuffled), sample.form, sample)) == samples(attempt(join(rows), sample.form, sample))


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
