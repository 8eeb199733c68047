"""A comparison as text and as Markdown."""

from dart_perf.model.comparison import Comparison, SeriesVerdict
from dart_perf.model.judgement import Judgement, Status
from dart_perf.units import scale

_DESIGNS = {
    "paired": "measured side by side in random order",
    "interleaved": "measured in turns",
    "then-and-now": "stored values against new ones",
}
KIND = 24
"""Characters that tell one kind of warning from another."""
_WORDS = {
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
    lines = [f"{comparison.status}: {comparison.summary}"]
    lines.append(f"{comparison.current} against {comparison.baseline}, {_DESIGNS[comparison.design]}")
    lines += [f"  changed  guard {guard}" for guard in comparison.guards]
    if comparison.status is not Status.BEHAVIOUR_CHANGED:  # times of two different computations would be misread
        lines += [f"  {line(verdict)}" for verdict in comparison.series]
    lines += [f"  missing  {name}" for name in comparison.missing]
    lines += [f"  added    {name}" for name in comparison.added]
    lines += [f"warning: {warning}" for warning in (*comparison.warnings, *notes(comparison))]
    return "\n".join([*lines, f"next: {comparison.next_step}"])


def notes(comparison: Comparison) -> tuple[str, ...]:
    """Return what was said of single series that decide, each kind of warning once, with how many series it is said of.

    Warnings of one kind begin alike and differ in their numbers, so the first is told for all of them.
    """
    kinds: dict[str, list[str]] = {}
    for verdict in comparison.series if comparison.status is not Status.BEHAVIOUR_CHANGED else ():
        for warning in verdict.judgement.warnings if verdict.decides else ():
            named = f"{verdict.benchmark} {verdict.metric}: {warning}"
            kinds.setdefault(warning[:KIND], []).append(named)
    return tuple(f"{said[0]}" + (f" (and {len(said) - 1} more series)" if said[1:] else "") for said in kinds.values())


def line(verdict: SeriesVerdict) -> str:
    """Return one series as one line."""
    word = _WORDS[verdict.judgement.status] if verdict.decides else "reported"
    name = f"{verdict.benchmark} {verdict.metric}"
    unit = verdict.unit
    values = f"{scale(verdict.baseline, unit)} -> {scale(verdict.current, unit)}"
    runs = f"n {verdict.baseline_runs}+{verdict.current_runs}"
    return f"{word:<8} {name}: {interval(verdict.judgement)}; {values}; {runs}{_needed(verdict.judgement)}"


def interval(judgement: Judgement) -> str:
    """Return ratio and interval, e.g. `1.31x [1.27, 1.35]`; the difference where a side is 0."""
    if judgement.ratio is None:
        return "no ratio" if judgement.difference is None else f"difference {judgement.difference:g}"
    ends = f" [{judgement.low:.3f}, {judgement.high:.3f}]" if None not in (judgement.low, judgement.high) else ""
    return f"{judgement.ratio:.3f}x{ends}"


def _needed(judgement: Judgement) -> str:
    if judgement.status not in {Status.INCONCLUSIVE, Status.INSUFFICIENT_DATA} or not judgement.runs_needed:
        return ""
    return f"; about {judgement.runs_needed} runs a side needed"


def markdown(comparison: Comparison) -> str:
    """Return the comparison as Markdown: a verdict, a table, warnings."""
    head = [f"**{comparison.status}**: {comparison.summary}", ""]
    head += [f"`{comparison.current}` against `{comparison.baseline}`, {_DESIGNS[comparison.design]}.", ""]
    rows = ["| | series | ratio (above 1 is worse) | baseline | current | runs |", "|---|---|---|---|---|---|"]
    rows += [_row(verdict) for verdict in comparison.series]
    remarks = [f"- guard changed: {guard}" for guard in comparison.guards]
    remarks += [f"- missing: `{name}`" for name in comparison.missing]
    remarks += [f"- added: `{name}`" for name in comparison.added]
    remarks += [f"- {warning}" for warning in (*comparison.warnings, *notes(comparison))]
    judged = comparison.series and comparison.status is not Status.BEHAVIOUR_CHANGED
    table = [*rows, ""] if judged else []
    return "\n".join([*head, *table, *remarks, *([""] if remarks else []), f"Next: {comparison.next_step}"]) + "\n"


def _row(verdict: SeriesVerdict) -> str:
    word = _WORDS[verdict.judgement.status] if verdict.decides else "reported"
    unit, ratio = verdict.unit, interval(verdict.judgement)
    values = f"{scale(verdict.baseline, unit)} | {scale(verdict.current, unit)}"
    runs = f"{verdict.baseline_runs}+{verdict.current_runs}"
    return f"| {word} | `{verdict.benchmark}` {verdict.metric} | {ratio} | {values} | {runs} |"
