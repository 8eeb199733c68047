"""Clearing verdicts are withheld where the baseline's side may be the change; everything else stays."""

import pytest

from dart_perf.analysis.doubt import WITHHELD, moved, withhold
from dart_perf.model.comparison import Comparison, SeriesVerdict
from dart_perf.model.judgement import Judgement, Status

SLOWER, FASTER, NORMAL = Status.REGRESSION_DETECTED, Status.IMPROVEMENT_DETECTED, Status.NORMAL
UNCLEAR, FEW = Status.INCONCLUSIVE, Status.INSUFFICIENT_DATA


def series(name: str, status: Status, metric: str = "cpu_time", *, decides: bool = True) -> SeriesVerdict:
    judgement = Judgement(status=status, ratio=1.0, low=0.99, high=1.01, margin=0.05, probability_worse=0.1)
    return SeriesVerdict(
        benchmark=name, metric=metric, unit="s", decides=decides, baseline=1.0, current=1.0,
        baseline_runs=6, current_runs=6, judgement=judgement,
    )  # fmt: skip


def comparison(status: Status, *judged: SeriesVerdict) -> Comparison:
    return Comparison(
        status=status, summary="said", baseline="b", current="c", design="paired", margin=0.05,
        series=judged, warnings=("first",), next_step="go on",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("before", "other", "after"),
    [
        (NORMAL, NORMAL, UNCLEAR),
        (FASTER, FASTER, UNCLEAR),
        (UNCLEAR, UNCLEAR, UNCLEAR),
        (SLOWER, SLOWER, SLOWER),
        (FEW, FEW, FEW),
        (Status.BEHAVIOUR_CHANGED, Status.BEHAVIOUR_CHANGED, Status.BEHAVIOUR_CHANGED),
    ],
)
def test_only_what_clears_is_withheld(before: Status, other: Status, after: Status) -> None:
    doubted = series("b", NORMAL)
    found = withhold(comparison(before, series("a", other), doubted), [doubted], "why", "way out")
    assert found.status is after
    assert found.warnings == ("why", "first")
    assert found.next_step == ("way out" if after is UNCLEAR else "go on")
    assert found.series[0].benchmark == ("a" if other not in {NORMAL, FASTER} else "b")
    (told,) = [s.judgement for s in found.series if s.benchmark == "b"]
    assert (told.status, told.probability_worse, told.runs_needed) == (UNCLEAR, None, None)
    assert WITHHELD in told.warnings


def test_a_series_that_did_not_move_or_does_not_decide_keeps_its_judgement() -> None:
    doubted, steady = series("a", NORMAL), series("b", NORMAL)
    reported = series("a", NORMAL, "wall_time", decides=False)
    found = withhold(comparison(NORMAL, doubted, steady, reported), [doubted, reported], "why", "way out")
    assert found.series[1:] == (steady, reported)


def test_what_moved_are_the_deciding_series_that_were_shown_to() -> None:
    judged = [series("a", SLOWER), series("b", FASTER), series("c", UNCLEAR), series("d", SLOWER, decides=False)]
    assert [s.benchmark for s in moved(comparison(SLOWER, *judged))] == ["a", "b"]
