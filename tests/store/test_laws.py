"""Laws of stored bytes: what was acknowledged is read back, and no damaged byte is read as another value."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dart_perf.errors import Corrupted, NewerSchema, PerfError
from dart_perf.model.baseline import Baseline
from dart_perf.model.measurement import Run
from dart_perf.store import open_store, seal, segment

HERE = Path("segment.jsonl")
SCALARS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8)
RECORDS = st.dictionaries(st.text(max_size=5), SCALARS | st.lists(SCALARS, max_size=3), max_size=4)


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@given(st.lists(RECORDS, max_size=5))
def test_lines_are_read_as_they_were_written(records: list[dict[str, Any]]) -> None:
    data = b"".join(segment.frame(r) for r in records)
    found = segment.scan(data, HERE)
    assert [line.record for line in found.lines] == records
    assert (found.end, found.torn) == (len(data), 0)


def test_a_tear_at_every_byte_loses_only_the_line_that_is_torn() -> None:
    records = [{"n": n, "text": "ü" * n} for n in range(4)]
    frames = [segment.frame(r) for r in records]
    data = b"".join(frames)
    ends = [sum(map(len, frames[:n])) for n in range(5)]
    for cut in range(len(data) + 1):
        whole = sum(end <= cut for end in ends[1:])
        found = segment.scan(data[:cut], HERE)
        assert [line.record for line in found.lines] == records[:whole]
        assert (found.end, found.torn) == (ends[whole], cut - ends[whole])


def test_an_append_after_every_tear_merges_nothing(tmp_path: Path) -> None:
    frames = [segment.frame({"n": n}) for n in range(2)]
    data, path = b"".join(frames), tmp_path / "log.jsonl"
    for cut in range(len(data) + 1):
        path.write_bytes(data[:cut])
        before = segment.scan(data[:cut], path)
        segment.append(tmp_path, path, segment.frame({"n": 9}), end=before.end, durable=False)
        after = segment.scan(path.read_bytes(), path)
        assert [line.record for line in after.lines] == [*(line.record for line in before.lines), {"n": 9}]
        assert after.torn == 0


def test_no_flipped_bit_of_a_segment_is_accepted() -> None:
    data = b"".join(segment.frame({"n": n, "samples": [0.1 * n, 1.0]}) for n in range(3))
    for bit in range(8 * len(data)):
        with pytest.raises((Corrupted, NewerSchema)):
            segment.scan(flipped(data, bit), HERE)


def test_damage_is_named_by_the_byte_where_its_line_starts() -> None:
    frames = [segment.frame({"n": n}) for n in range(3)]
    damaged = frames[0] + frames[1].replace(b'"n":1', b'"n":7') + frames[2]
    with pytest.raises(Corrupted, match=rf"segment\.jsonl, byte {len(frames[0])}: .* checksum"):
        segment.scan(damaged, HERE)
    with pytest.raises(Corrupted, match=rf"byte {len(frames[0]) - 1}: a newline should stand here"):
        segment.scan(frames[0][:-1] + b"~", HERE)


def test_no_flipped_bit_of_a_sealed_baseline_changes_its_meaning(a_baseline: Callable[..., Baseline]) -> None:
    content = a_baseline().model_dump(mode="json")
    data = seal.seal("kind", content)
    for bit in range(8 * len(data)):
        with pytest.raises((Corrupted, NewerSchema)):
            seal.unseal("kind", flipped(data, bit), HERE)


@given(RECORDS, st.data())
def test_no_cut_sealed_file_is_accepted(content: dict[str, Any], data: st.DataObject) -> None:
    whole = seal.seal("kind", content)
    assert seal.unseal("kind", whole, HERE) == content
    with pytest.raises(Corrupted):
        seal.unseal("kind", whole[: data.draw(st.integers(0, len(whole) - 1))], HERE)


@given(st.binary(max_size=60))
def test_foreign_bytes_are_refused_without_another_error(data: bytes) -> None:
    with pytest.raises(PerfError):
        seal.unseal("kind", data, HERE)
    try:
        found = segment.scan(data, HERE)
    except PerfError:
        return
    assert found.lines == []


def test_a_damaged_sealed_file_names_the_byte_where_that_shows() -> None:
    data = seal.seal("kind", {"a": 1})
    with pytest.raises(Corrupted, match=r"byte 4: not JSON"):
        seal.unseal("kind", data.replace(b'"content"', b"~content~"), HERE)
    place = data.index(b"\n", 3)
    with pytest.raises(Corrupted, match=rf"byte {place}: not laid out as it was written"):
        seal.unseal("kind", data[:place] + b" " + data[place:], HERE)


@pytest.mark.parametrize("number", [3, 99])
def test_a_newer_schema_is_refused_with_both_numbers(number: int) -> None:
    plain = orjson.loads(seal.seal("kind", {})) | {"schema_number": number}
    with pytest.raises(NewerSchema, match=rf"segment\.jsonl has schema {number}; this dart-perf supports 2\. Install"):
        seal.unseal("kind", orjson.dumps(plain), HERE)


def expected_order(positions: list[int | None]) -> list[int]:
    """Return sequence numbers by position; one without stands behind the furthest that arrived before it."""
    seen = [[p for p in positions[:i] if p is not None] for i in range(len(positions))]
    places = [max(seen[i], default=-1) if p is None else p for i, p in enumerate(positions)]
    return sorted(range(len(positions)), key=lambda i: (places[i], i))


STEPS = st.lists(
    st.tuples(st.integers(0, 1), st.lists(st.integers(0, 30), max_size=6), st.none() | st.integers(0, 9)), max_size=8
)


@pytest.mark.usefixtures("small_segments_for_laws")
@settings(max_examples=25, deadline=None)
@given(STEPS)
def test_two_stores_on_one_folder_answer_as_one_list_would(
    a_run: Callable[..., Run], steps: list[tuple[int, list[int], int | None]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        stores = [open_store(f"file:{folder}") for _ in range(2)]
        model: dict[int, int | None] = {}
        for who, numbers, position in steps:
            new = set(numbers) - model.keys()
            assert stores[who].append_runs([a_run(n) for n in numbers], position=position) == (
                len(new), len(numbers) - len(new),
            )  # fmt: skip
            model |= dict.fromkeys((n for n in dict.fromkeys(numbers) if n in new), position)
            for store in (*stores, open_store(f"file:{folder}")):
                assert [run.commit for run in store.runs()] == [f"{n:040x}" for n in model]
                if model:
                    (entry,) = store.series()
                    points = store.points(entry.id)
                    assert entry.points == len(points) == len(model)
                    assert sorted(p.sequence for p in points) == list(range(len(model)))
                    arrived = sorted(points, key=lambda p: p.sequence)
                    assert [p.position for p in arrived] == list(model.values())
                    assert [p.sequence for p in points] == expected_order(list(model.values()))
        assert stores[0].validate().sound


@pytest.fixture(scope="module")
def small_segments_for_laws() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dart_perf.store.runs.SEGMENT_BYTES", 1500)
        patch.setattr("dart_perf.store.history.SEGMENT_BYTES", 600)
        yield
