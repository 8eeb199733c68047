"""Ratios turned so that above 1 is worse, and in words."""

from dart_perf.model.trend import Change
from dart_perf.units import Better


def turned(ratio: float | None, better: Better) -> float | None:
    """Return a ratio that is above 1 where it rose so that it is above 1 where it is worse."""
    return ratio if ratio is None or better == "lower" else 1.0 / ratio


def is_worse(change: Change, better: Better) -> bool:
    """Say whether a change, or what of it is its own, is for the worse; where a level is 0, the levels say it."""
    ratio = change.ratio if change.own is None else change.own
    return (change.after > change.before) == (better == "lower") if ratio is None else ratio > 1.0


def worded(ratio: float | None) -> str:
    """Return a ratio that is above 1 for worse in words."""
    if ratio is None:
        return "level changed"
    return f"{ratio:.3g}x worse" if ratio >= 1 else f"{1 / ratio:.3g}x better"
