"""What looking again and again costs."""

import pytest

from dart_perf.errors import InvalidInput
from dart_perf.stats.looks import MARGINS, NEW_POINTS, RATES, false_alerts


def test_measured_cells_are_said_as_measured_and_what_lies_between_lies_between() -> None:
    for points, row in zip(NEW_POINTS, RATES, strict=True):
        assert [false_alerts(points, margin) for margin in MARGINS] == pytest.approx(row)
    assert RATES[2][1] < false_alerts(7, 0.05) < RATES[3][1]
    assert RATES[2][2] < false_alerts(5, 0.07) < RATES[2][1]


def test_beyond_the_measured_cells_the_nearest_counts() -> None:
    assert false_alerts(50, 0.0) == pytest.approx(RATES[3][0])
    assert false_alerts(1, 3.0) == pytest.approx(RATES[0][3])


@pytest.mark.parametrize(("points", "margin"), [(0, 0.05), (5, -0.1), (5, float("nan"))])
def test_looks_that_make_no_sense_are_refused(points: int, margin: float) -> None:
    with pytest.raises(InvalidInput):
        false_alerts(points, margin)
