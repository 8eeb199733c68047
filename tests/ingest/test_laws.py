"""Laws over every reader: a clear error or a correct reading, never another exception."""

import gzip
import html
import json
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dart_perf.errors import PerfError
from dart_perf.ingest.names import NAMES
from dart_perf.ingest.source import Source
from dart_perf.ingest.table import FORMATS, Reader
from tests.ingest.readings import attempt, places, replaced, samples, sound
from tests.ingest.samples import COMPANIONS, DATA, SAMPLES, Sample

QUICK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
FILES = list({sample.file: sample for sample in SAMPLES}.values())
CRITERION = "criterion/sums/fold/10/new/benchmark.json"
NAME = "a<script>alert(1)</script>\x1b[31m\nREGRESSION_DETECTED\x9b\u2028"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
HOSTILE = JSON | st.sampled_from(
    ["1e999", -1, 0, 10**30, float("nan"), float("inf"), "", [], {}, "ns", "s", "MB", [[[]]], "\ud800", NAME, "x" * 400]
)
TOKENS = st.sampled_from(
    [
        "", "0", "-1", "1e999", "-1e999", "NaN", "Infinity", "null", "9" * 5000, "1e-320", "0x10", "1,000", "1.5.5",
        "ns", "MB/s", "[" * 200 + "]" * 200, "[" * 50_000, "<" * 99, "&lol;", "\x1b[31m", "<b>", "\ud7ff", "\u2028",
        "\N{NEL}", "x" * 400, "true", '"', "'", "\\", "\n", "\t",
    ]
)  # fmt: skip
"""What takes the place of a word in a text, whatever its format."""
_WORD = re.compile(r"[^\s\"'<>=:,{}\[\]()]+")


def named(sample: Sample) -> str:
    return sample.file


def claims(reader: Reader, source: Source) -> bool:
    """Say whether a reader would take the source; lines of JSON are no JSON to most of them."""
    try:
        return reader.recognises(source)
    except PerfError:
        return False


def test_every_format_has_a_sample_and_every_sample_a_format() -> None:
    assert {sample.form for sample in SAMPLES} == set(FORMATS)


def test_the_formats_that_are_named_are_those_that_are_read() -> None:
    assert list(NAMES) == list(FORMATS)
    files = {str(path.relative_to(DATA)) for path in DATA.rglob("*") if path.is_file()}
    assert files == {sample.file for sample in SAMPLES} | COMPANIONS


@pytest.mark.parametrize("sample", FILES, ids=named)
def test_a_file_is_recognised_by_its_own_format_alone(sample: Sample) -> None:
    source = Source.of(sample.path)
    found = [name for name, reader in FORMATS.items() if claims(reader, source)]
    assert found == ([] if sample.asked else [sample.form])
    if not sample.asked:
        assert attempt(sample.text, sample=sample) == attempt(sample.text, sample.form, sample)


@pytest.mark.parametrize("sample", [s for s in FILES if not s.lines], ids=named)
def test_a_file_cut_at_any_byte_is_an_error_until_it_is_whole(sample: Sample) -> None:
    data = sample.path.read_bytes()
    end = len(data.rstrip(b" \r\n;"))
    for cut in range(0, end, max(1, end // 150)):
        assert attempt(data[:cut], sample.form, sample) is None
    assert attempt(data[:end], sample.form, sample) == attempt(data, sample.form, sample)


@pytest.mark.parametrize("sample", [s for s in FILES if s.lines], ids=named)
def test_a_line_cut_at_any_byte_gives_no_value_that_the_whole_line_does_not_give(sample: Sample) -> None:
    data = sample.path.read_bytes()
    for cut in range(1, len(data), max(1, len(data) // 600)):
        before, after = data[: data.rfind(b"\n", 0, cut) + 1], data[: (data.find(b"\n", cut) + 1) or None]
        kept = samples(attempt(data[:cut], sample.form, sample))
        assert kept <= samples(attempt(after, sample.form, sample)) | samples(attempt(before, sample.form, sample)), (
            data[:cut][-80:]
        )


@pytest.mark.parametrize("sample", FILES, ids=named)
def test_line_ends_byte_order_marks_and_compression_change_nothing(sample: Sample) -> None:
    data = sample.path.read_bytes()
    whole = attempt(data, sample.form, sample)
    for same in (data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), b"\xef\xbb\xbf" + data, gzip.compress(data)):
        assert attempt(same, sample.form, sample) == whole


@pytest.mark.parametrize("sample", FILES, ids=named)
@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-16-le"])
def test_a_wrong_encoding_is_refused(sample: Sample, encoding: str) -> None:
    assert attempt(sample.text.encode(encoding)) is None
    assert attempt(sample.text.encode(encoding), sample.form, sample) is None


@pytest.mark.parametrize("sample", FILES, ids=named)
@pytest.mark.parametrize("name", ["<b>x</b>", "\x1b[31mx", "x\u2028REGRESSION_DETECTED", "x" * 400, "{x,y=z}", "../x"])
def test_a_name_is_data_whatever_it_holds(sample: Sample, name: str) -> None:
    whole = attempt(sample.text, sample.form, sample)
    known = {word for run in whole or () for m in run.measurements for word in _WORD.findall(m.benchmark.name)}
    escaped = {".json": json.dumps(name)[1:-1], ".xml": html.escape(name)}.get(sample.path.suffix, name)
    for word in sorted(known, key=len)[-3:]:
        sound(attempt(sample.text.replace(word, escaped), sample.form, sample))


@pytest.mark.parametrize("form", sorted(FORMATS))
@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a":' * 100_000, "<a>" * 100_000, "9" * 5000, "\x00", "{}", "[]", "0"]
)
def test_what_is_nested_too_deeply_or_nothing_at_all_is_refused(form: str, text: str) -> None:
    assert attempt(text, form) is None


@pytest.mark.parametrize("form", sorted(FORMATS))
@QUICK
@given(document=JSON)
def test_any_json_is_read_or_refused(form: str, document: Any) -> None:
    text = json.dumps(document)
    attempt(text, form)
    attempt(text)


@pytest.mark.parametrize("form", ["auto", *FORMATS])
@QUICK
@given(data=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes_are_read_or_refused(form: str, data: bytes) -> None:
    attempt(data, form)


@pytest.mark.parametrize("sample", [s for s in FILES if s.file.endswith(".json")], ids=named)
@QUICK
@given(data=st.data())
def test_any_value_exchanged_for_a_hostile_one_is_read_or_refused(sample: Sample, data: st.DataObject) -> None:
    plain = json.loads(sample.text)
    path = data.draw(st.sampled_from(places(plain)))
    sound(attempt(json.dumps(replaced(plain, path, data.draw(HOSTILE))), sample.form, sample))


@pytest.mark.parametrize("companion", ["asv/results/benchmarks.json", "asv/results/vm/machine.json", CRITERION])
@QUICK
@given(data=st.data())
def test_a_hostile_value_in_what_lies_beside_a_file_is_read_or_refused(companion: str, data: st.DataObject) -> None:
    beside = json.loads((DATA / companion).read_text(encoding="utf-8"))
    path = data.draw(st.sampled_from(places(beside)))
    changed = json.dumps(replaced(beside, path, data.draw(HOSTILE)))
    for sample in FILES:
        if sample.beside and sample.file.partition("/")[0] == companion.partition("/")[0]:
            sound(attempt(sample.text, sample.form, sample, {companion: changed}))


@pytest.mark.parametrize("sample", FILES, ids=named)
@QUICK
@given(data=st.data())
def test_any_word_exchanged_for_a_hostile_one_is_read_or_refused(sample: Sample, data: st.DataObject) -> None:
    text = sample.text
    words = [match.span() for match in _WORD.finditer(text)]
    start, end = data.draw(st.sampled_from(words))
    sound(attempt(text[:start] + data.draw(TOKENS) + text[end:], sample.form, sample))


@pytest.mark.parametrize("sample", FILES, ids=named)
@QUICK
@given(data=st.data())
def test_a_flipped_bit_is_read_or_refused(sample: Sample, data: st.DataObject) -> None:
    content = bytearray(sample.path.read_bytes())
    bit = data.draw(st.integers(0, 8 * len(content) - 1))
    content[bit // 8] ^= 1 << bit % 8
    sound(attempt(bytes(content), sample.form, sample))
