"""A comparison as text and as Markdown."""

from dart_perf.analysis.other_metric import is_other_metric
from dart_perf.model.comparison import Comparison, SeriesVerdict
from dart_perf.model.judgement import Judgement, Status
from dart_perf.report.markdown import code, words
from dart_perf.units import Base, scale

_DESIGNS = {
    "paired": "measured side by side in random order",
    "interleaved": "measured in turns",
    "then-and-now": "stored values against new ones",
    "history": "the level since its last change",
}
KIND = 24
"""Characters that tell one kind of warning from another."""
WORDS = {
    Status.REGRESSION_DETECTED: "worse",
    Status.IMPROVEMENT_DETECTED: "better",
    Status.NORMAL: "same",
    Status.INCONCLUSIVE: "unclear",
    Status.INSUFFICIENT_DATA: "too few",
    Status.INCOMPARABLE: "other machine",
    Status.BEHAVIOUR_CHANGED: "no verdict",
    Status.NO_BASELINE: "no baseline",
}


def text(comparison: Comparison) -> str:
    """Return the comparison as text: verdict, what was held against what, one line a series, warnings, next step."""
    return "\n".join([*head(comparison), *rows(comparison), *tail(comparison)])


def head(comparison: Comparison) -> list[str]:
    """Return the verdict, and what was held against what."""
    how = f"{comparison.current} against {comparison.baseline}, {_DESIGNS[comparison.design]}"
    return [f"{comparison.status}: {comparison.summary}", how]


def rows(comparison: Comparison) -> list[str]:
    """Return guards that changed, a line for each series, and what one side lacks."""
    lines = [f"  changed  guard {guard}" for guard in comparison.guards]
    more = "points" if comparison.design == "history" else "processes a side"
    lines += [f"  {line(verdict, more)}" for verdict in judged(comparison)]
    lines += [f"  missing  {name}" for name in comparison.missing]
    return [*lines, *(f"  added    {name}" for name in comparison.added)]


def tail(comparison: Comparison) -> list[str]:
    """Return the warnings and the next step."""
    warnings = [f"warning: {warning}" for warning in (*comparison.warnings, *notes(comparison))]
    return [*warnings, f"next: {comparison.next_step}"]


def judged(comparison: Comparison) -> list[SeriesVerdict]:
    """Return the series without those whose program computes something else now: their times would be misread."""
    return [verdict for verdict in comparison.series if verdict.judgement.status is not Status.BEHAVIOUR_CHANGED]


def notes(comparison: Comparison) -> tuple[str, ...]:
    """Return what was said of single series that decide, each kind of warning once, with how many series it is said of.

    Warnings of one kind begin alike and differ in their numbers, so the first is told for all of them.
    """
    kinds: dict[str, list[str]] = {}
    for verdict in judged(comparison):
        for warning in verdict.judgement.warnings if verdict.decides else ():
            named = f"{verdict.benchmark} {verdict.metric}: {warning}"
            kinds.setdefault(warning[:KIND], []).append(named)
    return tuple(f"{said[0]}" + (f" (and {len(said) - 1} more series)" if said[1:] else "") for said in kinds.values())


def line(verdict: SeriesVerdict, more: str = "processes a side") -> str:
    """Return one series as one line; `more` is what more of is needed where it is undecided."""
    name = f"{verdict.benchmark} {verdict.metric}"
    if is_other_metric(verdict.judgement):  # the two values share no unit: what was refused says each in its own
        return f"{_word(verdict):<8} {name}: {verdict.judgement.warnings[0]}"
    values = " -> ".join(_values(verdict))
    runs = f"n {verdict.baseline_runs}+{verdict.current_runs}"
    change = interval(verdict.judgement, verdict.unit)
    return f"{_word(verdict):<8} {name}: {change}; {values}; {runs}{_needed(verdict.judgement, more)}"


def _word(verdict: SeriesVerdict) -> str:
    if not verdict.decides:
        return "reported"
    return "other unit" if is_other_metric(verdict.judgement) else WORDS[verdict.judgement.status]


def _values(verdict: SeriesVerdict) -> tuple[str, str]:
    """Return the central value of each side."""
    return scale(verdict.baseline, verdict.unit), scale(verdict.current, verdict.unit)


def interval(judgement: Judgement, unit: Base) -> str:
    """Return ratio and interval, e.g. `1.31x [1.27, 1.35]`; the difference in `unit` where a side is 0."""
    if judgement.ratio is None:
        return "no ratio" if judgement.difference is None else f"difference {scale(judgement.difference, unit)}"
    ends = f" [{judgement.low:.3f}, {judgement.high:.3f}]" if None not in (judgement.low, judgement.high) else ""
    return f"{judgement.ratio:.3f}x{ends}"


def _needed(judgement: Judgement, more: str) -> str:
    if judgement.status not in {Status.INCONCLUSIVE, Status.INSUFFICIENT_DATA} or not judgement.runs_needed:
        return ""
    return f"; about {judgement.runs_needed} {more} needed"


def markdown(comparison: Comparison) -> str:
    """Return the comparison as Markdown: a verdict, a table, warnings."""
    top = [f"**{comparison.status}**: {words(comparison.summary)}", ""]
    top += [f"{code(comparison.current)} against {code(comparison.baseline)}, {_DESIGNS[comparison.design]}.", ""]
    table = ["| | series | ratio (above 1 is worse) | baseline | current | runs |", "|---|---|---|---|---|---|"]
    table += [_row(verdict) for verdict in judged(comparison)]
    remarks = [f"- guard changed: {words(guard)}" for guard in comparison.guards]
    remarks += [f"- missing: {code(name)}" for name in comparison.missing]
    remarks += [f"- added: {code(name)}" for name in comparison.added]
    remarks += [f"- {words(warning)}" for warning in (*comparison.warnings, *notes(comparison))]
    shown = [*table, ""] if judged(comparison) else []
    return (
        "\n".join([*top, *shown, *remarks, *([""] if remarks else []), f"Next: {words(comparison.next_step)}"]) + "\n"
    )


def _row(verdict: SeriesVerdict) -> str:
    runs = f"{verdict.baseline_runs}+{verdict.current_runs}"
    values = "see below | see below" if is_other_metric(verdict.judgement) else " | ".join(_values(verdict))
    change = interval(verdict.judgement, verdict.unit)
    return f"| {_word(verdict)} | {code(verdict.benchmark)} {words(verdict.metric)} | {change} | {values} | {runs} |"
