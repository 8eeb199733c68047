"""How often a judge that looks after every point calls what did not change: the price of looking, stated with it.

`stats.judge` makes no promise over many looks; it says what they cost (house rule 7). The figures are measured on
series resampled in blocks from quiet stretches of real histories (`benchmarks/looks.py`), in which nothing changes
but noise; what a real machine does beside its noise comes on top.
"""

import math

import numpy as np

from dart_perf.errors import InvalidInput
from dart_perf.model.judgement import Status
from dart_perf.stats.samples import check_margin

ALARMS = frozenset({Status.REGRESSION_DETECTED, Status.IMPROVEMENT_DETECTED})
NEW_POINTS = (1, 3, 5, 10)
MARGINS = (0.02, 0.05, 0.1, 0.2)
RATES = (
    (15.0, 11.0, 7.2, 4.4),
    (20.0, 11.0, 5.4, 2.7),
    (17.0, 7.2, 2.6, 1.1),
    (19.0, 7.9, 2.5, 0.7),
)
"""Alarms a 1,000 looks, a row for each number of new points, a column for each margin: 50,000 looks a cell at half of
the histories. The other half gave 0.6 to 1.1 times as many (15 to 4.5, 17 to 2.1, 10 to 1.1, 11 to 0.6)."""


def false_alerts(new_points: int, margin: float) -> float:
    """Return the looks of 1,000 at one series, judged alone, that call a change where there is none.

    Between the measured cells logs are interpolated, beyond them the nearest cell counts. Consecutive looks share
    points, so alarms come in runs: with three or more new points about half of them raise a new alert.

    Args:
        new_points: how many newest points every look judges, at least 1.
        margin: largest relative change that does not matter.

    Raises:
        InvalidInput: an argument is out of its range.
    """
    if new_points < 1:
        raise InvalidInput(f"new_points is {new_points}: a look judges at least 1 point.")
    wanted = math.log(max(MARGINS[0], check_margin(margin)))
    rows = [np.interp(wanted, np.log(MARGINS), np.log(row)) for row in RATES]
    return float(np.exp(np.interp(math.log(new_points), np.log(NEW_POINTS), rows)))
