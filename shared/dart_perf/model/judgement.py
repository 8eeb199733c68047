"""What is said about two sets of values, and about many."""

from enum import StrEnum

from pydantic import Field

from dart_perf.model.record import Record


class Status(StrEnum):
    """The eight verdicts."""

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
    """A verdict on one series; ratios are current/baseline turned so that above 1 is always worse."""

    status: Status
    """REGRESSION_DETECTED, IMPROVEMENT_DETECTED, NORMAL (shown to be within the margin) or a reason for none."""
    ratio: float | None = Field(default=None, gt=0)
    """Estimated ratio, above 1 is worse; None where a side is 0 or nothing was compared."""
    low: float | None = Field(default=None, ge=0)
    """Lower end of the ratio's interval."""
    high: float | None = Field(default=None, ge=0)
    """Upper end of the ratio's interval."""
    margin: float = Field(ge=0)
    """Largest relative change that does not matter."""
    difference: float | None = None
    """Current minus baseline in base units, where a side is 0 and there is no ratio."""
    probability_worse: float | None = Field(default=None, ge=0, le=1)
    """Calibrated probability that it is worse by more than the margin."""
    p_value: float | None = Field(default=None, ge=0, le=1)
    """One-sided p for `ratio <= 1 + margin`."""
    p_better: float | None = Field(default=None, ge=0, le=1)
    """One-sided p for `ratio >= 1 / (1 + margin)`."""
    p_outside: float | None = Field(default=None, ge=0, le=1)
    """p for `the ratio is outside the margin` (the larger of two one-sided tests)."""
    regression_score: float | None = None
    """Log ratio in standard errors; positive is worse."""
    minimum_detectable_effect: float | None = Field(default=None, ge=1)
    """Smallest true ratio that these data would call with 80 % power."""
    runs_needed: int | None = Field(default=None, ge=0)
    """Runs (processes or pairs) a side in all that bring the detectable effect to (1 + margin)^2."""
    warnings: tuple[str, ...] = ()
    """What the reader must know though nothing failed."""
