"""New results as points of stored series."""

import numpy as np

from dart_perf.analysis.append import append
from dart_perf.model.history import SeriesEntry
from dart_perf.model.measurement import Benchmark, Measurement, Run, series_id
from dart_perf.model.series import Location, Selection, SeriesValues
from tests.analysis.runs import CPU, HERE

STEP = Benchmark(name="step")


def a_run(commit: str) -> Run:
    measured = (Measurement(benchmark=STEP, metric=CPU, samples=(9.0,)),)
    return Run(producer="test", commit=commit, environment=HERE, measurements=measured)


def test_a_commit_that_git_does_not_know_has_the_place_of_a_stored_run() -> None:
    run = a_run("c1")
    name = series_id(run.measurements[0], HERE)
    entry = SeriesEntry(id=name, benchmark=STEP, metric=CPU, fingerprint=HERE.fingerprint, points=3)
    locations = tuple(Location(f"run-{i}", f"c{i}", i) for i in range(3))
    selection = Selection((SeriesValues(entry, np.array([1.0, 2.0, 3.0]), np.arange(3)),), locations)
    (found,) = append(selection, [run], {}).selection.series
    assert found.values.tolist() == [1.0, 2.0, 9.0, 3.0]
    (found,) = append(selection, [run], {"c1": 5}).selection.series
    assert found.values.tolist() == [1.0, 2.0, 3.0, 9.0]
