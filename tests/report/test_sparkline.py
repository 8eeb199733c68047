"""Sparklines: height is the ratio, noise stays flat."""

import pytest

from dart_perf.report.sparkline import WIDTH, sparkline


@pytest.mark.parametrize(
    ("values", "width", "line"),
    [
        ([], 8, ""),
        ([1.0], 8, "▅"),
        ([1.0, 2.0, 4.0], 8, "▁▅█"),  # on logs, 2 lies in the middle
        ([1.0] * 6 + [2.0] * 6, 4, "▁▁██"),
        ([1.0, 1.001, 0.999, 1.0], 4, "▅▅▄▅"),  # less than 2 % of movement is no mountain
        ([0.0, 5.0, 10.0], 3, "▁▅█"),
        ([-1.0, 0.0, 1.0], 3, "▁▅█"),
        ([0.0, 0.0], 2, "▅▅"),
    ],
)
def test_bars_are_as_high_as_the_values(values: list[float], width: int, line: str) -> None:
    assert sparkline(values, width) == line


@pytest.mark.parametrize("n", [1, 23, 24, 25, 1000])
def test_a_line_is_as_long_as_there_are_values_or_as_wide_as_allowed(n: int) -> None:
    assert len(sparkline([1.0] * n)) == min(n, WIDTH)
