"""The machine and the code: what nearly all benchmarks do at once is the machine's, what is left is their own."""

import math

import numpy as np
import pytest

from dart_perf.analysis.movement import movement_of
from dart_perf.analysis.together import Group, groups_of, moves_together, own_shares, without_common
from dart_perf.model.history import SeriesEntry
from dart_perf.model.measurement import Benchmark, Metric
from dart_perf.model.series import Location, Selection, SeriesValues
from dart_perf.stats.common import common_movement
from dart_perf.stats.samples import Floats

RUNS = 100


def selection(logs: dict[str, Floats], *, assumption: str = "none", first: int = 0) -> Selection:
    """Return series of one machine; `first` runs are missing in the first of them."""
    metric = Metric(name="cpu_time", unit="s", better="lower", assumption="exact" if assumption == "exact" else "none")
    rng = np.random.default_rng(1)
    found = []
    for number, (name, course) in enumerate(logs.items()):
        values = np.exp(course + rng.normal(0.0, 0.01, RUNS))
        places = np.arange(RUNS)
        start = first if number == 0 else 0
        entry = SeriesEntry(
            id=f"{number:016x}", benchmark=Benchmark(name=name), metric=metric, fingerprint="f" * 16, points=RUNS
        )
        found.append(SeriesValues(entry, values[start:], places[start:]))
    return Selection(tuple(found), tuple(Location(f"run-{k}", f"{k:06d}", k) for k in range(RUNS)))


def together(found: Selection) -> Group | None:
    """Return the one group of a selection with what it has in common."""
    (group,) = groups_of(found)
    return moves_together(group, movement_of(np.exp(group.common)))


STEP: Floats = math.log(1.1) * (np.arange(RUNS) >= 50).astype(np.float64)


def test_a_step_of_all_is_the_machines_and_a_larger_one_keeps_its_own_share() -> None:
    logs = {f"b{k}": STEP for k in range(7)} | {"own": STEP + math.log(1.3) / math.log(1.1) * STEP}
    found = selection(logs)
    group = together(found)
    assert group is not None
    (change,) = group.changes
    assert change.index == 50
    assert change.ratio == pytest.approx(1.1, rel=0.01)
    shares = own_shares(group, change)
    assert np.flatnonzero(shares).tolist() == [7]
    assert math.exp(shares[7]) == pytest.approx(1.3, rel=0.02)
    assert [len(movement_of(without_common(one, group)).changes) for one in found.series] == [0] * 7 + [1]


@pytest.mark.parametrize("moving", [0, 1, 3, 5])
def test_a_step_of_some_is_theirs(moving: int) -> None:
    logs = {f"b{k}": 3.0 * STEP if k < moving else 0.0 * STEP for k in range(8)}
    assert together(selection(logs)) is None


def test_a_drift_of_all_is_the_machines() -> None:
    group = together(selection({f"b{k}": np.linspace(0.0, 0.2, RUNS) for k in range(6)}))
    assert group is not None
    assert group.changes == ()
    assert group.common[-1] - group.common[0] == pytest.approx(0.2, abs=0.03)


def test_fewer_than_five_benchmarks_or_exact_counts_are_no_group() -> None:
    assert groups_of(selection({f"b{k}": STEP for k in range(4)})) == ()
    assert groups_of(selection({f"b{k}": STEP for k in range(8)}, assumption="exact")) == ()


def test_a_series_that_began_later_does_not_bend_the_common_movement() -> None:
    whole = together(selection({f"b{k}": STEP for k in range(6)}))
    late = together(selection({f"b{k}": STEP for k in range(6)}, first=60))
    assert whole is not None
    assert late is not None
    assert [c.index for c in late.changes] == [c.index for c in whole.changes] == [50]


def test_runs_that_few_series_have_are_not_told_of() -> None:
    table = np.full((6, 4), np.nan)
    table[:, :2] = [[1.0, 2.0]] * 6
    table[:4, 2:] = 5.0
    assert np.isnan(common_movement(table)).tolist() == [False, False, True, True]


def test_a_step_where_few_members_have_runs_is_not_all_of_theirs() -> None:
    table = np.repeat(np.array([STEP]), 20, axis=0) + np.random.default_rng(2).normal(0.0, 0.01, (20, RUNS))
    table[5:, 30:70] = np.nan
    table[5:, 70:] -= STEP[70:]
    group = Group(tuple(range(20)), np.arange(RUNS), table, np.nan_to_num(common_movement(table)))
    assert moves_together(group, movement_of(np.exp(group.common))) is None
