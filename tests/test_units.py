"""Units are read once, with direction and assumption, and never guessed."""

import pytest

from dart_perf.errors import UnknownUnit
from dart_perf.units import direction, parse, scale


@pytest.mark.parametrize(
    ("text", "base", "factor"),
    [("ns", "s", 1e-9), ("us/iter", "s", 1e-6), ("ns/op", "s", 1e-9), ("KiB", "B", 1024.0), ("kB", "B", 1000.0),
     ("MB/s", "B/s", 1e6), ("items/s", "1/s", 1.0), ("Gops/s", "1/s", 1e9), ("instructions", "1", 1.0),
     ("ops/ms", "1/s", 1e3), ("iter/sec", "1/s", 1.0), ("kreq/s", "1/s", 1e3), ("MB/sec", "B/s", 1e6),
     ("%", "1", 0.01)],
)  # fmt: skip
def test_a_unit_is_read_into_its_base(text: str, base: str, factor: float) -> None:
    unit = parse(text)
    assert (unit.base, unit.factor) == (base, factor)


@pytest.mark.parametrize("text", ["parsec", "NS", "m s", "s/day", "bytes per fortnight"])
def test_an_unknown_unit_is_refused_with_the_known_ones(text: str) -> None:
    with pytest.raises(UnknownUnit, match="Known are: s ms us ns"):
        parse(text)


def test_a_unit_without_direction_needs_one_from_the_source() -> None:
    assert direction("1", "higher") == "higher"
    with pytest.raises(UnknownUnit, match="no direction"):
        direction("1", None)


def test_a_source_that_contradicts_the_unit_is_refused() -> None:
    with pytest.raises(UnknownUnit, match="is better lower, but"):
        direction("ns", "higher")


@pytest.mark.parametrize(
    ("value", "base", "text"),
    [(0.0, "s", "0 ns"), (1.234e-5, "s", "12.3 us"), (-0.002, "s", "-2 ms"), (90.0, "s", "90 s"),
     (999.9e-6, "s", "1 ms"), (9999.0, "s", "10000 s"), (1e-3, "s", "1 ms"),
     (0.0, "B", "0 B"), (2048.0, "B", "2 KiB"), (3.5e9, "B/s", "3.26 GiB/s"),
     (1500.0, "1/s", "1.5 k/s"), (12.0, "1/s", "12/s"), (7.0, "1", "7"), (2.5e6, "1", "2.5 M"),
     (1000.0, "1", "1000"), (1001.0, "1", "1001"), (999999.7, "1", "1 M"), (0.25, "1", "0.25"),
     (1e308, "1", "1e+308"), (1e308, "s", "1e+308 s"), (1e300, "B", "1e+300 B"), (1e20, "1/s", "1e+20/s")],
)  # fmt: skip
def test_a_value_is_scaled_for_people(value: float, base: str, text: str) -> None:
    assert scale(value, base) == text  # type: ignore[arg-type]  # the table holds plain strings
