"""A format may be named wherever a file of results is: some do not say what they are."""

import json

import pytest

from dart_perf.errors import InvalidInput
from dart_perf.model.baseline import State
from dart_perf.workflows import baselines
from dart_perf.workflows.detection import detect
from tests.conftest import Toy
from tests.workflows.test_imports import filled, native

SMALLER = "customSmallerIsBetter"


def custom(value: float) -> str:
    return json.dumps([{"name": "step", "unit": "ms", "value": value}])


@pytest.fixture
def files(toy: Toy) -> Toy:
    filled(toy.root, {"old.json": custom(1), "new.json": custom(3), "sealed.json": native(1e-3)})
    return toy


def test_without_its_format_the_file_is_refused_with_those_it_may_have(files: Toy) -> None:
    for read in (
        lambda: detect(files.project, "new.json", "sealed.json"),
        lambda: detect(files.project, "sealed.json", "old.json", form="dart-perf"),
        lambda: baselines.update(files.project, "from_results", why="x", scenario="toy", results="old.json"),
    ):
        with pytest.raises(InvalidInput, match=r"Give format='customSmallerIsBetter' or format='customBiggerIsBetter'"):
            read()


def test_each_side_of_a_comparison_has_a_format_of_its_own(files: Toy) -> None:
    both = detect(files.project, "new.json", "old.json", form=SMALLER, baseline_form=SMALLER)
    one = detect(files.project, "new.json", "sealed.json", form=SMALLER)
    assert (both.series[0].benchmark, len(one.series), one.missing) == ("step", 0, ("step t",))


def test_results_in_a_named_format_become_a_baseline(files: Toy) -> None:
    entry = baselines.update(files.project, "from_results", why="x", scenario="toy", results="old.json", form=SMALLER)
    assert entry.state is State.CURRENT
    compared = detect(files.project, "new.json", "toy", form=SMALLER)
    assert [series.benchmark for series in compared.series] == ["step"]


def test_a_format_of_what_is_no_file_is_refused(files: Toy) -> None:
    name = baselines.update(files.project, "from_results", why="x", scenario="toy", results="old.json", form=SMALLER).id
    run = files.project.store.runs()[0].id
    for results, baseline, forms in (
        (run, name, (SMALLER, "auto")),
        (run, name, ("auto", SMALLER)),
        (run, "toy", ("auto", SMALLER)),
        (run, run, ("auto", SMALLER)),
    ):
        with pytest.raises(InvalidInput, match=r"is no file in the project, so format .* says nothing\. Leave it out"):
            detect(files.project, results, baseline, form=forms[0], baseline_form=forms[1])
    with pytest.raises(InvalidInput, match=r"promote takes baseline, and has no use for format"):
        baselines.update(files.project, "promote", why="x", baseline=name, form=SMALLER)
