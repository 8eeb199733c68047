"""What is said about two sets of values, and about many."""

from enum import StrEnum

from pydantic import Field

from dart_perf.model.record import Record


class Status(StrEnum):
    # A comment, because a docstring would be sent with every tool's schema: the eight verdicts, see SKILL.md.
    REGRESSION_DETECTED = "REGRESSION_DETECTED"
    IMPROVEMENT_DETECTED = "IMPROVEMENT_DETECTED"
    NORMAL = "NORMAL"
    INCONCLUSIVE = "INCONCLUSIVE"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"
    NO_BASELINE = "NO_BASELINE"
    INCOMPARABLE = "INCOMPARABLE"
    BEHAVIOUR_CHANGED = "BEHAVIOUR_CHANGED"


EXIT_CODES = {
    Status.NORMAL: 0,
    Status.IMPROVEMENT_DETECTED: 0,
    Status.REGRESSION_DETECTED: 1,
    Status.INCONCLUSIVE: 3,
    Status.INSUFFICIENT_DATA: 3,
    Status.NO_BASELINE: 4,
    Status.INCOMPARABLE: 5,
    Status.BEHAVIOUR_CHANGED: 6,
}
"""What a command ends with, by verdict."""


class Judgement(Record):
    """A verdict on one series."""

    status: Status
    ratio: float | None = Field(default=None, gt=0)
    """Above 1 is worse; None where a side is 0 or nothing was compared."""
    low: float | None = Field(default=None, ge=0)
    high: float | None = Field(default=None, ge=0)
    """`low` to `high` is the interval of the ratio."""
    margin: float = Field(ge=0)
    """Largest relative change that does not matter."""
    difference: float | None = None
    """Current minus baseline where there is no ratio."""
    probability_worse: float | None = Field(default=None, ge=0, le=1)
    """Calibrated probability that it is worse by more than the margin."""
    regression_score: float | None = None
    """Log ratio in standard errors; positive is worse."""
    minimum_detectable_effect: float | None = Field(default=None, ge=1)
    """Smallest true ratio that these data would call with 80 % power."""
    runs_needed: int | None = Field(default=None, ge=0)
    """Runs a side, in all, that bring the detectable effect to (1 + margin)^2."""
    warnings: tuple[str, ...] = ()
