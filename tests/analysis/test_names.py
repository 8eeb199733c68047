"""Names are printed as they are, so what moves a cursor or fills a screen is refused; what quotes a file is mended."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from dart_perf.errors import InvalidInput
from dart_perf.ingest import read
from dart_perf.model.measurement import LONGEST_REMARK, Benchmark, Guard, LeftOut, Metric, Run

ESCAPE = "a\x1b[2J"


@pytest.mark.parametrize("bad", [ESCAPE, "a\nb", "a\x7f", "a\x9b", "a\u2028b", "a\u2029", "a" * 301])
def test_a_name_without_control_characters_and_of_a_bounded_length_is_asked_for(bad: str) -> None:
    made: list[tuple[type[Any], dict[str, Any]]] = [
        (Benchmark, {"name": bad}), (Benchmark, {"name": "a", "suite": bad}), (Benchmark, {"name": "a", "group": bad}),
        (Benchmark, {"name": "a", "params": {bad: "1"}}), (Benchmark, {"name": "a", "params": {"n": bad}}),
        (Metric, {"name": bad, "unit": "s", "better": "lower"}), (Guard, {"name": bad, "value": 1}),
        (Guard, {"name": "a", "value": bad}), (Run, {"producer": bad}), (Run, {"producer": "a", "branch": bad}),
        (Run, {"producer": "a", "version": bad}), (Run, {"producer": "a", "commit": bad}),
        (Run, {"producer": "a", "scenario": bad}),
    ]  # fmt: skip
    for record, fields in made:
        with pytest.raises(ValidationError, match=r"control character|characters, allowed are|should match pattern"):
            record(**fields)


@pytest.mark.parametrize("commit", ["a b", "x;y", "a" * 129, "é"])
def test_a_commit_is_one_word(commit: str) -> None:
    with pytest.raises(ValidationError, match="commit"):
        Run(producer="a", commit=commit)
    assert Run(producer="a", commit="v6.20.0-3_g1/2").commit


def test_names_of_every_language_are_kept() -> None:
    assert Benchmark(name="Größe 速度 <n=8> \u00a0µs").label == "Größe 速度 <n=8> \u00a0µs"
    assert Guard(name="state", value=1.5).value == 1.5


def test_a_remark_that_quotes_a_file_is_mended_and_cut() -> None:
    left_out = LeftOut(what=ESCAPE, reason="x" * 1000)
    run = Run(producer="a", warnings=(ESCAPE,))
    assert left_out.what == run.warnings[0] == "a\N{REPLACEMENT CHARACTER}[2J"
    assert len(left_out.reason) == LONGEST_REMARK
    assert Run.model_validate_json(run.model_dump_json()).id == run.id


def test_a_native_file_with_such_a_name_is_invalid_input() -> None:
    measurement = {"benchmark": {"name": ESCAPE}, "metric": {"name": "cpu_time", "unit": "s"}, "samples": [1]}
    document = {"schema": "dart-perf/results/1", "producer": "x", "measurements": [measurement]}
    with pytest.raises(InvalidInput, match=r"measurements\[0\].benchmark.name: .*control character U\+001B"):
        read(json.dumps(document))
