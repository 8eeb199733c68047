"""Criterion on disk: times are totals, the name stands beside, and only new/ is what was measured last."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from dart_perf.errors import InvalidInput
from dart_perf.ingest import read
from dart_perf.ingest.source import Source
from dart_perf.ingest.table import read_as

DATA = Path(__file__).with_name("data") / "criterion"
NS = 1e-9
ESTIMATE = {"confidence_interval": {"confidence_level": 0.95}, "point_estimate": 1.0, "standard_error": 0.1}
ESTIMATES = {"mean": ESTIMATE, "median": ESTIMATE, "median_abs_dev": ESTIMATE, "slope": None, "std_dev": ESTIMATE}


def lay(folder: Path, where: str = "sort/quick/new", sample: Any = None, **names: Any) -> Path:
    """Write a sample with its companions, and return the path of the sample."""
    place = folder / where
    place.mkdir(parents=True)
    about = {"group_id": "sort", "function_id": "quick", "value_str": None, "full_id": "sort/quick"} | names
    (place / "benchmark.json").write_text(json.dumps(about))
    (place / "estimates.json").write_text(json.dumps(ESTIMATES))
    plain = {"sampling_mode": "Linear", "iters": [2.0, 4.0], "times": [10.0, 24.0]} | (sample or {})
    (place / "sample.json").write_text(json.dumps(plain))
    return place / "sample.json"


def test_times_are_totals_of_several_iterations(tmp_path: Path) -> None:
    (run,) = read(lay(tmp_path))
    (found,) = run.measurements
    assert (found.key, found.samples, found.processes) == ("sort/quick wall_time", (5 * NS, 6 * NS), (0, 0))
    assert (found.metric.unit, found.metric.better) == ("s", "lower")
    assert "a repetition is a mean over 2 to 4 iterations: the short ones are noisier" in run.warnings
    assert (run.producer, run.when, run.commit) == ("criterion", None, None)


def test_flat_mode_has_no_slope_and_is_read_the_same(tmp_path: Path) -> None:
    (run,) = read(lay(tmp_path, sample={"sampling_mode": "Flat", "iters": [2, 2], "times": [10, 24]}))
    assert run.measurements[0].samples == (5 * NS, 12 * NS)
    assert run.warnings == ("all repetitions of a benchmark come from one process: they are not independent",)


def test_what_the_tool_wrote_is_read() -> None:
    (linear,), (flat,) = (read(DATA / f"sums/{name}/new/sample.json") for name in ("fold/10", "flat"))
    assert [(m.key, len(m.samples)) for run in (linear, flat) for m in run.measurements] == [
        ("sums/fold{value=10} wall_time", 10),
        ("sums/flat wall_time", 10),
    ]
    assert flat.measurements[0].samples[0] == 713632.0 / 41 * NS
    assert linear.warnings[0] == "a repetition is a mean over 496414 to 4964140 iterations: the short ones are noisier"
    estimates = json.loads((DATA / "sums/fold/10/new/estimates.json").read_text())
    samples = linear.measurements[0].samples
    assert sum(samples) / len(samples) == pytest.approx(estimates["mean"]["point_estimate"] * NS)
    assert json.loads((DATA / "sums/flat/new/estimates.json").read_text())["slope"] is None


@pytest.mark.parametrize(
    ("names", "label"),
    [
        ({}, "sort/quick"),
        ({"function_id": None}, "sort"),
        ({"value_str": "8"}, "sort/quick{value=8}"),
        ({"function_id": None, "value_str": "8"}, "sort{value=8}"),
        ({"throughput": {"Elements": 40}}, "sort/quick"),
    ],
)
def test_group_function_and_value_are_the_identity(tmp_path: Path, names: dict[str, Any], label: str) -> None:
    (run,) = read(lay(tmp_path, **names))
    assert run.measurements[0].benchmark.label == label


@pytest.mark.parametrize("folder", ["base", "main"])
def test_a_stored_baseline_is_read_and_called_what_it_is(tmp_path: Path, folder: str) -> None:
    (run,) = read(lay(tmp_path, f"sort/quick/{folder}"))
    assert run.warnings[-1] == (
        f"folder '{folder}' is a stored baseline: what `cargo bench` compares with, not what it measured last"
    )


def test_the_other_files_say_what_they_are(tmp_path: Path) -> None:
    sample = lay(tmp_path)
    with pytest.raises(
        InvalidInput, match=r"estimates.json: computed from the sample, no repetitions. Give `new/sample"
    ):
        read(sample.with_name("estimates.json"))
    with pytest.raises(InvalidInput, match=r"benchmark.json: a name without times"):
        read(sample.with_name("benchmark.json"))
    with pytest.raises(
        InvalidInput, match=r"change/estimates.json: how far the result moved .* Give `new/sample.json`"
    ):
        read(DATA / "sums/fold/10/change/estimates.json")


def test_a_sample_without_its_name_beside_it_is_refused(tmp_path: Path) -> None:
    sample = lay(tmp_path)
    with pytest.raises(InvalidInput, match=r"the text: no benchmark.json beside it"):
        read(sample.read_text())
    with pytest.raises(InvalidInput, match=r"no benchmark.json beside it"):
        read_as(sample, "auto", within=tmp_path / "elsewhere")
    sample.with_name("benchmark.json").unlink()
    with pytest.raises(InvalidInput, match=r"no benchmark.json beside it, where the name stands"):
        read(sample)


@pytest.mark.parametrize("iterations", [0, 0.0, 10**400, float("nan")])
def test_iterations_that_are_none_leave_the_repetition_out(tmp_path: Path, iterations: float) -> None:
    (run,) = read(lay(tmp_path, sample={"iters": [iterations, 4], "times": [10, 24]}))
    assert run.measurements[0].samples == (6 * NS,)
    assert [item.what for item in run.left_out] == ["times[0] sort/quick"]


@pytest.mark.parametrize(
    ("sample", "problem"),
    [
        ({"times": [1.0]}, "times: 1 times for 2 iters"),
        ({"times": 3}, "times: found 3, allowed is a list"),
        ({"times": [1.0, "2"]}, r"times\[1\]: found '2', allowed is a number"),
        ({"iters": [True, 2]}, r"iters\[0\]: found True, allowed is a number"),
        ({"times": [], "iters": []}, "no measurement: nothing in it. Run `cargo bench` again"),
        ({"times": [0, 0]}, "no measurement: left out as no measurement: 2 value"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(tmp_path: Path, sample: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem):
        read(lay(tmp_path, sample=sample), "criterion")


def test_a_companion_that_is_wrong_is_named_by_its_own_path(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"benchmark.json: group_id: found None, allowed is the benchmark's name"):
        read(lay(tmp_path, group_id=None))


def test_a_companion_that_was_replaced_is_read_anew_though_its_copy_kept_time_and_size(tmp_path: Path) -> None:
    sample = lay(tmp_path)
    beside = sample.with_name("benchmark.json")
    for name in ("quick", "stack"):
        copy = tmp_path / "copy.json"
        copy.write_text(beside.read_text().replace('"quick"', f'"{name}"'))
        os.utime(copy, (1e9, 1e9))
        copy.replace(beside)
        (run,) = read(sample)
        assert run.measurements[0].benchmark.name == name


def test_a_companion_that_is_large_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source.of(lay(tmp_path))
    assert source.companion("benchmark.json") is source.companion("benchmark.json")
    monkeypatch.setattr("dart_perf.ingest.source.LARGEST_KEPT", 10)
    large = source.companion("benchmark.json")
    assert large is not None
    assert large is not source.companion("benchmark.json")
