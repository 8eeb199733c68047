"""Where the level of a series changed."""

from typing import Self

from pydantic import Field, model_validator

from dart_perf.model.record import Record


class ChangePoint(Record):
    """A lasting change of level between two neighbouring points of a series."""

    index: int = Field(ge=1)
    """First point of the new level, counted from 0."""
    first: int = Field(ge=1)
    last: int = Field(ge=1)
    """The new level begins at a point from `first` to `last`; outside of them with a probability of at most 5 %."""
    before: float
    """Level before the change, in the unit of the values."""
    after: float
    ratio: float | None = Field(default=None, gt=0)
    """`after` / `before`: above 1 it rose, whichever direction is better; None where values of 0 or less allow none."""
    p_value: float = Field(ge=0, le=1)
    """Of `no change here`, adjusted for every place of the series that was looked at."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.first <= self.index <= self.last:
            raise ValueError(f"the change at {self.index} lies outside of its range {self.first} to {self.last}")
        return self
