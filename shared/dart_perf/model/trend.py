"""How fast the level of a series moves."""

from pydantic import Field

from dart_perf.model.record import Record


class Slope(Record):
    """A steady trend over a stretch of a series; None where the points are too few to tell."""

    percent_per_run: float | None = None
    """Percent a run; above 0 it rises, whichever direction is better."""
    low: float | None = None
    high: float | None = None
    """`low` to `high` is the 95 % interval of `percent_per_run`; it holds 0 where no trend is shown."""
    p_value: float | None = Field(default=None, ge=0, le=1)
    """Of `no trend`, two-sided; autocorrelation is allowed for."""
    points: int = Field(ge=0)
    warnings: tuple[str, ...] = ()
