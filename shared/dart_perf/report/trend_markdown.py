"""Trends and changes as Markdown: a table of series with sparklines, then what was found."""

from dart_perf.analysis.commit_range import said_range
from dart_perf.analysis.direction import worded
from dart_perf.model.trend import Change, ChangeList, Trend, TrendAnalysis, TrendList, TrendReport
from dart_perf.report import comparison
from dart_perf.report.markdown import code, words
from dart_perf.report.trend import said_slope, verdict_word
from dart_perf.units import scale


def trends(record: TrendList) -> str:
    """Return trends as Markdown: verdict, table, warnings, next step."""
    rows = ["| series | own movement | runs | level | slope, %/run | patterns |", "|---|---|---|---|---|---|"]
    rows += [_row(entry) for entry in record.trends]
    left = record.total - len(record.trends)
    rows += ["", f"{left} more series are not shown."] if left and record.next_cursor else []
    return "\n".join([words(record.summary), "", *rows, *_ending(record.warnings, record.next_step)]) + "\n"


def _row(entry: Trend) -> str:
    said = "; ".join(words(f"{pattern.kind}: {pattern.said}") for pattern in entry.patterns)
    name = f"{code(entry.benchmark)} {words(entry.metric)}"
    level = scale(entry.level, entry.unit)
    return f"| {name} | {verdict_word(entry)} | {entry.sparkline} | {level} | {said_slope(entry)} | {said} |"


def changes(record: ChangeList) -> str:
    """Return changes as Markdown."""
    rows = ["| change | series | commits | levels | stands |", "|---|---|---|---|---|"]
    rows += [_change(entry) for entry in record.changes]
    return "\n".join([words(record.summary), "", *rows, *_ending(record.warnings, record.next_step)]) + "\n"


def _change(entry: Change) -> str:
    values = f"{scale(entry.before, entry.unit)} -> {scale(entry.after, entry.unit)}"
    machine = "" if entry.together is None else " (machine, not code)"
    stands = f"since {entry.runs_since} runs" if entry.is_current else "changed again"
    name = f"{code(entry.benchmark)} {words(entry.metric)}"
    return f"| {worded(entry.ratio)}{machine} | {name} | {words(said_range(entry.range))} | {values} | {stands} |"


def report(record: TrendReport) -> str:
    """Return a report as Markdown."""
    return f"# Performance trends\n\n{trends(record.trends)}\n## Changes of level\n\n{changes(record.changes)}"


def analysis(record: TrendAnalysis) -> str:
    """Return new results against a baseline and in their history as Markdown."""
    parts = [comparison.markdown(record.detection)]
    parts += [f"## Trends with these results\n\n{trends(record.trends)}"] if record.trends else []
    return "\n".join(parts)


def _ending(warnings: tuple[str, ...], step: str) -> list[str]:
    remarks = [f"- {words(warning)}" for warning in warnings]
    return [*([""] if remarks else []), *remarks, *(["", f"Next: {words(step)}"] if step else [])]
