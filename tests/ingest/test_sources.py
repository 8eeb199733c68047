"""What is no results file at all is refused with its name, the place and what to do."""

import contextlib
import gc
import gzip
import json
from pathlib import Path

import pytest

from dart_perf.errors import InvalidInput
from dart_perf.ingest import read
from dart_perf.model.baseline import BASELINE_FORMAT, Baseline
from dart_perf.model.record import digest

DATA = Path(__file__).with_name("data")
NATIVE = (DATA / "native.json").read_bytes()


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "is empty. Give a results file"),
        (b" \r\n\t", "is empty"),
        (b"\xff\xfe{\x00}\x00", r"byte 0: not UTF-8 \(found ff\)\. Save the file as UTF-8; PowerShell"),
        (NATIVE.replace(b"0xabc", b"\xe9"), r"byte \d+: not UTF-8 \(found e9\)"),
        (NATIVE[:-200], r"line \d+, column \d+: not JSON: .* It ends too early: was it cut off\?"),
        (b"{" + NATIVE, r"line 1, column 2: not JSON: Expecting property name"),
        (NATIVE + b"{}", r"not JSON: Extra data"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b'{"schema": ' + b"9" * 5000 + b"}", "a number cannot be read"),
        (b"Step-8   100   12 ns", "none of the known formats. Known are: auto, go-test, dart-perf, dart-perf-base"),
        (b"[1, 2]", "none of the known formats"),
        (b'{"results": []}', "A native document starts with"),
        (b"null", "none of the known formats"),
    ],
)
@pytest.mark.parametrize("form", ["file", "bytes"])
def test_it_is_refused(tmp_path: Path, data: bytes, problem: str, form: str) -> None:
    path = tmp_path / "results.json"
    path.write_bytes(data)
    with pytest.raises(InvalidInput, match=problem) as caught:
        read(path if form == "file" else data)
    assert str(caught.value).startswith(str(path) if form == "file" else "the text")


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"none\.json cannot be read: No such file"):
        read(tmp_path / "none.json")
    with pytest.raises(InvalidInput, match=r"Is a directory\. Give the path of a results file"):
        read(tmp_path)
    with pytest.raises(InvalidInput, match="cannot be read"):
        read(Path("a\0b"))


def test_an_unknown_format_is_refused_with_the_known_ones() -> None:
    with pytest.raises(
        InvalidInput, match=r"format 'xml' is not known\. Known are: auto, go-test, dart-perf, dart-perf-baseline, go"
    ):
        read("{}", "xml")


def test_a_file_larger_than_allowed_is_not_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dart_perf.ingest.source.MAX_BYTES", 10)
    path = tmp_path / "results.json"
    path.write_bytes(NATIVE)
    with pytest.raises(InvalidInput, match=r"allowed are 10\. Split it"):
        read(path)


def test_gzip_is_unpacked_on_reading(tmp_path: Path) -> None:
    path = tmp_path / "results.json.gz"
    path.write_bytes(gzip.compress(NATIVE))
    assert read(path) == read(NATIVE) == read(gzip.compress(NATIVE))


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (gzip.compress(NATIVE)[:-9], "gzip that is cut off"),
        (gzip.compress(NATIVE) + b"x", "or that something follows"),
        (b"\x1f\x8b" + NATIVE, "damaged gzip: "),
        (gzip.compress(b"\xff"), "not UTF-8"),
        (gzip.compress(b""), "is empty"),
    ],
)
def test_gzip_that_does_not_hold_is_refused(data: bytes, problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem):
        read(data)


def test_gzip_that_grows_without_end_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dart_perf.ingest.source.MAX_BYTES", 10**6)
    with pytest.raises(InvalidInput, match="unpacks to more than 1000000 bytes"):
        read(gzip.compress(b" " * 10**8))


def sealed(**changes: object) -> str:
    runs = read(NATIVE)
    content = Baseline.model_validate(
        {
            "scenario": "robot", "platform": "linux-x86_64", "version": "1", "created": "2026-01-01T00:00:00Z",
            "created_by": "ann", "reason": "test", "runs": runs,
        }
    ).model_dump(mode="json")  # fmt: skip
    whole = {"format": BASELINE_FORMAT, "schema_number": 1, "content": content, "digest": digest(content)}
    return json.dumps(whole | changes)


def test_a_sealed_baseline_is_read_as_its_runs() -> None:
    assert read(sealed()) == read(sealed(), "dart-perf-baseline") == read(NATIVE)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (sealed(digest="0" * 64), "digest: the content was changed after it was sealed"),
        (sealed().replace('"contacts"', '"kontacts"'), "digest: the content was changed"),
        (sealed(schema_number=2), "schema_number: found 2, allowed is 1"),
        (sealed(content={"a": 1}, digest=digest({"a": 1})), "content: no baseline: "),
        (sealed(content=[]), "allowed is a sealed baseline"),
        (sealed().replace('"contacts"', '"\\ud800"'), "half of a surrogate pair"),
        (sealed().replace("0.05", "9" * 30), "digest: the content was changed"),
        ("[]", "allowed is a sealed baseline"),
    ],
)
def test_a_seal_that_does_not_hold_is_refused(text: str, problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem):
        read(text, "dart-perf-baseline")


@pytest.mark.parametrize("on", [True, False])
@pytest.mark.parametrize("text", [NATIVE, b"{"])
def test_reading_leaves_the_collector_of_cycles_as_it_was(text: bytes, *, on: bool) -> None:
    try:
        if not on:
            gc.disable()
        with contextlib.suppress(InvalidInput):
            read(text)
        assert gc.isenabled() is on
    finally:
        gc.enable()
