"""A comparison whose baseline side may have loaded the very change that it was to be compared with."""

from collections.abc import Sequence

from dart_perf.analysis.verdict import CLEARED, opened, overall, summary
from dart_perf.model.comparison import Comparison, SeriesVerdict
from dart_perf.model.judgement import Status

WITHHELD = "withheld: the baseline's side may have measured the change too"
_SPEED = CLEARED | {Status.INCONCLUSIVE}
"""Verdicts that follow from the deciding series alone, so that they can be drawn again from changed ones."""


def moved(comparison: Comparison) -> tuple[SeriesVerdict, ...]:
    """Return the deciding series that are shown to have become slower or faster."""
    shown = {Status.REGRESSION_DETECTED, Status.IMPROVEMENT_DETECTED}
    return tuple(s for s in comparison.series if s.decides and s.judgement.status in shown)


def withhold(comparison: Comparison, doubted: Sequence[SeriesVerdict], why: str, way_out: str) -> Comparison:
    """Return `comparison` without a clearing verdict on the `doubted` series: they become INCONCLUSIVE.

    A regression found side by side stays: it is one whatever the baseline's side is.
    `why` becomes its first warning; `way_out` its next step, where there was no worse verdict with one of its own.
    """
    names = {(series.benchmark, series.metric) for series in doubted}
    changed = [_opened(s) if s.decides and (s.benchmark, s.metric) in names else s for s in comparison.series]
    series = tuple(sorted(changed, key=lambda s: (not s.decides, s.judgement.status in CLEARED)))  # stays worst first
    update: dict[str, object] = {"series": series, "warnings": (why, *comparison.warnings)}
    if comparison.status in _SPEED:
        status = overall([s for s in series if s.decides], changed=False)
        update |= {"status": status, "summary": summary(status, series, (), ())}
        update |= {"next_step": way_out} if status is Status.INCONCLUSIVE else {}
    return comparison.model_copy(update=update)


def _opened(series: SeriesVerdict) -> SeriesVerdict:
    if series.judgement.status not in _SPEED:
        return series
    return series.model_copy(update={"judgement": opened(series.judgement, WITHHELD)})
